import { describe, expect, test } from 'vitest';
import { connectedAccount, minutesLater, syncTurn, testNow } from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

const connected = async () => (await connectedAccount(own.store, { userId: newUser() })).id;
const leaseUntil = minutesLater(1);
const end = { now: testNow, nextSyncAt: minutesLater(5) };

describe('a sync turn', () => {
  test('goes to one of many that want it at once; the others hear until when it is held', async () => {
    const id = await connected();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => own.store.facts.takeSyncTurn(id, testNow, leaseUntil)),
    );
    expect(answers.filter(({ type }) => type === 'taken')).toHaveLength(1);
    expect(answers.filter(({ type }) => type === 'held')).toHaveLength(9);
    expect(answers).toContainEqual({ type: 'held', until: leaseUntil });
  });

  test('is free when the lease has run out, under a higher number', async () => {
    const id = await connected();
    const first = await syncTurn(own.store, id);
    expect(await own.store.facts.takeSyncTurn(id, minutesLater(0.99), minutesLater(2))).toMatchObject({
      type: 'held',
    });
    const second = await syncTurn(own.store, id, leaseUntil);
    expect(second.run).toBeGreaterThan(first.run);
    expect(second.startedAt).toEqual(leaseUntil);
  });

  test('the number grows also over orderly ends and reconnections', async () => {
    const { id, userId } = await connectedAccount(own.store, { userId: newUser() });
    const runs: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const turn = await syncTurn(own.store, id);
      runs.push(turn.run);
      await own.store.facts.finishSync(turn, end);
      await connectedAccount(own.store, { userId });
    }
    expect(runs).toEqual([1, 2, 3]);
  });

  test('is not given for a connection that is not active or does not exist', async () => {
    const { takeSyncTurn, markReauthRequired } = own.store.facts;
    const revoked = await connected();
    await markReauthRequired(revoked, 1, { code: 'grant_revoked', message: '', at: testNow });
    const leaving = await connected();
    await own.store.intents.requestDisconnect(leaving, testNow);
    expect(await takeSyncTurn(revoked, testNow, leaseUntil)).toEqual({
      type: 'not_active',
      status: 'reauth_required',
    });
    expect(await takeSyncTurn(leaving, testNow, leaseUntil)).toEqual({
      type: 'not_active',
      status: 'disconnecting',
    });
    expect(await takeSyncTurn('0'.repeat(24), testNow, leaseUntil)).toEqual({ type: 'unknown' });
    expect(await takeSyncTurn('nonsense', testNow, leaseUntil)).toEqual({ type: 'unknown' });
  });
});

describe('the end of a sync', () => {
  test('that went well moves lastSyncedAt and forgets the failures', async () => {
    const id = await connected();
    const failed = { code: 'provider_unavailable', message: 'a fault', at: testNow } as const;
    await own.store.facts.finishSync(await syncTurn(own.store, id), { ...end, failure: failed });
    await own.store.facts.finishSync(await syncTurn(own.store, id), { ...end, failure: failed });
    expect(await own.store.reads.connection(id)).toMatchObject({
      consecutiveFailures: 2,
      lastFailure: failed,
      lastSyncedAt: undefined,
      nextSyncAt: end.nextSyncAt,
    });
    await own.store.facts.finishSync(await syncTurn(own.store, id), { ...end, now: minutesLater(1) });
    expect(await own.store.reads.connection(id)).toMatchObject({
      consecutiveFailures: 0,
      lastFailure: undefined,
      lastSyncedAt: minutesLater(1),
    });
  });

  test('I2: a trigger that came in during the sync makes it due at once, even within the same millisecond', async () => {
    const id = await connected();
    const turn = await syncTurn(own.store, id);
    expect(await own.store.intents.requestSync(id, testNow)).toBe(true);
    expect(await own.store.facts.finishSync(turn, end)).toEqual({ dirty: true, requested: true });
    expect(await own.store.facts.dueConnections(testNow, 1000)).toContain(id);
  });

  test('a trigger does not bring forward the time that a failed sync asked for', async () => {
    const id = await connected();
    const turn = await syncTurn(own.store, id);
    await own.store.intents.requestSync(id, testNow);
    const failed = { code: 'throttled', message: 'google asks to wait.', at: testNow } as const;
    await own.store.facts.finishSync(turn, { ...end, failure: failed });
    expect(await own.store.reads.connection(id)).toMatchObject({ nextSyncAt: end.nextSyncAt });
  });

  test('I2: a trigger before the sync is answered by the sync', async () => {
    const id = await connected();
    await own.store.intents.requestSync(id, testNow);
    const turn = await syncTurn(own.store, id);
    expect(await own.store.facts.finishSync(turn, end)).toEqual({ dirty: false });
    expect(await own.store.facts.dueConnections(minutesLater(4), 1000)).not.toContain(id);
  });

  test('I2: no trigger is lost between many syncs that end while it comes in', async () => {
    const id = await connected();
    for (let n = 0; n < 25; n += 1) {
      const turn = await syncTurn(own.store, id);
      await Promise.all([own.store.facts.finishSync(turn, end), own.store.intents.requestSync(id, testNow)]);
      expect(await own.store.facts.dueConnections(testNow, 1000)).toContain(id);
    }
  });

  test('I5: of a run that was overtaken, or told twice, changes nothing', async () => {
    const id = await connected();
    const stale = await syncTurn(own.store, id);
    const current = await syncTurn(own.store, id, minutesLater(2));
    await own.store.intents.requestSync(id, minutesLater(2));
    expect(await own.store.facts.finishSync(stale, end)).toEqual({ dirty: false });
    expect(await own.store.facts.takeSyncTurn(id, minutesLater(2), minutesLater(4))).toMatchObject({
      type: 'held',
    });
    expect(await own.store.facts.finishSync(current, end)).toEqual({ dirty: true, requested: true });
    await own.store.intents.requestSync(id, minutesLater(-10));
    expect(await own.store.facts.finishSync(current, end)).toEqual({ dirty: false });
    expect(await own.store.reads.connection(id)).toMatchObject({ nextSyncAt: minutesLater(-10) });
  });

  test('gives the turn back also where the grant was found revoked', async () => {
    const { id, userId } = await connectedAccount(own.store, { userId: newUser() });
    const turn = await syncTurn(own.store, id);
    const reason = { code: 'grant_revoked', message: '', at: testNow } as const;
    await own.store.facts.markReauthRequired(id, 1, reason);
    await own.store.facts.finishSync(turn, { ...end, failure: reason });
    await connectedAccount(own.store, { userId });
    expect((await syncTurn(own.store, id)).run).toBe(turn.run + 1);
  });
});

describe('what is due', () => {
  test('I1: are active connections whose time has come and that no run holds, the longest due first', async () => {
    // Before everything else here, and not so early that MongoDB takes the attempts away.
    const early = minutesLater(-60 * 24, testNow);
    const at = (minutes: number) => minutesLater(minutes, early);
    const make = async (minutes: number) =>
      (await connectedAccount(own.store, { userId: newUser(), now: at(minutes) })).id;
    const [second, first, held, later, leaving] = [
      await make(2),
      await make(1),
      await make(0),
      await make(9),
      await make(0),
    ];
    await syncTurn(own.store, held, at(4));
    await own.store.intents.requestDisconnect(leaving, at(0));
    const { dueConnections } = own.store.facts;
    expect(await dueConnections(at(4), 10)).toEqual([first, second]);
    expect(await dueConnections(at(4), 1)).toEqual([first]);
    expect(await dueConnections(at(5), 10)).toEqual([held, first, second]);
    expect(await dueConnections(at(9), 10)).toEqual([held, first, second, later]);
  });

  test('is found by an index', async () => {
    const plan = await own.database.connections
      .find({ status: 'active', nextSyncAt: { $lte: testNow } })
      .sort({ nextSyncAt: 1 })
      .explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('IXSCAN');
    expect(JSON.stringify(plan)).not.toMatch(/COLLSCAN|"SORT"/);
  });

  test('a request for an unknown or leaving connection is answered false', async () => {
    const id = await connected();
    await own.store.intents.requestDisconnect(id, testNow);
    for (const other of [id, '0'.repeat(24), 'nonsense']) {
      expect(await own.store.intents.requestSync(other, testNow)).toBe(false);
    }
  });
});
