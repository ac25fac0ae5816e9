import type { EventTime, GoogleEvent, GoogleEventInput } from './wire.ts';
import { assertTimeZone } from './zoned-time.ts';

export interface CompletionContext {
  calendarId: string;
  calendarZone: string;
  ownerEmail: string;
  now: Date;
  /** The version before, whose read-only members stay. */
  before?: GoogleEvent | undefined;
}

/** What the server adds to an event that a client gave: read-only members and defaults. */
export function completeEvent(
  event: GoogleEventInput,
  id: string,
  context: CompletionContext,
): GoogleEventInput {
  const { before, now, ownerEmail } = context;
  const self = { email: ownerEmail, self: true };
  const completed: GoogleEventInput = {
    status: 'confirmed',
    eventType: 'default',
    reminders: { useDefault: true },
    creator: self,
    organizer: self,
    iCalUID: before?.iCalUID ?? `${id}@google.com`,
    sequence: before ? (before.sequence ?? 0) + 1 : 0,
    ...event,
    kind: 'calendar#event',
    id,
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${id} ${context.calendarId}`).toString('base64url')}`,
    created: before?.created ?? event.created ?? now.toISOString(),
    updated: now.toISOString(),
    start: completeTime(event.start, context.calendarZone),
    end: completeTime(event.end, context.calendarZone),
  };
  if (event.attendees)
    completed.attendees = event.attendees.map((attendee) => markSelf(attendee, ownerEmail));
  // They are made anew for each answer.
  delete completed.etag;
  return completed;
}

function completeTime(time: EventTime, calendarZone: string): EventTime {
  if ((time.date === undefined) === (time.dateTime === undefined))
    throw new Error('an event time holds either date or dateTime');
  if (time.timeZone) assertTimeZone(time.timeZone);
  return time.date === undefined ? { ...time, timeZone: time.timeZone ?? calendarZone } : { date: time.date };
}

function markSelf<Person extends { email?: string; self?: boolean }>(
  person: Person,
  ownerEmail: string,
): Person {
  return person.email === ownerEmail && person.self === undefined ? { ...person, self: true } : person;
}

/** What `events.insert` takes from a client: base32hex in lower case, 5 to 1024 long. */
export function isClientEventId(id: string): boolean {
  return /^[a-v0-9]{5,1024}$/.test(id);
}

/** Google itself appends the split of a series (`…_R20260325T080000`), and an instance that stands alone. */
const SERVER_SUFFIXES = /(_R?\d{8}(T\d{6}Z?)?)+$/;

/** @throws Error for an id that neither a client nor Google would have given. */
export function assertEventId(id: string): void {
  if (!isClientEventId(id.replace(SERVER_SUFFIXES, '')))
    throw new Error(`event id "${id}": only the letters a to v and digits, 5 to 1024 of them`);
}
