import type { ToldChange } from '../change-follower.ts';
import type { Difference } from '../difference.ts';
import type { InterviewBody } from './body.ts';
import { isSameEvent, type Booking, type Deed, type Edit, type Standing } from './booking.ts';
import type { InterviewView } from './interviews-api.ts';
import type { SeenMail } from './mail-log.ts';
import type { SeenEvent } from './seen-event.ts';
import { fieldOf, type Subject } from './subjects.ts';

/** Something that must not be; `field` says what, `where` of which interview. */
export type Violation = Difference;

/** All that is known of one interview when it is quiet: what a rule judges. */
export interface Case {
  readonly booking: Booking;
  readonly standing: Standing;
  /** The events that are organized for it, in whatever calendar. One, or none. */
  readonly own: readonly SeenEvent[];
  /** What guests have of it. */
  readonly copies: readonly SeenEvent[];
  /** What the change feed says of it, in order. */
  readonly told: readonly Told[];
  readonly view: InterviewView;
  /** What was sent about its events, in order. */
  readonly mails: readonly SeenMail[];
  /** The calendars in which the event of this organizer may be. */
  readonly placesFor: (organizer: InterviewBody['organizer']) => readonly Place[];
  /** Of ids at Google, in all of the run: each may have made a second event of one interview, and invited to it. */
  readonly unseenClashes: number;
}

export type Place = Pick<SeenEvent, 'provider' | 'email' | 'calendarId'>;

/** A change of an interview. */
export interface Told {
  readonly type: string;
  readonly at: number;
  readonly data: {
    readonly revision: number;
    readonly handling?: 'followed' | 'put_back' | 'left';
    readonly fields?: readonly string[];
    readonly to?: { readonly start: string; readonly end: string };
    readonly by?: 'main_app' | 'user';
    readonly answers?: readonly { readonly response: string }[];
    readonly reason?: { readonly code: string };
  };
}

export function toldOf(changes: readonly ToldChange[], id: string): Told[] {
  return changes.flatMap(({ type, timestamp, data }) =>
    (data as { interviewId?: string }).interviewId === id
      ? [{ type, at: Date.parse(timestamp), data: data as unknown as Told['data'] }]
      : [],
  );
}

export function violation({ booking }: Case, field: string, expected: unknown, stored: unknown): Violation {
  return { where: booking.id, field, expected, stored };
}

export function editsOn({ booking }: Pick<Case, 'booking'>, subject: Subject): Edit[] {
  return booking.deeds.filter((deed) => deed.kind === 'edit').filter((edit) => edit.subject === subject);
}

/** Without those of an event that the interview had left by then: it was booked elsewhere, and that one was to be taken out. */
export function heardOn(one: Pick<Case, 'booking' | 'told' | 'own'>, subject: Subject): Edit[] {
  const bookedAt = one.told.findLast(({ type }) => type === 'interview.booked')?.at ?? Infinity;
  return editsOn(one, subject).filter(
    ({ at, event }) => at < bookedAt || one.own.some((own) => isSameEvent(own, event)),
  );
}

/** What was told of people's changes of this subject's field at that time and later. */
export function toldSince({ told }: Pick<Case, 'told'>, subject: Subject, at: number): Told[] {
  const field = fieldOf(subject);
  return told.filter(({ type, at: toldAt, data }) => {
    if (toldAt < at) return false;
    return field === 'time' ? type === 'interview.moved' : data.fields?.includes(field) === true;
  });
}

/** Whether its event was taken out of the calendar after that, by whomever. */
export function wasTakenOutSince(
  { booking, standing }: Pick<Case, 'booking' | 'standing'>,
  at: number,
): boolean {
  const isDeleted = booking.deeds.some((deed) => deed.kind === 'deletion' && deed.at >= at);
  return isDeleted || (standing.withdrawnAt ?? 0) >= at;
}

export function deletionsIn({ booking }: Pick<Case, 'booking'>): Deed[] {
  return booking.deeds.filter(({ kind }) => kind === 'deletion');
}
