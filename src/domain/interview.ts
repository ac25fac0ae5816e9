import type { Response, Visibility } from './event.ts';
import type { Interval } from './interval.ts';

/** The main app's own name of an interview: fits into a URL, a job id and a log line as it is. */
export const interviewIdPattern = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
export const interviewIdForm = 'must be 1 to 128 of A-Z a-z 0-9 . _ ~ - and begin with a letter or digit';

/** How those who take part are to meet. `provider_default`: as the organizer's calendar does it by itself. */
export const conferenceWishes = ['google_meet', 'teams', 'provider_default', 'none'] as const;
export type ConferenceWish = (typeof conferenceWishes)[number];

/**
 * Who wins where people change in the calendar what the main app has asked for. `follow`: the calendar, and the wish
 * follows it. `hold`: the main app; the change is put back, once for each revision, and told.
 */
export const interviewPolicies = ['follow', 'hold'] as const;
export type InterviewPolicy = (typeof interviewPolicies)[number];

/** Somebody who is to be asked. Told from others by the address alone, whatever its capitals. */
export interface InterviewAttendee {
  readonly email: string;
  readonly name?: string | undefined;
  readonly optional: boolean;
  /** A room or a thing. */
  readonly resource: boolean;
}

/** What an event says: the fields that are ours in the calendar, and nothing else there is. */
export interface EventDraft extends Interval {
  readonly title: string;
  readonly description?: string | undefined;
  readonly location?: string | undefined;
  /** IANA name: the zone in which the calendar shows it. The instants do not depend on it. */
  readonly timeZone: string;
  readonly attendees: readonly InterviewAttendee[];
  readonly conference: ConferenceWish;
  /** Minutes before the start, at most five; absent: as the calendar does it by itself. Never looked at again. */
  readonly reminders?: readonly number[] | undefined;
  readonly visibility: Visibility;
  /** Shows as tentative: a time that is held. */
  readonly tentative: boolean;
}

/** What the main app wants of one interview. */
export interface InterviewWish extends EventDraft {
  readonly organizer: { readonly userId: string; readonly calendarId?: string | undefined };
  /** Whether the provider mails the attendees. */
  readonly sendInvitations: boolean;
  /** Whether to ask everybody's calendars right before writing. */
  readonly checkConflicts: boolean;
  readonly policy: InterviewPolicy;
  /** The hold of which this interview takes one slot; the others are released. */
  readonly holdId?: string | undefined;
}

/** One attendee as the calendar has them. */
export interface InterviewAnswer extends InterviewAttendee {
  readonly response: Response;
  /** Another time that they propose (Microsoft). */
  readonly proposed?: Interval | undefined;
}

export const conferenceStates = ['none', 'pending', 'ready', 'failed'] as const;
export interface ConferenceReading {
  readonly state: (typeof conferenceStates)[number];
  readonly url?: string | undefined;
}

/** What the calendar says of an interview's event: what people can have changed. */
export interface EventSnapshot extends Interval {
  readonly etag?: string | undefined;
  readonly title?: string | undefined;
  /** Without what the vendor adds to it (Teams' join block). */
  readonly description?: string | undefined;
  readonly location?: string | undefined;
  readonly allDay: boolean;
  readonly visibility: Visibility;
  /** The organizer is none of them. */
  readonly attendees: readonly InterviewAnswer[];
  readonly conference: ConferenceReading;
}

/** What people can change and what we write, told apart. `time`: start, end, or that it takes all day. */
export const ownFields = ['time', 'title', 'description', 'location', 'visibility', 'attendees'] as const;
export type OwnField = (typeof ownFields)[number];

export const interviewStates = [
  'pending',
  'waiting',
  'booked',
  'conflict',
  'failed',
  'removed_by_user',
  'cancelling',
  'cancelled',
] as const;
export type InterviewState = (typeof interviewStates)[number];

/** What can happen to an interview. */
export const interviewHappenings = [
  /** The main app wants it, anew or otherwise, or asks to try again. */
  'requested',
  /** The main app does not want it any more. */
  'withdrawn',
  /** The calendar holds it as it is wanted. */
  'applied',
  /** It cannot be written now: the organizer has to authorize anew, or is not connected. */
  'obstructed',
  /** Somebody is not free. */
  'clashed',
  /** The provider will not do it, or its time has passed. */
  'refused',
  /** Somebody has deleted or cancelled it in the calendar. */
  'removed',
  /** The calendar does not hold it any more, as wanted. */
  'cleared',
  /** The account in whose calendar it is was disconnected: what becomes of its event there is out of our reach. */
  'disconnected',
] as const;
export type InterviewHappening = (typeof interviewHappenings)[number];

/**
 * Where each happening leads; one that is not named leaves the state as it is. docs/interviews.md draws this table, and
 * a test compares the two.
 */
export const interviewTransitions: Readonly<
  Record<InterviewState, Readonly<Partial<Record<InterviewHappening, InterviewState>>>>
> = {
  pending: {
    withdrawn: 'cancelling',
    applied: 'booked',
    obstructed: 'waiting',
    clashed: 'conflict',
    refused: 'failed',
    removed: 'removed_by_user',
    disconnected: 'failed',
  },
  waiting: {
    requested: 'pending',
    withdrawn: 'cancelling',
    applied: 'booked',
    clashed: 'conflict',
    refused: 'failed',
    removed: 'removed_by_user',
    disconnected: 'failed',
  },
  booked: {
    requested: 'pending',
    withdrawn: 'cancelling',
    removed: 'removed_by_user',
    disconnected: 'failed',
  },
  conflict: {
    requested: 'pending',
    withdrawn: 'cancelling',
    removed: 'removed_by_user',
    disconnected: 'failed',
  },
  failed: { requested: 'pending', withdrawn: 'cancelling', removed: 'removed_by_user' },
  removed_by_user: { requested: 'pending', withdrawn: 'cancelling' },
  cancelling: { requested: 'pending', cleared: 'cancelled' },
  cancelled: { requested: 'pending' },
};

export function nextState(state: InterviewState, happening: InterviewHappening): InterviewState {
  return interviewTransitions[state][happening] ?? state;
}

/** Two addresses of the same person: of letters' case no vendor makes a difference. */
export function addressKey(email: string): string {
  return email.trim().toLowerCase();
}
