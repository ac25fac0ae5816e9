import { describe, expect } from 'vitest';

import type { CalendarEvent } from '../../src/domain/event.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { Access, EventPage, EventQuery } from '../../src/providers/provider.ts';
import { fold } from '../support/fold.ts';
import {
  connected,
  march,
  type Entry,
  type Held,
  type ProviderTest,
  type ProviderWorld,
} from './provider-harness.ts';

const meeting: Entry = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
const holiday: Entry = { title: 'Holiday', start: '2026-03-29', end: '2026-03-31', allDay: true };
/** 09:00 in Berlin, over the change of the clocks. */
const standup: Entry = {
  title: 'Stand-up',
  start: '2026-03-25T08:00:00Z',
  end: '2026-03-25T08:15:00Z',
  daily: 7,
};

/** A person's calendar as our store would hold it: listings are folded into it as the sync job does. */
export async function readerOf(world: ProviderWorld) {
  const access = await connected(world);
  const query = await queryOf(world, access);
  const store = new Map<string, CalendarEvent>();
  const read = async (cursor: string | null) => {
    const pages: EventPage[] = [];
    for await (const page of world.provider.listEvents(access, { ...query, cursor })) pages.push(page);
    for (const page of pages) fold(store, page.changes, march);
    return { pages, cursor: pages.at(-1)?.cursor ?? null, changes: pages.flatMap((page) => page.changes) };
  };
  return { access, query, read, held: () => heldIn(store.values()), event: (id: string) => store.get(id) };
}

export async function queryOf({ provider }: ProviderWorld, access: Access): Promise<EventQuery> {
  const [calendar] = await provider.listCalendars(access);
  if (calendar === undefined) throw new Error('the user has no calendar');
  const { providerCalendarId, timeZone } = calendar;
  return { providerCalendarId, timeZone, window: march, cursor: null };
}

/** By id, so that two states can be compared. */
function heldIn(entries: Iterable<Held>): Held[] {
  return [...entries]
    .map(({ providerEventId, start, end }) => ({ providerEventId, start, end }))
    .toSorted((a, b) => (a.providerEventId < b.providerEventId ? -1 : 1));
}

export function describeListing(id: ProviderId, test: ProviderTest): void {
  describe(`the calendars of ${id}`, () => {
    test('hold the user’s own, in their zone', async ({ world }) => {
      const calendars = await world.provider.listCalendars(await connected(world));
      expect(calendars).toMatchObject([
        { primary: true, owned: true, canWrite: true, timeZone: 'Europe/Berlin' },
      ]);
    });
  });

  describe(`a full listing of ${id}`, () => {
    test('holds what the calendar holds in the window, as upserts only', async ({ world }) => {
      for (const entry of [meeting, holiday, standup]) world.put(entry);
      world.put({ ...meeting, title: 'Outside', start: '2026-06-10T09:00:00Z', end: '2026-06-10T10:00:00Z' });
      const reader = await readerOf(world);
      const { changes } = await reader.read(null);
      expect(reader.held()).toEqual(heldIn(world.truth(march)));
      expect(reader.held()).toHaveLength(9);
      expect(changes.every((change) => change.type === 'upsert')).toBe(true);
    });

    test('of an empty calendar is one page with a cursor', async ({ world }) => {
      const { pages } = await (await readerOf(world)).read(null);
      expect(pages).toEqual([{ changes: [], unreadable: [], cursor: expect.any(String) as string }]);
    });

    test('comes in pages of which only the last carries the cursor', async ({ world }) => {
      for (let n = 0; n < 2 * world.pageSize + 1; n += 1) world.put({ ...meeting, title: `Interview ${n}` });
      const reader = await readerOf(world);
      const { pages } = await reader.read(null);
      expect(pages.length).toBeGreaterThanOrEqual(3);
      expect(pages.slice(0, -1).every((page) => page.cursor === null)).toBe(true);
      expect(pages.at(-1)?.cursor).toEqual(expect.any(String));
      expect(reader.held()).toEqual(heldIn(world.truth(march)));
    });

    test('that is left after its first page asks for no second one', async ({ world }) => {
      for (let n = 0; n < world.pageSize + 1; n += 1) world.put({ ...meeting, title: `Interview ${n}` });
      const { access, query } = await readerOf(world);
      const before = world.simulator.requests.length;
      for await (const page of world.provider.listEvents(access, query)) {
        expect(page.cursor).toBeNull();
        break;
      }
      expect(world.simulator.requests.length).toBe(before + 1);
    });

    test('that breaks off in the middle has given no cursor', async ({ world }) => {
      for (let n = 0; n < world.pageSize + 1; n += 1) world.put({ ...meeting, title: `Interview ${n}` });
      const { access, query } = await readerOf(world);
      world.simulator.fault({ match: { path: world.paths.events }, skip: 1, action: { type: 'cut' } });
      const cursors: (string | null)[] = [];
      const readAll = async (): Promise<void> => {
        for await (const page of world.provider.listEvents(access, query)) cursors.push(page.cursor);
      };
      await expect(readAll()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(cursors).toEqual([null]);
    });

    test('names an entry that cannot be read and keeps its neighbour', async ({ world }) => {
      const { body, readableId, unreadableId } = world.halfReadable;
      const reader = await readerOf(world);
      const action = { type: 'status', status: 200, body } as const;
      world.simulator.fault({ match: { path: world.paths.events }, action });
      const { pages, changes } = await reader.read(null);
      expect(changes).toMatchObject([{ type: 'upsert', event: { providerEventId: readableId } }]);
      expect(pages.flatMap((page) => page.unreadable)).toEqual([
        { providerEventId: unreadableId, reason: expect.any(String) as string },
      ]);
    });
  });

  describe(`an event of ${id}`, () => {
    test('by the day begins and ends at midnight of the calendar’s zone, also when clocks change', async ({
      world,
    }) => {
      const eventId = world.put(holiday);
      const reader = await readerOf(world);
      await reader.read(null);
      expect(reader.event(eventId)).toMatchObject({
        allDay: true,
        startDate: '2026-03-29',
        endDate: '2026-03-31',
        start: new Date('2026-03-28T23:00:00Z'),
        end: new Date('2026-03-30T22:00:00Z'),
      });
    });

    test('keeps its title, is busy and was asked of nobody', async ({ world }) => {
      const eventId = world.put(meeting);
      const reader = await readerOf(world);
      await reader.read(null);
      expect(reader.event(eventId)).toMatchObject({
        title: 'Interview',
        status: 'confirmed',
        busy: 'busy',
        visibility: 'default',
        allDay: false,
      });
    });

    test('that is private says so', async ({ world }) => {
      const eventId = world.put({ ...meeting, private: true });
      const reader = await readerOf(world);
      await reader.read(null);
      expect(reader.event(eventId)?.visibility).toBe('private');
    });

    test('that the user declined is declined', async ({ world }) => {
      const eventId = world.put({ ...meeting, declined: true });
      const reader = await readerOf(world);
      await reader.read(null);
      expect(reader.event(eventId)?.response).toBe('declined');
    });
  });

  describe(`an incremental listing of ${id}`, () => {
    test('of a calendar at rest holds nothing and gives a cursor', async ({ world }) => {
      world.put(meeting);
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      const next = await reader.read(cursor);
      expect(next.changes).toEqual([]);
      expect(next.cursor).toEqual(expect.any(String));
    });

    test('brings what was added, changed and removed', async ({ world }) => {
      const [changed, removed] = [world.put(meeting), world.put({ ...meeting, title: 'To go' })];
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      const added = world.put(holiday);
      world.put({ ...meeting, title: 'Changed', end: '2026-03-10T11:00:00Z' }, changed);
      world.remove(removed);
      await reader.read(cursor);
      expect(reader.held()).toEqual(heldIn(world.truth(march)));
      expect(reader.event(changed)?.title).toBe('Changed');
      expect([reader.event(added)?.title, reader.event(removed)]).toEqual(['Holiday', undefined]);
    });

    test('brings occurrences that were moved or cancelled, and leaves their series alone', async ({
      world,
    }) => {
      const series = world.put(standup);
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.moveOccurrence(series, '2026-03-26T08:00:00Z', '2026-03-26T13:00:00Z', '2026-03-26T13:15:00Z');
      world.cancelOccurrence(series, '2026-03-27T08:00:00Z');
      await reader.read(cursor);
      expect(reader.held()).toEqual(heldIn(world.truth(march)));
      expect(reader.held()).toHaveLength(6);
      const moved = reader.held().find((one) => one.start.toISOString() === '2026-03-26T13:00:00.000Z');
      expect(reader.event(moved?.providerEventId ?? '')).toMatchObject({
        recurringEventId: series,
        originalStart: new Date('2026-03-26T08:00:00Z'),
      });
    });

    test('brings the end of a whole series', async ({ world }) => {
      const series = world.put(standup);
      world.put(meeting);
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.remove(series);
      await reader.read(cursor);
      expect(reader.held()).toEqual(heldIn(world.truth(march)));
      expect(reader.held()).toHaveLength(1);
    });

    test('goes on from the cursor of the one before', async ({ world }) => {
      const reader = await readerOf(world);
      let { cursor } = await reader.read(null);
      for (const title of ['First', 'Second', 'Third']) {
        const eventId = world.put({ ...meeting, title });
        // Others may come again: the contract allows repeats.
        const next = await reader.read(cursor);
        cursor = next.cursor;
        expect(next.changes).toContainEqual(expect.objectContaining({ type: 'upsert' }));
        expect(reader.event(eventId)?.title).toBe(title);
      }
    });
  });

  describe(`a cursor of ${id}`, () => {
    test('that the vendor forgot has expired, and a full listing mends it', async ({ world }) => {
      world.put(meeting);
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.expireCursors();
      await expect(reader.read(cursor)).rejects.toMatchObject({ kind: 'cursor_expired' });
      const again = await reader.read(null);
      expect((await reader.read(again.cursor)).changes).toEqual([]);
    });

    test('that another version made has expired without a request', async ({ world }) => {
      const reader = await readerOf(world);
      const before = world.simulator.requests.length;
      await expect(reader.read('z0:of-another-version')).rejects.toMatchObject({ kind: 'cursor_expired' });
      expect(world.simulator.requests.length).toBe(before);
    });
  });
}
