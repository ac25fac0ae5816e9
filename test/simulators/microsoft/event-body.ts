import type { EventInput } from './calendar-item.ts';
import { requireExtendedProperties } from './extended-properties.ts';
import { type GraphError, badRequest } from './graph-errors.ts';
import type { GraphContext } from './graph-session.ts';
import type { DateTimeTimeZone } from './wall-clock.ts';
import { ianaZoneOf } from './windows-zones.ts';

const MAX_ATTENDEES = 500;

/** What the service sets itself; in a request it is passed over. */
const READ_ONLY = [
  'id',
  'changeKey',
  'createdDateTime',
  'lastModifiedDateTime',
  'iCalUId',
  'webLink',
  'bodyPreview',
  'hasAttachments',
  'isCancelled',
  'isDraft',
  'isOrganizer',
  'organizer',
  'responseStatus',
  'type',
  'seriesMasterId',
  'originalStart',
  'onlineMeeting',
  'onlineMeetingUrl',
  'cancelledOccurrences',
  'exceptionOccurrences',
];

/**
 * The properties that a POST or PATCH of an event writes.
 * @throws GraphError 400 for what is no JSON object, unknown zones, all-day times off midnight, and too many attendees.
 */
export async function writtenProperties(c: GraphContext): Promise<EventInput> {
  const body = await jsonBody(c);
  const kept = Object.entries(body).filter(([name]) => !READ_ONLY.includes(name) && !name.includes('@'));
  const given: EventInput = Object.fromEntries(kept);
  requireZones(given);
  if (given.isAllDay) requireSameZone(given);
  return {
    ...given,
    ...('attendees' in given ? { attendees: invitees(given['attendees']) } : {}),
    ...placesOf(given),
    ...('singleValueExtendedProperties' in given
      ? { singleValueExtendedProperties: requireExtendedProperties(given['singleValueExtendedProperties']) }
      : {}),
  };
}

/** @throws GraphError 400 */
export async function jsonBody(c: GraphContext): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest(
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  return body as Record<string, unknown>;
}

/** @throws GraphError 400 `TimeZoneNotSupportedException` */
export function requireKnownZone(timeZone: unknown): void {
  if (typeof timeZone !== 'string' || !ianaZoneOf(timeZone)) throw unknownZone(timeZone);
}

function unknownZone(timeZone: unknown): GraphError {
  return badRequest(
    'TimeZoneNotSupportedException',
    `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${String(timeZone)}'.`,
  );
}

function requireZones({ start, end, recurrence, ...rest }: EventInput): void {
  const { originalStartTimeZone, originalEndTimeZone } = rest;
  const named = [start?.timeZone, end?.timeZone, originalStartTimeZone, originalEndTimeZone];
  for (const zone of [...named, recurrence?.range.recurrenceTimeZone])
    if (zone !== undefined && zone !== '') requireKnownZone(zone);
  for (const time of [start, end]) if (time) requireTime(time);
}

/** A `dateTimeTimeZone` has its zone beside it, never an offset. */
function requireTime({ dateTime, timeZone }: DateTimeTimeZone): void {
  requireKnownZone(timeZone);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(dateTime))
    throw badRequest('ErrorPropertyValidationFailure', `The value '${dateTime}' is no date and time.`);
}

function requireSameZone({ start, end }: EventInput): void {
  if (start && end && start.timeZone !== end.timeZone)
    throw badRequest(
      'ErrorPropertyValidationFailure',
      'The start and the end of an all-day event need the same time zone.',
    );
}

/** Nobody answers in another's name: the status that a request gives is dropped. */
function invitees(given: unknown): object[] {
  const attendees = Array.isArray(given) ? (given as Record<string, unknown>[]) : [];
  if (attendees.length > MAX_ATTENDEES)
    throw badRequest('ErrorInvalidRequest', `A meeting has at most ${MAX_ATTENDEES} attendees.`);
  return attendees.map(({ type, emailAddress }) => {
    const { address, name } = (emailAddress ?? {}) as { address?: string; name?: string };
    if (!address?.includes('@'))
      throw badRequest('ErrorInvalidRecipients', 'At least one recipient is not valid.');
    return {
      type: type ?? 'required',
      status: { response: 'none', time: '0001-01-01T00:00:00Z' },
      emailAddress: { name: name ?? address, address },
    };
  });
}

/** Writing one of `location` and `locations` replaces the other. */
function placesOf(given: EventInput): EventInput {
  if ('locations' in given) {
    const [first] = (given['locations'] ?? []) as object[];
    return { location: first ?? null };
  }
  return 'location' in given && given['location'] ? { locations: [given['location']] } : {};
}
