import type { Interval } from './interval.ts';
import { interviewIdPattern, type InterviewWish } from './interview.ts';

/** What the main app wants to be kept free until somebody has chosen. */
export interface HoldWish {
  readonly organizer: InterviewWish['organizer'];
  /** Others whose time is held: the main app's users. */
  readonly participants: readonly string[];
  readonly title: string;
  readonly description?: string | undefined;
  /** IANA name: the zone in which the calendar shows the slots. */
  readonly timeZone: string;
  readonly slots: readonly Interval[];
  readonly expiresAt: Date;
  /** Whether the organizer's calendar shows the slots, as tentative entries. */
  readonly showInCalendar: boolean;
  /** Whether it is refused where we have promised the time already. */
  readonly checkConflicts: boolean;
}

/**
 * `held`: its slots are kept free. `confirmed`: an interview has taken one of them. `released`: the main app does not want
 * it any more. `expired`: its time has run out.
 */
export const holdStates = ['held', 'confirmed', 'released', 'expired'] as const;
export type HoldState = (typeof holdStates)[number];

/** As of a hold; of the slots of one that was confirmed, only the one that was taken is `confirmed`. */
export const slotStates = [...holdStates, 'removed_by_user'] as const;
export type SlotState = (typeof slotStates)[number];

export interface HoldSlot extends Interval {
  /** Counts the slots that the hold ever had, from 1. */
  readonly number: number;
  /** `removed_by_user`: somebody has deleted its entry in the calendar, so its time is theirs again. */
  readonly state: SlotState;
}

export interface HoldProgress {
  readonly state: HoldState;
  readonly slots: readonly HoldSlot[];
  readonly expiresAt: Date;
}

export function isSameHold(one: HoldWish, other: HoldWish): boolean {
  return (
    one.organizer.userId === other.organizer.userId &&
    one.organizer.calendarId === other.organizer.calendarId &&
    one.participants.toSorted().join('\n') === other.participants.toSorted().join('\n') &&
    one.title === other.title &&
    (one.description ?? '') === (other.description ?? '') &&
    one.timeZone === other.timeZone &&
    keysOf(one.slots) === keysOf(other.slots) &&
    one.expiresAt.getTime() === other.expiresAt.getTime() &&
    one.showInCalendar === other.showInCalendar &&
    one.checkConflicts === other.checkConflicts
  );
}

function keysOf(slots: readonly Interval[]): string {
  return slots.map(slotKey).toSorted().join('\n');
}

/** Two slots with the same one are the same slot. */
export function slotKey({ start, end }: Interval): string {
  return `${start.getTime()} ${end.getTime()}`;
}

export function heldUsers({ organizer, participants }: HoldWish): string[] {
  return [...new Set([organizer.userId, ...participants])];
}

/** The hold as it is at `now`: one whose time has run out is over, whether or not anybody has written that down. */
export function holdAt<H extends HoldProgress>(hold: H, now: Date): H {
  return hold.state === 'held' && hold.expiresAt <= now ? { ...hold, ...endedHold(hold, 'expired') } : hold;
}

/** What becomes of state and slots. A slot that somebody has given up stays given up. */
export function endedHold(
  { slots }: Pick<HoldProgress, 'slots'>,
  state: Exclude<HoldState, 'held'>,
  taken?: number,
): Pick<HoldProgress, 'state' | 'slots'> {
  const left = state === 'confirmed' ? 'released' : state;
  return {
    state,
    slots: slots.map((slot) => {
      if (slot.state !== 'held') return slot;
      return { ...slot, state: slot.number === taken ? 'confirmed' : left };
    }),
  };
}

/**
 * The slots of a hold after another body: those that it had already stay what they are, and keep their numbers. Of one
 * that was over (`isOver`) none is left, and all of them are new.
 */
export function nextSlots(
  before: readonly HoldSlot[],
  wanted: readonly Interval[],
  { isOver, lastNumber }: { readonly isOver: boolean; readonly lastNumber: number },
): HoldSlot[] {
  const known = new Map(isOver ? [] : before.map((slot) => [slotKey(slot), slot]));
  let number = lastNumber;
  return wanted.map((slot) => {
    const { start, end } = slot;
    return known.get(slotKey(slot)) ?? { number: (number += 1), start, end, state: 'held' };
  });
}

/** Why an interview cannot take a slot of a hold. */
export const holdObstacles = [
  'unknown',
  'confirmed',
  'released',
  'expired',
  'no_such_slot',
  'slot_removed_by_user',
] as const;
export type HoldObstacle = (typeof holdObstacles)[number];

export type HoldTaking =
  | { readonly type: 'take'; readonly slot: HoldSlot }
  /** The interview has taken its slot before; where it is moved to since then is no matter of the hold. */
  | { readonly type: 'taken' }
  | { readonly type: 'unavailable'; readonly why: HoldObstacle };

/** An interview that names a hold. `hasTaken`: its body before named the same one, and it is still wanted. */
export interface HoldTaker extends Interval {
  readonly id: string;
  readonly organizerId: string;
  readonly hasTaken: boolean;
}

/**
 * What an interview that names this hold finds. A hold of other people's time is none that it knows of (I10).
 * `confirmedBy`: which interview has taken a slot.
 */
export function takingOf(
  hold:
    | (HoldProgress & { readonly requested: HoldWish; readonly confirmedBy?: string | undefined })
    | undefined,
  interview: HoldTaker,
  now: Date,
): HoldTaking {
  const isTheirs = hold !== undefined && heldUsers(hold.requested).includes(interview.organizerId);
  const current = isTheirs ? holdAt(hold, now) : undefined;
  const slot = current?.slots.find((one) => slotKey(one) === slotKey(interview));
  if (current?.state === 'held' && slot?.state === 'held') return { type: 'take', slot };
  if (interview.hasTaken || (current?.state === 'confirmed' && current.confirmedBy === interview.id))
    return { type: 'taken' };
  if (current === undefined) return { type: 'unavailable', why: 'unknown' };
  if (current.state !== 'held') return { type: 'unavailable', why: current.state };
  return { type: 'unavailable', why: slot === undefined ? 'no_such_slot' : 'slot_removed_by_user' };
}

/** What is to be in the organizer's calendar for a slot. */
export function slotWish(hold: HoldWish, { start, end }: Interval): InterviewWish {
  const { organizer, title, description, timeZone } = hold;
  return {
    organizer,
    title,
    description,
    start,
    end,
    timeZone,
    attendees: [],
    conference: 'none',
    visibility: 'default',
    tentative: true,
    sendInvitations: false,
    checkConflicts: false,
    policy: 'follow',
  };
}

const slotPrefix = '~hold~';

/** The id of the interview of ours that a slot is in the calendar. The main app cannot name one like it. */
export function slotInterviewId(holdId: string, { number }: Pick<HoldSlot, 'number'>): string {
  return `${slotPrefix}${holdId}~${number}`;
}

/** The hold whose slot it is; undefined of an interview of the main app's. */
export function holdOfSlot(interviewId: string): string | undefined {
  return partsOf(interviewId)?.holdId;
}

/** Which of the hold's slots it is. */
export function numberOfSlot(interviewId: string): number | undefined {
  return partsOf(interviewId)?.number;
}

function partsOf(interviewId: string): { readonly holdId: string; readonly number: number } | undefined {
  const [, holdId, number] = /^~hold~(.+)~(\d{1,9})$/.exec(interviewId) ?? [];
  if (holdId === undefined || !interviewIdPattern.test(holdId)) return undefined;
  return { holdId, number: Number(number) };
}

/** Of an interview of the main app's, or of a slot. */
export function isInterviewOrSlotId(id: string): boolean {
  return interviewIdPattern.test(id) || holdOfSlot(id) !== undefined;
}
