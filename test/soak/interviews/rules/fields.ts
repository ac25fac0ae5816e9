import { inEffect, isSameEvent, lastWordOn, type Edit } from '../booking.ts';
import {
  editsOn,
  heardOn,
  toldSince,
  violation,
  wasTakenOutSince,
  type Case,
  type Violation,
} from '../case.ts';
import type { SeenEvent } from '../seen-event.ts';
import { attendeeSubject, fieldOf, plainSubjects, valueAsked, valueIn, type Subject } from '../subjects.ts';

/**
 * Whatever the event says, the main app or somebody in the calendar has said last; and where it is not what they said,
 * the main app was told what became of it, or has said something else of the same since.
 */
export function judgeFields(one: Case): Violation[] {
  const [event] = one.own;
  if (one.view.state !== 'booked' || event === undefined) return [];
  return subjectsOf(one, event).flatMap((subject) => judgeSubject(one, event, subject));
}

function subjectsOf({ booking }: Case, event: SeenEvent): Subject[] {
  const asked = booking.asks.flatMap((ask) => (ask.kind === 'put' ? ask.body.attendees : []));
  const added = booking.deeds.flatMap((deed) => (deed.kind === 'edit' ? [deed.subject] : []));
  const people = [...asked, ...event.attendees].map(({ email }) => attendeeSubject(email));
  return [...new Set<Subject>([...plainSubjects, ...people, ...added])];
}

function judgeSubject(one: Case, event: SeenEvent, subject: Subject): Violation[] {
  const { body } = one.standing;
  const [is, asked] = [valueIn(event, subject), valueAsked(body, subject)];
  if (isNamedInPassing(one, subject)) return [];
  if (isPeoplesOwn(one, subject)) return judgeAdded(one, event, subject);
  const latest = heardOn(one, subject).at(-1);
  if (latest === undefined || latest.value === asked)
    return is === asked || isFromBefore(one, subject, is)
      ? []
      : [asIs(one, `says what nobody asked for: ${subject}`, asked, is)];
  if (is === asked) return judgeAsked(one, event, subject);
  if (is === latest.value) return judgeEdited(one, event, subject);
  if (isFromBefore(one, subject, is)) return [];
  return [asIs(one, `says what nobody said last: ${subject}`, [asked, latest.value], is)];
}

/** Somebody was asked who is no concern of the main app's, or no more: they stay, as long as it is the same event. */
function isPeoplesOwn(one: Case, subject: Subject): boolean {
  if (fieldOf(subject) !== 'attendees') return false;
  const puts = inEffect(one.booking.asks).filter((ask) => ask.kind === 'put');
  const added = heardOn(one, subject).findLast(({ value }) => value === 'invited');
  const before = added && puts.findLast(({ answeredAt }) => answeredAt < added.at);
  return puts
    .slice(before === undefined ? 0 : puts.indexOf(before))
    .every(({ body }) => valueAsked(body, subject) === 'absent');
}

/**
 * The main app has named them and left them out again, and nobody has told that it was in the calendar between: if it was not,
 * whom people have added is theirs.
 */
function isNamedInPassing(one: Case, subject: Subject): boolean {
  const latest = heardOn(one, subject).at(-1);
  if (fieldOf(subject) !== 'attendees' || latest?.value !== 'invited') return false;
  const puts = inEffect(one.booking.asks).filter((ask) => ask.kind === 'put');
  const isNaming = ({ body }: (typeof puts)[number]): boolean => valueAsked(body, subject) !== 'absent';
  const until = puts.findLastIndex(isNaming) + 1;
  const since = puts.slice(0, until).findLastIndex((ask) => !isNaming(ask)) + 1;
  const [first, next] = [puts[since], puts[until]];
  if (until === 0 || first === undefined || next === undefined || next.answeredAt < latest.at) return false;
  return !isHeld(one, first.revision, next.revision);
}

/** Whether it was told that the calendar holds a revision from this one on, and before that one. */
function isHeld({ told }: Case, from: number, to: number, until = Infinity): boolean {
  return told.some(
    ({ type, at, data: { revision } }) =>
      (type === 'interview.booked' || type === 'interview.updated') &&
      at < until &&
      revision >= from &&
      revision < to,
  );
}

function judgeAdded(one: Case, event: SeenEvent, subject: Subject): Violation[] {
  const latest = heardOn(one, subject).at(-1);
  const is = valueIn(event, subject);
  if (latest !== undefined && !isSameEvent(latest.event, event)) return [];
  const expected = latest?.value ?? 'absent';
  return is === expected ? [] : [asIs(one, `people's own attendee: ${subject}`, expected, is)];
}

/**
 * What people said before the event was taken out may or may not count when it is wanted again; and what they said in one
 * that the interview was about to leave may have come along.
 */
function isFromBefore(one: Case, subject: Subject, is: string): boolean {
  return editsOn(one, subject).some(
    ({ value, at, event }) =>
      value === is && (wasTakenOutSince(one, at) || !one.own.some((own) => isSameEvent(own, event))),
  );
}

/** It says what the main app asked for, and somebody has said otherwise. */
function judgeAsked(one: Case, event: SeenEvent, subject: Subject): Violation[] {
  const latest = heardOn(one, subject).at(-1);
  const word = lastWordOn(one.booking.asks, subject);
  if (latest === undefined || word === undefined) return [];
  if (wasTakenOutSince(one, latest.at) || wasTakingOut(one, latest)) return [];
  if (word.answeredAt >= latest.at) return [];
  const told = toldSince(one, subject, latest.at);
  // What people write into an event that they have made private is not looked at: it is written over by what is new.
  const isUnread = isHidden(one, event, subject) || wasHiddenThere(one, latest);
  const isUnseen = isUnread && !isHeld(one, word.revision, Infinity, latest.at);
  if (told.length === 0 && isUnseen) return [];
  if (told.length === 0)
    return [asIs(one, `an edit by people is lost: ${subject}`, latest.value, valueIn(event, subject))];
  // Told under a revision before the word: the run that followed them had begun before it, and of the two the word is later.
  const wasFollowed = told.every(
    ({ data }) => data.handling === 'followed' && data.revision >= word.revision,
  );
  return wasFollowed
    ? [asIs(one, `told as followed, and yet overwritten: ${subject}`, latest.value, valueIn(event, subject))]
    : [];
}

/** It says what somebody has said in the calendar, and the main app has asked for something else. */
function judgeEdited(one: Case, event: SeenEvent, subject: Subject): Violation[] {
  const edits = heardOn(one, subject);
  const latest = edits.at(-1);
  const word = lastWordOn(one.booking.asks, subject);
  if (latest === undefined || word === undefined) return [];
  const told = toldSince(one, subject, latest.at);
  const [first] = told;
  if (first === undefined) {
    return isHidden(one, event, subject)
      ? []
      : [asIs(one, `an edit by people is not told: ${subject}`, latest.value, one.told)];
  }
  if (told.every(({ data }) => data.handling === 'put_back'))
    return [
      asIs(one, `told as put back, and yet there: ${subject}`, valueAsked(word.body, subject), latest.value),
    ];
  const stoodAlone = edits.every(({ at }) => at === latest.at || at < latest.at - settledMs);
  // An event that people have made private is opened by nobody else.
  const isLeft = subject === 'visibility' && latest.value === 'private';
  const isOverheard = stoodAlone && word.sentAt > first.at && !isLeft;
  return isOverheard
    ? [
        asIs(
          one,
          `what the main app asked for is lost: ${subject}`,
          valueAsked(word.body, subject),
          latest.value,
        ),
      ]
    : [];
}

/** It was done to an event that was about to be taken out because the main app had withdrawn it; what it wants again is another one. */
function wasTakingOut({ booking, told, own }: Case, { at, event }: Edit): boolean {
  if (own.some((one) => isSameEvent(one, event))) return false;
  const wasBookedBetween = (sentAt: number): boolean =>
    told.some((news) => news.type === 'interview.booked' && news.at > sentAt && news.at <= at);
  return booking.asks.some(
    ({ kind, sentAt }) => kind === 'withdrawal' && sentAt <= at && !wasBookedBetween(sentAt),
  );
}

/** As long it may take, in a run with faults, until an edit is told. */
const settledMs = 20_000;

/** What people write into an event that they have made private is not ours to read, nor whom they ask to it. */
function isHidden({ standing }: Case, { visibility }: SeenEvent, subject: Subject): boolean {
  return isTheirs(subject) && visibility === 'private' && standing.body.visibility !== 'private';
}

/** The same of an event that the interview has left, which they made private before anybody may have looked. */
function wasHiddenThere({ booking, own, standing }: Case, { at, event, subject }: Edit): boolean {
  if (own.some((one) => isSameEvent(one, event)) || standing.body.visibility === 'private') return false;
  const wasMadePrivate = booking.deeds.some(
    (deed) =>
      deed.kind === 'edit' &&
      deed.subject === 'visibility' &&
      deed.value === 'private' &&
      isSameEvent(deed.event, event) &&
      deed.at <= at + settledMs,
  );
  return isTheirs(subject) && wasMadePrivate;
}

function isTheirs(subject: Subject): boolean {
  return subject !== 'time' && subject !== 'visibility';
}

function asIs(one: Case, what: string, expected: unknown, is: unknown): Violation {
  return violation(one, what, expected, is);
}
