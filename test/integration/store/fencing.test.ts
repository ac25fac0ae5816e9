import { describe, expect, test, vi } from 'vitest';
import { LostTurnError } from '../../../src/domain/sync.ts';
import { storeOver } from '../../../src/store/index.ts';
import { openDatabase } from '../../../src/store/mongodb.ts';
import { fenced } from '../../../src/store/sync-fence.ts';
import type { Store, SyncTurn } from '../../../src/store/store.ts';
import {
  aCalendar,
  aGrant,
  anEvent,
  connectedAccount,
  exchangingAttempt,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const window = { start: minutesLater(-10), end: minutesLater(10) };

async function listing() {
  const { id } = await connectedAccount(own.store, { userId: newUser() });
  const turn = await syncTurn(own.store, id);
  const [calendar] = await own.store.facts.replaceCalendars(turn, [aCalendar('a')], testNow);
  return { id, turn, calendarId: calendar!.id };
}

const fencedWrites = [
  'applyPage',
  'advanceCursor',
  'failCalendar',
  'holdRemovals',
  'recordAudit',
  'replaceCalendars',
];

/** Everything that a run writes, each by name. */
function writes(store: Store, turn: SyncTurn, calendarId: string): Record<string, () => Promise<unknown>> {
  const { facts } = store;
  const page = { upserts: [fingerprinted(anEvent('stale'))], deletes: ['good'] };
  const advance = { expectedCursor: null, cursor: 'stale', window, full: true, unreadable: [] };
  const reason = { code: 'internal', message: 'stale', at: testNow } as const;
  const hold = { since: testNow, readAt: testNow, stored: 9, removals: 9, digest: 'stale' };
  const audit = { at: testNow, missing: 1, extra: 1, different: 1 };
  return {
    applyPage: () => facts.applyPage(turn, calendarId, page, testNow, minutesLater(60)),
    advanceCursor: () => facts.advanceCursor(turn, calendarId, advance, testNow),
    failCalendar: () => facts.failCalendar(turn, calendarId, reason),
    holdRemovals: () => facts.holdRemovals(turn, calendarId, hold, testNow),
    recordAudit: () => facts.recordAudit(turn, calendarId, audit),
    replaceCalendars: () => facts.replaceCalendars(turn, [aCalendar('stale')], testNow),
  };
}

/** All that is stored of a connection. */
async function stateOf(id: string) {
  const { connections, calendars, events, changes } = own.database;
  return [
    await connections.findById(id).lean(),
    await calendars.find({ connectionId: id }).lean(),
    await events.find({ connectionId: id }).lean(),
    await changes.find({ connectionId: id }).lean(),
  ];
}

/** Lets the next transaction do all its work and then dies before the commit. */
function killBeforeCommit(): void {
  const { connection } = own.database;
  const startSession = connection.startSession.bind(connection);
  vi.spyOn(connection, 'startSession').mockImplementationOnce(async (options) => {
    const session = await startSession(options);
    const withTransaction = session.withTransaction.bind(session);
    session.withTransaction = (work, transactionOptions) =>
      withTransaction(async (inner) => {
        await work(inner);
        throw new Error('killed before the commit');
      }, transactionOptions);
    return session;
  });
}

const goodPage = { upserts: [fingerprinted(anEvent('good'))], deletes: [] };

describe('I5: a run that lost its turn', () => {
  test.each(fencedWrites)('writes nothing by %s after another took over', async (name) => {
    const { id, turn, calendarId } = await listing();
    await own.store.facts.applyPage(turn, calendarId, goodPage, testNow, minutesLater(1));
    await syncTurn(own.store, id, minutesLater(2));
    const before = await stateOf(id);
    await expect(writes(own.store, turn, calendarId)[name]!()).rejects.toThrow(LostTurnError);
    expect(await stateOf(id)).toEqual(before);
  });

  test.each(fencedWrites)(
    'writes nothing by %s after its own end, nor when the connection is being disconnected',
    async (name) => {
      const ended = await listing();
      const end = { now: testNow, nextSyncAt: minutesLater(5) };
      await own.store.facts.finishSync(ended.turn, end);
      const leaving = await listing();
      await own.store.intents.requestDisconnect(leaving.id, testNow);
      for (const { id, turn, calendarId } of [ended, leaving]) {
        const before = await stateOf(id);
        await expect(writes(own.store, turn, calendarId)[name]!()).rejects.toThrow(LostTurnError);
        expect(await stateOf(id)).toEqual(before);
      }
    },
  );

  test('whose lease ran out may go on as long as nobody took over', async () => {
    const { turn, calendarId } = await listing();
    await own.store.facts.applyPage(turn, calendarId, goodPage, minutesLater(90), minutesLater(91));
    expect(await Array.fromAsync(own.store.facts.storedIds(calendarId))).toEqual(['good']);
  });

  test('that is in the middle of its transaction keeps the other waiting until it is over', async () => {
    const { id, turn, calendarId } = await listing();
    const { promise: taken, resolve: hasTaken } = Promise.withResolvers<void>();
    const order: string[] = [];
    let takeover: Promise<SyncTurn> | undefined;
    await fenced(own.database, turn, async (session) => {
      takeover ??= syncTurn(own.store, id, minutesLater(2)).then((next) => {
        order.push('taken over');
        hasTaken();
        return next;
      });
      const { events } = own.database;
      const document = { ...goodPage.upserts[0]!.event, calendarId, connectionId: id, userId: 'u' };
      await events.create([{ ...document, fingerprint: 'f', run: turn.run, updatedAt: testNow }], {
        session,
      });
      order.push('written');
    });
    await taken;
    expect(order).toEqual(['written', 'taken over']);
    expect((await takeover)?.run).toBe(turn.run + 1);
  });

  test('whose transaction began before the takeover and writes after it has nothing of it stored', async () => {
    const { id, turn, calendarId } = await listing();
    const { connections, connection, events } = own.database;
    const session = await connection.startSession();
    session.startTransaction({ readConcern: { level: 'snapshot' } });
    // Fixes the snapshot: from here on the transaction sees the turn as its own.
    expect((await connections.findById(id, null, { session }).lean())?.sync.run).toBe(turn.run);
    await syncTurn(own.store, id, minutesLater(2));
    const fence = connections.updateOne({ _id: id }, { $inc: { 'sync.writes': 1 } }, { session });
    await expect(fence).rejects.toThrow(/write ?conflict/i);
    await session.endSession();
    expect(await events.countDocuments({ calendarId })).toBe(0);
  });

  test('and two processes that race over many pages and takeovers never leave a page of the loser', async () => {
    const { id, turn, calendarId } = await listing();
    const uri = `mongodb://${own.database.connection.host}:${own.database.connection.port}/${own.database.connection.name}`;
    const other = await openDatabase({ mongodbUri: uri });
    const sleeper = writePages(own.store, turn, calendarId, 40);
    const takeovers = storeOver(other);
    const runs: SyncTurn[] = [];
    for (let n = 1; n <= 3; n += 1) {
      const next = await syncTurn(takeovers, id, minutesLater(10 * n));
      runs.push(next);
      await writePages(takeovers, next, calendarId, 3);
    }
    expect(await sleeper).toBe('lost');
    const last = runs.at(-1)!;
    const stored = await own.database.events.find({ calendarId }).lean();
    // All write the same entries: each must be as the last run left it.
    expect(new Set(stored.map(({ run }) => run))).toEqual(new Set([last.run]));
    await other.connection.close();
  });
});

describe('a run that is killed before its transaction commits', () => {
  test.each(fencedWrites)('has nothing stored by %s', async (name) => {
    const { id, turn, calendarId } = await listing();
    await own.store.facts.applyPage(turn, calendarId, goodPage, testNow, minutesLater(1));
    const before = await stateOf(id);
    killBeforeCommit();
    await expect(writes(own.store, turn, calendarId)[name]!()).rejects.toThrow('killed');
    expect(await stateOf(id)).toEqual(before);
  });

  test('neither a connection nor the end of its attempt, nor half a choice of calendars', async () => {
    const { id, calendarId } = await listing();
    const attemptId = await exchangingAttempt(own.store, { userId: newUser() });
    const before = await stateOf(id);
    killBeforeCommit();
    await expect(own.store.facts.completeAttempt(attemptId, aGrant(), testNow)).rejects.toThrow('killed');
    killBeforeCommit();
    await expect(own.store.intents.selectCalendar(calendarId, false, testNow)).rejects.toThrow('killed');
    expect(await own.store.reads.attempt(attemptId)).toMatchObject({ status: 'exchanging' });
    const { userId } = (await own.store.reads.attempt(attemptId))!;
    expect(await own.store.reads.connectionsOf(userId)).toEqual([]);
    expect(await stateOf(id)).toEqual(before);
  });
});

/** Writes the same twenty entries over and over, under the run's number, until it is done or has lost its turn. */
async function writePages(
  store: Store,
  turn: SyncTurn,
  calendarId: string,
  pages: number,
): Promise<'done' | 'lost'> {
  try {
    for (let page = 0; page < pages; page += 1) {
      const upserts = Array.from({ length: 20 }, (_, n) =>
        fingerprinted(anEvent(`event ${n}`, { title: `run ${turn.run}, page ${page}` })),
      );
      await store.facts.applyPage(
        turn,
        calendarId,
        { upserts, deletes: [] },
        turn.startedAt,
        minutesLater(1, turn.startedAt),
      );
    }
    return 'done';
  } catch (error) {
    if (error instanceof LostTurnError) return 'lost';
    throw error;
  }
}
