import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../../src/log.ts';
import { startRunner } from '../../../workers/runtime/runner.ts';
import { calendarOf, newUser, type ConnectedUser } from '../../support/connected-user.ts';
import { after, day, hour, minute, ownWorkers } from '../../support/own-workers.ts';
import { until } from '../../support/until.ts';

const workers = ownWorkers();

const enormous = 20_000;
const neighbours = 20;

/** A calendar of so many short entries, from tomorrow on. */
async function userWith(entries: number): Promise<ConnectedUser> {
  const user = await newUser(workers, workers.vendors.google);
  const from = after(day);
  const at = (n: number) => ({ dateTime: after(n * 10 * minute, from).toISOString(), timeZone: 'UTC' });
  const events = Array.from({ length: entries }, (_, n) => ({
    summary: `Entry ${n}`,
    start: at(n),
    end: at(n + 1),
  }));
  workers.vendors.google.simulator.putEvents(user.email, user.calendarId, events);
  return user;
}

/** One worker process's share of the queue `sync`. Gives the ids of connections in the order in which their jobs end. */
function startSyncWorker(): readonly string[] {
  const ended: string[] = [];
  const connection = new Redis(workers.redisUrl, { maxRetriesPerRequest: null });
  const runner = startRunner({
    queue: 'sync',
    handlers: {
      'sync-connection': async ({ payload: { connectionId } }) => {
        const outcome = await workers.sync(connectionId);
        ended.push(connectionId);
        return outcome;
      },
    },
    concurrency: workers.config.workers.concurrency.sync,
    lockMs: workers.config.workers.lockMs,
    connection,
    prefix: workers.prefix,
    log: createLog({ level: 'silent', role: 'test' }),
    now: () => workers.clock,
    random: () => 0.5,
  });
  onTestFinished(async () => {
    await runner.close(0);
    connection.disconnect();
  });
  return ended;
}

test('I12: an enormous calendar delays nobody else', { timeout: 120_000 }, async () => {
  const { simulator } = workers.vendors.google;
  simulator.behaviour.pageSizeLimit = 500;
  const giant = await userWith(enormous);
  const others: ConnectedUser[] = [];
  for (let n = 0; n < neighbours; n += 1) others.push(await userWith(3));
  // The exchanges have queued first syncs already; they are taken in our order instead.
  const queue = workers.producer.queues.find(({ name }) => name === 'sync');
  await queue?.drain();
  const enqueue = ({ connectionId }: ConnectedUser) =>
    workers.producer.enqueue('sync', 'sync-connection', { v: 1, connectionId }, { deduplicate: 'keep-last' });

  const ended = startSyncWorker();
  await enqueue(giant);
  const pagesOfGiant = (): number =>
    simulator.requests.filter(
      ({ path, query }) => path.includes(encodeURIComponent(giant.calendarId)) && 'pageToken' in query,
    ).length;
  await until(() => pagesOfGiant() > 0);
  for (const other of others) await enqueue(other);
  await until(
    () => ended.length === neighbours + 1,
    () => `${ended.length} jobs have ended`,
  );

  expect(ended.at(-1)).toBe(giant.connectionId);
  expect(ended.slice(0, -1).toSorted()).toEqual(others.map(({ connectionId }) => connectionId).toSorted());
  const range = { start: after(0), end: after(200 * day + hour) };
  for (const { userId } of [giant, ...others]) {
    const events = await workers.store.reads.events({ userId, range, limit: 2 * enormous });
    expect(events).toHaveLength(userId === giant.userId ? enormous : 3);
  }
  expect((await calendarOf(workers, giant)).sync.lastSyncedAt).toEqual(workers.clock);
});
