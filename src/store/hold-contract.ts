import type { HoldWish } from '../domain/hold.ts';
import type { Awaited } from './awaited.ts';
import type { HoldPutAnswer, HoldRecord, HoldRelease } from './hold-records.ts';
import type { InterviewRecord } from './interview-records.ts';

/** What may be asked of holds. */
export interface HoldReads {
  hold(id: string): Promise<HoldRecord | undefined>;
  /**
   * What the slots of a hold are in the calendar: each an interview of ours (`slotInterviewId`), also those of earlier
   * bodies that are still to be taken out.
   */
  interviewsOfHold(holdId: string): Promise<InterviewRecord[]>;
}

/**
 * What the main app wants of holds. The entries of slots in the calendar are interviews of ours, which become due in the
 * same transaction.
 *
 * What was answered last counts, as of interviews: each is one transaction, which writes the hold even where there is
 * nothing new. MongoDB refuses the one that has read before another wrote, and it begins again. Before it is committed,
 * `stillAwaited` is asked.
 */
export interface HoldIntents {
  /**
   * Records what is to be held. A body that says what the last one said is `unchanged`. Of another one's slots those that
   * were there already stay as they are; where the hold was over, it begins anew. With `checkConflicts`, `taken` where an
   * interview has claimed some of a slot for one of these users, or another hold keeps it: of several that try at once,
   * one succeeds.
   */
  putHold(id: string, wish: HoldWish, now: Date, options?: Awaited): Promise<HoldPutAnswer>;
  /** Undefined where there is none. Idempotent; one that is over stays as it ended. */
  releaseHold(id: string, now: Date, options?: Awaited): Promise<HoldRelease | undefined>;
}

/** What time does to holds. */
export interface HoldFacts {
  /** Ends it, if its time has run out by `now`: what the calendar shows of it is not wanted any more. Idempotent. */
  endHold(id: string, now: Date): Promise<void>;
  /** The same of all of which the time has run out, at most `limit`. Gives how many there were. */
  endHolds(now: Date, limit: number): Promise<number>;
}
