import { describe, expect, test } from 'vitest';
import type { CalendarEvent } from '../../../src/domain/event.ts';
import type { EventRecord, NewCalendar } from '../../../src/store/store.ts';
import {
  aCalendar,
  aFullEvent,
  anEvent,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
  type Account,
} from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const window = { start: minutesLater(-10_000), end: minutesLater(10_000) };
const wide = { start: minutesLater(-1_000), end: minutesLater(1_000) };

/** A connection that was synced once: calendars by name with their events. */
async function synced(
  account: Account,
  contents: Record<string, readonly CalendarEvent[]>,
  fields: Partial<NewCalendar> = {},
) {
  const { facts, reads } = own.store;
  const { id } = await connectedAccount(own.store, account);
  const turn = await syncTurn(own.store, id);
  const listed = Object.keys(contents).map((name) => aCalendar(name, fields));
  await facts.replaceCalendars(turn, listed, testNow);
  const calendars = await reads.calendarsOf(id);
  for (const { id: calendarId, providerCalendarId, selected } of calendars) {
    if (!selected) continue;
    const upserts = (contents[providerCalendarId] ?? []).map(fingerprinted);
    await facts.applyPage(turn, calendarId, { upserts, deletes: [] }, testNow, minutesLater(1));
    const advance = { expectedCursor: null, cursor: 'c', window, full: true, unreadable: [] };
    await facts.advanceCursor(turn, calendarId, advance, testNow);
  }
  await facts.finishSync(turn, { now: testNow, nextSyncAt: minutesLater(5) });
  return { id, calendars };
}

const at = (minutes: number, lengthMinutes = 30) => ({
  start: minutesLater(minutes),
  end: minutesLater(minutes + lengthMinutes),
});
const ids = (events: readonly EventRecord[]) => events.map(({ providerEventId }) => providerEventId);

describe('the events of a user', () => {
  test('come by start over all selected calendars and connections, whole', async () => {
    const userId = newUser();
    const { id, calendars } = await synced(
      { userId },
      { a: [anEvent('2', at(20)), aFullEvent('4', at(40))] },
    );
    await synced({ userId, provider: 'microsoft' }, { b: [anEvent('1', at(10)), anEvent('3', at(30))] });
    const events = await own.store.reads.events({ userId, range: wide, limit: 10 });
    expect(ids(events)).toEqual(['1', '2', '3', '4']);
    const { id: eventId, ...fourth } = events[3]!;
    expect(eventId).toMatch(/^[0-9a-f]{24}$/);
    expect(fourth).toEqual({
      ...aFullEvent('4', at(40)),
      userId,
      connectionId: id,
      calendarId: calendars[0]!.id,
      updatedAt: testNow,
    });
  });

  test('are paged without gap or repetition, also where many begin at once', async () => {
    const userId = newUser();
    const many = (prefix: string) =>
      Array.from({ length: 17 }, (_, n) => anEvent(`${prefix}${n}`, at(Math.floor(n / 6))));
    await synced({ userId }, { a: many('a'), b: many('b') });
    const seen: EventRecord[] = [];
    for (;;) {
      const after = seen.at(-1);
      const page = await own.store.reads.events({ userId, range: wide, after, limit: 5 });
      seen.push(...page);
      if (page.length < 5) break;
    }
    expect(ids(seen).toSorted()).toEqual(
      [...many('a'), ...many('b')].map(({ providerEventId }) => providerEventId).toSorted(),
    );
    expect(seen).toEqual(await own.store.reads.events({ userId, range: wide, limit: 100 }));
  });

  test('are those that overlap the range; what has no length belongs where it stands', async () => {
    const userId = newUser();
    await synced(
      { userId },
      {
        a: [
          anEvent('ends as it begins', at(-30, 30)),
          anEvent('reaches in', at(-30, 31)),
          anEvent('within', at(10, 10)),
          anEvent('covers all', at(-100, 300)),
          anEvent('reaches out', at(59, 31)),
          anEvent('begins as it ends', at(60, 10)),
          anEvent('moment at the start', at(0, 0)),
          anEvent('moment at the end', at(60, 0)),
        ],
      },
    );
    const range = { start: minutesLater(0), end: minutesLater(60) };
    expect(ids(await own.store.reads.events({ userId, range, limit: 100 }))).toEqual([
      'covers all',
      'reaches in',
      'moment at the start',
      'within',
      'reaches out',
    ]);
  });

  test('leave out calendars that do not count and connections that are being disconnected', async () => {
    const userId = newUser();
    const { calendars } = await synced({ userId }, { a: [anEvent('a')], b: [anEvent('b')] });
    const leaving = await synced({ userId, provider: 'microsoft' }, { c: [anEvent('c')] });
    const read = async () => ids(await own.store.reads.events({ userId, range: wide, limit: 10 })).toSorted();
    expect(await read()).toEqual(['a', 'b', 'c']);
    await own.store.intents.selectCalendar(calendars[0]!.id, false, testNow);
    expect(await read()).toEqual(['b', 'c']);
    await own.store.intents.requestDisconnect(leaving.id, testNow);
    expect(await read()).toEqual(['b']);
  });

  test('I10: are nobody else’s, also with the place of another user’s entry', async () => {
    const [userId, strangerId] = [newUser(), newUser()];
    await synced({ userId }, { a: [anEvent('mine', at(10))] });
    await synced({ userId: strangerId }, { a: [anEvent('theirs', at(5))] });
    const [theirs] = await own.store.reads.events({ userId: strangerId, range: wide, limit: 10 });
    const after = { start: theirs!.start, id: theirs!.id };
    expect(ids(await own.store.reads.events({ userId, range: wide, limit: 10 }))).toEqual(['mine']);
    expect(ids(await own.store.reads.events({ userId, range: wide, after, limit: 10 }))).toEqual(['mine']);
  });

  test('are none for a stranger, after a place of another form, or with no room', async () => {
    const userId = newUser();
    await synced({ userId }, { a: [anEvent('a')] });
    const { events } = own.store.reads;
    const after = { start: testNow, id: 'nonsense' };
    expect(await events({ userId: 'nobody', range: wide, limit: 10 })).toEqual([]);
    expect(await events({ userId, range: wide, limit: 10, after })).toEqual([]);
    expect(await events({ userId, range: wide, limit: 0 })).toEqual([]);
  });
});

test('a page of events is read in order from the index, without sorting', async () => {
  const userId = newUser();
  const { calendars } = await synced({ userId }, { a: [anEvent('a')], b: [anEvent('b')] });
  const plan = await own.database.events
    .find({ calendarId: { $in: calendars.map(({ id }) => id) }, userId, start: { $lt: wide.end } })
    .sort({ start: 1, _id: 1 })
    .limit(10)
    .explain('queryPlanner');
  const { queryPlanner } = plan as unknown as { queryPlanner: { winningPlan: unknown } };
  const winner = JSON.stringify(queryPlanner.winningPlan);
  expect(winner).toContain('SORT_MERGE');
  expect(winner).not.toMatch(/"stage":"SORT"|COLLSCAN/);
});

test('connections are counted by status, with a zero where there is none', async () => {
  const before = await own.store.reads.countConnections();
  const { id } = await connectedAccount(own.store, { userId: newUser() });
  await own.store.intents.requestDisconnect(id, testNow);
  await connectedAccount(own.store, { userId: newUser() });
  expect(await own.store.reads.countConnections()).toEqual({
    active: before.active + 1,
    reauth_required: 0,
    disconnecting: before.disconnecting + 1,
  });
});

test('connections come in the order in which they were connected; ids of another form find nothing', async () => {
  const userId = newUser();
  const second = await connectedAccount(own.store, { userId, now: minutesLater(1) });
  const first = await connectedAccount(own.store, { userId, provider: 'microsoft' });
  expect((await own.store.reads.connectionsOf(userId)).map(({ id }) => id)).toEqual([first.id, second.id]);
  for (const id of ['nonsense', '0'.repeat(24)]) {
    expect(await own.store.reads.connection(id)).toBeUndefined();
    expect(await own.store.reads.calendar(id)).toBeUndefined();
    expect(await own.store.reads.calendarsOf(id)).toEqual([]);
  }
});
