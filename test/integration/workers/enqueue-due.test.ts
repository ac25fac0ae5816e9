import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import type { QueueName } from '../../../src/queue/contracts.ts';
import {
  authorize,
  connectionOf,
  jobsOf,
  newAccount,
  newUser,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { enqueueDue, type DueKind, type EnqueueDueDependencies } from '../../../workers/steps/enqueue-due.ts';
import { objectId } from '../../../src/store/object-id.ts';
import { aWish } from '../store/interviews-world.ts';
import { after, minute, ownWorkers, second, start } from '../../support/own-workers.ts';

const workers = ownWorkers();
const google = () => workers.vendors.google;

/** Redis has lost all that it held for this file's queues. */
async function loseAllJobs(): Promise<void> {
  await Promise.all(workers.producer.queues.map((queue) => queue.obliterate({ force: true })));
}

/** Somebody who is connected, without the job that connecting has queued. */
async function userWithoutJob(): Promise<ConnectedUser> {
  const user = await newUser(workers, google());
  await loseAllJobs();
  return user;
}

async function queued(queue: QueueName, id: string): Promise<unknown[]> {
  return (await jobsOf(workers, queue, id)).map(({ name, data }) => ({ name, data }));
}

describe('a tick of the scheduler', () => {
  it('I1: queues everything that is due in MongoDB, whatever Redis has lost', async () => {
    const users = [await newUser(workers, google()), await newUser(workers, workers.vendors.microsoft)];
    const leaving = await newUser(workers, google());
    await workers.store.intents.requestDisconnect(leaving.connectionId, start);
    const attemptId = await authorize(workers, newAccount(google()));
    await loseAllJobs();
    workers.clock = after(minute);
    expect(await workers.tick()).toEqual({
      sync: users.length,
      write: 0,
      hold: 0,
      exchange: 1,
      disconnect: 1,
      audit: 0,
      deliver: 0,
      watch: 0,
    });
    for (const { connectionId } of users)
      expect(await queued('sync', connectionId)).toEqual([
        { name: 'sync-connection', data: { v: 1, connectionId, onlyDue: true } },
      ]);
    expect(await queued('connect', attemptId)).toEqual([
      { name: 'exchange-code', data: { v: 1, attemptId } },
    ]);
    expect(await queued('maintenance', leaving.connectionId)).toEqual([
      { name: 'disconnect-connection', data: { v: 1, connectionId: leaving.connectionId } },
    ]);
    expect(await queued('sync', leaving.connectionId)).toEqual([]);
  });

  it('I3: any number of them at once, of any number of schedulers, queue one job of each', async () => {
    const user = await userWithoutJob();
    const leaving = await userWithoutJob();
    await workers.store.intents.requestDisconnect(leaving.connectionId, start);
    const attemptId = await authorize(workers, newAccount(google()));
    workers.clock = after(minute);
    await Promise.all(Array.from({ length: 10 }, () => workers.tick()));
    expect(await queued('sync', user.connectionId)).toHaveLength(1);
    expect(await queued('connect', attemptId)).toHaveLength(1);
    expect(await queued('maintenance', leaving.connectionId)).toHaveLength(1);
  });

  it('those that somebody waits for go before all others, and all of them are found at once', async () => {
    await workers.database.connections.updateMany({}, { $set: { nextSyncAt: after(minute) } });
    const [patient, waiting] = [await userWithoutJob(), await userWithoutJob()];
    for (const user of [patient, waiting]) await workers.sync(user.connectionId);
    const template = await workers.database.connections.findById(patient.connectionId).lean();
    const copies = Array.from({ length: 1200 }, (_, n) => ({
      ...template,
      _id: new mongo.ObjectId(),
      userId: `copy-${n}`,
      nextSyncAt: start,
    }));
    await workers.database.connections.collection.insertMany(copies);
    await workers.store.intents.requestSync(waiting.connectionId, after(1));
    await loseAllJobs();
    workers.clock = after(second);
    const counts = await Promise.all(Array.from({ length: 3 }, () => workers.tick()));
    await workers.database.connections.deleteMany({ userId: /^copy-/ });
    expect(counts.map(({ sync }) => sync)).toEqual([1201, 1201, 1201]);
    const queue = workers.producer.queues.find(({ name }) => name === 'sync');
    const [first, ...others] = (await queue?.getJobs(['waiting'])) ?? [];
    expect(first?.data).toEqual({ v: 1, connectionId: waiting.connectionId, onlyDue: true });
    expect(others).toEqual([]);
    expect(await queue?.getJobCounts('prioritized')).toEqual({ prioritized: 1200 });
    await loseAllJobs();
  });

  it('adds nothing that nobody waits for while thousands wait already', async () => {
    const [patient, waiting] = [await userWithoutJob(), await userWithoutJob()];
    await workers.sync(patient.connectionId);
    workers.clock = after(minute * 6);
    const { database, store, producer } = workers;
    const others = { _id: { $ne: objectId(patient.connectionId) ?? null } };
    await database.connections.updateMany(others, { $set: { 'sync.dirty': false } });
    await store.intents.requestSync(waiting.connectionId, start);
    const counts = { ...(await producer.counts()), sync: { waiting: 0, prioritized: 5001 } };
    await enqueueDue({
      facts: store.facts,
      producer: { enqueueAll: producer.enqueueAll, counts: () => Promise.resolve(counts) },
      now: () => workers.clock,
      random: () => 0.5,
      audit: undefined,
      delivers: false,
      publicUrl: undefined,
      kindLimitMs: 60_000,
      onFailed: (_, error) => {
        throw error;
      },
    });
    expect(await queued('sync', patient.connectionId)).toEqual([]);
    expect(await queued('sync', waiting.connectionId)).toHaveLength(1);
  });

  it.each<[string, DueKind, Partial<EnqueueDueDependencies['facts']>]>([
    ['fails', 'deliver', { dueDeliveries: () => Promise.reject(new Error('no index')) }],
    [
      'fails, the first of all,',
      'sync',
      { requestedConnections: () => Promise.reject(new Error('no index')) },
    ],
    ['takes too long', 'watch', { unwantedWatches: () => new Promise(() => undefined) }],
  ])('a kind that %s is told of (%s), and all others are queued', async (_, kind, instead) => {
    const user = await userWithoutJob();
    const leaving = await userWithoutJob();
    await workers.store.intents.requestDisconnect(leaving.connectionId, start);
    const attemptId = await authorize(workers, newAccount(google()));
    workers.clock = after(minute);
    const failed: string[] = [];
    const counts = await enqueueDue({
      facts: { ...workers.store.facts, ...instead },
      producer: workers.producer,
      now: () => workers.clock,
      random: () => 0.5,
      audit: undefined,
      delivers: true,
      publicUrl: undefined,
      kindLimitMs: 5000,
      onFailed: (name) => void failed.push(name),
    });
    expect(failed).toEqual([kind]);
    const kinds = ['audit', 'deliver', 'disconnect', 'exchange', 'hold', 'sync', 'watch', 'write'];
    expect(Object.keys(counts).toSorted()).toEqual(kinds.filter((name) => name !== kind));
    expect(await queued('sync', user.connectionId)).toHaveLength(kind === 'sync' ? 0 : 1);
    expect(await queued('connect', attemptId)).toHaveLength(1);
    expect(await queued('maintenance', leaving.connectionId)).toHaveLength(1);
  });

  it('finds those that somebody waits for also where what is due cannot be found', async () => {
    const user = await userWithoutJob();
    workers.clock = after(minute);
    const dueConnections = () => Promise.reject(new Error('no index'));
    const ticked = enqueueDue({
      facts: { ...workers.store.facts, dueConnections },
      producer: workers.producer,
      now: () => workers.clock,
      random: () => 0.5,
      audit: undefined,
      delivers: false,
      publicUrl: undefined,
      kindLimitMs: 60_000,
      onFailed: () => undefined,
    });
    expect(await ticked).not.toHaveProperty('sync');
    expect(await queued('sync', user.connectionId)).toHaveLength(1);
  });

  it('adds nothing to a job that is queued already', async () => {
    const user = await newUser(workers, google());
    await workers.tick();
    expect(await queued('sync', user.connectionId)).toHaveLength(1);
  });

  it('leaves alone what is not due yet', async () => {
    const user = await userWithoutJob();
    await workers.sync(user.connectionId);
    expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(5 * minute) });
    workers.clock = after(5 * minute - 1);
    await workers.tick();
    expect(await queued('sync', user.connectionId)).toEqual([]);
    workers.clock = after(5 * minute);
    await workers.tick();
    expect(await queued('sync', user.connectionId)).toHaveLength(1);
  });

  it('leaves alone what a run holds, until its lease runs out: then the run is dead', async () => {
    const user = await userWithoutJob();
    await workers.store.facts.takeSyncTurn(user.connectionId, start, after(minute));
    workers.clock = after(minute - 1);
    await workers.tick();
    expect(await queued('sync', user.connectionId)).toEqual([]);
    workers.clock = after(minute);
    await workers.tick();
    expect(await queued('sync', user.connectionId)).toHaveLength(1);
  });

  it('leaves alone who has to authorize again', async () => {
    const user = await userWithoutJob();
    const reason = { code: 'grant_revoked', message: 'revoked', at: start } as const;
    await workers.store.facts.markReauthRequired(user.connectionId, 1, reason);
    await workers.tick();
    expect(await queued('sync', user.connectionId)).toEqual([]);
  });

  it('takes up an exchange only after fifteen seconds without its end, and none that has ended', async () => {
    const attemptId = await authorize(workers, newAccount(google()));
    const ended = await authorize(workers, newAccount(google()));
    await workers.exchange(ended);
    workers.clock = after(15 * second);
    await workers.tick();
    expect(await queued('connect', attemptId)).toEqual([]);
    workers.clock = after(15 * second + 1);
    await workers.tick();
    expect(await queued('connect', attemptId)).toHaveLength(1);
    expect(await queued('connect', ended)).toEqual([]);
  });

  it('brings back a disconnection until it is done', async () => {
    const user = await userWithoutJob();
    await workers.store.intents.requestDisconnect(user.connectionId, start);
    await workers.tick();
    expect(await queued('maintenance', user.connectionId)).toHaveLength(1);
    await loseAllJobs();
    await workers.tick();
    expect(await queued('maintenance', user.connectionId)).toHaveLength(1);
    await workers.disconnect(user.connectionId);
    await loseAllJobs();
    await workers.tick();
    expect(await queued('maintenance', user.connectionId)).toEqual([]);
  });
});

describe('interviews', () => {
  const put = async (name: string) => {
    const wish = aWish(name, { start: after(60 * minute), end: after(120 * minute) });
    await workers.store.intents.putInterview(name, wish, start);
    return name;
  };

  it('I1: are brought back until they are done, whatever Redis has lost', async () => {
    const id = await put('interview-brought-back');
    expect(await workers.tick()).toMatchObject({ write: 1 });
    await Promise.all([workers.tick(), workers.tick()]);
    expect(await queued('write', id)).toEqual([
      { name: 'reconcile-interview', data: { v: 1, interviewId: id } },
    ]);
    await loseAllJobs();
    await workers.tick();
    expect(await queued('write', id)).toHaveLength(1);
    await loseAllJobs();
    const answer = await workers.store.facts.takeInterviewTurn(id, start, after(minute));
    if (answer.type !== 'taken') throw new Error(answer.type);
    await workers.store.facts.settleInterview(answer.turn, { now: start, attempts: [], news: [] });
    expect(await workers.tick()).toMatchObject({ write: 0 });
    expect(await queued('write', id)).toEqual([]);
  });

  it('that a run holds, or that are due later, are left alone', async () => {
    const [held, later] = [await put('interview-held'), await put('interview-later')];
    await workers.database.interviews.updateOne({ _id: later }, { $set: { dueAt: after(minute) } });
    await workers.store.facts.takeInterviewTurn(held, start, after(minute));
    await workers.tick();
    expect([...(await queued('write', held)), ...(await queued('write', later))]).toEqual([]);
    workers.clock = after(minute);
    await workers.tick();
    expect(await queued('write', held)).toHaveLength(1);
    expect(await queued('write', later)).toHaveLength(1);
    await workers.database.interviews.deleteMany({});
  });
});

describe('holds', () => {
  it('end when their time has run out, and what the calendar shows of them is taken out', async () => {
    const slot = { start: after(120 * minute), end: after(180 * minute) };
    const wish = {
      organizer: { userId: 'holder' },
      participants: [],
      title: 'Held',
      timeZone: 'Europe/Berlin',
      slots: [slot],
      expiresAt: after(10 * minute),
      showInCalendar: true,
      checkConflicts: false,
    };
    await workers.store.intents.putHold('runs-out', wish, start);
    await workers.database.interviews.updateMany({ ofHold: 'runs-out' }, { $unset: { dueAt: 1 } });
    workers.clock = after(10 * minute - 1);
    expect(await workers.tick()).toMatchObject({ hold: 0, write: 0 });
    workers.clock = after(10 * minute);
    expect(await workers.tick()).toMatchObject({ hold: 1 });
    expect(await workers.store.reads.hold('runs-out')).toMatchObject({ state: 'expired' });
    expect(await workers.tick()).toMatchObject({ hold: 0, write: 1 });
    expect(await queued('write', '~hold~runs-out~1')).toHaveLength(1);
    await workers.database.interviews.deleteMany({});
  });
});

describe('the watches', () => {
  it('I1: are looked after when they are due, where push is on', async () => {
    const user = await userWithoutJob();
    await workers.tick(workers.notified.url);
    expect(await queued('watch', user.connectionId)).toEqual([
      { name: 'keep-watches', data: { v: 1, connectionId: user.connectionId } },
    ]);
    await Promise.all([workers.tick(workers.notified.url), workers.tick(workers.notified.url)]);
    expect(await queued('watch', user.connectionId)).toHaveLength(1);
    await workers.keepWatches(user.connectionId);
    await loseAllJobs();
    await workers.tick(workers.notified.url);
    expect(await queued('watch', user.connectionId)).toEqual([]);
  });

  it('are ended where push is off, and otherwise left alone', async () => {
    const [watched, plain] = [await userWithoutJob(), await userWithoutJob()];
    await workers.sync(watched.connectionId);
    await workers.keepWatches(watched.connectionId);
    await workers.tick();
    expect(await queued('watch', watched.connectionId)).toHaveLength(1);
    expect(await queued('watch', plain.connectionId)).toEqual([]);
  });

  it('of a connection that waits for its user, or is leaving, are not looked after', async () => {
    const [waiting, leaving] = [await userWithoutJob(), await userWithoutJob()];
    const { facts, intents } = workers.store;
    const reason = { code: 'grant_revoked', message: 'over', at: start } as const;
    await facts.markReauthRequired(waiting.connectionId, 1, reason);
    await intents.requestDisconnect(leaving.connectionId, start);
    await workers.tick(workers.notified.url);
    expect(await queued('watch', waiting.connectionId)).toEqual([]);
    expect(await queued('watch', leaving.connectionId)).toEqual([]);
  });
});
