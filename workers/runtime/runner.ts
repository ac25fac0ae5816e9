import { Worker, type ConnectionOptions, type Processor } from 'bullmq';
import type { Random } from '../../src/domain/due.ts';
import type { Logger } from '../../src/log.ts';
import type { QueueName } from '../../src/queue/contracts.ts';
import { backoffFor, createExecutor, type ExecutorOptions, type Handlers } from './executor.ts';

export interface RunnerOptions<Q extends QueueName> {
  readonly queue: Q;
  readonly handlers: Handlers<Q>;
  readonly concurrency: number;
  readonly lockMs: number;
  /** An ioredis client of the profile `worker`; BullMQ makes its own blocking one beside it. */
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly log: Logger;
  readonly now: () => Date;
  readonly random: Random;
  readonly onEnded?: ExecutorOptions<Q>['onEnded'];
}

export interface Runner {
  /**
   * Takes no more jobs and waits for those that run, at most `graceMs`; then interrupts them, and they wait for
   * another worker. Waits for what Redis still has to answer, without a limit of its own. Idempotent.
   */
  close(graceMs: number): Promise<void>;
  /** No job runs at present. */
  isIdle(): boolean;
}

const daySeconds = 86_400;

/** Starts taking jobs at once. */
export function startRunner<Q extends QueueName>(options: RunnerOptions<Q>): Runner {
  const { queue, log, lockMs, random } = options;
  const execute = createExecutor(options);
  const interruptible = createInterruptible();
  const processor: Processor = (job, token) => interruptible.run((signal) => execute(job, token, signal));
  const worker = new Worker(queue, processor, {
    connection: options.connection,
    prefix: options.prefix,
    concurrency: options.concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    // A job whose worker was killed is taken up again as often as it takes; what it does is safe to repeat.
    maxStalledCount: 100,
    settings: { backoffStrategy: backoffFor(queue, random) },
    removeOnComplete: { age: daySeconds, count: 1000 },
    removeOnFail: { age: 14 * daySeconds, count: 5000 },
  });
  // An error with a code is the system's: the connection, which speaks by itself, and once for each outage.
  worker.on('error', (error) =>
    log['code' in error ? 'debug' : 'warn']({ queue, err: error }, 'worker error'),
  );
  worker.on('stalled', (jobId) =>
    log.warn({ queue, jobId }, 'job taken over from a worker that fell silent'),
  );
  return {
    close: (graceMs) => closeWithin(worker, graceMs, interruptible.interrupt, log),
    isIdle: interruptible.isIdle,
  };
}

/** BullMQ interrupts what runs; here also what comes afterwards, brought by a fetch that was under way. */
function createInterruptible() {
  const running = new Set<AbortController>();
  let reason: Error | undefined;
  return {
    async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const controller = new AbortController();
      if (reason !== undefined) controller.abort(reason);
      running.add(controller);
      try {
        return await work(controller.signal);
      } finally {
        running.delete(controller);
      }
    },
    isIdle: (): boolean => running.size === 0,
    interrupt(): void {
      reason = new Error('the process ends');
      for (const controller of running) controller.abort(reason);
    },
  };
}

async function closeWithin(
  worker: Worker,
  graceMs: number,
  interruptJobs: () => void,
  log: Logger,
): Promise<void> {
  const interrupt = setTimeout(() => {
    log.warn({ queue: worker.name, graceMs }, 'jobs are interrupted: they did not end in time');
    interruptJobs();
  }, graceMs);
  try {
    await worker.close();
  } finally {
    clearTimeout(interrupt);
  }
}
