import { Queue, type ConnectionOptions, type JobsOptions } from 'bullmq';
import { deduplicationId } from './queued-jobs.ts';
import type { Urgency } from '../domain/budget.ts';
import { queueNames, type JobName, type Payload, type QueueName } from './contracts.ts';

/** Puts jobs on the queues. What it is given has the type of the contract, so it cannot put anything else there. */
export interface Producer {
  enqueue<Q extends QueueName, J extends JobName<Q>>(
    queue: Q,
    job: J,
    payload: Payload<Q, J>,
    options?: EnqueueOptions,
  ): Promise<void>;
  /** The same for many, in one round trip; brings nothing forward. */
  enqueueAll<Q extends QueueName, J extends JobName<Q>>(
    queue: Q,
    job: J,
    payloads: readonly Payload<Q, J>[],
    options?: EnqueueOptions,
  ): Promise<void>;
  /** Jobs by state, for each queue. */
  counts(): Promise<Record<QueueName, Record<string, number>>>;
  /** Rejects where Redis does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  /** For Bull Board. */
  readonly queues: readonly Queue[];
  close(): Promise<void>;
}

export interface EnqueueOptions {
  /**
   * By the record that the payload names (I3).
   * - `while-queued`: nothing new while such a job waits, runs or is delayed.
   * - `keep-last`: the same, but one that comes while it runs is kept and runs after it.
   */
  readonly deduplicate?: 'while-queued' | 'keep-last' | undefined;
  readonly delayMs?: number | undefined;
  /**
   * Somebody waits (`interactive`, and a job without a word on it), something is known to have changed (`notified`), or
   * neither (`background`): in this order jobs are taken. One that is queued already, and makes this one superfluous, is
   * brought forward where it is in less haste. Budgets of requests tell the first apart from the two others.
   */
  readonly urgency?: Urgency | 'notified' | undefined;
}

/** BullMQ's: 0 is none at all, which goes before every number. */
const priorities = { interactive: 0, notified: 5, background: 10 } as const;

export interface ProducerOptions {
  readonly connection: ConnectionOptions & { ping(): Promise<unknown> };
  readonly prefix: string;
  readonly onError: (error: Error) => void;
}

export function createProducer({ connection, prefix, onError }: ProducerOptions): Producer {
  const queues = new Map<QueueName, Queue>();
  for (const name of queueNames) {
    const queue = new Queue(name, { connection, prefix });
    queue.on('error', onError);
    queues.set(name, queue);
  }
  const queueOf = (name: QueueName): Queue => {
    const queue = queues.get(name);
    if (queue === undefined) throw new Error(`there is no queue ${name}`);
    return queue;
  };
  return {
    queues: [...queues.values()],
    async enqueue(queue, job, payload, options) {
      const { id } = await queueOf(queue).add(job, payload, jobOptions(job, payload, options));
      const priority = priorities[options?.urgency ?? 'background'];
      if (priority < priorities.background) await bringForward(queueOf(queue), id, priority);
    },
    async enqueueAll(queue, job, payloads, options) {
      if (payloads.length === 0) return;
      await queueOf(queue).addBulk(
        payloads.map((data) => ({ name: job, data, opts: jobOptions(job, data, options) })),
      );
    },
    async counts() {
      const entries = queueNames.map(async (name) => [name, await queueOf(name).getJobCounts()] as const);
      return Object.fromEntries(await Promise.all(entries)) as Record<QueueName, Record<string, number>>;
    },
    async ping(timeoutMs) {
      await Promise.race([connection.ping(), rejectAfter(timeoutMs)]);
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

function jobOptions(job: string, payload: unknown, options: EnqueueOptions = {}): JobsOptions {
  const { deduplicate, delayMs, urgency } = options;
  return {
    ...(urgency === undefined ? {} : { priority: priorities[urgency] }),
    ...(delayMs === undefined ? {} : { delay: delayMs }),
    ...(deduplicate === undefined
      ? {}
      : {
          deduplication: {
            id: deduplicationId(job, subjectOf(payload)),
            ...(deduplicate === 'keep-last' ? { keepLastIfActive: true } : {}),
          },
        }),
  };
}

/**
 * `id`: of the job that was added, or of the one that was there already. One that is in as much haste keeps its place,
 * which changing it would take away.
 */
async function bringForward(queue: Queue, id: string | undefined, priority: number): Promise<void> {
  const job = id === undefined ? undefined : await queue.getJob(id);
  if (job === undefined || job.priority <= priority) return;
  // It may end in this moment: then nothing waits, and nothing is to be brought forward.
  await job.changePriority({ priority }).catch(async (error: unknown) => {
    if ((await queue.getJob(job.id ?? '')) !== undefined) throw error;
  });
}

function subjectOf(payload: unknown): string {
  const { connectionId, attemptId, interviewId } = payload as Readonly<Record<string, string | undefined>>;
  const subject = connectionId ?? attemptId ?? interviewId;
  if (subject === undefined)
    throw new Error('a job can only be deduplicated by the connection, attempt or interview it names');
  return subject;
}

function rejectAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`Redis did not answer within ${ms} ms`)), ms).unref();
  });
}
