import type { InterviewChangeBody } from '../domain/change.ts';
import type { Failure } from '../domain/failure.ts';
import type { HoldObstacle } from '../domain/hold.ts';
import type { Interval } from '../domain/interval.ts';
import type { Doubt } from '../domain/interview-doubt.ts';
import type { InterviewPlan } from '../domain/interview-plan.ts';
import type { Tries } from '../domain/interview-tried.ts';
import type {
  EventSnapshot,
  InterviewHappening,
  InterviewState,
  InterviewWish,
} from '../domain/interview.ts';

/** One interview: what is wanted, what was written, what the calendar says. */
export interface InterviewRecord {
  /** The main app's. */
  readonly id: string;
  /** The organizer's, as of the last body. */
  readonly userId: string;
  /** Grows with each wish that says something else: of the main app's, or of people's that is followed. */
  readonly revision: number;
  /** The main app's last body. */
  readonly requested: InterviewWish;
  /** The same, as it has followed the calendar since. */
  readonly desired: InterviewWish;
  /** The main app does not want it any more. */
  readonly withdrawn?: { readonly message?: string | undefined; readonly at: Date } | undefined;
  readonly state: InterviewState;
  /** Why it is in this state, where that needs saying. */
  readonly reason?: (Failure & { readonly at: Date }) | undefined;
  /** In state `conflict`: when somebody is busy, and who, if they are the main app's. */
  readonly clash?: InterviewClash | undefined;
  /** Where its event is, or is to be. */
  readonly place?: InterviewPlace | undefined;
  /** The highest number that a place of it ever had; 0 before the first. */
  readonly lastPlaceNumber: number;
  /** Where it has been, and is still to be taken out. */
  readonly formerPlaces: readonly InterviewPlace[];
  readonly applied?: AppliedRevision | undefined;
  /** The revision under which people's changes were put back. */
  readonly putBackRevision?: number | undefined;
  /** The latest, at most twenty, the newest last; of looks that follow each other the first and the last. */
  readonly attempts: readonly InterviewAttempt[];
  /** When it is looked at next; absent: when something happens. */
  readonly dueAt?: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface InterviewClash extends Interval {
  readonly userId?: string | undefined;
  /** Another interview of ours that has the time; or a hold. */
  readonly interviewId?: string | undefined;
  readonly holdId?: string | undefined;
}

/** One event in one calendar. */
export interface InterviewPlace extends Tries, Doubt {
  /** Counts the events that the interview had one after another, from 1. */
  readonly number: number;
  /** See `NewEventPlace`. */
  readonly key: string;
  readonly connectionId: string;
  /** Ours, and the vendor's id of the same calendar. */
  readonly calendarId: string;
  readonly providerCalendarId: string;
  /** Known before its creation where the client may choose it. */
  readonly providerEventId?: string | undefined;
  /** Of a former one, where it is known: by it the copies in attendees' calendars are told. */
  readonly iCalUID?: string | undefined;
  /** Of a former one, as far as it was known: how the event was when the interview left. What it says otherwise, people have done since. */
  readonly leftAs?: EventSnapshot | undefined;
  /** A cancellation was sent, or was about to be: what is not there any more, nobody else has taken out. */
  readonly clearing?: true | undefined;
}

export interface AppliedRevision {
  readonly revision: number;
  readonly wish: InterviewWish;
  /** As the vendor gave it, after the write or at the last reading. */
  readonly snapshot: EventSnapshot;
  readonly iCalUID?: string | undefined;
  readonly webLink?: string | undefined;
  readonly at: Date;
  /** When the snapshot was taken. */
  readonly observedAt: Date;
}

/** One try to do something at a provider. */
export interface InterviewAttempt {
  readonly at: Date;
  readonly revision: number;
  /** What was tried, and how it ended: `done`, or the code of the failure. */
  readonly action: 'create' | 'find' | 'read' | 'update' | 'cancel' | 'check';
  readonly outcome: string;
  /** Of a failure, in words. */
  readonly message?: string | undefined;
}

/** The answer to a PUT. */
export interface InterviewRevised {
  readonly type: 'created' | 'revised' | 'unchanged';
  readonly interview: InterviewRecord;
}

export type InterviewPutAnswer =
  | InterviewRevised
  /** The revision that the caller has seen is not the current one. Without an interview where there is none. */
  | { readonly type: 'stale'; readonly interview?: InterviewRecord | undefined }
  /** It names a hold of which it cannot take a slot. */
  | { readonly type: 'hold_unavailable'; readonly why: HoldObstacle };

/** The right to act on one interview (compare `SyncTurn`). */
export interface InterviewTurn {
  readonly interviewId: string;
  readonly run: number;
  /** What this run acts on, and as what revision it was wanted when the turn was taken. */
  readonly revision: number;
  readonly desired: InterviewWish;
}

export type InterviewTurnAnswer =
  | { readonly type: 'taken'; readonly turn: InterviewTurn; readonly interview: InterviewRecord }
  | { readonly type: 'held'; readonly until: Date }
  | { readonly type: 'unknown' };

/**
 * How a run ends, or a step of it: all in one write. Where the main app has revised the wish meanwhile, what happened to
 * the revision of the turn leaves state and reason as they are, but for `removed`.
 */
export interface InterviewSettlement {
  readonly now: Date;
  readonly happening?: InterviewHappening | undefined;
  /** Forgotten where absent. The time that is kept with it is the first at which it was this one. */
  readonly reason?: Failure | undefined;
  /** Kept in state `conflict` only. */
  readonly clash?: InterviewClash | undefined;
  /**
   * What the calendar holds by now. Under the revision of the turn, or the one under which the wish followed, where that is
   * what `happening` says; otherwise the revision that was applied last stays.
   */
  readonly applied?: Omit<AppliedRevision, 'revision' | 'at' | 'observedAt'> & {
    /** Whether something was written, or only read. */
    readonly written: boolean;
    /** The vendor's id, where it was not known before. */
    readonly providerEventId?: string | undefined;
    /** What was begun and is not in it, with what is about to be. Absent: nothing. */
    readonly tries?: Tries | undefined;
    /** It is the only one that can be at its place: no other creation had no answer. */
    readonly sure?: boolean | undefined;
  };
  /**
   * The wish followed the calendar: a new revision, if it says something else by that. Where the main app has made one
   * meanwhile, that one follows too (see `followingToo`).
   */
  readonly followed?: Pick<InterviewPlan, 'desired' | 'followed'> | undefined;
  readonly putBack?: boolean | undefined;
  /** The event of the current place is gone: forget place and applied. One that is in doubt becomes a former place. */
  readonly placeGone?: boolean | undefined;
  /** Numbers of former places that were cleared. Those in doubt stay until that is over. */
  readonly clearedPlaces?: readonly number[] | undefined;
  /** How the event of a former place was when it was last looked at: what was done to it before that is known. */
  readonly formerSeen?: Required<Pick<InterviewPlace, 'number' | 'leftAs'>> | undefined;
  readonly attempts: readonly InterviewAttempt[];
  /**
   * Told in the change feed, in this order, with the interview's id and its revision as it is then; or that of the turn
   * where it says nothing of the one that the main app has made meanwhile.
   */
  readonly news: readonly InterviewNewsBody[];
  /** When to look again although nothing happens. Where nothing is said, when doubts ask for it. */
  readonly dueAt?: Date | undefined;
  /** The turn goes on, and until it ends the interview stays due. */
  readonly keepTurn?: boolean | undefined;
}

type WithoutIds<Body> = Body extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: Omit<D, 'interviewId' | 'revision'> }
  : never;
export type InterviewNewsBody = WithoutIds<InterviewChangeBody>;

/** A calendar that an interview can be written into. */
export interface WritableCalendar {
  readonly connectionId: string;
  readonly calendarId: string;
  readonly providerCalendarId: string;
}
