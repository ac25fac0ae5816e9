import type { Interval } from '../domain/interval.ts';
import type { NamedEntry } from '../domain/interview-touch.ts';
import type { InterviewWish } from '../domain/interview.ts';
import type { Awaited } from './awaited.ts';
import type {
  InterviewClash,
  InterviewPlace,
  InterviewPutAnswer,
  InterviewRecord,
  InterviewSettlement,
  InterviewTurn,
  InterviewTurnAnswer,
  WritableCalendar,
} from './interview-records.ts';

/** What may be asked of interviews. */
export interface InterviewReads {
  interview(id: string): Promise<InterviewRecord | undefined>;
  /**
   * Where an interview of this organizer is written: the calendar that the wish names, or else the primary one of the
   * first connection that has one which can be written to. An active connection goes before one that waits for its user;
   * one that is leaving does not count. Undefined where there is none.
   */
  writableCalendar(organizer: InterviewWish['organizer']): Promise<WritableCalendar | undefined>;
  /**
   * Of entries that a calendar holds at its vendor, stored or not: which are events of interviews, slots of holds among
   * them, or copies at those who are asked. Interviews' ids by the vendor's ids of entries; as a sync would store them.
   */
  interviewsOf(
    calendar: { readonly connectionId: string; readonly calendarId: string },
    entries: readonly NamedEntry[],
  ): Promise<Map<string, string>>;
}

/**
 * What the main app wants of interviews. Each is followed by a `reconcile-interview` job.
 *
 * What was answered last counts. Each reads, decides, and writes where nobody has said or done anything since: a first
 * body by the id, which is there once; whatever comes after it by the revision, and by the count of what the main app has
 * said (`asked`), which a withdrawal and a body that is nothing new raise too. So a write that was sent in time and lands
 * late changes nothing that was answered after it was sent. Of what is not there nothing is remembered: a first body that
 * is under way is recorded after a withdrawal that found none. `stillAwaited` keeps those back that have not been sent.
 */
export interface InterviewIntents {
  /**
   * Records what is wanted (see `revisedWish`) under a new revision, and makes the interview due at `now`. A body that
   * says what the last one said is `unchanged`; it makes an interview due again that is in conflict or has failed, and
   * nothing else. One that was withdrawn or removed is wanted again by a body that differs, or that comes with the
   * revision. `ifRevision`: the revision that the caller has seen; then the body counts as a whole, and `stale` is
   * answered where there is another by now (also where there is none).
   *
   * A wish that names a hold takes the slot of it that has its very start and end, in the same transaction: the hold is
   * `confirmed` by the interview, the entries of all its slots are taken out of the calendar, and the time is claimed for
   * the interview, so that it is free at no moment. Where the hold has no such slot (any more) nothing is written, and the
   * answer is `hold_unavailable`; unless the interview has taken its slot with an earlier body.
   */
  putInterview(
    id: string,
    wish: InterviewWish,
    now: Date,
    options?: Awaited & { readonly ifRevision?: number | undefined },
  ): Promise<InterviewPutAnswer>;
  /** Undefined where there is none. Idempotent; a later message replaces the first as long as it was not sent. */
  withdrawInterview(
    id: string,
    now: Date,
    message?: string | undefined,
    options?: Awaited,
  ): Promise<InterviewRecord | undefined>;
}

/** What happened to interviews at the vendors. */
export interface InterviewFacts {
  /** The right to act on it until `leaseUntil`, under a run number that only grows. Takes away the mark of what happened since. */
  takeInterviewTurn(interviewId: string, now: Date, leaseUntil: Date): Promise<InterviewTurnAnswer>;
  /** False where the turn was lost. */
  keepInterviewTurn(turn: InterviewTurn, leaseUntil: Date): Promise<boolean>;
  /** Gives the turn back without a word: due as before. Idempotent. */
  dropInterviewTurn(turn: InterviewTurn): Promise<void>;
  /**
   * Sets where the event is or is to be; the place before it, where that is another one and may hold an event, becomes a
   * former place, and what was applied there is forgotten. The interview is due until the turn ends. Throws
   * `LostTurnError`.
   */
  placeInterview(turn: InterviewTurn, place: InterviewPlace, now: Date): Promise<void>;
  /**
   * A run that has lost its turn had made the event of this place by then: where it is neither the current place nor a
   * former one it becomes a former one, and the interview is looked at again. May be called twice.
   */
  reportStray(interviewId: string, place: InterviewPlace, now: Date): Promise<void>;
  /**
   * Writes down how the run went, the changes for the main app in the same transaction. Throws `LostTurnError`.
   * `again`: something happened meanwhile, or it was revised, and it is due at once.
   */
  settleInterview(turn: InterviewTurn, settlement: InterviewSettlement): Promise<{ readonly again: boolean }>;
  /**
   * Takes a span of time for these users on behalf of the interview, if no other interview or hold of ours has taken any
   * of it for one of them: of several that try at once, one succeeds. The hold that it names (`holdId`) is not in its way.
   * The span of the same interview before is given up
   * for it. Throws `LostTurnError`. Gives the clash where there is one; then nothing has changed. From then on the claim is
   * where the event is, as far as settlements tell; it is given up when the interview is withdrawn or removed, and when
   * it is in conflict or has failed and has no event.
   */
  claimTime(
    turn: InterviewTurn,
    claim: Interval & { readonly userIds: readonly string[]; readonly holdId?: string | undefined },
    now: Date,
  ): Promise<InterviewClash | undefined>;
  /** The users whose connected accounts (not `disconnecting`) have one of these addresses, by `addressKey`. */
  usersWithAddress(emails: readonly string[]): Promise<Map<string, string>>;
  /** Ids of interviews that are due at `now` and that no run holds, the longest due first. */
  dueInterviews(now: Date, limit: number): Promise<string[]>;
}
