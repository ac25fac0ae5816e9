import { describe, expect, test, vi } from 'vitest';
import type { CalendarEvent } from '../../../src/domain/event.ts';
import { recordsQuery } from '../../../src/store/availability-reads.ts';
import { busyEntriesQuestion } from '../../../src/store/busy-entries.ts';
import { objectIds } from '../../../src/store/object-id.ts';
import { inSnapshot } from '../../../src/store/snapshot.ts';
import type { EntryTraits } from '../../../src/store/store.ts';
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
import { storedTime, usually } from '../../support/stored-time.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const window = { start: minutesLater(-10_000), end: minutesLater(10_000) };
const range = { start: minutesLater(0), end: minutesLater(1000) };

const at = (minutes: number, lengthMinutes = 30) => ({
  start: minutesLater(minutes),
  end: minutesLater(minutes + lengthMinutes),
});

const asked = (...userIds: string[]) => ({ userIds, range, now: testNow });

/** A connection that was synced once: calendars by name with their events; `a` is the primary one. */
async function synced(account: Account, contents: Record<string, readonly CalendarEvent[]>) {
  const { facts, reads } = own.store;
  const { id } = await connectedAccount(own.store, account);
  const turn = await syncTurn(own.store, id);
  const listed = Object.keys(contents).map((name) => aCalendar(name, { primary: name === 'a' }));
  await facts.replaceCalendars(turn, listed, testNow);
  const calendars = await reads.calendarsOf(id);
  for (const { id: calendarId, providerCalendarId } of calendars) {
    const upserts = (contents[providerCalendarId] ?? []).map(fingerprinted);
    await facts.applyPage(turn, calendarId, { upserts, deletes: [] }, testNow, minutesLater(1));
    const advance = { expectedCursor: null, cursor: 'c', window, full: true, unreadable: [] };
    await facts.advanceCursor(turn, calendarId, advance, testNow);
  }
  await facts.finishSync(turn, { now: testNow, nextSyncAt: minutesLater(5) });
  return { id, calendars };
}

describe('what is stored of somebody’s time', () => {
  test('says how far each connection and calendar that counts is known, and what the vendors call them', async () => {
    const [userId, fresh, nobody] = [newUser(), newUser(), newUser()];
    const { id, calendars } = await synced({ userId }, { a: [], b: [] });
    await own.store.intents.selectCalendar(calendars[1]!.id, false, testNow);
    const unsynced = await connectedAccount(own.store, { userId: fresh });
    const userIds = [userId, fresh, nobody, nobody];
    const found = await own.store.reads.availability({ userIds, range, now: testNow, counts: usually });
    const calendar = {
      calendarId: calendars[0]!.id,
      providerCalendarId: 'a',
      timeZone: 'Europe/Berlin',
      primary: true,
      lastSyncedAt: testNow,
      window,
    };
    const connection = { provider: 'google', status: 'active' };
    expect([...found]).toEqual([
      [
        userId,
        {
          connections: [{ connectionId: id, ...connection, lastSyncedAt: testNow, calendars: [calendar] }],
          timeZone: 'Europe/Berlin',
          busy: new Map([[calendars[0]!.id, []]]),
          promised: [],
        },
      ],
      [
        fresh,
        {
          connections: [{ connectionId: unsynced.id, ...connection, lastSyncedAt: undefined, calendars: [] }],
          timeZone: undefined,
          busy: new Map(),
          promised: [],
        },
      ],
      [nobody, { connections: [], timeZone: undefined, busy: new Map(), promised: [] }],
    ]);
  });

  test('lists connections in the order in which they were connected; the zone is that of the first with a primary calendar', async () => {
    const userId = newUser();
    const later = await synced({ userId, now: minutesLater(1) }, { b: [] });
    const first = await synced({ userId, provider: 'microsoft' }, { a: [] });
    const { connections, timeZone } = await storedTime(own.store, userId, range);
    expect(connections.map(({ connectionId }) => connectionId)).toEqual([first.id, later.id]);
    expect(timeZone).toBe('Europe/Berlin');
    await own.store.intents.selectCalendar(first.calendars[0]!.id, false, testNow);
    expect((await storedTime(own.store, userId, range)).timeZone).toBe('Europe/Berlin');
    await own.store.intents.requestDisconnect(first.id, testNow);
    expect((await storedTime(own.store, userId, range)).timeZone).toBeUndefined();
  });

  test('I7: shows a connection that is being disconnected as such, and nothing of its calendars', async () => {
    const userId = newUser();
    const { id } = await synced({ userId }, { a: [anEvent('a')] });
    await own.store.intents.requestDisconnect(id, testNow);
    const { connections, busy } = await storedTime(own.store, userId, range);
    expect(connections).toMatchObject([{ status: 'disconnecting' }]);
    expect(busy.size).toBe(0);
  });

  test('is merged calendar by calendar, cut to the range; what does not count leaves no trace', async () => {
    const userId = newUser();
    const { calendars } = await synced(
      { userId },
      {
        a: [
          anEvent('reaches in', at(-30, 60)),
          anEvent('touches', at(30, 10)),
          anEvent('within', at(32, 3)),
          anEvent('declined', { ...at(40, 10), response: 'declined' }),
          anEvent('moment', at(45, 0)),
          anEvent('apart', at(60, 10)),
          anEvent('reaches out', at(990, 100)),
          anEvent('before', at(-60, 60)),
          anEvent('after', at(1000, 60)),
        ],
        b: [anEvent('elsewhere', at(35))],
      },
    );
    const { busy } = await storedTime(own.store, userId, range);
    expect(busy.get(calendars[0]!.id)).toEqual([at(0, 40), at(60, 10), at(990, 10)]);
    expect(busy.get(calendars[1]!.id)).toEqual([at(35)]);
  });

  test('is judged entry by entry, by all that a policy looks at', async () => {
    const userId = newUser();
    const traits = {
      busy: 'tentative',
      kind: 'focus_time',
      response: 'needs_action',
      allDay: true,
      visibility: 'private',
    } as const;
    const { calendars } = await synced(
      { userId },
      { a: [anEvent('1', { ...at(0), ...traits }), anEvent('2', at(50))] },
    );
    const calendarId = calendars[0]!.id;
    const second = { calendarId: objectIds([calendarId])[0]!, providerEventId: '2' };
    await own.database.events.updateOne(second, { interviewId: 'interview-1' });
    const judged: EntryTraits[] = [];
    const counts = (entry: EntryTraits) => judged.push(entry) === 1;
    const { busy } = await storedTime(own.store, userId, range, { counts });
    expect(judged).toEqual([
      { ...traits, interviewId: undefined },
      {
        busy: 'busy',
        kind: 'default',
        response: 'none',
        allDay: false,
        visibility: 'default',
        interviewId: 'interview-1',
      },
    ]);
    expect(busy.get(calendarId)).toEqual([at(0)]);
  });

  test('is all of one moment: what is written between two questions is in none of them', async () => {
    const userId = newUser();
    const { calendars } = await synced({ userId }, { a: [anEvent('before', at(0))] });
    const ids = objectIds(calendars.map(({ id }) => id));
    const theirs = asked(userId);
    const seen = await inSnapshot(own.database, async (session) => {
      const before = await recordsQuery(own.database, theirs, session);
      await own.database.events.deleteMany({ calendarId: ids[0]! });
      await own.database.connections.deleteMany({ userId });
      const entries = await own.database.events.find({ userId }, null, { session });
      return [before.length, entries.length, (await recordsQuery(own.database, theirs, session)).length];
    });
    expect(seen).toEqual([2, 1, 2]);
    expect((await storedTime(own.store, userId, range)).connections).toEqual([]);
  });

  test('I7: entries that are purged between the two questions are in the answer, as their calendar is', async () => {
    const userId = newUser();
    const busy = at(10);
    await synced({ userId }, { a: [aFullEvent('a', busy)] });
    const { connections, events } = own.database;
    const aggregate = connections.aggregate.bind(connections);
    const purging = vi.spyOn(connections, 'aggregate').mockImplementation(((
      ...question: Parameters<typeof aggregate>
    ) =>
      aggregate(...question).then(async (found) => {
        await events.deleteMany({ userId });
        return found;
      })) as typeof aggregate);
    try {
      const { busy: found } = await storedTime(own.store, userId, range);
      expect([...found.values()]).toEqual([[busy]]);
    } finally {
      purging.mockRestore();
    }
    expect(await events.countDocuments({ userId })).toBe(0);
  });

  test('is read anew where there is no going back to that moment, as behind the making of a collection', async () => {
    const { connection } = own.database;
    let tries = 0;
    const found = await inSnapshot(own.database, async (session) => {
      tries += 1;
      await recordsQuery(own.database, asked('nobody'), session);
      if (tries === 1) await connection.createCollection('made_meanwhile');
      return connection.collection('made_meanwhile').find({}, { session }).toArray();
    });
    expect([found, tries]).toEqual([[], 2]);
  });
});

describe('the questions', () => {
  interface Plan {
    readonly executionStats: { readonly totalDocsExamined: number; readonly nReturned: number };
    readonly queryPlanner: { readonly winningPlan: unknown };
  }

  test('for all calendars’ entries are one, answered from the index alone and in its order', async () => {
    const userId = newUser();
    const many = Array.from({ length: 50 }, (_, n) => aFullEvent(`${n}`, at(n)));
    const { calendars } = await synced({ userId }, { a: many, b: many });
    const ids = objectIds(calendars.map(({ id }) => id));
    const asking = busyEntriesQuestion(ids, { start: minutesLater(10), end: minutesLater(20) });
    const query = own.database.events.collection.find(asking.filter, asking.options);
    const { executionStats, queryPlanner } = (await query.explain('executionStats')) as unknown as Plan;
    expect(executionStats).toMatchObject({ totalDocsExamined: 0, nReturned: 40 });
    const winner = JSON.stringify(queryPlanner.winningPlan);
    expect(winner).toMatch(/PROJECTION_COVERED.*IXSCAN/);
    expect(winner).not.toMatch(/FETCH|"SORT"|COLLSCAN/);
  });

  test('for all that is asked by user are one, answered by an index of each collection', async () => {
    const plan = JSON.stringify(
      await recordsQuery(own.database, asked('user-1', 'user-2')).explain('queryPlanner'),
    );
    expect(plan).not.toContain('COLLSCAN');
    for (const index of [
      'userId_1_createdAt_1__id_1',
      '"userId_1"',
      'userId_1_desired.start_1',
      'claim.userIds_1_claim.end_1',
      'userIds_1_heldUntil_1',
    ])
      expect(plan).toContain(index);
  });
});
