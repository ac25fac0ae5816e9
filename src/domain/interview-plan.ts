import type { Visibility } from './event.ts';
import type { Interval } from './interval.ts';
import { keysOf, takenOutBetween } from './interview-attendees.ts';
import {
  fieldsSaidAnew,
  followed,
  isSameWish,
  patchFor,
  peoplesChanges,
  type ChangedAnswer,
  type EventPatch,
  type Followed,
  type PeoplesChanges,
} from './interview-changes.ts';
import { leftFields } from './interview-left.ts';
import { isHidden, isPrivate, withOurWords, withoutTheirs } from './interview-privacy.ts';
import type { EventSnapshot, InterviewWish, OwnField } from './interview.ts';

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
  /** What was told to be put back, and came to nothing: it is still to be. */
  readonly promised?: readonly OwnField[] | undefined;
  /** The revision under which people's changes were put back already. */
  readonly putBackRevision?: number | undefined;
  /** False: the event is only read, so nothing is put back. */
  readonly writes?: boolean | undefined;
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

/** An event as it was read, and what people have done to it. */
interface Reading extends PeoplesChanges {
  readonly now: EventSnapshot;
  readonly isTheirs: boolean;
  /** As far as it is ours to keep. */
  readonly snapshot: EventSnapshot;
  readonly applied: AppliedWish;
  /** What was left under an earlier revision, where there is another by now. */
  readonly left: readonly OwnField[];
  /** What was told to be put back, and is not, and nobody has changed again since; but for what a new body brings there anyway. */
  readonly unfinished: readonly OwnField[];
}

/**
 * What is to be done about an event as it is now: level-triggered, from what is wanted, what was applied last and what the
 * calendar says. Pure. After its patch was written the same question has the answer that there is nothing to do.
 */
export function planInterview(input: InterviewPlanInput, now: EventSnapshot): InterviewPlan {
  const reading = read(input, now);
  const plan = input.desired.policy === 'follow' ? follow(input, reading) : hold(input, reading);
  const { patch } = plan;
  return {
    ...plan,
    patch: input.writes === false ? undefined : reading.isTheirs ? withoutOpening(patch) : patch,
    snapshot: reading.snapshot,
  };
}

/** The event once the patch of a plan was written, as far as it is ours to keep. */
export function keptAfter(
  { applied, requestedVisibility }: InterviewPlanInput,
  { desired, snapshot, patch }: InterviewPlan,
  after: EventSnapshot,
): EventSnapshot {
  return isHidden(requestedVisibility, applied.wish, after)
    ? withoutTheirs(withOurWords(snapshot, patch, after), desired, after)
    : after;
}

function read(input: InterviewPlanInput, now: EventSnapshot): Reading {
  const { desired, requestedVisibility, applied, promised = [], writes = true } = input;
  const isTheirs = isHidden(requestedVisibility, applied.wish, now);
  const snapshot = isTheirs ? withoutTheirs(applied.snapshot, desired, now) : now;
  const changes = peoplesChanges(applied.snapshot, snapshot);
  const standing = leftFields(applied);
  const isRevised = !isSameWish(applied.wish, desired);
  const isUnfinished = (field: OwnField): boolean =>
    promised.includes(field) && (field === 'attendees' || !changes.fields.includes(field));
  return {
    now,
    isTheirs,
    snapshot,
    applied,
    left: isRevised ? standing : [],
    unfinished: writes ? standing.filter(isUnfinished) : [],
    ...changes,
  };
}

/** What people have made of it under `hold`, as something to follow. */
function leftOf({ wish, snapshot }: AppliedWish): Followed {
  return {
    fields: leftFields({ wish, snapshot }),
    now: snapshot,
    takenOut: takenOutBetween(wish, snapshot),
  };
}

/** An event that people have made private is opened by nobody else. */
function withoutOpening(patch: EventPatch | undefined): EventPatch | undefined {
  const { visibility: _open, ...rest } = patch ?? {};
  return Object.keys(rest).length === 0 ? undefined : rest;
}

type Decision = Omit<InterviewPlan, 'snapshot'>;

/**
 * The calendar wins, but for what was told to be put back before. That an event was made private is theirs and is not taken
 * up, like whom they have added.
 */
function follow({ desired: wanted }: InterviewPlanInput, reading: Reading): Decision {
  const { now, snapshot, isTheirs, applied, unfinished } = reading;
  const fields = reading.fields.filter((field) => field !== 'visibility' || !isTheirs);
  const seen: Followed = { fields, now: snapshot, takenOut: takenOutBetween(applied.snapshot, snapshot) };
  const people = applied.wish.policy === 'hold' ? withLeft(seen, reading, wanted) : seen;
  const desired = followed(wanted, people);
  return {
    desired,
    followed: people,
    patch: patchFor(desired, followed(applied.wish, people), now, unfinished),
    putsBack: unfinished.length > 0,
    news: newsOf(applied.snapshot, reading, (field) => (fields.includes(field) ? 'followed' : 'left')),
  };
}

/** The main app lets people have their way from now on: also in what was left to them, but for what it says anew. */
function withLeft(seen: Followed, { applied, unfinished }: Reading, wanted: InterviewWish): Followed {
  const said = new Set(fieldsSaidAnew(applied.wish, wanted));
  const left = leftOf({ wish: applied.wish, snapshot: seen.now });
  const isTheirs = (field: OwnField): boolean =>
    !unfinished.includes(field) && (field === 'attendees' || !said.has(field));
  const takenOut = isTheirs('attendees') ? left.takenOut : [];
  return {
    ...seen,
    fields: [...new Set([...seen.fields, ...left.fields.filter(isTheirs)])],
    takenOut: [...new Set([...seen.takenOut, ...takenOut])],
  };
}

/** The main app wins, once for each revision; what was left under an earlier one comes as the next one wants it. */
function hold(input: InterviewPlanInput, reading: Reading): Decision {
  const { desired } = input;
  const { now, snapshot, applied, left, unfinished } = reading;
  const news = backFields(input, reading);
  const back = [...news, ...unfinished];
  return {
    desired,
    followed: { fields: [], now: snapshot, takenOut: [] },
    patch: patchFor(desired, applied.wish, now, [...back, ...left]),
    putsBack: back.length > 0,
    // That the unfinished is put back has been told.
    news: newsOf(applied.snapshot, reading, (field) => (news.includes(field) ? 'put_back' : 'left')),
  };
}

/** What is to be put back, and can be. */
function backFields(
  { revision, desired, putBackRevision, writes = true }: InterviewPlanInput,
  { fields, now, snapshot, applied }: Reading,
): readonly OwnField[] {
  if (!writes || putBackRevision === revision) return [];
  const wanted = keysOf(desired);
  const isBack = (field: OwnField): boolean => {
    if (field === 'visibility') return !isPrivate(now.visibility);
    // Those whom people have added stay: then there is nothing to put back.
    return (
      field !== 'attendees' || takenOutBetween(applied.snapshot, snapshot).some((key) => wanted.has(key))
    );
  };
  return fields.filter((field) => isBack(field) && patchFor(desired, desired, now, [field]) !== undefined);
}

/** What these news say is put back. */
export function putBackIn(news: readonly InterviewNews[]): OwnField[] {
  return news.flatMap((one) => {
    if (one.type === 'answered' || one.handling !== 'put_back') return [];
    return one.type === 'moved' ? ['time'] : one.fields;
  });
}

function newsOf(
  before: EventSnapshot,
  { fields, answers, snapshot: now }: Reading,
  handlingOf: (field: OwnField) => Handling,
): InterviewNews[] {
  const others = Map.groupBy(
    fields.filter((field) => field !== 'time'),
    handlingOf,
  );
  const spanOf = ({ start, end }: Interval): Interval => ({ start, end });
  return [
    ...(fields.includes('time')
      ? [{ type: 'moved', handling: handlingOf('time'), from: spanOf(before), to: spanOf(now) } as const]
      : []),
    ...[...others].map(([handling, changed]) => ({ type: 'changed', handling, fields: changed }) as const),
    ...(answers.length > 0 ? [{ type: 'answered', answers } as const] : []),
  ];
}

/**
 * The wish of a main app that has sent another body while a run followed the calendar: it follows as well, but for what
 * that body has changed.
 */
export function followingToo(current: InterviewWish, before: InterviewWish, people: Followed): InterviewWish {
  if (current.policy === 'hold') return current;
  const said = new Set(fieldsSaidAnew(before, current));
  // Of attendees each one is said by itself.
  const known = keysOf(before);
  return followed(current, {
    ...people,
    fields: people.fields.filter((field) => field === 'attendees' || !said.has(field)),
    takenOut: people.takenOut.filter((key) => known.has(key)),
  });
}
