import type { InterviewBody } from './body.ts';
import type { Answer, SeenEvent } from './seen-event.ts';
import { differs, fieldOf, valueAsked, type Subject } from './subjects.ts';

/** One interview: all that the main app asked of it and all that people did to its event. */
export interface Booking {
  readonly id: string;
  /** In the order in which they took effect, see `inEffect`. */
  readonly asks: Ask[];
  /** In the order in which they were done. */
  readonly deeds: Deed[];
  /** What the main app means to have said last, answered or not; undefined before the first. */
  intended: InterviewBody | undefined;
  /** Whether the main app means to have it. */
  intendsIt: boolean;
  /** Of several that want the same slot and check for conflicts: nothing else is done to those. */
  race?: string | undefined;
}

/** A request of the main app that was answered, perhaps after it was repeated. */
export type Ask = Put | Withdrawal;

interface Request {
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Those of one number were sent at the same time; the numbers are in order. */
  readonly turn: number;
}

export interface Put extends Request {
  readonly kind: 'put';
  readonly body: InterviewBody;
  /** It came with the revision that it was to replace. */
  readonly whole: boolean;
  /** Of the interview, when it was answered. */
  readonly revision: number;
}

export interface Withdrawal extends Request {
  readonly kind: 'withdrawal';
}

/** Something that somebody did to the event in a calendar. */
export type Deed = { readonly at: number; readonly by: string; readonly event: EventName } & (
  | { readonly kind: 'edit'; readonly subject: Subject; readonly value: string }
  | { readonly kind: 'answer'; readonly email: string; readonly answer: Answer }
  | { readonly kind: 'deletion' }
);

export type Edit = Extract<Deed, { kind: 'edit' }>;

export type EventName = Pick<SeenEvent, 'provider' | 'email' | 'calendarId' | 'id'>;

export function isSameEvent(one: EventName, other: EventName): boolean {
  return one.email === other.email && one.calendarId === other.calendarId && one.id === other.id;
}

export function newBooking(id: string): Booking {
  return { id, asks: [], deeds: [], intended: undefined, intendsIt: false };
}

/** Of those that were sent at the same time, the product's revisions tell which came first. */
export function inEffect(asks: readonly Ask[]): Ask[] {
  const revisionOf = (ask: Ask): number => (ask.kind === 'put' ? ask.revision : 0);
  return asks.toSorted((a, b) => a.turn - b.turn || revisionOf(a) - revisionOf(b));
}

/** What the main app's requests come to, by the contract of `PUT` and `DELETE`. */
export interface Standing {
  /** The last body. */
  readonly body: InterviewBody;
  readonly wanted: boolean;
  /** When it was last withdrawn. */
  readonly withdrawnAt?: number | undefined;
  /** The puts that said something new: each is a revision. */
  readonly revisions: readonly Put[];
  /** How many events it may have had one after another by the main app's doing. */
  readonly placements: number;
}

export function standingOf({ asks, deeds }: Pick<Booking, 'asks' | 'deeds'>): Standing | undefined {
  let body: InterviewBody | undefined;
  let wanted = false;
  let withdrawnAt: number | undefined;
  let placements = 0;
  const revisions: Put[] = [];
  for (const ask of inEffect(asks)) {
    if (ask.kind === 'withdrawal') {
      wanted = false;
      withdrawnAt = ask.answeredAt;
      continue;
    }
    const isNew = body === undefined || ask.whole || saysMore(body, ask.body);
    const isElsewhere = body === undefined || isElsewhereThan(body, ask.body);
    // Taken out by whomever, it comes back as another event.
    const since = revisions.at(-1)?.sentAt ?? 0;
    const wasDeleted = deeds.some(({ kind, at }) => kind === 'deletion' && at >= since);
    if (isNew && (!wanted || isElsewhere || wasDeleted)) placements += 1;
    if (isNew) {
      wanted = true;
      revisions.push(ask);
    }
    body = ask.body;
  }
  return body && { body, wanted, withdrawnAt, revisions, placements };
}

function saysMore(before: InterviewBody, after: InterviewBody): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

function isElsewhereThan({ organizer: one }: InterviewBody, { organizer: other }: InterviewBody): boolean {
  return one.userId !== other.userId || one.calendarId !== other.calendarId;
}

/**
 * The last put that had something to say of this subject (docs/interviews.md, "What people change stays"): not one that
 * repeats what the one before it said, unless it came with the revision, or says something else under `hold`: but whom
 * people have added stays then, too.
 */
export function lastWordOn(asks: readonly Ask[], subject: Subject): Put | undefined {
  let last: Put | undefined;
  let earlier: InterviewBody | undefined;
  for (const ask of inEffect(asks)) {
    if (ask.kind !== 'put') continue;
    if (isWordOn(subject, ask, earlier)) last = ask;
    earlier = ask.body;
  }
  return last;
}

function isWordOn(subject: Subject, { body, whole }: Put, earlier: InterviewBody | undefined): boolean {
  if (earlier === undefined || whole || differs(earlier, body, subject)) return true;
  const isAbsentee = fieldOf(subject) === 'attendees' && valueAsked(body, subject) === 'absent';
  return body.policy === 'hold' && saysMore(earlier, body) && !isAbsentee;
}
