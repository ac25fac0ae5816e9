import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { done, type Outcome } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { createLog } from '../../../src/log.ts';
import type { JobContext } from '../../../workers/runtime/executor.ts';
import { startRunner } from '../../../workers/runtime/runner.ts';
import { appointment, fill } from '../../support/calendar-contents.ts';
import {
  calendarOf,
  connectionOf,
  eventsOf,
  everythingOf,
  jobsOf,
  newUser,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, minute, ownWorkers, second } from '../../support/own-workers.ts';
import { stalling, stallingPoints } from '../../support/stalling-provider.ts';
import { until } from '../../support/until.ts';

const workers = ownWorkers();

/** Takes away what connecting has queued. */
async function forgetJobs({ connectionId }: ConnectedUser): Promise<void> {
  const queued = await jobsOf(workers, 'sync', connectionId);
  await Promise.all(queued.map((job) => job.remove()));
}

describe.each(providerIds)('one turn at a connection with %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const withEntries = async (): Promise<{ user: ConnectedUser; ids: string[] }> => {
    const user = await newUser(workers, vendorOf());
    await forgetJobs(user);
    return { user, ids: fill(user, 5) };
  };
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  const change = ({ email, calendarId }: ConnectedUser, [edited = '', removed = '']: string[]): void => {
    vendorOf().put(email, calendarId, appointment('Edited', 7), edited);
    vendorOf().remove(email, calendarId, removed);
    vendorOf().put(email, calendarId, appointment('Added', 9));
  };

  describe.each(stallingPoints)('I5: a run that stalled with the %s in its hands', (point) => {
    it.each(['first', 'next'])('writes nothing more after another took over (the %s sync)', async (which) => {
      const { user, ids } = await withEntries();
      if (which === 'next') {
        await workers.sync(user.connectionId);
        vendorOf().put(user.email, user.calendarId, appointment('Edited before', 3), ids[0]);
      }
      const stall = stalling(workers.provider(id), point);
      const late = workers.sync(user.connectionId, { provider: stall.provider });
      await stall.reached;
      workers.clock = after(61 * second);
      change(user, ids);
      expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done' });
      const written = await everythingOf(workers, user);
      expect(await eventsOf(workers, user)).toEqual(truthOf(user));
      workers.clock = after(62 * second);
      stall.release();
      const skipped = expect.stringContaining('has lost its turn');
      expect(await late).toEqual(done({ skipped }));
      expect(await everythingOf(workers, user)).toEqual(written);
    });
  });

  it.each(stallingPoints)(
    'I5: a run that stalled with the %s writes nothing while its successor still runs',
    async (point) => {
      const { user, ids } = await withEntries();
      const stall = stalling(workers.provider(id), point);
      const late = workers.sync(user.connectionId, { provider: stall.provider });
      await stall.reached;
      workers.clock = after(61 * second);
      change(user, ids);
      const other = stalling(workers.provider(id), 'page');
      const successor = workers.sync(user.connectionId, { provider: other.provider });
      await other.reached;
      const before = await everythingOf(workers, user);
      stall.release();
      expect(await late).toMatchObject({ result: { skipped: expect.stringContaining('lost its turn') } });
      expect(await everythingOf(workers, user)).toEqual(before);
      other.release();
      expect(await successor).toMatchObject({ type: 'done' });
      expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    },
  );

  it('I5: a run whose lease ran out goes on where nobody took over', async () => {
    const { user } = await withEntries();
    const stall = stalling(workers.provider(id), 'page');
    const late = workers.sync(user.connectionId, { provider: stall.provider });
    await stall.reached;
    workers.clock = after(10 * minute);
    stall.release();
    expect(await late).toMatchObject({ type: 'done', result: { written: 5 } });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('I2: a change and its trigger during a run are followed by another run that sees it', async () => {
    const { user, ids } = await withEntries();
    const stall = stalling(workers.provider(id), 'end');
    const running = workers.sync(user.connectionId, { provider: stall.provider });
    await stall.reached;
    change(user, ids);
    // What intake writes; its own enqueuing is left out, as if Redis had been away.
    await workers.store.intents.requestSync(user.connectionId, workers.clock);
    stall.release();
    expect(await running).toMatchObject({ type: 'done', result: { written: 5 } });
    expect(await eventsOf(workers, user)).not.toEqual(truthOf(user));
    expect(await jobsOf(workers, 'sync', user.connectionId)).toHaveLength(1);
    expect(await workers.store.facts.dueConnections(workers.clock, 1000)).toContain(user.connectionId);
    await workers.sync(user.connectionId);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(5 * minute) });
  });

  it('a run that is interrupted gives its turn back, counts as no failure and is as due as before', async () => {
    const { user } = await withEntries();
    const stall = stalling(workers.provider(id), 'calendars');
    const ending = new AbortController();
    const before = await connectionOf(workers, user);
    const running = workers.sync(user.connectionId, { provider: stall.provider, signal: ending.signal });
    await stall.reached;
    ending.abort(new Error('the process ends'));
    stall.release();
    await expect(running).rejects.toThrow('the process ends');
    const { consecutiveFailures, lastFailure, nextSyncAt } = await connectionOf(workers, user);
    expect({ consecutiveFailures, lastFailure, nextSyncAt }).toEqual({
      consecutiveFailures: 0,
      lastFailure: undefined,
      nextSyncAt: before.nextSyncAt,
    });
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done' });
  });

  it('a run that lives keeps its turn however long the vendor takes, and lets it go at its end', async () => {
    const { user } = await withEntries();
    const stall = stalling(workers.provider(id), 'calendars');
    const beats: (() => void)[] = [];
    let isHeld = true;
    const every = (ms: number, work: () => void) => {
      expect(ms).toBe(20 * second);
      beats.push(work);
      return () => void (isHeld = false);
    };
    const running = workers.sync(user.connectionId, { provider: stall.provider, every });
    await stall.reached;
    workers.clock = after(50 * second);
    beats.forEach((beat) => beat());
    const leaseUntil = after(110 * second).getTime();
    await until(async () => {
      const { connection } = await everythingOf(workers, user);
      return connection?.sync.leaseUntil?.getTime() === leaseUntil;
    });
    workers.clock = after(109 * second);
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'snooze' });
    stall.release();
    expect(await running).toMatchObject({ type: 'done' });
    expect(isHeld).toBe(false);
  });

  it('a run that nothing came into queues no other', async () => {
    const { user } = await withEntries();
    await workers.store.intents.requestSync(user.connectionId, workers.clock);
    await workers.sync(user.connectionId);
    expect(await jobsOf(workers, 'sync', user.connectionId)).toHaveLength(0);
  });

  it.each(stallingPoints)(
    'I10: a user who disconnects while the run holds the %s is left alone',
    async (point) => {
      const { user } = await withEntries();
      const stall = stalling(workers.provider(id), point);
      const running = workers.sync(user.connectionId, { provider: stall.provider });
      await stall.reached;
      await workers.store.intents.requestDisconnect(user.connectionId, workers.clock);
      const before = await everythingOf(workers, user);
      stall.release();
      expect(await running).toMatchObject({ type: 'done', result: { skipped: expect.any(String) } });
      const { calendars, events } = await everythingOf(workers, user);
      expect({ calendars, events }).toEqual({ calendars: before.calendars, events: before.events });
    },
  );

  it.each(stallingPoints)(
    'I10: nothing comes back after a purge while the run holds the %s',
    async (point) => {
      const { user } = await withEntries();
      const stall = stalling(workers.provider(id), point);
      const running = workers.sync(user.connectionId, { provider: stall.provider });
      await stall.reached;
      await workers.store.facts.purgeConnection(user.connectionId, workers.clock);
      stall.release();
      expect(await running).toMatchObject({ type: 'done', result: { skipped: expect.any(String) } });
      expect(await everythingOf(workers, user)).toEqual({ connection: null, calendars: [], events: [] });
    },
  );

  it('a calendar that is taken out while it is read keeps neither cursor nor, after the next run, events', async () => {
    const { user } = await withEntries();
    await workers.sync(user.connectionId);
    vendorOf().put(user.email, user.calendarId, appointment('New', 3));
    const stall = stalling(workers.provider(id), 'page');
    const running = workers.sync(user.connectionId, { provider: stall.provider });
    await stall.reached;
    const calendar = await calendarOf(workers, user);
    await workers.store.intents.selectCalendar(calendar.id, false, workers.clock);
    stall.release();
    expect(await running).toMatchObject({ type: 'done' });
    expect(await calendarOf(workers, user)).toMatchObject({ selected: false, sync: { cursor: null } });
    // The turn was given back: nobody waits for its lease to run out.
    expect(await workers.store.facts.dueConnections(workers.clock, 1000)).toContain(user.connectionId);
    expect(await workers.sync(user.connectionId)).toMatchObject({ result: { calendars: 0 } });
    expect((await everythingOf(workers, user)).events).toEqual([]);
  });
});

describe('triggers on the queue', () => {
  type Handler = (context: JobContext<{ connectionId: string }>) => Promise<Outcome>;

  const startWorker = (handler: Handler): void => {
    const connection = new Redis(workers.redisUrl, { maxRetriesPerRequest: null });
    const runner = startRunner({
      queue: 'sync',
      handlers: { 'sync-connection': handler },
      concurrency: 10,
      lockMs: 5000,
      connection,
      prefix: workers.prefix,
      log: createLog({ level: 'silent', role: 'test' }),
      now: () => new Date(),
      random: () => 0,
    });
    onTestFinished(async () => {
      await runner.close(0);
      connection.disconnect();
    });
  };
  /** Somebody whose sync job runs on a worker and stands still in the first run. */
  const running = async (trigger: (connectionId: string) => Promise<void>) => {
    const user = await newUser(workers, workers.vendors.google);
    await forgetJobs(user);
    const { connectionId } = user;
    const released = Promise.withResolvers<void>();
    const seen = { runs: 0, atOnce: 0, most: 0 };
    startWorker(async ({ payload }) => {
      if (payload.connectionId !== connectionId) return done();
      seen.runs += 1;
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      if (seen.runs === 1) await released.promise;
      seen.atOnce -= 1;
      return done();
    });
    await trigger(connectionId);
    await until(() => seen.runs === 1);
    const finish = async (): Promise<typeof seen> => {
      released.resolve();
      await until(async () => (await jobsOf(workers, 'sync', connectionId)).length === 0);
      return seen;
    };
    return { connectionId, finish };
  };
  const asked = (connectionId: string): Promise<void> =>
    workers.producer.enqueue('sync', 'sync-connection', { v: 1, connectionId }, { deduplicate: 'keep-last' });
  const due = (connectionId: string): Promise<void> =>
    workers.producer.enqueueAll('sync', 'sync-connection', [{ v: 1, connectionId }], {
      deduplicate: 'while-queued',
    });

  it('I3: any number before a run are one waiting job', async () => {
    const { connectionId } = await newUser(workers, workers.vendors.google);
    await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? asked : due)(connectionId)));
    expect(await jobsOf(workers, 'sync', connectionId)).toHaveLength(1);
  });

  it.each([
    ['a user’s', asked],
    ['the scheduler’s', due],
  ])(
    'I2, I3: any number during %s run are followed by exactly one more, never two at once',
    async (_, first) => {
      const { connectionId, finish } = await running(first);
      await Promise.all(Array.from({ length: 30 }, (__, n) => (n % 2 === 0 ? asked : due)(connectionId)));
      expect((await jobsOf(workers, 'sync', connectionId)).length).toBeLessThanOrEqual(2);
      expect(await finish()).toEqual({ runs: 2, atOnce: 0, most: 1 });
    },
  );

  it('I3: the scheduler’s alone add nothing to a run that goes on', async () => {
    const { connectionId, finish } = await running(asked);
    await Promise.all(Array.from({ length: 10 }, () => due(connectionId)));
    expect(await finish()).toEqual({ runs: 1, atOnce: 0, most: 1 });
  });
});
