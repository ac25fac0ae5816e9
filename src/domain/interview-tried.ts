import { byKey, keysOf } from './interview-attendees.ts';
import { wordsOf } from './interview-left.ts';
import { isPrivate } from './interview-privacy.ts';
import {
  addressKey,
  ownFields,
  type EventDraft,
  type EventSnapshot,
  type InterviewAnswer,
  type InterviewWish,
  type OwnField,
} from './interview.ts';

/** A writing that was begun, and of which nobody has written down how it ended. */
export interface Try {
  /** The event bears it once this was written, and until the next one of ours is. No two of an event's share one. */
  readonly mark: string;
  /** What the event was to say then. */
  readonly wish: InterviewWish;
  /** What is written of it. */
  readonly fields: readonly OwnField[];
  /** Of that, what people have made otherwise: it was told that it is put back. */
  readonly back?: readonly OwnField[] | undefined;
}

/** What was begun at one event. */
export interface Tries {
  /** Those of which it is not known how they ended, the newest last. */
  readonly tries?: readonly Try[] | undefined;
  /** How many there ever were. */
  readonly tried?: number | undefined;
}

/** So many in a row can be told apart. */
const keptTries = 8;

/** With one more, which is about to be made. */
export function begun(
  { tries = [], tried = 0 }: Tries,
  writing: Omit<Try, 'mark'>,
): { readonly mark: string; readonly tries: Tries } {
  const mark = String(tried + 1);
  const promised = promisedFields({ tries: [...tries, { ...writing, mark }] });
  const back = promised.length === 0 ? {} : { back: promised };
  return {
    mark,
    tries: { tries: [...tries, { ...writing, ...back, mark }].slice(-keptTries), tried: tried + 1 },
  };
}

/** Whether anything of it may be in the calendar. */
export function isTried({ tries = [] }: Tries): boolean {
  return tries.length > 0;
}

interface Applied {
  readonly wish: InterviewWish;
  readonly snapshot: EventSnapshot;
}

interface Marked {
  readonly mark?: string | undefined;
  readonly snapshot: EventSnapshot;
}

/** The one that was done last, as the event tells by its mark: of the others nothing is in it. */
export function doneOf({ tries = [] }: Tries, { mark }: Marked): Try | undefined {
  return tries.find((one) => one.mark === mark);
}

/** What was told to be put back, and is not. */
export function promisedFields({ tries = [] }: Tries): OwnField[] {
  return ownFields.filter((field) => tries.some(({ back = [] }) => back.includes(field)));
}

/**
 * What is applied once that is done: the former snapshot with what was written as the wish says. What the event says
 * otherwise, people have changed since.
 */
export function withDone(
  { wish: before, snapshot }: Applied,
  { wish, fields }: Try,
  { snapshot: now }: Marked,
): Applied {
  const written = lostSnapshot(wish, now);
  const at = (field: OwnField): EventSnapshot => (fields.includes(field) ? written : snapshot);
  const { start, end, allDay } = at('time');
  const attendees = fields.includes('attendees')
    ? attendeesAfter(before, snapshot, written)
    : snapshot.attendees;
  return {
    wish,
    snapshot: {
      ...snapshot,
      start,
      end,
      allDay,
      title: at('title').title,
      description: at('description').description,
      location: at('location').location,
      visibility: at('visibility').visibility,
      attendees: fields.includes('time') ? askedAnew(attendees, now) : attendees,
    },
  };
}

/**
 * What a creation has written whose answer was lost: that of the tries whose mark the event bears, or else the last;
 * `otherwise` where there is none.
 */
export function createdBy({ tries = [] }: Tries, marked: Marked, otherwise: InterviewWish): Applied {
  const { wish } = doneOf({ tries }, marked) ?? tries.at(-1) ?? { wish: otherwise };
  return { wish, snapshot: lostSnapshot(wish, marked.snapshot) };
}

/**
 * The snapshot that a creation would have left whose answer was lost: as the wish says, where a reading can be held
 * against it, so that what people have changed meanwhile is seen as theirs. What vendors put their own way, and what is
 * for them to decide, is as it was found.
 */
export function lostSnapshot(wish: EventDraft, found: EventSnapshot): EventSnapshot {
  const present = byKey(found);
  const textOf = (field: 'title' | 'description' | 'location') =>
    wordsOf(wish[field]) === wordsOf(found[field]) ? found[field] : wish[field];
  return {
    ...found,
    start: wish.start,
    end: wish.end,
    allDay: false,
    title: textOf('title'),
    description: textOf('description'),
    location: textOf('location'),
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

/** Whom people have added stays, and who was there has answered as before. */
function attendeesAfter(
  before: InterviewWish,
  snapshot: EventSnapshot,
  written: EventSnapshot,
): readonly InterviewAnswer[] {
  const [known, wanted, present] = [keysOf(before), keysOf(written), keysOf(snapshot)];
  return [
    ...snapshot.attendees.filter(({ email }) => {
      const key = addressKey(email);
      return wanted.has(key) || !known.has(key);
    }),
    ...written.attendees.filter(({ email }) => !present.has(addressKey(email))),
  ];
}

/** Of what is moved, vendors ask everybody anew. */
function askedAnew(answers: readonly InterviewAnswer[], now: EventSnapshot): readonly InterviewAnswer[] {
  const present = byKey(now);
  return answers.map((one) => {
    const { response, proposed } = present.get(addressKey(one.email)) ?? one;
    return response === 'needs_action' ? { ...one, response, proposed } : one;
  });
}
