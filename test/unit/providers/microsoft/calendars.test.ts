import { describe, expect, it } from 'vitest';

import { listCalendars } from '../../../../src/providers/microsoft/calendars.ts';
import { fakeGraph, graphUrl, refusal } from './fake-graph.ts';

const access = {
  accessToken: 'access-1',
  scopes: ['Calendars.ReadWrite'],
  email: 'Ada@contoso.example',
  accountId: 'account-1',
  urgency: 'background' as const,
  signal: new AbortController().signal,
};
const withSettings = { ...access, scopes: ['https://graph.microsoft.com/mailboxsettings.read'] };

const mine = {
  id: 'c1',
  name: 'Calendar',
  hexColor: '',
  isDefaultCalendar: true,
  canEdit: true,
  owner: { name: 'Ada', address: 'ada@contoso.example' },
};
const more = `${graphUrl}/me/calendars?$skip=1`;
const answers = {
  '/me/calendars': { value: [mine], '@odata.nextLink': more },
  [more]: {
    value: [
      { ...mine, id: 'c2', name: 'Side projects', isDefaultCalendar: false, hexColor: '#FF8C00' },
      { ...mine, id: 'c3', name: 'Holidays', isDefaultCalendar: false, canEdit: false },
      {
        ...mine,
        id: 'c4',
        name: 'Grace',
        isDefaultCalendar: false,
        owner: { address: 'grace@contoso.example' },
      },
    ],
  },
};

describe('the calendars of an Outlook account', () => {
  it('come from all pages, and tell the own ones from those that were shared or subscribed', async () => {
    expect(await listCalendars(fakeGraph(answers), access)).toEqual([
      { providerCalendarId: 'c1', name: 'Calendar', primary: true, canWrite: true, owned: true },
      {
        providerCalendarId: 'c2',
        name: 'Side projects',
        primary: false,
        canWrite: true,
        owned: true,
        color: '#ff8c00',
      },
      { providerCalendarId: 'c3', name: 'Holidays', primary: false, canWrite: false, owned: false },
      { providerCalendarId: 'c4', name: 'Grace', primary: false, canWrite: true, owned: false },
    ]);
  });

  it('have the zone of the mailbox where it may be asked for, if they are its own', async () => {
    const settings = { '/me/mailboxSettings': { timeZone: 'W. Europe Standard Time' } };
    const calendars = await listCalendars(fakeGraph({ ...answers, ...settings }), withSettings);
    expect(calendars.map(({ timeZone }) => timeZone)).toEqual([
      'Europe/Berlin',
      'Europe/Berlin',
      undefined,
      undefined,
    ]);
  });

  it('do without a zone that is refused, is not there or is not known', async () => {
    const denied = { '/me/mailboxSettings': refusal(403, 'ErrorAccessDenied') };
    const custom = { '/me/mailboxSettings': { timeZone: 'tzone://Microsoft/Custom' } };
    for (const settings of [denied, custom, { '/me/mailboxSettings': {} }]) {
      const [first] = await listCalendars(fakeGraph({ ...answers, ...settings }), withSettings);
      expect(first?.timeZone).toBeUndefined();
    }
  });

  it('are complete or not there at all', async () => {
    const { [more]: _, ...incomplete } = answers;
    await expect(listCalendars(fakeGraph(incomplete), access)).rejects.toMatchObject({
      name: 'ProviderError',
    });
  });

  it('whose pages lead in a circle are malformed', async () => {
    const [one, other] = [`${graphUrl}/me/calendars?$skip=1`, `${graphUrl}/me/calendars?$skip=2`];
    const to = (link: string) => ({ value: [mine], '@odata.nextLink': link });
    const circle = fakeGraph({ '/me/calendars': to(one), [one]: to(other), [other]: to(one) });
    await expect(listCalendars(circle, access)).rejects.toMatchObject({
      message: 'Microsoft answered calendars.list with pages in a circle',
    });
  });

  it('without an id are malformed', async () => {
    const nameless = { '/me/calendars': { value: [{ ...mine, id: undefined }] } };
    await expect(listCalendars(fakeGraph(nameless), access)).rejects.toMatchObject({ kind: 'malformed' });
  });
});
