import type { Visibility } from './event.ts';
import type { Interval } from './interval.ts';
import {
  differingFields,
  followed,
  patchFor,
  peoplesChanges,
  takenOutBetween,
  type ChangedAnswer,
  type EventPatch,
  type Followed,
} from './interview-changes.ts';
import {
  addressKey,
  type EventDraft,
  type EventSnapshot,
  type InterviewAnswer,
  type InterviewWish,
  type OwnField,
} from './interview.ts';

/** What became of something that people changed in the calendar. */
export const handlings = ['followed', 'put_back', 'left'] as const;
export type Handling = (typeof handlings)[number];

/** What is told of people's changes, before it has ids. */
export type InterviewNews =
  | { readonly type: 'moved'; readonly handling: Handling; readonly from: Interval; readonly to: Interval }
  | { readonly type: 'changed'; readonly handling: Handling; readonly fields: readonly OwnField[] }
  | { readonly type: 'answered'; readonly answers: readonly ChangedAnswer[] };

/** What was written into the calendar, and how it looked afterwards. */
export interface AppliedWish {
  readonly wish: InterviewWish;
  readonly snapshot: EventSnapshot;
}

export interface InterviewPlanInput {
  readonly revision: number;
  readonly desired: InterviewWish;
  /** What the main app's last body said of it. */
  readonly requestedVisibility: Visibility;
  readonly applied: AppliedWish;
  /** The revision under which people's changes were put back already. */
  readonly putBackRevision?: number | undefined;
}

export interface InterviewPlan {
  /** The wish, once it has followed what people changed; the same one where it did not. */
  readonly desired: InterviewWish;
  /** What it followed; no fields where it did not. */
  readonly followed: Followed;
  /** What to write; undefined where the calendar says so already. */
  readonly patch?: EventPatch | undefined;
  /** The patch takes people's changes back. */
  readonly putsBack: boolean;
  /** The event as it is now, as far as it is ours to keep: what the next reading is compared with if nothing is written. */
  readonly snapshot: EventSnapshot;
  readonly news: readonly InterviewNews[];
}

/**
 * What is to be done about an event as it is now: level-triggered, from what is wanted, what was applied last and what the
 * calendar says. Pure. After its patch was written the same question has the answer that there is nothing to do.
 */
export function planInterview(input: InterviewPlanInput, now: EventSnapshot): InterviewPlan {
  const { applied, desired } = input;
  const snapshot = isHidden(input, now) ? withoutTheirWords(applied.snapshot, now) : now;
  const { fields, answers } = peoplesChanges(applied.snapshot, snapshot);
  if (desired.policy === 'follow') {
    const takenOut = takenOutBetween(applied.snapshot, snapshot);
    const people = { fields, now: snapshot, takenOut };
    const follows = followed(desired, people);
    const base = followed(applied.wish, people);
    return {
      desired: follows,
      followed: people,
      patch: patchFor(follows, base, snapshot),
      putsBack: false,
      snapshot,
      news: newsOf(applied.snapshot, snapshot, fields, 'followed', answers),
    };
  }
  const back = backFields(input, fields, snapshot);
  const handling = back.length > 0 ? 'put_back' : 'left';
  return {
    desired,
    followed: { fields: [], now: snapshot, takenOut: [] },
    patch: patchFor(desired, applied.wish, snapshot, back),
    putsBack: back.length > 0,
    snapshot,
    news: newsOf(applied.snapshot, snapshot, fields, handling, answers),
  };
}

/** Somebody has made it private, and not the main app. */
function isHidden({ requestedVisibility }: InterviewPlanInput, now: EventSnapshot): boolean {
  return isPrivate(now.visibility) && !isPrivate(requestedVisibility);
}

function isPrivate(visibility: Visibility): boolean {
  return visibility === 'private' || visibility === 'confidential';
}

/** What they write into it then is not ours to read. */
function withoutTheirWords(before: EventSnapshot, now: EventSnapshot): EventSnapshot {
  const { title, description, location } = before;
  return { ...now, title, description, location };
}

/** Under `hold`: what is to be put back, and can be, once for each revision. */
function backFields(
  { revision, desired, putBackRevision }: InterviewPlanInput,
  fields: readonly OwnField[],
  now: EventSnapshot,
): readonly OwnField[] {
  if (putBackRevision === revision) return [];
  const back = fields.filter((field) => field !== 'visibility');
  // Those whom people have added stay: then there is nothing to put back.
  return patchFor(desired, desired, now, back) === undefined ? [] : back;
}

function newsOf(
  before: EventSnapshot,
  now: EventSnapshot,
  fields: readonly OwnField[],
  handling: Handling,
  answers: readonly ChangedAnswer[],
): InterviewNews[] {
  const others = fields.filter((field) => field !== 'time');
  const spanOf = ({ start, end }: Interval): Interval => ({ start, end });
  return [
    ...(fields.includes('time')
      ? [{ type: 'moved', handling, from: spanOf(before), to: spanOf(now) } as const]
      : []),
    ...(others.length > 0 ? [{ type: 'changed', handling, fields: others } as const] : []),
    ...(answers.length > 0 ? [{ type: 'answered', answers } as const] : []),
  ];
}

/**
 * The snapshot that a creation would have left whose answer was lost: as the wish says, where a reading can be held
 * against it, so that what people have changed meanwhile is seen as theirs. What vendors put their own way, and what is
 * for them to decide, is as it was found.
 */
export function lostSnapshot(wish: EventDraft, found: EventSnapshot): EventSnapshot {
  const present = new Map(found.attendees.map((attendee) => [addressKey(attendee.email), attendee]));
  return {
    ...found,
    start: wish.start,
    end: wish.end,
    allDay: false,
    title: wish.title,
    location: wish.location,
    // Some vendors have no word for `public`.
    visibility:
      isPrivate(found.visibility) === isPrivate(wish.visibility) ? found.visibility : wish.visibility,
    attendees: wish.attendees.map((attendee): InterviewAnswer => ({
      ...attendee,
      email: present.get(addressKey(attendee.email))?.email ?? attendee.email,
      response: 'needs_action',
    })),
  };
}

/**
 * The wish of a main app that has sent another body while a run followed the calendar: it follows as well, but for what
 * that body has changed.
 */
export function followingToo(current: InterviewWish, before: InterviewWish, people: Followed): InterviewWish {
  if (current.policy === 'hold') return current;
  const said = new Set(differingFields(before, current));
  // Of attendees each one is said by itself.
  const known = new Set(before.attendees.map(({ email }) => addressKey(email)));
  return followed(current, {
    ...people,
    fields: people.fields.filter((field) => field === 'attendees' || !said.has(field)),
    takenOut: people.takenOut.filter((key) => known.has(key)),
  });
}
