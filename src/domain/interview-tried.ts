import { byKey, keysOf } from './interview-attendees.ts';
import { isSameTime, isSameWish, textOf } from './interview-changes.ts';
import { leftFields } from './interview-left.ts';
import {
  addressKey,
  ownFields,
  type EventSnapshot,
  type InterviewAnswer,
  type InterviewAttendee,
  type InterviewWish,
  type OwnField,
} from './interview.ts';

interface Applied {
  readonly wish: InterviewWish;
  readonly snapshot: EventSnapshot;
}

/**
 * What was applied, once a writing that was tried counts as well: its answer may have been lost. What the calendar says as
 * that wish does, and did not say before, we have written; or people have wanted the same.
 */
export function withTried(applied: Applied, tried: InterviewWish, now: EventSnapshot): Applied {
  const left = leftFields(applied);
  // What was to be put back differs from no wish.
  if (isSameWish(applied.wish, tried) && left.length === 0) return applied;
  const written = ownFields.filter((field) => isWritten(field, applied, { tried, left, now }));
  const at = <Of>(field: OwnField, is: Of, was: Of): Of => (written.includes(field) ? is : was);
  const { wish, snapshot } = applied;
  const time = at('time', tried, wish);
  const shown = at('time', now, snapshot);
  const answers = answersOf({ ...applied, left }, tried, now);
  return {
    wish: {
      ...wish,
      start: time.start,
      end: time.end,
      timeZone: time.timeZone,
      title: at('title', tried, wish).title,
      description: at('description', tried, wish).description,
      location: at('location', tried, wish).location,
      visibility: at('visibility', tried, wish).visibility,
      attendees: attendeesOf(applied, tried, now),
    },
    snapshot: {
      ...snapshot,
      start: shown.start,
      end: shown.end,
      allDay: shown.allDay,
      title: at('title', now, snapshot).title,
      description: at('description', now, snapshot).description,
      location: at('location', now, snapshot).location,
      visibility: at('visibility', now, snapshot).visibility,
      attendees: written.includes('time') ? askedAnew(answers, now) : answers,
    },
  };
}

function isWritten(
  field: OwnField,
  { wish }: Applied,
  { tried, left, now }: { tried: InterviewWish; left: readonly OwnField[]; now: EventSnapshot },
): boolean {
  switch (field) {
    case 'attendees':
      return false;
    case 'time':
      return (left.includes(field) || !isSameTime(wish, tried)) && isSameTime(tried, now) && !now.allDay;
    case 'title':
    case 'description':
    case 'location':
    case 'visibility': {
      const wanted = textOf(tried[field]);
      return (left.includes(field) || textOf(wish[field]) !== wanted) && textOf(now[field]) === wanted;
    }
  }
}

/** One by one: some are there and some are not, where people have changed the list since. */
function attendeesOf({ wish }: Applied, tried: InterviewWish, now: EventSnapshot): InterviewAttendee[] {
  const [wanted, present, known] = [byKey(tried), byKey(now), keysOf(wish)];
  const isKept = (key: string): boolean => wanted.has(key) || present.has(key);
  const isNew = (key: string): boolean => present.has(key) && !known.has(key);
  return [
    ...wish.attendees
      .filter(({ email }) => isKept(addressKey(email)))
      .map((one) => asWritten(one, wanted.get(addressKey(one.email)), present.get(addressKey(one.email)))),
    ...tried.attendees.filter(({ email }) => isNew(addressKey(email))),
  ];
}

/** With what was tried to say of them, where the calendar says that. */
function asWritten(
  one: InterviewAttendee,
  wanted: InterviewAttendee | undefined,
  present: InterviewAttendee | undefined,
): InterviewAttendee {
  if (wanted === undefined || present === undefined) return one;
  return {
    ...one,
    optional: wanted.optional === present.optional ? wanted.optional : one.optional,
    resource: wanted.resource === present.resource ? wanted.resource : one.resource,
  };
}

function answersOf(
  { wish, snapshot, left }: Applied & { readonly left: readonly OwnField[] },
  tried: InterviewWish,
  now: EventSnapshot,
): InterviewAnswer[] {
  const [asked, wanted] = [keysOf(wish), keysOf(tried)];
  const [before, present] = [keysOf(snapshot), keysOf(now)];
  const isGone = (key: string): boolean => asked.has(key) && !wanted.has(key) && !present.has(key);
  const isNew = (key: string): boolean =>
    wanted.has(key) && !before.has(key) && (left.includes('attendees') || !asked.has(key));
  return [
    ...snapshot.attendees.filter(({ email }) => !isGone(addressKey(email))),
    ...now.attendees
      .filter(({ email }) => isNew(addressKey(email)))
      .map((one): InterviewAnswer => ({ ...one, response: 'needs_action', proposed: undefined })),
  ];
}

/** Of what is moved, vendors ask everybody anew. */
function askedAnew(answers: readonly InterviewAnswer[], now: EventSnapshot): readonly InterviewAnswer[] {
  const present = byKey(now);
  return answers.map((one) => {
    const { response } = present.get(addressKey(one.email)) ?? one;
    return response === 'needs_action' ? { ...one, response } : one;
  });
}
