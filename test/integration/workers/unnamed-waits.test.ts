import { Redis } from 'ioredis';
import type { Job } from 'bullmq';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { createLog } from '../../../src/log.ts';
import { startRunner } from '../../../workers/runtime/runner.ts';
import { connectionOf, jobsOf, newUser, requestsDuring } from '../../support/connected-user.ts';
import { hour, ownWorkers, second } from '../../support/own-workers.ts';
import { until } from '../../support/until.ts';

const workers = ownWorkers();

/** Of every wait half is left to chance, here half of that. */
const backoffs = [1500, 3000, 6000, 12_000];

/** Runs what is queued for syncing, as a worker does. */
function startWorker(): void {
  const connection = new Redis(workers.redisUrl, { maxRetriesPerRequest: null });
  const runner = startRunner({
    queue: 'sync',
    handlers: {
      'sync-connection': ({ payload, starts }) => workers.sync(payload.connectionId, { starts }),
    },
    concurrency: 1,
    lockMs: 5000,
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
}

async function delayed(connectionId: string): Promise<Job> {
  let found: Job | undefined;
  await until(async () => {
    [found] = await jobsOf(workers, 'sync', connectionId);
    return (await found?.getState()) === 'delayed';
  });
  return found!;
}

describe.each(providerIds)('a throttling %s that names no wait', (id) => {
  const vendorOf = () => workers.vendors[id];

  // BullMQ goes by the machine's clock.
  beforeEach(() => (workers.clock = new Date()));

  it.each([
    ['Retry-After: 0', () => '0'],
    ['a fraction that is none', () => '0.0'],
    ['a date that has passed', () => new Date(workers.clock.getTime() - hour).toUTCString()],
    ['the present moment', () => workers.clock.toUTCString()],
  ])('(%s) is asked once each time, later each time, and it counts as no attempt', async (_, header) => {
    const user = await newUser(workers, vendorOf());
    // Connecting may take longer than the first wait, which would lie in the past.
    workers.clock = new Date();
    const action = { type: 'status', status: 429, headers: { 'retry-after': header() } } as const;
    vendorOf().simulator.fault({ match: { path: vendorOf().paths.calendars }, times: 4, action });
    startWorker();
    const made = await requestsDuring(vendorOf(), async () => {
      for (const wait of backoffs) {
        const job = await delayed(user.connectionId);
        const { nextSyncAt, consecutiveFailures } = await connectionOf(workers, user);
        expect(nextSyncAt!.getTime() - workers.clock.getTime()).toBe(wait);
        expect({ attemptsMade: job.attemptsMade, consecutiveFailures }).toEqual({
          attemptsMade: 0,
          consecutiveFailures: 0,
        });
        // The wait is skipped, not waited for.
        await job.promote();
      }
      await until(async () => (await connectionOf(workers, user)).lastSyncedAt !== undefined);
    });
    expect(made.filter(({ status }) => status === 429)).toHaveLength(backoffs.length);
  });

  it.each([
    ['slow', -hour],
    ['fast', hour],
  ])('is obeyed to the second when it names a date by a clock that is %s', async (_, clockMs) => {
    const user = await newUser(workers, vendorOf());
    const { simulator, paths } = vendorOf();
    simulator.skew.clockMs = clockMs;
    onTestFinished(() => void (simulator.skew.clockMs = 0));
    const action = { type: 'throttle', retryAfterSeconds: 30, asDate: true } as const;
    simulator.fault({ match: { path: paths.calendars }, action });
    const due = new Date(workers.clock.getTime() + 30 * second);
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'snooze', until: due });
  });
});
