import type { calendar_v3 } from '@googleapis/calendar';

import { ProviderError } from '../../domain/failure.ts';
import type { ConferenceWish, EventDraft } from '../../domain/interview.ts';
import type {
  Creation,
  EventPlace,
  EventReading,
  Finding,
  InterviewEvents,
  Telling,
} from '../interview-events.ts';
import type { GoogleClient } from './client.ts';
import { eventCalls, type EventCalls, type SendUpdates } from './event-calls.ts';
import { UnreadableTimeError } from './event-time.ts';
import { malformed, type Attempt } from './failures.ts';
import { isAllDay, markedWith, markerOf, newEvent, patchedEvent, readingOf } from './interview-wire.ts';
import { objectOf, textOf, type JsonObject } from './wire.ts';
import { eventMissing, isBadRequest, isEventMissing, isIdTaken, refusedUnasked } from './write-failures.ts';

/** developers.google.com/workspace/calendar/api/v3/reference/events; the promises are those of `InterviewEvents`. */
export function createGoogleInterviews(client: GoogleClient): InterviewEvents {
  return {
    eventIdOf: (key) => key,
    createEvent: (access, { providerCalendarId, key }, creation, telling) =>
      createEvent(eventCalls(client, access, providerCalendarId), key, creation, telling),
    findEvent: (access, { providerCalendarId, key }) =>
      findEvent(eventCalls(client, access, providerCalendarId), key),
    readEvent: (access, { providerCalendarId, providerEventId }) =>
      readInCalendar(eventCalls(client, access, providerCalendarId), providerEventId),
    updateEvent: (access, place, update, telling) =>
      updateEvent(eventCalls(client, access, place.providerCalendarId), place, update, telling),
    cancelEvent: (access, place, telling, reading) =>
      cancelEvent(eventCalls(client, access, place.providerCalendarId), place, telling, reading),
  };
}

async function createEvent(
  calls: EventCalls,
  key: string,
  { draft, mark }: { readonly draft: EventDraft; readonly mark: string },
  telling: Telling,
): Promise<Creation> {
  const attempt = calls.attemptOf('events.insert', key);
  const insert = (body: WireEvent) => calls.insert(body, sendUpdatesOf(telling));
  let wire: JsonObject;
  try {
    wire = await withMeet(calls, attempt, draft.conference, newEvent(key, draft, mark), insert);
  } catch (error) {
    if (!isIdTaken(error)) throw error;
    const there = await readEvent(calls, key);
    // An id stays taken after its event was taken out.
    return there.type === 'event' ? { type: 'found', reading: there.reading } : { type: 'gone' };
  }
  const reading = await readWire(calls, attempt, wire);
  return reading.providerEventId === key ? { type: 'created', reading } : withoutTwin(calls, key, reading);
}

/** The id was taken, Google has not noticed, and has made another event under an id of its own. */
async function withoutTwin(calls: EventCalls, key: string, twin: EventReading): Promise<Creation> {
  const finding = await findEvent(calls, key);
  if (finding.type === 'gone') return finding;
  return finding.type === 'event'
    ? { type: 'found', reading: finding.reading }
    : { type: 'created', reading: twin };
}

/**
 * By the id and, because a clash of ids can go unnoticed, by our own mark: what bears it beside the first is taken out.
 * Somebody who took out the first meant the interview.
 */
async function findEvent(calls: EventCalls, key: string): Promise<Finding> {
  const named = await readEvent(calls, key);
  const others = (await calls.marked(markerOf(key)))
    .filter((wire) => !isDerived(wire, key) && wire['status'] !== 'cancelled')
    .toSorted((one, other) => ageOf(one).localeCompare(ageOf(other)));
  const first = named.type === 'none' ? others[0] : undefined;
  for (const other of others) if (other !== first) await calls.remove(String(other['id']), 'none');
  if (first === undefined) return named;
  return { type: 'event', reading: await readWire(calls, calls.attemptOf('events.list'), first) };
}

/** The event itself and, once somebody has made a series of it, what Google makes of that: occurrences and second halves. */
function isDerived({ id }: JsonObject, key: string): boolean {
  return id === key || String(id).startsWith(`${key}_`);
}

/** By the second in which it was made and, of the same one, in any order that stays. */
function ageOf({ created, id }: JsonObject): string {
  return `${textOf(created)} ${textOf(id)}`;
}

/** Google says the same of an event that it does not know and of one whose calendar is out of reach. */
async function readInCalendar(calls: EventCalls, eventId: string): Promise<Finding> {
  const finding = await readEvent(calls, eventId);
  if (finding.type === 'none') await calls.calendar();
  return finding;
}

async function readEvent(calls: EventCalls, eventId: string): Promise<Finding> {
  const wire = await calls.get(eventId);
  if (wire === undefined) return { type: 'none' };
  if (wire['status'] === 'cancelled') return { type: 'gone' };
  return { type: 'event', reading: await readWire(calls, calls.attemptOf('events.get', eventId), wire) };
}

async function updateEvent(
  calls: EventCalls,
  { providerEventId: eventId, key }: EventPlace,
  { reading, patch, mark }: Parameters<InterviewEvents['updateEvent']>[2],
  telling: Telling,
): Promise<EventReading> {
  const attempt = calls.attemptOf('events.patch', eventId);
  const { etag = '' } = reading.snapshot;
  const native = objectOf(reading.native);
  if (patch.attendees !== undefined && native['attendeesOmitted'] === true) {
    throw refusedUnasked(
      attempt,
      'provider_refused',
      'Google has not named all attendees, and removes who is not named',
    );
  }
  const body = patchedEvent({ key, etag, native }, patch);
  if (Object.keys(body).length === 0) return reading;
  const write = (given: WireEvent) => calls.patch({ eventId, etag }, given, sendUpdatesOf(telling));
  try {
    const wire = await withMeet(calls, attempt, patch.conference, { ...body, ...markedWith(mark) }, write);
    return await readWire(calls, attempt, wire);
  } catch (error) {
    throw isEventMissing(error) ? eventMissing(attempt, error) : error;
  }
}

type WireEvent = calendar_v3.Schema$Event;

/**
 * Writes the event. A calendar without Meet answers a request for a link as it does any mistake, so that it is asked what
 * it has only then: who has to have the link hears of it, and who left the choice to the vendor goes without one.
 */
async function withMeet(
  calls: EventCalls,
  attempt: Attempt,
  wish: ConferenceWish | undefined,
  body: WireEvent,
  write: (body: WireEvent) => Promise<JsonObject>,
): Promise<JsonObject> {
  if (wish === 'teams')
    throw refusedUnasked(attempt, 'conference_unavailable', 'Google Calendar makes no Teams meetings');
  try {
    return await write(body);
  } catch (error) {
    const { conferenceData, ...rest } = body;
    if (!isBadRequest(error) || !conferenceData || (await calls.calendar()).hasMeet) throw error;
    if (wish === 'google_meet')
      throw refusedUnasked(attempt, 'conference_unavailable', 'the calendar has no Google Meet');
    return write(rest);
  }
}

/** Of one that is gone, Google may say as well that it is not any more as it was. */
async function cancelEvent(
  calls: EventCalls,
  { providerEventId }: EventPlace,
  telling: Telling,
  reading: EventReading | undefined,
): Promise<void> {
  try {
    await calls.remove(providerEventId, sendUpdatesOf(telling), reading?.snapshot.etag);
  } catch (error) {
    const isStale = error instanceof ProviderError && error.kind === 'stale';
    if (!isStale || (await readEvent(calls, providerEventId)).type === 'event') throw error;
  }
}

async function readWire(calls: EventCalls, attempt: Attempt, wire: JsonObject): Promise<EventReading> {
  if (textOf(wire['id']) === undefined || textOf(wire['etag']) === undefined) {
    throw malformed(attempt, 'an event without id or etag');
  }
  const zone = isAllDay(wire) ? (await calls.calendar()).zone : 'UTC';
  try {
    return readingOf(wire, zone);
  } catch (error) {
    if (!(error instanceof UnreadableTimeError)) throw error;
    throw malformed(attempt, `an event of which ${error.message}`);
  }
}

function sendUpdatesOf({ notify }: Telling): SendUpdates {
  return notify ? 'all' : 'none';
}
