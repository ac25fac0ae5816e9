import { composeWorkers, type WorkerLive } from '../../src/compose.ts';
import { LateError, within } from '../../src/deadline.ts';
import { runProcess } from '../../src/process.ts';
import type { QueueName } from '../../src/queue/contracts.ts';
import type { Handlers } from './executor.ts';
import { serveOperators } from './operators.ts';
import { startRunner, type Runner } from './runner.ts';

/** A queue with its jobs, as its file in `workers/` declares it. */
export type QueueWorker = {
  readonly [Q in QueueName]: { readonly queue: Q; readonly handlers: (live: WorkerLive) => Handlers<Q> };
}[QueueName];

/** The life of a worker process: take jobs of these queues until a signal comes, then drain and close. */
export async function runWorkers(role: string, workers: readonly QueueWorker[]): Promise<void> {
  await runProcess(role, async (config) => {
    const live = await composeWorkers(config, role);
    const runners = workers.map((worker) => startQueue(live, worker as AnyQueueWorker));
    const limitMs = config.shutdownMs + settleMs + cutMs;
    live.closeWith('the workers', () => closeRunners(runners, config.shutdownMs, live), limitMs);
    await serveOperators(live);
    live.log.info(
      { queues: workers.map(({ queue }) => queue), providers: live.providersOn },
      'workers started',
    );
    return live;
  });
}

/** How long interrupted jobs may take to go back to their queue, and idle workers to close. */
const settleMs = 2_000;
/** How long connections that are cut may take to end: ioredis gives a socket two seconds. */
const cutMs = 2_500;

/**
 * Where Redis is away, its answers are waited for no longer than jobs are, and not at all where none runs; then another
 * worker takes up what is left.
 */
async function closeRunners(
  runners: readonly Runner[],
  graceMs: number,
  { cutWorkerRedis, log }: Pick<WorkerLive, 'cutWorkerRedis' | 'log'>,
): Promise<void> {
  const closed = Promise.all(runners.map((runner) => runner.close(graceMs)));
  if (await isDoneWithin(settleMs, closed)) return;
  const isIdle = runners.every((runner) => runner.isIdle());
  if (!isIdle && (await isDoneWithin(graceMs, closed))) return;
  log.warn({ isIdle }, 'the workers do not close: their connections to Redis are cut');
  cutWorkerRedis();
  await closed;
}

async function isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  try {
    await within(ms, work);
    return true;
  } catch (error) {
    if (error instanceof LateError) return false;
    throw error;
  }
}

interface AnyQueueWorker {
  readonly queue: QueueName;
  readonly handlers: (live: WorkerLive) => Handlers<QueueName>;
}

function startQueue(live: WorkerLive, { queue, handlers }: AnyQueueWorker): Runner {
  const { config, workerRedis, log, now, random } = live;
  return startRunner({
    queue,
    handlers: handlers(live),
    concurrency: config.workers.concurrency[queue],
    lockMs: config.workers.lockMs,
    connection: workerRedis,
    prefix: config.queuePrefix,
    log,
    now,
    random,
    onEnded: live.workMetrics.observeJob,
  });
}
