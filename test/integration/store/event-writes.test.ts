import { describe, expect, test } from 'vitest';
import type { CalendarEvent } from '../../../src/domain/event.ts';
import { marksQueries } from '../../../src/store/event-writes.ts';
import type { SyncTurn } from '../../../src/store/store.ts';
import {
  aCalendar,
  aFullEvent,
  anEvent,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const leaseUntil = minutesLater(1);

async function listing() {
  const { id, userId } = await connectedAccount(own.store, { userId: newUser() });
  const turn = await syncTurn(own.store, id);
  const [calendar] = await own.store.facts.replaceCalendars(turn, [aCalendar('a')], testNow);
  return { id, userId, turn, calendarId: calendar!.id };
}

interface Page {
  readonly upserts?: readonly CalendarEvent[];
  readonly deletes?: readonly string[];
}

const apply = (
  turn: SyncTurn,
  calendarId: string,
  { upserts = [], deletes = [] }: Page,
  now = testNow,
): Promise<void> =>
  own.store.facts.applyPage(
    turn,
    calendarId,
    { upserts: upserts.map(fingerprinted), deletes },
    now,
    minutesLater(1, now),
  );

const documents = (calendarId: string) =>
  own.database.events.collection
    .find({ calendarId: own.database.events.castObject({ calendarId })['calendarId'] })
    .sort({ providerEventId: 1 })
    .toArray();

async function storedIds(calendarId: string): Promise<string[]> {
  return (await Array.fromAsync(own.store.facts.storedIds(calendarId))).toSorted();
}

describe('a page of events', () => {
  test('is stored whole, with its owner, run and time, and leaves out what has no value', async () => {
    const { id, userId, turn, calendarId } = await listing();
    const { fingerprint } = fingerprinted(aFullEvent('full'));
    const plain = anEvent('plain', { title: undefined, attendees: [{ ...aGuest, name: undefined }] });
    await apply(turn, calendarId, { upserts: [aFullEvent('full'), plain] });
    const [full, sparse] = await documents(calendarId);
    const { _id, connectionId, calendarId: calendar, ...rest } = full!;
    expect([String(connectionId), String(calendar)]).toEqual([id, calendarId]);
    expect(rest).toEqual({ ...aFullEvent('full'), userId, fingerprint, run: turn.run, updatedAt: testNow });
    expect(Object.keys(sparse!)).not.toContain('title');
    expect(Object.keys(sparse!['attendees'][0])).not.toContain('name');
  });

  test('holds what the schema asks for, although the driver writes it and not mongoose', async () => {
    const { turn, calendarId } = await listing();
    await apply(turn, calendarId, { upserts: [aFullEvent('full'), anEvent('plain')] });
    await apply(turn, calendarId, { upserts: [aFullEvent('full', { title: 'New' })] });
    for (const document of await documents(calendarId)) {
      const hydrated = new own.database.events(document);
      await hydrated.validate();
      expect(hydrated.toObject()).toEqual(document);
    }
  });

  test('replaces, keeps ids, drops fields that lost their value, and deletes', async () => {
    const { turn, calendarId } = await listing();
    await apply(turn, calendarId, { upserts: [aFullEvent('a'), anEvent('b'), anEvent('c')] });
    const before = await documents(calendarId);
    await apply(
      turn,
      calendarId,
      { upserts: [anEvent('a', { title: 'moved' }), anEvent('d')], deletes: ['b', 'never there'] },
      minutesLater(1),
    );
    const after = await documents(calendarId);
    expect(after.map((event) => event['providerEventId'])).toEqual(['a', 'c', 'd']);
    expect(after[0]).toMatchObject({ _id: before[0]!._id, title: 'moved', updatedAt: minutesLater(1) });
    expect(after[0]).not.toHaveProperty('location');
    expect(after[1]).toEqual(before[2]);
  });

  test('may be applied twice, also at the same time', async () => {
    const { turn, calendarId } = await listing();
    const page = { upserts: [anEvent('a'), anEvent('b')], deletes: ['c'] };
    await apply(turn, calendarId, page);
    const once = await documents(calendarId);
    await Promise.all([apply(turn, calendarId, page), apply(turn, calendarId, page)]);
    expect(await documents(calendarId)).toEqual(once);
    const fresh = await listing();
    await Promise.all([1, 2, 3].map(() => apply(fresh.turn, fresh.calendarId, page)));
    expect(await storedIds(fresh.calendarId)).toEqual(['a', 'b']);
  });

  test('of ids that differ in case only, and with signs of all kinds, keeps them apart', async () => {
    const { turn, calendarId } = await listing();
    const ids = ['AbC=', 'abc=', '$where', 'a.b', 'Ü', 'x'.repeat(900)];
    await apply(turn, calendarId, { upserts: ids.map((id) => anEvent(id, { title: '$title' })) });
    expect(await storedIds(calendarId)).toEqual(ids.toSorted());
    await apply(turn, calendarId, { deletes: ['abc=', '$where'] });
    expect(await storedIds(calendarId)).toHaveLength(4);
  });

  test('without a change writes nothing, but keeps a lease that is half used', async () => {
    const { id, turn, calendarId } = await listing();
    const connection = () => own.database.connections.findById(id).lean();
    const before = await connection();
    await apply(turn, calendarId, {}, minutesLater(0.4));
    expect(await connection()).toEqual(before);
    await apply(turn, calendarId, {}, minutesLater(0.6));
    expect((await connection())?.sync.leaseUntil).toEqual(minutesLater(1.6));
  });

  test('with a change prolongs the lease', async () => {
    const { id, turn, calendarId } = await listing();
    await apply(turn, calendarId, { upserts: [anEvent('a')] }, minutesLater(0.5));
    expect(await own.store.facts.takeSyncTurn(id, leaseUntil, minutesLater(9))).toEqual({
      type: 'held',
      until: minutesLater(1.5),
    });
  });
});

const aGuest = {
  email: 'a@example.com',
  response: 'none',
  optional: false,
  resource: false,
  self: false,
} as const;

describe('what is stored', () => {
  test('is marked by its own id and by its series, each once, in this calendar only', async () => {
    const { turn, calendarId } = await listing();
    const other = await listing();
    const occurrence = (id: string, recurringEventId = 's') => anEvent(id, { recurringEventId });
    const upserts = [anEvent('a'), anEvent('b'), occurrence('s1'), occurrence('s2'), occurrence('t1', 't')];
    await apply(turn, calendarId, { upserts });
    await apply(other.turn, other.calendarId, { upserts });
    const marks = await own.store.facts.marks(calendarId, { ids: ['a', 's1', 'none'], seriesIds: ['s'] });
    expect(marks.toSorted((x, y) => (x.providerEventId < y.providerEventId ? -1 : 1))).toEqual([
      { providerEventId: 'a', fingerprint: fingerprinted(anEvent('a')).fingerprint },
      ...['s1', 's2'].map((id) => ({
        providerEventId: id,
        recurringEventId: 's',
        fingerprint: fingerprinted(occurrence(id)).fingerprint,
      })),
    ]);
    expect(await own.store.facts.marks(calendarId, { ids: [], seriesIds: [] })).toEqual([]);
    expect(await own.store.facts.marks('nonsense', { ids: ['a'], seriesIds: [] })).toEqual([]);
  });

  test('is looked up by the index of the ids and the index of the series', async () => {
    const { calendarId } = await listing();
    const touched = { ids: ['a', 'b'], seriesIds: ['s', 't'] };
    const plans = await Promise.all(
      marksQueries(own.database.events, calendarId, touched).map((query) => query.explain('queryPlanner')),
    );
    const bounds = plans.map((plan) => /"indexBounds":({.*?})/.exec(JSON.stringify(plan))?.[1]);
    expect(bounds).toEqual([
      expect.stringContaining('"providerEventId":["[\\"a\\", \\"a\\"]","[\\"b\\", \\"b\\"]"]'),
      expect.stringContaining('"recurringEventId":["[\\"s\\", \\"s\\"]","[\\"t\\", \\"t\\"]"]'),
    ]);
  });

  test('ids come in batches, and reading may stop early', async () => {
    const { turn, calendarId } = await listing();
    const upserts = Array.from({ length: 2100 }, (_, n) => anEvent(`event ${n}`));
    await apply(turn, calendarId, { upserts });
    expect(new Set(await storedIds(calendarId)).size).toBe(2100);
    for await (const id of own.store.facts.storedIds(calendarId)) {
      expect(id).toMatch(/^event/);
      break;
    }
    expect(await storedIds('nonsense')).toEqual([]);
  });
});

describe('the cursor', () => {
  const window = { start: minutesLater(-10), end: minutesLater(10) };
  const unreadable = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => ({ providerEventId: `bad ${from + n}`, reason: 'no start' }));
  const advance = { expectedCursor: null, cursor: 'one', window, full: true, unreadable: unreadable(0, 3) };
  const syncOf = async (calendarId: string) => (await own.store.reads.calendar(calendarId))?.sync;

  test('advances from the expected one, and records the window and what could not be read', async () => {
    const { turn, calendarId } = await listing();
    await own.store.facts.advanceCursor(turn, calendarId, advance, testNow);
    expect(await syncOf(calendarId)).toEqual({
      cursor: 'one',
      window,
      lastSyncedAt: testNow,
      fullSyncAt: testNow,
      lastFailure: undefined,
      unreadable: unreadable(0, 3),
      unreadableCount: 3,
    });
    const next = { ...advance, expectedCursor: 'one', cursor: 'two', full: false };
    const now = minutesLater(1);
    const more = { ...next, unreadable: unreadable(10, 30), unreadableCount: 500 };
    await own.store.facts.advanceCursor(turn, calendarId, more, now);
    expect(await syncOf(calendarId)).toMatchObject({
      cursor: 'two',
      lastSyncedAt: now,
      fullSyncAt: testNow,
      unreadable: unreadable(10, 30),
      unreadableCount: 500,
    });
    const full = { ...advance, expectedCursor: 'two', cursor: 'three', unreadable: [] };
    await own.store.facts.advanceCursor(turn, calendarId, full, now);
    expect(await syncOf(calendarId)).toMatchObject({
      fullSyncAt: now,
      unreadable: [],
      unreadableCount: 0,
    });
  });

  test('of a document from before the count says that all that cannot be read is named', async () => {
    const { turn, calendarId } = await listing();
    await own.store.facts.advanceCursor(turn, calendarId, advance, testNow);
    await own.database.calendars.updateOne({ _id: calendarId }, { $unset: { 'sync.unreadableCount': 1 } });
    expect(await syncOf(calendarId)).toMatchObject({ unreadable: unreadable(0, 3), unreadableCount: 3 });
  });

  test('I5: that is not the expected one any more stays; the same advance again is harmless', async () => {
    const { turn, calendarId } = await listing();
    await own.store.facts.advanceCursor(turn, calendarId, advance, testNow);
    await own.store.facts.advanceCursor(turn, calendarId, advance, testNow);
    const other = { ...advance, expectedCursor: 'another', cursor: 'two' };
    await expect(own.store.facts.advanceCursor(turn, calendarId, other, testNow)).rejects.toThrow('lost its');
    expect(await syncOf(calendarId)).toMatchObject({ cursor: 'one' });
  });

  test('I10: of a calendar of another connection is out of reach', async () => {
    const { turn } = await listing();
    const { calendarId } = await listing();
    await expect(own.store.facts.advanceCursor(turn, calendarId, advance, testNow)).rejects.toThrow(
      'lost its',
    );
    await own.store.facts.failCalendar(turn, calendarId, { code: 'internal', message: '', at: testNow });
    expect(await syncOf(calendarId)).toMatchObject({ cursor: null, lastFailure: undefined });
  });

  test('stays where a calendar failed, until the next good reading clears the reason', async () => {
    const { turn, calendarId } = await listing();
    const reason = { code: 'calendar_unreachable', message: 'gone', at: minutesLater(1) } as const;
    await own.store.facts.advanceCursor(turn, calendarId, advance, testNow);
    await own.store.facts.failCalendar(turn, calendarId, reason);
    expect(await syncOf(calendarId)).toMatchObject({
      cursor: 'one',
      lastSyncedAt: testNow,
      lastFailure: reason,
    });
    const next = { ...advance, expectedCursor: 'one', cursor: 'two' };
    await own.store.facts.advanceCursor(turn, calendarId, next, testNow);
    expect(await syncOf(calendarId)).toMatchObject({ lastFailure: undefined });
  });
});
