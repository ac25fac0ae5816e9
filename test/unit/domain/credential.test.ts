import { describe, expect, it } from 'vitest';
import { missingScopes, needsRefresh } from '../../../src/domain/credential.ts';

describe('granted scopes', () => {
  const needed = ['User.Read', 'Calendars.ReadWrite'];

  it.each([
    ['in another order', ['Calendars.ReadWrite', 'User.Read']],
    ['in another case', ['user.read', 'calendars.readwrite']],
    [
      'spelled as URLs',
      ['https://graph.microsoft.com/User.Read', 'https://graph.microsoft.com/Calendars.ReadWrite'],
    ],
    ['among others', ['openid', 'profile', 'User.Read', 'Calendars.ReadWrite', 'Mail.Read']],
  ])('count %s', (_, granted) => {
    expect(missingScopes(granted, needed)).toEqual([]);
  });

  it('a missing one is named as it was asked for', () => {
    expect(missingScopes(['User.Read', 'Calendars.Read'], needed)).toEqual(['Calendars.ReadWrite']);
  });

  it('a wider one stands for a narrower one where it is said to', () => {
    const implied = { 'Calendars.ReadWrite': ['Calendars.ReadWrite.Shared'] };
    expect(missingScopes(['User.Read', 'Calendars.ReadWrite.Shared'], needed, implied)).toEqual([]);
  });
});

describe('access tokens', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  it('are refreshed five minutes before they run out', () => {
    expect(needsRefresh(new Date(now.getTime() + 300_000), now)).toBe(false);
    expect(needsRefresh(new Date(now.getTime() + 299_999), now)).toBe(true);
  });
});
