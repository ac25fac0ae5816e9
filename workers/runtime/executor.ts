import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import type { Urgency } from '../../src/domain/budget.ts';
import { retryDelayMs, type Random } from '../../src/domain/due.ts';
import { failure, ProviderError, type Failure } from '../../src/domain/failure.ts';
import { snooze, type Outcome } from '../../src/domain/outcome.ts';
import { scrub, type Logger } from '../../src/log.ts';
import { isOutage } from '../../src/outage.ts';
import { queueContracts, type JobName, type Payload, type QueueName } from '../../src/queue/contracts.ts';

/** What a job is given beside its own dependencies. */
export interface JobContext<P> {
  readonly payload: P;
  /** Speaks with the job's name, id and request id. */
  readonly log: Logger;
  /** Aborted where the process has to end before the job does: the job then waits for another worker. */
  readonly signal: AbortSignal;
  /** After this one, an error that is thrown fails the job for good. */
  readonly lastAttempt: boolean;
  /** `background` where the job has a priority number: a person's jobs have none, and go first. */
  readonly urgency: Urgency;
  /** How often the job was started, this time and the times after it was put off included. */
  readonly starts: number;
}

/** One handler for each job of the queue: leave one out and it does not compile. */
export type Handlers<Q extends QueueName> = {
  readonly [J in JobName<Q>]: (context: JobContext<Payload<Q, J>>) => Promise<Outcome>;
};

export interface ExecutorOptions<Q extends QueueName> {
  readonly queue: Q;
  readonly handlers: Handlers<Q>;
  readonly log: Logger;
  readonly now: () => Date;
  readonly random: Random;
  /** Hears of every attempt when it has ended, by names that are known. */
  readonly onEnded?: ((ended: EndedJob) => void) | undefined;
}

export interface EndedJob {
  readonly queue: QueueName;
  readonly job: string;
  readonly outcome: string;
  readonly seconds: number;
}

/** A job that is put off again and again is given up a day after it was enqueued. */
const snoozeLimitMs = 86_400_000;

/**
 * Longest wait for a store of ours that is away. Short beside the ten minutes in which a sealed code can be opened, and
 * long beside the five seconds for which a job holds its worker's slot until the driver says that nobody is there.
 */
const outageLongestMs = 15_000;

/**
 * One job's life: parse, run, settle. The only place that knows BullMQ's special errors. The retry policy is the
 * contract's, whatever the producer sent: a job from Python carries `attempts: 0`. An outage of ours uses up none of them.
 */
export function createExecutor<Q extends QueueName>(options: ExecutorOptions<Q>) {
  const { queue, now, random } = options;
  const { retry } = queueContracts[queue];

  return async (job: Job, token: string | undefined, signal: AbortSignal): Promise<unknown> => {
    job.opts = { ...job.opts, attempts: retry.attempts, backoff: { type: 'custom' } };
    const startedAt = performance.now();
    const log = jobLog(options.log, queue, job);
    const outcome = await run(job, log, signal);
    const durationMs = performance.now() - startedAt;
    log.info(
      { outcome: outcome.type, ...reasonOf(outcome), durationMs: Math.round(durationMs) },
      'job ended',
    );
    options.onEnded?.({
      queue,
      job: Object.hasOwn(queueContracts[queue].jobs, job.name) ? job.name : 'unknown',
      outcome: outcome.type,
      seconds: durationMs / 1000,
    });
    return settle(outcome, job, token);
  };

  async function run(job: Job, log: Logger, signal: AbortSignal): Promise<Settled> {
    if (signal.aborted) return { type: 'interrupted' };
    const parsed = parse(queue, job);
    if ('failure' in parsed) return { type: 'giveUp', failure: parsed.failure };
    const handler = options.handlers[job.name as JobName<Q>] as (
      context: JobContext<unknown>,
    ) => Promise<Outcome>;
    const lastAttempt = job.attemptsMade + 1 >= retry.attempts;
    try {
      const urgency = job.priority > 0 ? 'background' : 'interactive';
      const starts = job.attemptsStarted;
      return await handler({ payload: parsed.payload, log, signal, lastAttempt, urgency, starts });
    } catch (error) {
      if (signal.aborted) return { type: 'interrupted' };
      return afterError(error, job, log);
    }
  }

  function afterError(error: unknown, job: Job, log: Logger): Settled {
    if (!(error instanceof ProviderError)) {
      if (isOutage(error)) return afterOutage(error, job, log);
      log.error({ err: error }, 'job failed: a defect of ours');
      return { type: 'retry', error: new Error(`internal: ${scrub(String(error))}`) };
    }
    log[error.detail.heldBack === true ? 'info' : 'warn'](
      { err: error, vendorCode: error.detail.vendorCode, vendorRequestId: error.detail.vendorRequestId },
      'provider error',
    );
    const { retryAfterMs } = error.detail;
    const later = (ms: number): Settled => snooze(new Date(now().getTime() + ms), error.message);
    switch (error.kind) {
      case 'throttled':
        return later(retryAfterMs ?? retryDelayMs(job.attemptsStarted, retry.baseMs, retry.maxMs, random));
      case 'unavailable':
      case 'stale':
        // A 503 may name its time as a 429 does; then that is when to come back.
        if (retryAfterMs !== undefined) return later(retryAfterMs);
        return { type: 'retry', error: new Error(describe(error.toFailure())) };
      case 'malformed':
      case 'cursor_expired':
        return { type: 'retry', error: new Error(describe(error.toFailure())) };
      case 'reconnect_needed':
      case 'misconfigured':
      case 'refused':
        return { type: 'giveUp', failure: error.toFailure() };
    }
  }

  /** No job's fault, and an outage may last for longer than all attempts: a job that nothing finds again would be lost. */
  function afterOutage(error: unknown, job: Job, log: Logger): Settled {
    log.error({ err: error }, 'job put off: MongoDB or Redis is away');
    const wait = retryDelayMs(job.attemptsStarted, retry.baseMs, outageLongestMs, random);
    return snooze(new Date(now().getTime() + wait), `outage: ${scrub(String(error))}`);
  }

  async function settle(outcome: Settled, job: Job, token: string | undefined): Promise<unknown> {
    switch (outcome.type) {
      case 'done':
        return outcome.result ?? null;
      case 'snooze':
        if (outcome.until.getTime() > job.timestamp + snoozeLimitMs) {
          throw new UnrecoverableError(`put off for a day without success: ${outcome.reason}`);
        }
        await job.moveToDelayed(outcome.until.getTime(), token);
        throw new DelayedError();
      case 'giveUp':
        throw new UnrecoverableError(describe(outcome.failure));
      case 'retry':
        throw outcome.error;
      case 'interrupted':
        await job.moveToWait(token);
        throw new WaitingError();
    }
  }
}

/** For BullMQ's `settings.backoffStrategy`. */
export function backoffFor(queue: QueueName, random: Random): (attemptsMade: number) => number {
  const { baseMs, maxMs } = queueContracts[queue].retry;
  return (attemptsMade) => retryDelayMs(attemptsMade, baseMs, maxMs, random);
}

type Settled = Outcome | { readonly type: 'retry'; readonly error: Error } | { readonly type: 'interrupted' };

function parse(queue: QueueName, job: Job): { payload: unknown } | { failure: Failure } {
  const jobs: Readonly<Record<string, { safeParse(data: unknown): ParseResult }>> =
    queueContracts[queue].jobs;
  const schema = Object.hasOwn(jobs, job.name) ? jobs[job.name] : undefined;
  if (schema === undefined) {
    const known = Object.keys(jobs).join(', ');
    return {
      failure: failure('invalid_payload', `queue ${queue} has no job "${scrub(job.name)}"; it has ${known}`),
    };
  }
  const result = schema.safeParse(job.data);
  if (result.success) return { payload: result.data };
  const fields = (result.error?.issues ?? []).map(
    (issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`,
  );
  return {
    failure: failure(
      'invalid_payload',
      `the payload of ${job.name} does not fit: ${scrub(fields.join('; '))}`,
    ),
  };
}

interface ParseResult {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: {
    readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  };
}

function describe({ code, message, hint }: Failure): string {
  return `${code}: ${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint}`;
}

function reasonOf(outcome: Settled): Record<string, unknown> {
  switch (outcome.type) {
    case 'done':
      return { result: outcome.result };
    case 'snooze':
      return { until: outcome.until, reason: outcome.reason };
    case 'giveUp':
      // Not `code`: what bears that name is blotted out of the logs.
      return { failureCode: outcome.failure.code, reason: outcome.failure.message };
    case 'retry':
      return { reason: outcome.error.message };
    case 'interrupted':
      return {};
  }
}

/** Ids and names from the outside are cut to what an id can be, so that a payload cannot write log lines of its own. */
function jobLog(log: Logger, queue: QueueName, job: Job): Logger {
  const data: unknown = job.data;
  const ids = ['connectionId', 'attemptId', 'interviewId', 'requestId'].flatMap((name) => {
    const value =
      typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
    return typeof value === 'string' ? [[name, scrub(value.slice(0, 128))]] : [];
  });
  return log.child({
    queue,
    job: job.name,
    jobId: job.id,
    attempt: job.attemptsMade + 1,
    ...Object.fromEntries(ids),
  });
}
