import { describe, expect, it } from 'vitest';
import { isTestingDeath, missingScopes, needsRefresh } from '../../../src/domain/credential.ts';

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

describe('the death of a grant in a Google project in testing', () => {
  const authorizedAt = new Date('2040-03-01T12:00:00Z');
  const days = (count: number): Date => new Date(authorizedAt.getTime() + count * 86_400_000);

  it.each([
    ['after seven days and an hour', {}, 7.04, true],
    ['found half a day late', {}, 7.49, true],
    ['after six days', {}, 6.5, false],
    ['after eight days', {}, 8, false],
    ['that was authorized nobody knows when', { authorizedAt: undefined }, 7.04, false],
    ['of Microsoft', { provider: 'microsoft' as const }, 7.04, false],
    ['at the end that Google named', { refreshExpiresAt: days(7) }, 7, true],
    ['found a week after the end that Google named', { refreshExpiresAt: days(7) }, 14, true],
    ['before the end that Google named', { refreshExpiresAt: days(7) }, 6.95, false],
    ['at an end that the user chose', { refreshExpiresAt: days(30) }, 30, false],
    ['before an end that the user chose', { refreshExpiresAt: days(30) }, 7.04, false],
  ])('%s: %o, %f days old → %s', (_, age, atDays, expected) => {
    expect(isTestingDeath({ provider: 'google', authorizedAt, ...age }, days(atDays))).toBe(expected);
  });
});
