import { expect, test } from 'vitest';

import { listCalendars } from '../../../../src/providers/google/calendars.ts';
import type { GoogleClient } from '../../../../src/providers/google/client.ts';
import type { JsonObject } from '../../../../src/providers/google/wire.ts';

const access = {
  accessToken: 'at',
  scopes: [],
  email: 'Ada@example.com',
  accountId: 'account-1',
  urgency: 'background' as const,
  signal: new AbortController().signal,
};

function calendarsIn(...pages: JsonObject[]) {
  let calls = 0;
  const client: Pick<GoogleClient, 'call'> = { call: () => Promise.resolve(pages[calls++] ?? {}) };
  return listCalendars(client as GoogleClient, access);
}

test('a calendar is told in our words', async () => {
  const [calendar] = await calendarsIn({
    items: [
      {
        id: 'ada@example.com',
        summary: 'ada@example.com',
        summaryOverride: 'Mine',
        timeZone: 'Europe/Berlin',
        accessRole: 'owner',
        primary: true,
        backgroundColor: '#9FE1E7',
      },
    ],
  });
  expect(calendar).toEqual({
    providerCalendarId: 'ada@example.com',
    name: 'Mine',
    timeZone: 'Europe/Berlin',
    primary: true,
    canWrite: true,
    color: '#9fe1e7',
    owned: true,
  });
});

test.each([
  ['owner', undefined, true, true],
  ['owner', 'ada@EXAMPLE.com', true, true],
  ['owner', 'grace@example.com', true, false],
  ['writer', undefined, true, false],
  ['writerWithoutPrivateAccess', undefined, true, false],
  ['reader', undefined, false, false],
  ['freeBusyReader', undefined, false, false],
  [undefined, undefined, false, false],
])(
  'the role %s on data of %s can write: %s, and owns: %s',
  async (accessRole, dataOwner, canWrite, owned) => {
    const [calendar] = await calendarsIn({ items: [{ id: 'c', accessRole, dataOwner }] });
    expect(calendar).toMatchObject({ name: 'c', canWrite, owned, timeZone: undefined, color: undefined });
  },
);

test('all pages are read, a calendar that comes twice counts once, and a deleted one not at all', async () => {
  const calendars = await calendarsIn(
    { items: [{ id: 'a' }, { id: 'b' }, { id: 'gone', deleted: true }], nextPageToken: 'p2' },
    { items: [{ id: 'b', summary: 'B' }] },
  );
  expect(calendars.map((calendar) => calendar.name)).toEqual(['a', 'B']);
});

test.each([
  ['a calendar without id', [{ items: [{ summary: 'x' }] }]],
  ['items that are no list', [{ items: {} }]],
  ['pages in a circle', [{ nextPageToken: 'p' }, { nextPageToken: 'p' }]],
])('%s makes the whole listing malformed', async (_, pages) => {
  await expect(calendarsIn(...pages)).rejects.toMatchObject({ kind: 'malformed' });
});
