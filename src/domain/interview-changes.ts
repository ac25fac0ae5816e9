import {
  addressKey,
  ownFields,
  type EventDraft,
  type EventSnapshot,
  type InterviewAttendee,
  type InterviewWish,
  type OwnField,
} from './interview.ts';
import type { Response } from './event.ts';
import { areSamePeople, attendeesFor, isSameList, takenOutBetween } from './interview-attendees.ts';
import type { Interval } from './interval.ts';

/** The fields in which two wishes say something else. */
export function differingFields(one: EventDraft, other: EventDraft): OwnField[] {
  return ownFields.filter((field) => !isSameField(field, one, other));
}

/** The same, but for a zone: where only that is another, nothing is said against a time to which people have moved it. */
export function fieldsSaidAnew(before: EventDraft, body: EventDraft): OwnField[] {
  return differingFields(before, body).filter((field) => field !== 'time' || !isSameTime(before, body));
}

function isSameField(field: OwnField, one: EventDraft, other: EventDraft): boolean {
  switch (field) {
    case 'time':
      return isSameTime(one, other) && one.timeZone === other.timeZone;
    case 'attendees':
      return isSameList(one.attendees, other.attendees);
    case 'title':
    case 'description':
    case 'location':
    case 'visibility':
      return textOf(one[field]) === textOf(other[field]);
  }
}

/** Whether a body says the same as the last one, so that it is nothing new. */
export function isSameWish(one: InterviewWish, other: InterviewWish): boolean {
  return (
    differingFields(one, other).length === 0 &&
    one.organizer.userId === other.organizer.userId &&
    one.organizer.calendarId === other.organizer.calendarId &&
    one.conference === other.conference &&
    one.tentative === other.tentative &&
    JSON.stringify(one.reminders ?? null) === JSON.stringify(other.reminders ?? null) &&
    one.sendInvitations === other.sendInvitations &&
    one.checkConflicts === other.checkConflicts &&
    one.policy === other.policy &&
    one.holdId === other.holdId
  );
}

/**
 * The wish after another body of the main app. What that body says as the one before it did is no news: there the wish
 * stays as it has followed the calendar meanwhile. With `whole`, the main app has seen the wish as it is now, and all of
 * the body counts; as it does under `hold`, where the wish never follows.
 */
export function revisedWish(
  { requested, desired }: { readonly requested: InterviewWish; readonly desired: InterviewWish },
  body: InterviewWish,
  { whole }: { readonly whole: boolean },
): InterviewWish {
  if (whole || body.policy === 'hold') return body;
  const said = new Set(fieldsSaidAnew(requested, body));
  const kept = ownFields.filter((field) => !said.has(field));
  // Of attendees each one is news by itself: whom people have taken out is not back because somebody else is added.
  const takenOut = new Set(takenOutBetween(requested, desired));
  const attendees = body.attendees.filter(({ email }) => !takenOut.has(addressKey(email)));
  return { ...body, attendees, ...fieldsOf(desired, kept) };
}

function fieldsOf(draft: EventDraft, fields: readonly OwnField[]): Partial<EventDraft> {
  return Object.assign({}, ...fields.map((field) => fieldOf(draft, field))) as Partial<EventDraft>;
}

function fieldOf(draft: EventDraft, field: OwnField): Partial<EventDraft> {
  if (field !== 'time') return { [field]: draft[field] };
  return { start: draft.start, end: draft.end };
}

/** What people did to the event between two readings. */
export interface PeoplesChanges {
  readonly fields: readonly OwnField[];
  readonly answers: readonly ChangedAnswer[];
}

export interface ChangedAnswer {
  readonly email: string;
  readonly resource: boolean;
  readonly response: Response;
  readonly proposed?: Interval | undefined;
}

export function peoplesChanges(before: EventSnapshot, now: EventSnapshot): PeoplesChanges {
  return {
    fields: ownFields.filter((field) => !isSameReading(field, before, now)),
    answers: changedAnswers(before, now),
  };
}

function isSameReading(field: OwnField, before: EventSnapshot, now: EventSnapshot): boolean {
  switch (field) {
    case 'time':
      return isSameTime(before, now) && before.allDay === now.allDay;
    case 'attendees':
      return areSamePeople(before, now);
    case 'title':
    case 'description':
    case 'location':
    case 'visibility':
      return textOf(before[field]) === textOf(now[field]);
  }
}

/** Also of somebody who was added and has answered; not of one who was taken out. */
function changedAnswers(before: EventSnapshot, now: EventSnapshot): ChangedAnswer[] {
  const earlier = new Map(before.attendees.map((attendee) => [addressKey(attendee.email), attendee]));
  return now.attendees.flatMap(({ email, resource, response, proposed }) => {
    const was = earlier.get(addressKey(email));
    const isSame = was === undefined ? !hasAnswered(response) : was.response === response;
    const isSameProposal = isSameSpan(was?.proposed, proposed);
    return isSame && isSameProposal ? [] : [{ email, resource, response, proposed }];
  });
}

function hasAnswered(response: Response): boolean {
  return response === 'accepted' || response === 'tentative' || response === 'declined';
}

/** What people have changed in an event: which fields, how it is now, and who is no attendee any more (`addressKey`). */
export interface Followed {
  readonly fields: readonly OwnField[];
  readonly now: EventSnapshot;
  readonly takenOut: readonly string[];
}

/**
 * The wish once it follows what people have changed. Those whom they have added are not taken up: they are the
 * calendar's, and stay there. A zone is not told, so it stays.
 */
export function followed<W extends EventDraft>(wish: W, { fields, now, takenOut }: Followed): W {
  const gone = new Set(takenOut);
  const taken: Record<OwnField, Partial<EventDraft>> = {
    time: { start: now.start, end: now.end },
    title: { title: now.title ?? '' },
    description: { description: now.description },
    location: { location: now.location },
    visibility: { visibility: now.visibility },
    attendees: { attendees: wish.attendees.filter(({ email }) => !gone.has(addressKey(email))) },
  };
  return Object.assign({}, wish, ...fields.map((field) => taken[field])) as W;
}

/** What is to be written into an event: only what differs. `attendees` is the whole list, because vendors replace it. */
export interface EventPatch {
  readonly time?: (Interval & { readonly timeZone: string }) | undefined;
  readonly title?: string | undefined;
  /** Empty: to be taken away. The same of `location`. */
  readonly description?: string | undefined;
  readonly location?: string | undefined;
  readonly visibility?: EventDraft['visibility'] | undefined;
  readonly attendees?: readonly InterviewAttendee[] | undefined;
  /** An empty list: as the calendar does it by itself. */
  readonly reminders?: readonly number[] | undefined;
  readonly conference?: EventDraft['conference'] | undefined;
  readonly tentative?: boolean | undefined;
}

/**
 * What takes the event from where it is to where it is wanted. Touches what the wish has changed since it was applied,
 * and the fields that are to be put `back`; undefined where the calendar says so already.
 */
export function patchFor(
  wish: EventDraft,
  applied: EventDraft,
  now: EventSnapshot,
  back: readonly OwnField[] = [],
): EventPatch | undefined {
  const fields = new Set([...differingFields(applied, wish), ...back]);
  const patch: EventPatch = {
    ...(fields.has('time') && timePatch(wish, applied, now, back)),
    ...(fields.has('title') && textPatch('title', wish, now)),
    ...(fields.has('description') && textPatch('description', wish, now)),
    ...(fields.has('location') && textPatch('location', wish, now)),
    ...(fields.has('visibility') && wish.visibility !== now.visibility && { visibility: wish.visibility }),
    ...(fields.has('attendees') && attendeesPatch(attendeesFor(wish, applied, now))),
    ...remindersPatch(wish, applied),
    ...(wish.conference !== applied.conference && { conference: wish.conference }),
    ...(wish.tentative !== applied.tentative && { tentative: wish.tentative }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Also where only the zone differs, which no reading tells; but days that people have made of it have none. */
function timePatch(
  wish: EventDraft,
  applied: EventDraft,
  now: EventSnapshot,
  back: readonly OwnField[],
): EventPatch {
  const { start, end, timeZone } = wish;
  const isThere =
    !back.includes('time') && isSameTime(wish, applied)
      ? now.allDay || timeZone === applied.timeZone
      : isSameTime(wish, now) && !now.allDay && timeZone === applied.timeZone;
  return isThere ? {} : { time: { start, end, timeZone } };
}

function textPatch(field: 'title' | 'description' | 'location', wish: EventDraft, now: EventSnapshot) {
  return textOf(wish[field]) === textOf(now[field]) ? {} : { [field]: textOf(wish[field]) };
}

function remindersPatch(wish: EventDraft, applied: EventDraft): EventPatch {
  const isSame = JSON.stringify(wish.reminders ?? []) === JSON.stringify(applied.reminders ?? []);
  return isSame ? {} : { reminders: wish.reminders ?? [] };
}

function attendeesPatch(attendees: readonly InterviewAttendee[] | undefined): EventPatch {
  return attendees === undefined ? {} : { attendees };
}

export function isSameTime(one: Interval, other: Interval): boolean {
  return one.start.getTime() === other.start.getTime() && one.end.getTime() === other.end.getTime();
}

function isSameSpan(one: Interval | undefined, other: Interval | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSameTime(one, other);
}

/** Absent and empty are the same, and vendors change the ends of lines and take spaces off a text's end. */
export function textOf(text: string | undefined): string {
  return (text ?? '').replaceAll('\r\n', '\n').trimEnd();
}
