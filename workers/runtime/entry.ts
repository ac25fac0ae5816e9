import { composeWorkers, type WorkerLive } from '../../src/compose.ts';
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
    live.closeWith(async () => {
      await Promise.all(runners.map((runner) => runner.close(config.shutdownMs)));
    });
    await serveOperators(live);
    live.log.info(
      { queues: workers.map(({ queue }) => queue), providers: live.providersOn },
      'workers started',
    );
    return live;
  });
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
