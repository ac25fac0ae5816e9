import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { createLog } from '../../../src/log.ts';
import { webhookPaths } from '../../../src/domain/webhook-paths.ts';
import { startRunner } from '../../../workers/runtime/runner.ts';
import { appointment } from '../../support/calendar-contents.ts';
import {
  calendarOf,
  connectionOf,
  eventsOf,
  jobsOf,
  newUser,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, hour, minute, ownWorkers } from '../../support/own-workers.ts';
import { stalling } from '../../support/stalling-provider.ts';
import { until } from '../../support/until.ts';
import { aWatch, type MadeWatch } from '../../support/watches.ts';
import { googleMessage, graphBatch, graphItem, send } from '../../support/webhook-calls.ts';
import { openIntake, type OwnIntake } from '../intake/own-intake.ts';

const workers = ownWorkers();
let intake: OwnIntake;

beforeAll(async () => {
  intake = await openIntake({
    mongodbUri: workers.config.mongodbUri,
    redisUrl: workers.redisUrl,
    queuePrefix: workers.prefix,
    deps: { now: () => workers.clock },
  });
});
afterAll(() => intake.close());

interface WatchedUser extends ConnectedUser {
  readonly watch: MadeWatch;
}

/** Synced, and watched by what the vendor would have made. */
async function watchedUser(id: (typeof providerIds)[number]): Promise<WatchedUser> {
  const user = await newUser(workers, workers.vendors[id]);
  await workers.sync(user.connectionId);
  for (const job of await jobsOf(workers, 'sync', user.connectionId)) await job.remove();
  const calendarId = id === 'google' ? (await calendarOf(workers, user)).id : undefined;
  const connection = await connectionOf(workers, user);
  return { ...user, watch: await aWatch(workers.database, connection, { calendarId }, workers.clock) };
}

const numbers = new Map<string, number>();

/** Something changes at the vendor, and the vendor tells; again where it is asked to. Gives the last answer's status. */
async function change(user: WatchedUser, title: string): Promise<number> {
  const { vendor, email, calendarId, watch } = user;
  const number = (numbers.get(watch.id) ?? 1) + 3;
  numbers.set(watch.id, number);
  vendor.put(email, calendarId, appointment(title, number % 400));
  const call =
    vendor.id === 'google'
      ? googleMessage(watch, { 'X-Goog-Message-Number': String(number) })
      : graphBatch([graphItem(watch)]);
  for (;;) {
    const { status } = await send(intake.api.url, call);
    if (status !== 503) return status;
  }
}

const truthOf = ({ vendor, email, calendarId }: ConnectedUser) =>
  vendor.truth(email, calendarId, windowOf(workers));

/** Real workers on the real queue; how many of their runs were at one connection at the same time. */
function startWorkers() {
  const connection = new Redis(workers.redisUrl, { maxRetriesPerRequest: null });
  const running = new Map<string, number>();
  const seen = { runs: 0, most: 0 };
  const runner = startRunner({
    queue: 'sync',
    handlers: {
      'sync-connection': async ({ payload: { connectionId, onlyDue } }) => {
        const now = (running.get(connectionId) ?? 0) + 1;
        running.set(connectionId, now);
        seen.runs += 1;
        seen.most = Math.max(seen.most, now);
        try {
          return await workers.sync(connectionId, onlyDue === undefined ? {} : { onlyDue });
        } finally {
          running.set(connectionId, now - 1);
        }
      },
    },
    concurrency: 8,
    // Vendors, intake and workers share one thread here: on a busy machine none of them is heard for seconds.
    lockMs: 60_000,
    connection,
    prefix: workers.prefix,
    log: createLog({ level: 'silent', role: 'test' }),
    now: () => workers.clock,
    random: () => 0,
  });
  onTestFinished(async () => {
    await runner.close(0);
    connection.disconnect();
  });
  return seen;
}

/** Nothing waits, runs or is due. */
async function isQuiet(users: readonly ConnectedUser[]): Promise<boolean> {
  const due = await workers.store.facts.dueConnections(workers.clock, 1000);
  const marked = await workers.database.connections.countDocuments({ 'sync.touched.0': { $exists: true } });
  const jobs = await Promise.all(users.map(({ connectionId }) => jobsOf(workers, 'sync', connectionId)));
  return due.length === 0 && marked === 0 && jobs.flat().length === 0;
}

/** All of it done, by so many senders at once. */
async function bounded<T>(work: readonly (() => Promise<T>)[], senders: number): Promise<T[]> {
  const results: T[] = [];
  const left = work.values();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (const one of left) results.push(await one());
    }),
  );
  return results;
}

describe('a storm of notifications', () => {
  it('I2, I3: leads to at most two syncs of each calendar after it, never to two at once, and loses nothing', async () => {
    const users = await Promise.all(
      Array.from({ length: 20 }, (_, n) => watchedUser(n % 2 === 0 ? 'google' : 'microsoft')),
    );
    const seen = startWorkers();
    const storm = Array.from({ length: 50 }, (_, n) =>
      users.map((user) => () => change(user, `Change ${n}`)),
    );
    const statuses = await bounded(storm.flat(), 20);
    // They ran all the while, and far fewer than there were notifications.
    expect(seen.runs).toBeGreaterThan(users.length);
    const atEnd = users.map(({ vendor }) => vendor.simulator.requests.length);
    // Late enough for what was put off, and too early for the sweep.
    workers.clock = after(2 * minute);
    await until(
      async () => {
        await workers.tick();
        return isQuiet(users);
      },
      undefined,
      200_000,
    );
    expect(new Set(statuses)).toEqual(new Set([202, 204]));
    const syncsSince = ({ vendor, calendarId }: WatchedUser, since: number): number => {
      const ofCalendar = `/${encodeURIComponent(calendarId)}/`;
      const requests = vendor.simulator.requests.slice(since);
      const kinds = requests
        .filter(({ path }) => path.includes(ofCalendar))
        .map((request) => vendor.isListing(request));
      return kinds.filter((kind) => kind === 'full' || kind === 'incremental').length;
    };
    expect(Math.min(...users.map((user) => syncsSince(user, 0)))).toBeGreaterThan(1);
    const afterwards = users.map((user, index) => syncsSince(user, atEnd[index] ?? 0));
    expect(Math.max(...afterwards)).toBeLessThanOrEqual(2);
    expect(seen.most).toBe(1);
    for (const user of users) expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  }, 300_000);

  it.each(providerIds)(
    'I1, I2: one of %s during a run causes another run, also where Redis is emptied meanwhile',
    async (id) => {
      const user = await watchedUser(id);
      const stall = stalling(workers.provider(id), 'end');
      expect(await change(user, 'Before')).toBeLessThan(300);
      for (const job of await jobsOf(workers, 'sync', user.connectionId)) await job.remove();
      const running = workers.sync(user.connectionId, { onlyDue: true, provider: stall.provider });
      await stall.reached;
      expect(await change(user, 'During')).toBeLessThan(300);
      stall.release();
      await running;
      await Promise.all(workers.producer.queues.map((queue) => queue.obliterate({ force: true })));
      startWorkers();
      await workers.tick();
      await until(() => isQuiet([user]));
      expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    },
  );
});

describe('a watch that the real adapter makes at the real address', () => {
  it('microsoft trap 19: is validated while it is being made, at both addresses, and then told of changes', async () => {
    const user = await watchedUser('microsoft');
    const { simulator } = workers.vendors.microsoft;
    simulator.setBehaviour({ notifications: { allowHttpLoopback: true } });
    const token = await workers.accessToken({
      vendor: workers.vendors.microsoft,
      connectionId: user.connectionId,
    });
    if (token === undefined) throw new Error('no access token');
    const fresh = await aWatch(workers.database, await connectionOf(workers, user), {
      state: 'creating',
      providerWatchId: undefined,
    });
    const made = await workers.provider('microsoft').push.watch(token, {
      watchId: fresh.id,
      secret: fresh.secret,
      until: after(24 * hour),
      addresses: {
        notifications: `${intake.api.url}${webhookPaths.microsoft}`,
        lifecycle: `${intake.api.url}${webhookPaths.microsoftLifecycle}`,
      },
    });
    workers.vendors.microsoft.put(user.email, user.calendarId, appointment('Told', 3));
    await until(async () => (await jobsOf(workers, 'sync', user.connectionId)).length === 1);
    const watch = (await workers.store.reads.watches([fresh.id])).get(fresh.id);
    expect(watch).toMatchObject({ providerWatchId: made.providerWatchId, lastNotifiedAt: workers.clock });
  });
});
