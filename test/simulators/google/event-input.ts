import { invalid, required, timeRangeEmpty } from './errors.ts';
import { parseRecurrence } from './recurrence.ts';
import type { EventAttendee, EventTime, GoogleEvent, GoogleEventInput } from './wire.ts';
import { assertTimeZone, hasOffset, instantOfEventTime } from './zoned-time.ts';

/** What a client may send and the server ignores, whichever the method. */
const READ_ONLY = [
  'kind',
  'etag',
  'htmlLink',
  'created',
  'updated',
  'creator',
  'organizer',
  'recurringEventId',
  'originalStartTime',
  'hangoutLink',
  'locked',
  'privateCopy',
  'attendeesOmitted',
] as const;

/** `undefined` and null clear a member alike, except in a patch, which `mergePatch` reads. */
export function withoutReadOnly(body: GoogleEvent): GoogleEvent {
  const given = { ...body };
  for (const member of READ_ONLY) delete given[member];
  if (given.attendees) given.attendees = given.attendees.map(cleanAttendee);
  return given;
}

/** Who somebody is in relation to this copy, the server knows; one who is not said to have answered has not. */
function cleanAttendee({ self: _self, organizer: _organizer, ...attendee }: EventAttendee): EventAttendee {
  return { responseStatus: 'needsAction', ...attendee };
}

/**
 * Judges an event as it would be stored.
 * @throws ApiError 400
 */
export function assertStorable(event: GoogleEvent, calendarZone: string): asserts event is GoogleEventInput {
  const start = readTime(event.start, 'start', calendarZone);
  const end = readTime(event.end, 'end', calendarZone);
  if ((event.start?.date === undefined) !== (event.end?.date === undefined))
    throw invalid('Invalid end time.');
  if (end < start) throw timeRangeEmpty();
  assertRecurrence(event);
  for (const { email } of event.attendees ?? [])
    if (!/^[^@\s]+@[^@\s]+$/.test(email ?? '')) throw invalid('Invalid attendee email.');
  assertLimits(event);
}

function readTime(time: EventTime | undefined, edge: 'start' | 'end', calendarZone: string): number {
  if (!time || (time.date === undefined && time.dateTime === undefined))
    throw required(`Missing ${edge} time.`);
  // Trap 29: a date beside a dateTime that nobody cleared.
  if (time.date !== undefined && time.dateTime !== undefined) throw invalid(`Invalid ${edge} time.`);
  if (time.dateTime !== undefined && !hasOffset(time.dateTime) && !time.timeZone)
    throw required(`Missing time zone definition for ${edge} time.`);
  try {
    if (time.timeZone) assertTimeZone(time.timeZone);
  } catch {
    throw invalid(`Invalid time zone definition for ${edge} time.`);
  }
  try {
    return instantOfEventTime(time, calendarZone);
  } catch {
    throw invalid(`Invalid ${edge} time.`);
  }
}

function assertRecurrence({ recurrence, start }: GoogleEvent): void {
  if (!recurrence) return;
  if (start?.dateTime !== undefined && !start.timeZone)
    throw required('Missing time zone definition for start time.');
  try {
    parseRecurrence({
      lines: recurrence,
      start: 0,
      zone: start?.timeZone ?? 'UTC',
      allDay: !start?.dateTime,
    });
  } catch {
    throw invalid('Invalid recurrence rule.');
  }
}

interface Limited {
  attachments?: unknown[];
  reminders?: { overrides?: { minutes?: number }[] };
}

/** Discovery, `Event.attachments` and `Event.reminders`. */
function assertLimits(event: GoogleEvent & Limited): void {
  if ((event.attachments?.length ?? 0) > 25) throw invalid('Too many attachments.');
  const overrides = event.reminders?.overrides ?? [];
  if (overrides.length > 5) throw invalid('Too many reminder overrides.');
  for (const { minutes = -1 } of overrides)
    if (!(minutes >= 0 && minutes <= 40_320)) throw invalid('Invalid reminder override minutes.');
}
