import { describe, expect, test } from 'vitest';

import type { GoogleClient } from '../../../../src/providers/google/client.ts';
import { listEvents } from '../../../../src/providers/google/events.ts';
import type { JsonObject } from '../../../../src/providers/google/wire.ts';
import type { EventPage, EventQuery } from '../../../../src/providers/provider.ts';

const access = {
  accessToken: 'at',
  scopes: [],
  email: 'ada@example.com',
  accountId: 'account-1',
  urgency: 'background' as const,
  signal: new AbortController().signal,
};
const query: EventQuery = {
  providerCalendarId: 'primary',
  window: { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-04-01T00:00:00Z') },
  cursor: null,
};

/** Gives these answers one after another and counts the calls. */
function scripted(...pages: JsonObject[]) {
  let calls = 0;
  const client: Pick<GoogleClient, 'call'> = {
    call: () => Promise.resolve(pages[calls++] ?? {}),
  };
  return { client: client as GoogleClient, calls: () => calls };
}

async function pagesOf(client: GoogleClient, given: Partial<EventQuery> = {}): Promise<EventPage[]> {
  const pages: EventPage[] = [];
  for await (const page of listEvents(client, access, { ...query, ...given })) pages.push(page);
  return pages;
}

const allDay = { id: 'x', start: { date: '2026-03-02' }, end: { date: '2026-03-03' } };
const startOf = (pages: readonly EventPage[]): string | undefined => {
  const change = pages[0]?.changes[0];
  return change?.type === 'upsert' ? change.event.start.toISOString() : undefined;
};

describe('the cursor', () => {
  test('carries its version and comes with the last page only, empty pages included', async () => {
    const { client } = scripted(
      { nextPageToken: 'p2', timeZone: 'UTC' },
      { nextSyncToken: 's:1', timeZone: 'UTC' },
    );
    const pages = await pagesOf(client);
    expect(pages.map((page) => page.cursor)).toEqual([null, 'g1:UTC:s:1']);
  });

  test.each(['g0:UTC:s1', 'g1:UTC', 's1', '', 'm1:UTC:s1'])(
    '%j, which another version made, is expired without a request',
    async (cursor) => {
      const { client, calls } = scripted();
      await expect(pagesOf(client, { cursor })).rejects.toMatchObject({ kind: 'cursor_expired' });
      expect(calls()).toBe(0);
    },
  );

  test('goes on from where it ends, though Google told an offset in the place of a zone', async () => {
    const first = scripted({ timeZone: '+02:00', nextSyncToken: 's1', items: [] });
    const [page] = await pagesOf(first.client, { timeZone: 'Europe/Berlin' });
    expect(page?.cursor).toBe('g1:Europe/Berlin:s1');
    const next = scripted({ timeZone: '+02:00', nextSyncToken: 's2', items: [] });
    const [after] = await pagesOf(next.client, { timeZone: 'Europe/Berlin', cursor: 'g1:Europe/Berlin:s1' });
    expect(after?.cursor).toBe('g1:Europe/Berlin:s2');
  });

  test('expires when the calendar moved to another zone, because all its days have shifted', async () => {
    const { client } = scripted({ timeZone: 'Asia/Tokyo', nextSyncToken: 's2', items: [] });
    const cursor = 'g1:Europe/Berlin:s1';
    await expect(pagesOf(client, { cursor })).rejects.toMatchObject({ kind: 'cursor_expired' });
  });
});

describe('a single event of which a series was made is called cancelled under the id of the series', () => {
  const occurrence = { id: 'x_1', recurringEventId: 'x', start: allDay.start, end: allDay.end };
  const cancelled = { id: 'x', status: 'cancelled' };
  const deletes = (pages: readonly EventPage[]) =>
    pages.flatMap(({ changes }) => changes.filter(({ type }) => type === 'delete'));

  test.each([
    ['on the same page', [[occurrence, cancelled]]],
    ['before them on the same page', [[cancelled, occurrence]]],
    ['on a later page', [[occurrence], [cancelled]]],
  ])('%s as its occurrences: they stay (soak seed 2)', async (_, items) => {
    const { client } = scripted(
      ...items.map((page, index) => ({
        items: page,
        timeZone: 'UTC',
        ...(index + 1 < items.length ? { nextPageToken: `p${index}` } : { nextSyncToken: 's2' }),
      })),
    );
    expect(deletes(await pagesOf(client, { cursor: 'g1:UTC:s1' }))).toEqual([
      { type: 'delete', providerEventId: 'x', alone: true },
    ]);
  });

  test('without a living occurrence it is the end of them all', async () => {
    const { client } = scripted({ items: [cancelled], timeZone: 'UTC', nextSyncToken: 's2' });
    expect(deletes(await pagesOf(client, { cursor: 'g1:UTC:s1' }))).toEqual([
      { type: 'delete', providerEventId: 'x' },
    ]);
  });
});

describe('a listing that makes no sense is malformed', () => {
  test.each([
    ['a last page without a sync token', [{ items: [] }]],
    ['an empty object', [{}]],
    ['items that are no list', [{ items: 'x', nextSyncToken: 's1' }]],
    [
      'a page token that comes back',
      [{ nextPageToken: 'p' }, { nextPageToken: 'q' }, { nextPageToken: 'p' }],
    ],
  ])('%s', async (_, pages) => {
    const { client } = scripted(...pages);
    await expect(pagesOf(client)).rejects.toMatchObject({ kind: 'malformed' });
  });
});

describe('the zone of all-day entries', () => {
  test.each([
    ['is the one that comes with the page', 'Europe/Berlin', 'Asia/Tokyo', '2026-03-01T23:00:00.000Z'],
    [
      'is the calendar’s where the page’s is not known',
      'Mars/Olympus',
      'Asia/Tokyo',
      '2026-03-01T15:00:00.000Z',
    ],
    [
      'is the calendar’s where the page tells an offset, which knows no summer time',
      '+02:00',
      'Europe/Berlin',
      '2026-03-01T23:00:00.000Z',
    ],
    ['is UTC where nobody knows it', undefined, undefined, '2026-03-02T00:00:00.000Z'],
  ])('%s', async (_, told, timeZone, expected) => {
    const { client } = scripted({ timeZone: told, items: [allDay], nextSyncToken: 's1' });
    expect(startOf(await pagesOf(client, { timeZone }))).toBe(expected);
  });
});

test('an entry that cannot be read stands beside its neighbours', async () => {
  const { client } = scripted({ items: [allDay, { id: 'y' }, null], nextSyncToken: 's1' });
  const [page] = await pagesOf(client);
  expect(page?.changes).toHaveLength(1);
  expect(page?.unreadable.map((entry) => entry.providerEventId)).toEqual(['y', '(without id)']);
});

test('a reader who stops early causes no further request', async () => {
  const { client, calls } = scripted({ nextPageToken: 'p2' }, { nextSyncToken: 's1' });
  for await (const page of listEvents(client, access, query)) {
    expect(page.cursor).toBeNull();
    break;
  }
  expect(calls()).toBe(1);
});
