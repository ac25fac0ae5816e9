import type { Job, JobsOptions, Queue } from 'bullmq';
import type { QueueName } from './contracts.ts';

/** What lies on the queues, for whoever has to find out why something did not happen. Never a payload's sealed values. */
export interface QueuedJobs {
  /** The job that stands for this record (`sync-connection` of a connection), unless it has ended. Cheap. */
  find(queue: QueueName, job: string, subject: string): Promise<QueuedJob | undefined>;
  /** The latest failures first, at most `limit` of each queue. */
  failed(query: { readonly queue?: QueueName | undefined; readonly limit: number }): Promise<FailedJob[]>;
  /**
   * Puts failed jobs back, each as a new one, with all its attempts and a day of patience; where one for the same record
   * is queued already, that one will do. Gives how many there were. Stopped in between, it may be run again.
   */
  retryFailed(queue: QueueName): Promise<number>;
}

export interface QueuedJob {
  readonly id: string;
  /** BullMQ's: `active`, `waiting`, `delayed`, `prioritized`, … */
  readonly state: string;
  readonly attempts: number;
  /** Why its latest attempt failed. */
  readonly reason?: string | undefined;
}

export interface FailedJob {
  readonly queue: QueueName;
  readonly id: string;
  readonly job: string;
  /** The ids in its payload, by their names. */
  readonly ids: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly reason: string;
  readonly failedAt?: Date | undefined;
}

/** By what record a job is deduplicated. */
export function deduplicationId(job: string, subject: string): string {
  return `${job}-${subject}`;
}

export function createQueuedJobs(queues: readonly Queue[]): QueuedJobs {
  const queueOf = (name: QueueName): Queue => {
    const queue = queues.find((candidate) => candidate.name === name);
    if (queue === undefined) throw new Error(`there is no queue ${name}`);
    return queue;
  };
  return {
    async find(name, jobName, subject) {
      const queue = queueOf(name);
      const id = await queue.getDeduplicationJobId(deduplicationId(jobName, subject));
      if (id === null) return undefined;
      const [job, state] = await Promise.all([jobOf(queue, id), queue.getJobState(id)]);
      if (job === undefined || ended.has(state)) return undefined;
      return { id, state, attempts: job.attemptsMade, reason: job.failedReason };
    },
    async failed({ queue: only, limit }) {
      const asked = only === undefined ? queues : [queueOf(only)];
      const found = await Promise.all(
        asked.map(async (queue) =>
          present(await queue.getJobs(['failed'], 0, limit - 1)).map((job) =>
            failedJob(queue.name as QueueName, job),
          ),
        ),
      );
      return found.flat();
    },
    async retryFailed(name) {
      const queue = queueOf(name);
      // Read once: one that fails again meanwhile is not run in circles.
      const jobs = present(await queue.getJobs(['failed']));
      for (const job of jobs) await replace(queue, job);
      return jobs.length;
    },
  };
}

const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'unknown']);

/** BullMQ's types know nothing of a job that goes away between two looks. */
function present(jobs: readonly (Job | undefined)[]): Job[] {
  return jobs.filter((job) => job !== undefined && job !== null);
}

async function jobOf(queue: Queue, id: string): Promise<Job | undefined> {
  return (await queue.getJob(id)) as Job | undefined;
}

/**
 * A new job instead of BullMQ's `retry`: the age of a job bounds how long it may be put off, and an old one would be
 * given up at its first throttling.
 */
async function replace(queue: Queue, job: Job): Promise<void> {
  const { deduplication, priority } = job.opts;
  const opts: JobsOptions = {
    ...(deduplication === undefined ? {} : { deduplication }),
    ...(priority === undefined ? {} : { priority }),
  };
  await queue.add(job.name, job.data, opts);
  await job.remove();
}

const idNames = ['connectionId', 'attemptId', 'interviewId', 'requestId'] as const;

function failedJob(queue: QueueName, job: Job): FailedJob {
  const data = job.data as Record<string, unknown> | null;
  const ids = idNames.flatMap((name) => {
    const value = data?.[name];
    return typeof value === 'string' ? [[name, value.slice(0, 128)]] : [];
  });
  return {
    queue,
    id: job.id ?? '',
    job: job.name,
    ids: Object.fromEntries(ids),
    attempts: job.attemptsMade,
    reason: job.failedReason,
    failedAt: job.finishedOn === undefined ? undefined : new Date(job.finishedOn),
  };
}
