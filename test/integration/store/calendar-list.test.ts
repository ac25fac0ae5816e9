import { describe, expect, test } from 'vitest';
import type { NewCalendar, SyncTurn } from '../../../src/store/store.ts';
import {
  aCalendar,
  anEvent,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { storedTime } from '../../support/stored-time.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const window = { start: minutesLater(-1000), end: minutesLater(1000) };

async function syncing() {
  const { id, userId } = await connectedAccount(own.store, { userId: newUser() });
  return { id, userId, turn: await syncTurn(own.store, id) };
}

const replace = (turn: SyncTurn, ...calendars: NewCalendar[]) =>
  own.store.facts.replaceCalendars(turn, calendars, testNow);

async function read(turn: SyncTurn, calendarId: string, cursor: string): Promise<void> {
  const { facts } = own.store;
  const upserts = [fingerprinted(anEvent('one')), fingerprinted(anEvent('two'))];
  await facts.applyPage(turn, calendarId, { upserts, deletes: [] }, testNow, minutesLater(1));
  const advance = { expectedCursor: null, cursor, window, full: true, unreadable: [] };
  await facts.advanceCursor(turn, calendarId, advance, testNow);
}

const eventCount = (calendarId: string) => own.database.events.countDocuments({ calendarId });
const names = (records: readonly { providerCalendarId: string }[]) =>
  records.map(({ providerCalendarId }) => providerCalendarId);

describe('the list of calendars', () => {
  test('selects new ones that are owned or primary, and answers the selected, the primary first', async () => {
    const { id, turn } = await syncing();
    const selected = await replace(
      turn,
      aCalendar('b'),
      aCalendar('holidays', { owned: false, color: undefined, timeZone: undefined }),
      aCalendar('a', { color: '#aabbcc' }),
      aCalendar('main', { primary: true, owned: false }),
    );
    expect(names(selected)).toEqual(['main', 'a', 'b']);
    expect(names(await own.store.reads.calendarsOf(id))).toEqual(['main', 'a', 'b', 'holidays']);
    expect(selected[1]).toMatchObject({
      connectionId: id,
      color: '#aabbcc',
      timeZone: 'Europe/Berlin',
      sync: { cursor: null, unreadable: [] },
    });
  });

  test('told again, also twice at once, keeps ids, choices and progress', async () => {
    const { turn } = await syncing();
    const [a] = await replace(turn, aCalendar('a'), aCalendar('b'));
    await read(turn, a!.id, 'cursor-1');
    const again = await Promise.all([
      replace(turn, aCalendar('a'), aCalendar('b')),
      replace(turn, aCalendar('a'), aCalendar('b')),
    ]);
    expect(again[0]).toEqual(again[1]);
    expect(again[0][0]).toMatchObject({ id: a!.id, sync: { cursor: 'cursor-1' } });
    expect(await eventCount(a!.id)).toBe(2);
  });

  test('takes over new names and rights, and forgets what the vendor no longer tells', async () => {
    const { turn } = await syncing();
    await replace(turn, aCalendar('a', { color: '#aabbcc' }));
    const [renamed] = await replace(turn, aCalendar('a', { name: '', canWrite: false }));
    expect(renamed).toMatchObject({ name: '', canWrite: false, color: undefined });
  });

  test('keeps a calendar that is gone where it is told to, and notes since when, until it is listed again', async () => {
    const { id, turn } = await syncing();
    const [a] = await replace(turn, aCalendar('a'), aCalendar('b'));
    await read(turn, a!.id, 'cursor-1');
    const { facts } = own.store;
    const selected = await facts.replaceCalendars(turn, [aCalendar('b')], testNow, [a!.id]);
    expect(names(selected)).toEqual(['a', 'b']);
    await facts.replaceCalendars(turn, [aCalendar('b')], minutesLater(1), [a!.id]);
    expect(await own.store.reads.calendar(a!.id)).toMatchObject({ missingSince: testNow });
    expect(await eventCount(a!.id)).toBe(2);
    await replace(turn, aCalendar('a'), aCalendar('b'));
    const [back] = await facts.knownCalendars(id);
    expect(back).toMatchObject({ id: a!.id, missingSince: undefined, sync: { cursor: 'cursor-1' } });
  });

  test('removes a calendar that is gone with its events; one that comes back starts anew', async () => {
    const { id, turn } = await syncing();
    const [gone] = await replace(turn, aCalendar('a'), aCalendar('b'));
    await read(turn, gone!.id, 'cursor-1');
    await replace(turn, aCalendar('b'));
    expect(names(await own.store.reads.calendarsOf(id))).toEqual(['b']);
    expect(await eventCount(gone!.id)).toBe(0);
    const [back] = await replace(turn, aCalendar('a'), aCalendar('b'));
    expect(back).toMatchObject({ providerCalendarId: 'a', sync: { cursor: null } });
    expect(back!.id).not.toBe(gone!.id);
  });

  test('removes events that a killed run left behind of a calendar that is gone', async () => {
    const { turn } = await syncing();
    const [a] = await replace(turn, aCalendar('a'));
    await read(turn, a!.id, 'cursor-1');
    await own.database.calendars.deleteOne({ _id: a!.id });
    await replace(turn, aCalendar('b'));
    expect(await eventCount(a!.id)).toBe(0);
  });

  test('a new time zone loses the cursor and keeps the events', async () => {
    const { turn } = await syncing();
    const [a] = await replace(turn, aCalendar('a'));
    await read(turn, a!.id, 'cursor-1');
    const [moved] = await replace(turn, aCalendar('a', { timeZone: 'Asia/Tokyo' }));
    expect(moved).toMatchObject({ id: a!.id, timeZone: 'Asia/Tokyo', sync: { cursor: null } });
    expect(await eventCount(a!.id)).toBe(2);
  });

  test('removes the events of thousands in pieces', async () => {
    const { turn } = await syncing();
    const [a] = await replace(turn, aCalendar('a'));
    const upserts = Array.from({ length: 2300 }, (_, n) => fingerprinted(anEvent(`event ${n}`)));
    await own.store.facts.applyPage(turn, a!.id, { upserts, deletes: [] }, testNow, minutesLater(1));
    await replace(turn);
    expect(await eventCount(a!.id)).toBe(0);
  });

  test('I10: touches nobody else’s calendars and events', async () => {
    const other = await syncing();
    const [theirs] = await replace(other.turn, aCalendar('a'));
    await read(other.turn, theirs!.id, 'cursor-1');
    const { turn } = await syncing();
    await replace(turn, aCalendar('a'));
    await replace(turn);
    expect(await own.store.reads.calendar(theirs!.id)).toMatchObject({ sync: { cursor: 'cursor-1' } });
    expect(await eventCount(theirs!.id)).toBe(2);
  });
});

describe('the choice of calendars', () => {
  test('one that is taken out forgets its cursor and loses its events with the next list', async () => {
    const { id, turn } = await syncing();
    const [a] = await replace(turn, aCalendar('a'), aCalendar('b'));
    await read(turn, a!.id, 'cursor-1');
    const out = await own.store.intents.selectCalendar(a!.id, false, testNow);
    expect(out).toMatchObject({ selected: false, sync: { cursor: null, lastSyncedAt: undefined } });
    const [b, ...others] = await replace(turn, aCalendar('a'), aCalendar('b'));
    expect([b!.providerCalendarId, others]).toEqual(['b', []]);
    expect(await eventCount(a!.id)).toBe(0);
    expect(names(await own.store.reads.calendarsOf(id))).toEqual(['a', 'b']);
  });

  test('one that is taken in counts as never synced', async () => {
    const { userId, turn } = await syncing();
    await replace(turn, aCalendar('a', { owned: false }));
    const [a] = await own.store.reads.calendarsOf(turn.connectionId);
    const taken = await own.store.intents.selectCalendar(a!.id, true, testNow);
    expect(taken).toMatchObject({ selected: true, sync: { cursor: null } });
    const { connections } = await storedTime(own.store, userId, { start: testNow, end: minutesLater(60) });
    expect(connections[0]?.calendars).toMatchObject([
      { calendarId: a!.id, lastSyncedAt: undefined, window: undefined },
    ]);
  });

  test('I2: a change during a sync makes another one due; no change makes none', async () => {
    const { turn } = await syncing();
    const end = { now: testNow, nextSyncAt: minutesLater(5) };
    const [a] = await replace(turn, aCalendar('a'));
    await own.store.intents.selectCalendar(a!.id, true, testNow);
    expect(await own.store.facts.finishSync(turn, end)).toEqual({ dirty: false });
    const next = await syncTurn(own.store, turn.connectionId);
    await own.store.intents.selectCalendar(a!.id, false, testNow);
    expect(await own.store.facts.finishSync(next, end)).toEqual({ dirty: true, requested: true });
  });

  test('a first listing of a calendar that is taken out meanwhile leaves no cursor', async () => {
    const { turn } = await syncing();
    const [a] = await replace(turn, aCalendar('a'));
    await own.store.intents.selectCalendar(a!.id, false, testNow);
    await expect(read(turn, a!.id, 'cursor-1')).rejects.toThrow('lost its turn');
    expect(await own.store.reads.calendar(a!.id)).toMatchObject({ sync: { cursor: null } });
  });

  test('of an unknown calendar is undefined', async () => {
    for (const id of ['0'.repeat(24), 'nonsense']) {
      expect(await own.store.intents.selectCalendar(id, true, testNow)).toBeUndefined();
    }
  });
});
