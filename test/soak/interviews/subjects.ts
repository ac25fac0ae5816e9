import type { InterviewBody } from './body.ts';
import type { SeenEvent } from './seen-event.ts';
import { words } from './event-text.ts';

/** What the main app asks of an event and people can change: each has one value, and the last who had the say gave it. */
export type Subject = (typeof plainSubjects)[number] | `attendee ${string}`;

export const plainSubjects = ['time', 'title', 'description', 'location', 'visibility'] as const;

/** As the change feed names it. */
export function fieldOf(subject: Subject): (typeof plainSubjects)[number] | 'attendees' {
  return isAttendee(subject) ? 'attendees' : subject;
}

function isAttendee(subject: Subject): subject is `attendee ${string}` {
  return subject.startsWith('attendee ');
}

export function attendeeSubject(email: string): Subject {
  return `attendee ${email.toLowerCase()}`;
}

/** In words that can be compared with `valueIn`. */
export function valueAsked(body: InterviewBody, subject: Subject): string {
  switch (subject) {
    case 'time':
      return spanOf(Date.parse(body.start), Date.parse(body.end), false);
    case 'title':
    case 'description':
    case 'location':
      return words(body[subject] ?? '');
    case 'visibility':
      return body.visibility;
    default:
      return presence(body.attendees, subject);
  }
}

export function valueIn(event: SeenEvent, subject: Subject): string {
  switch (subject) {
    case 'time':
      return spanOf(event.start, event.end, event.allDay);
    case 'title':
    case 'description':
    case 'location':
      return words(event[subject]);
    case 'visibility':
      return event.visibility;
    default:
      return presence(event.attendees, subject);
  }
}

export function spanOf(start: number, end: number, allDay: boolean): string {
  return `${new Date(start).toISOString()} to ${new Date(end).toISOString()}${allDay ? ', all day' : ''}`;
}

function presence(attendees: readonly { readonly email: string }[], subject: Subject): string {
  const isInvited = attendees.some(({ email }) => attendeeSubject(email) === subject);
  return isInvited ? 'invited' : 'absent';
}

/** Whether two bodies say another thing of it; of attendees each one by itself. */
export function differs(one: InterviewBody, other: InterviewBody, subject: Subject): boolean {
  if (subject === 'time' && one.timeZone !== other.timeZone) return true;
  return valueAsked(one, subject) !== valueAsked(other, subject);
}
