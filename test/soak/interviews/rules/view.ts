import { inEffect } from '../booking.ts';
import { violation, type Case, type Violation } from '../case.ts';
import { words } from '../event-text.ts';
import type { InterviewView, ShownWish } from '../interviews-api.ts';
import type { SeenEvent } from '../seen-event.ts';
import { attendeeSubject, plainSubjects, spanOf, valueAsked, valueIn } from '../subjects.ts';

/** `GET` shows what the calendar says, what the main app has said last, and of what is gone no event. */
export function judgeView(one: Case): Violation[] {
  const [event] = one.own;
  return [
    ...judgeRequested(one),
    ...judgeRevision(one),
    ...(one.view.state === 'booked' && event !== undefined ? judgeShown(one, one.view, event) : []),
    ...(['cancelled', 'removed_by_user'].includes(one.view.state) ? judgeGone(one) : []),
  ];
}

function judgeRequested(one: Case): Violation[] {
  const { body } = one.standing;
  const asked = plainSubjects.map((subject) => valueAsked(body, subject));
  const shown = valuesOf({ ...one.view.requested, allDay: false });
  return differing(
    one,
    'shows another wish',
    [...asked, peopleIn(body)],
    [...shown, peopleIn(one.view.requested)],
  );
}

function judgeRevision(one: Case): Violation[] {
  const last = inEffect(one.booking.asks).findLast((ask) => ask.kind === 'put');
  const isPast = last?.kind === 'put' && one.view.revision < last.revision;
  return isPast ? [violation(one, 'the revision goes back', last.revision, one.view.revision)] : [];
}

function judgeShown(one: Case, view: InterviewView, event: SeenEvent): Violation[] {
  const { observed } = view;
  if (observed === undefined) return [violation(one, 'shows nothing of the calendar', 'something', view)];
  const isHidden = event.visibility === 'private' && one.standing.body.visibility !== 'private';
  // What people write into what they have made private is not ours to show.
  const subjects = plainSubjects.filter(
    (subject) => !isHidden || subject === 'time' || subject === 'visibility',
  );
  const of = (values: readonly string[]): string[] =>
    subjects.map((subject) => values[plainSubjects.indexOf(subject)] ?? '');
  const is = subjects.map((subject) => valueIn(event, subject));
  const follows = one.standing.body.policy === 'follow';
  return [
    ...differing(one, 'shows another event', is, of(valuesOf(observed))),
    ...differing(
      one,
      'shows other answers',
      answersIn(isHidden ? withoutTheirs(one, event) : event),
      answersShown(observed),
    ),
    ...(follows ? judgeFollowing(one, event, isHidden) : []),
    ...differing(one, 'shows another place', placeIn(event), placeShown(view)),
    ...differing(one, 'shows another link', [event.joinUrl ?? ''], [view.meetingUrl ?? '']),
    ...differing(one, 'is up to date', ['true'], [String(view.upToDate)]),
  ];
}

/** But that somebody has made it private, which is theirs, and what they write into it then. */
function judgeFollowing(one: Case, event: SeenEvent, isHidden: boolean): Violation[] {
  const wanted = valuesOf({ ...one.view.desired, allDay: event.allDay });
  const subjects = isHidden ? (['time'] as const) : plainSubjects;
  const is = subjects.map((subject) => valueIn(event, subject));
  return differing(
    one,
    'does not follow',
    is,
    subjects.map((subject) => wanted[plainSubjects.indexOf(subject)] ?? ''),
  );
}

function judgeGone(one: Case): Violation[] {
  const { observed, meetingUrl } = one.view;
  const isShown = observed !== undefined || meetingUrl !== undefined;
  return isShown ? [violation(one, 'shows an event that is gone', undefined, { observed, meetingUrl })] : [];
}

function differing(
  one: Case,
  what: string,
  expected: readonly string[],
  shown: readonly string[],
): Violation[] {
  return expected.join('\n') === shown.join('\n') ? [] : [violation(one, what, expected, shown)];
}

/** In the order of `plainSubjects`. */
function valuesOf(shown: Omit<ShownWish, 'attendees'> & { readonly allDay: boolean }): string[] {
  const { start, end, allDay, title = '', description = '', location = '', visibility } = shown;
  const privacy = visibility === 'private' || visibility === 'confidential' ? 'private' : 'default';
  return [
    spanOf(Date.parse(start), Date.parse(end), allDay),
    words(title),
    words(description),
    words(location),
    privacy,
  ];
}

function peopleIn({ attendees }: { readonly attendees: readonly { readonly email: string }[] }): string {
  return attendees
    .map(({ email }) => attendeeSubject(email))
    .toSorted()
    .join(', ');
}

/** Whom people have asked to what they have made private is theirs. */
function withoutTheirs(one: Case, event: SeenEvent): SeenEvent {
  const shown = new Set(one.view.observed?.attendees.map(({ email }) => email.toLowerCase()));
  const isTheirs = (email: string): boolean =>
    valueAsked(one.standing.body, attendeeSubject(email)) === 'absent' && !shown.has(email.toLowerCase());
  return { ...event, attendees: event.attendees.filter(({ email }) => !isTheirs(email)) };
}

function answersIn({ attendees }: SeenEvent): string[] {
  return attendees.map(({ email, answer }) => `${email.toLowerCase()} ${answer}`).toSorted();
}

function answersShown({ attendees }: NonNullable<InterviewView['observed']>): string[] {
  const answers = ['accepted', 'tentative', 'declined'];
  return attendees
    .map(({ email, response }) => `${email.toLowerCase()} ${answers.includes(response) ? response : 'none'}`)
    .toSorted();
}

function placeIn({ provider, calendarId, id, iCalUID }: SeenEvent): string[] {
  return [provider, calendarId, id, iCalUID];
}

function placeShown({ event }: InterviewView): string[] {
  const { provider = '', providerCalendarId = '', providerEventId = '', iCalUID = '' } = event ?? {};
  return [provider, providerCalendarId, providerEventId, iCalUID];
}
