import { CipherError } from '../../src/cipher.ts';
import { retryDelayMs, type Random } from '../../src/domain/due.ts';
import { failure, ProviderError, type Failure } from '../../src/domain/failure.ts';
import { holdOfSlot } from '../../src/domain/hold.ts';
import type { InterviewState } from '../../src/domain/interview.ts';
import { done, giveUp, snooze, type Outcome } from '../../src/domain/outcome.ts';
import { LostTurnError } from '../../src/domain/sync.ts';
import { isOutage } from '../../src/outage.ts';
import { queueContracts, type Payload } from '../../src/queue/contracts.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { Facts, InterviewRecord } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import { bringInterview, type BringInterviewDependencies } from '../steps/bring-interview.ts';
import { ObstructedError, obstructedMs } from '../steps/interview-events-of.ts';
import { settle, type InterviewRun, type Settled } from '../steps/interview-run.ts';

export interface ReconcileInterviewDependencies extends BringInterviewDependencies {
  readonly facts: BringInterviewDependencies['facts'] &
    Pick<Facts, 'takeInterviewTurn' | 'keepInterviewTurn' | 'dropInterviewTurn' | 'reportStray' | 'endHold'>;
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly random: Random;
  readonly leaseMs: number;
  /** Does the work again and again, every `ms`, until what it gives is called. */
  readonly every: (ms: number, work: () => void) => () => void;
}

type Context = JobContext<Payload<'write', 'reconcile-interview'>>;

interface JobRun extends InterviewRun {
  readonly context: Context;
}

/** So long at most a job waits for a turn that somebody else holds. */
const heldLookMs = 2_000;
/** After the last attempt of a job the next one begins: the interview stays due. */
const pauseMs = 5 * 60_000;

/**
 * Brings what the calendar holds of one interview to what is wanted, and sees what people did to it: take the turn →
 * `bringInterview` → write down how that went, with the changes for the main app, and give the turn back. One run at a time
 * for each interview; what happens meanwhile is followed by another. May run any number of times.
 */
export function reconcileInterview(
  dependencies: ReconcileInterviewDependencies,
): (context: Context) => Promise<Outcome> {
  const { facts, producer, now, random, leaseMs } = dependencies;

  return async (context) => {
    const { interviewId } = context.payload;
    await endHoldOf(interviewId);
    const answer = await facts.takeInterviewTurn(interviewId, now(), leaseEnd());
    switch (answer.type) {
      case 'unknown':
        return giveUp(failure('unknown_record', `interviewId: there is no interview ${interviewId}`));
      case 'held':
        return snooze(lookAgain(answer.until), 'another worker is at this interview');
      case 'taken': {
        const { turn, interview } = answer;
        return attemptRun({ turn, interview, context, now, attempts: [], made: [] });
      }
    }
  };

  /** Of a slot of a hold that has run out nothing is written any more, also where the clock has not come round to it yet. */
  async function endHoldOf(interviewId: string): Promise<void> {
    const holdId = holdOfSlot(interviewId);
    if (holdId !== undefined) await facts.endHold(holdId, now());
  }

  function leaseEnd(): Date {
    return new Date(now().getTime() + leaseMs);
  }

  function lookAgain(leaseUntil: Date): Date {
    const soonAt = now().getTime() + retryDelayMs(1, heldLookMs, heldLookMs, random);
    return new Date(Math.min(leaseUntil.getTime(), soonAt));
  }

  async function attemptRun(run: JobRun): Promise<Outcome> {
    const letGo = holdTurn(run);
    try {
      const settled = await bringInterview(dependencies, run);
      return await end(run, settled, done({ happening: settled.happening ?? 'none' }));
    } catch (error) {
      if (error instanceof LostTurnError) return afterLoss(run, error);
      if (run.context.signal.aborted) {
        await facts.dropInterviewTurn(run.turn);
        throw error;
      }
      return await afterFailure(error, run);
    } finally {
      letGo();
    }
  }

  /** Another run may have ended the interview meanwhile, and knows nothing of what this one has made. */
  async function afterLoss({ turn, made }: JobRun, { message }: LostTurnError): Promise<Outcome> {
    for (const place of made) await facts.reportStray(turn.interviewId, place, now());
    if (made.length > 0) await queueAgain(turn.interviewId);
    return done({ skipped: message });
  }

  function queueAgain(interviewId: string, requestId?: string): Promise<void> {
    const payload = { v: 1, interviewId, requestId } as const;
    const options = { deduplicate: 'keep-last', urgency: 'interactive' } as const;
    return producer.enqueue('write', 'reconcile-interview', payload, options);
  }

  function holdTurn({ turn, context }: JobRun): () => void {
    return dependencies.every(leaseMs / 3, () => {
      facts.keepInterviewTurn(turn, leaseEnd()).catch((error: unknown) => {
        context.log.warn({ err: error }, 'the turn could not be prolonged');
      });
    });
  }

  /** Where something happened meanwhile, another run is queued behind this one. */
  async function end(run: JobRun, settled: Settled, outcome: Outcome): Promise<Outcome> {
    const { again } = await settle(dependencies, run, settled);
    const { interviewId, requestId } = run.context.payload;
    if (again) await queueAgain(interviewId, requestId);
    return outcome;
  }

  async function afterFailure(error: unknown, run: JobRun): Promise<Outcome> {
    if (error instanceof ObstructedError) return obstructed(run, error.reason);
    if (error instanceof CipherError) {
      const reason = failure('unreadable_credentials', error.message);
      await obstructed(run, reason);
      return giveUp(reason);
    }
    if (error instanceof ProviderError) return afterProviderError(error, run);
    // As due as it was: the job's retries and the scheduler find it.
    await facts.dropInterviewTurn(run.turn);
    if (!isOutage(error)) run.context.log.error({ err: error }, 'the interview met a defect of ours');
    throw error;
  }

  async function afterProviderError(error: ProviderError, run: JobRun): Promise<Outcome> {
    const reason = error.toFailure();
    switch (error.kind) {
      case 'throttled':
        return putOff(run, error);
      case 'unavailable':
        if (error.detail.retryAfterMs !== undefined) return putOff(run, error);
        return retry(run, error);
      case 'malformed':
      case 'cursor_expired':
      case 'stale':
        return retry(run, error);
      case 'reconnect_needed':
        return obstructed(run, reason);
      case 'misconfigured':
        await obstructed(run, reason);
        return giveUp(reason);
      case 'refused':
        run.context.log.warn({ err: error, vendorCode: error.detail.vendorCode }, 'the interview is refused');
        return end(run, refused(run.interview, reason), done({ failed: reason.code }));
    }
  }

  /** The provider said when, or our own budget did. */
  async function putOff(run: JobRun, error: ProviderError): Promise<Outcome> {
    const { baseMs, maxMs } = queueContracts.write.retry;
    const wait = error.detail.retryAfterMs ?? retryDelayMs(run.context.starts, baseMs, maxMs, random);
    const until = new Date(now().getTime() + wait);
    return end(run, { ...unchanged(run.interview), dueAt: until }, snooze(until, error.message));
  }

  /** Due as long as the job has attempts left, so that a Redis that loses the job costs nothing (I1). */
  async function retry(run: JobRun, error: ProviderError): Promise<never> {
    const dueAt = run.context.lastAttempt ? new Date(now().getTime() + pauseMs) : now();
    await end(run, { ...unchanged(run.interview), dueAt }, done());
    throw error;
  }

  /** Told once, where something is to be written: not again as long as it waits for the same. Looked at when its time is over, to say so. */
  async function obstructed(run: JobRun, reason: Failure): Promise<Outcome> {
    const { state, reason: known, desired } = run.interview;
    const isKnown = state === 'waiting' && known?.code === reason.code;
    const soon = now().getTime() + obstructedMs;
    const isOver = desired.end <= now();
    const settled: Settled = {
      happening: 'obstructed',
      reason,
      dueAt: new Date(isOver ? soon : Math.min(soon, desired.end.getTime())),
      news: isKnown || !isWriting(state) ? [] : [{ type: 'interview.waiting', data: { reason } }],
    };
    return end(run, settled, done({ waits: reason.code }));
  }
}

/** What a try that came to nothing leaves as it is. */
function unchanged({ reason, clash }: InterviewRecord): Settled {
  return { reason, clash };
}

/** What is refused of an interview that the calendar holds as wanted is a reading: nothing is lost by it. */
function refused({ state }: InterviewRecord, reason: Failure): Settled {
  return {
    happening: 'refused',
    reason,
    news: isWriting(state) ? [{ type: 'interview.failed', data: { reason } }] : [],
  };
}

function isWriting(state: InterviewState): boolean {
  return state === 'pending' || state === 'waiting';
}
