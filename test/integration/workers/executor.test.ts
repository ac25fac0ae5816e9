import { Queue, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { failure, ProviderError, type ProviderErrorKind } from '../../../src/domain/failure.ts';
import { done, giveUp, snooze, type Outcome } from '../../../src/domain/outcome.ts';
import { createLog } from '../../../src/log.ts';
import type { JobContext } from '../../../workers/runtime/executor.ts';
import { startRunner, type Runner } from '../../../workers/runtime/runner.ts';
import { testServices } from '../../support/services.ts';
import { until } from '../../support/until.ts';

const connectionId = '65f0c0ffee65f0c0ffee65f0';
type Handler = (context: JobContext<unknown>) => Promise<Outcome>;

let connection: Redis;
let queue: Queue;
let prefix: string;

beforeEach(() => {
  const services = testServices();
  prefix = services.queuePrefix;
  connection = new Redis(services.redisUrl, { maxRetriesPerRequest: null });
  queue = new Queue('sync', { connection, prefix });
});

afterEach(async () => {
  await queue.close();
  connection.disconnect();
});

const quiet = createLog({ level: 'silent', role: 'test' });

function startWorker(handler: Handler, over: { random?: () => number; concurrency?: number } = {}): Runner {
  const runner = startRunner({
    queue: 'sync',
    handlers: { 'sync-connection': handler },
    concurrency: over.concurrency ?? 2,
    lockMs: 5000,
    connection,
    prefix,
    log: quiet,
    now: () => new Date(),
    random: over.random ?? (() => 0),
  });
  onTestFinished(() => runner.close(0));
  return runner;
}

/** As a producer in another language does it: none of our options, `attempts: 0`. */
const addAsPythonDoes = (data: unknown, name = 'sync-connection'): Promise<Job> =>
  queue.add(name, data, { attempts: 0 });

async function inState(job: Job, state: string): Promise<Job> {
  await until(
    async () => (await job.getState()) === state,
    () => `job is not ${state}`,
  );
  const current = await queue.getJob(String(job.id));
  if (current === undefined) throw new Error('the job is gone');
  return current;
}

const payload = { v: 1, connectionId };

describe('one job’s life', () => {
  it('a job that is done keeps its result', async () => {
    startWorker(async ({ payload: given }) => done({ given }));
    const job = await inState(await addAsPythonDoes(payload), 'completed');
    expect(job.returnvalue).toEqual({ given: payload });
  });

  it('an error is retried by the worker’s policy, though the producer sent none', async () => {
    const attempts: boolean[] = [];
    startWorker(async ({ lastAttempt }) => {
      attempts.push(lastAttempt);
      if (attempts.length < 2) throw new Error('away');
      return done();
    });
    const job = await inState(await addAsPythonDoes(payload), 'completed');
    expect(job.attemptsMade).toBe(2);
    expect(attempts).toEqual([false, false]);
  });

  it('an error that lasts fails the job after the contract’s attempts, the last one told so', async () => {
    const attempts: boolean[] = [];
    startWorker(async ({ lastAttempt }) => {
      attempts.push(lastAttempt);
      throw new Error('a defect');
    });
    const job = await addAsPythonDoes(payload);
    // The waits between the attempts are skipped, not waited for.
    await until(async () => {
      const current = await queue.getJob(String(job.id));
      if ((await current?.getState()) === 'delayed') await current?.promote();
      return (await current?.getState()) === 'failed';
    });
    expect(attempts).toEqual([false, false, false, false, true]);
    expect((await inState(job, 'failed')).failedReason).toBe('internal: Error: a defect');
  });

  it('what no retry mends fails at once with code, message and hint', async () => {
    startWorker(async () => giveUp(failure('grant_revoked', 'google says invalid_grant.')));
    const job = await inState(await addAsPythonDoes(payload), 'failed');
    expect(job.attemptsMade).toBe(1);
    expect(job.failedReason).toMatch(
      /^grant_revoked: google says invalid_grant\. The permission was withdrawn/,
    );
  });

  it('a snooze moves the job to its time and uses up no attempt', async () => {
    let runs = 0;
    const at = new Date(Date.now() + 3_600_000);
    startWorker(async () => {
      runs += 1;
      return runs === 1 ? snooze(at, 'later') : done();
    });
    const job = await inState(await addAsPythonDoes(payload), 'delayed');
    expect(job.attemptsMade).toBe(0);
    expect(job.timestamp + job.delay).toBeGreaterThan(at.getTime() - 5000);
    await job.promote();
    await inState(job, 'completed');
  });

  it('a snooze beyond a day after the job was enqueued fails it', async () => {
    startWorker(async () => snooze(new Date(Date.now() + 90_000_000), 'the provider is closed'));
    const job = await inState(await addAsPythonDoes(payload), 'failed');
    expect(job.failedReason).toBe('put off for a day without success: the provider is closed');
  });

  it.each<[ProviderErrorKind, number | undefined, string, { attemptsMade: number; waits: boolean }]>([
    ['throttled', 60_000, 'delayed', { attemptsMade: 0, waits: true }],
    ['throttled', undefined, 'delayed', { attemptsMade: 0, waits: false }],
    ['unavailable', 60_000, 'delayed', { attemptsMade: 0, waits: true }],
    ['unavailable', undefined, 'delayed', { attemptsMade: 1, waits: false }],
    ['stale', 60_000, 'delayed', { attemptsMade: 0, waits: true }],
    ['stale', undefined, 'delayed', { attemptsMade: 1, waits: false }],
    ['malformed', undefined, 'delayed', { attemptsMade: 1, waits: false }],
    ['cursor_expired', undefined, 'delayed', { attemptsMade: 1, waits: false }],
    ['reconnect_needed', undefined, 'failed', { attemptsMade: 1, waits: false }],
    ['misconfigured', undefined, 'failed', { attemptsMade: 1, waits: false }],
    ['refused', undefined, 'failed', { attemptsMade: 1, waits: false }],
  ])(
    'a provider error of kind %s with Retry-After %s ms: %s, %o',
    async (kind, retryAfterMs, state, expected) => {
      startWorker(
        async () => {
          const detail = {
            provider: 'google',
            operation: 'events.list',
            code: 'throttled',
            retryAfterMs,
          } as const;
          throw new ProviderError(kind, 'google said no.', detail);
        },
        { random: () => 0.99 },
      );
      const { attemptsMade, delay } = await inState(await addAsPythonDoes(payload), state);
      expect({ attemptsMade, waits: delay > 55_000 }).toEqual(expected);
    },
  );

  it('an interrupted job waits for another worker and uses up no attempt', async () => {
    const first = startWorker(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('interrupted')));
        }),
    );
    const job = await inState(await addAsPythonDoes(payload), 'active');
    await first.close(0);
    expect(await job.getState()).toBe('waiting');
    startWorker(async () => done());
    expect((await inState(job, 'completed')).attemptsMade).toBe(1);
  });

  it('closing waits for the jobs that run and takes no more', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const handler: Handler = async () => {
      await released;
      return done();
    };
    // One at a time: with a place free, a fetch that is under way may still take the next job along.
    const runner = startWorker(handler, { concurrency: 1 });
    const running = await inState(await addAsPythonDoes(payload), 'active');
    const closed = runner.close(30_000);
    const next = await addAsPythonDoes(payload);
    release();
    await closed;
    expect(await running.getState()).toBe('completed');
    expect(await next.getState()).toBe('waiting');
  });
});

describe('a payload that does not fit', () => {
  const ran: unknown[] = [];
  const handler: Handler = async (context) => {
    ran.push(context.payload);
    return done();
  };

  it.each<[string, unknown, string]>([
    ['without version', { connectionId }, 'v: '],
    ['of another version', { v: 2, connectionId }, 'v: '],
    ['without its id', { v: 1 }, 'connectionId: '],
    ['with an id of another form', { v: 1, connectionId: 'x' }, 'connectionId: must be 24'],
    ['with an object for an id', { v: 1, connectionId: { $ne: '' } }, 'connectionId: '],
    ['with a field too many', { v: 1, connectionId, accessToken: 'x' }, 'accessToken'],
    ['that is no object', 'x', 'payload: '],
    ['that is null', null, 'payload: '],
    ['that is a list', [payload], 'payload: '],
  ])('%s fails at once and names the field', async (_, data, named) => {
    startWorker(handler);
    const job = await inState(await addAsPythonDoes(data), 'failed');
    expect(job.attemptsMade).toBe(1);
    expect(job.failedReason).toContain('invalid_payload: ');
    expect(job.failedReason).toContain(named);
  });

  it.each(['no-such-job', 'toString', '__proto__'])(
    'a job named %s fails at once and lists those that there are',
    async (name) => {
      startWorker(handler);
      const job = await inState(await addAsPythonDoes(payload, name), 'failed');
      expect(job.failedReason).toContain(`queue sync has no job "${name}"; it has sync-connection`);
    },
  );

  it('none of them reached a handler', () => expect(ran).toEqual([]));
});
