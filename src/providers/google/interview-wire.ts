import { createHash } from 'node:crypto';

import type { calendar_v3 } from '@googleapis/calendar';

import type { EventPatch } from '../../domain/interview-changes.ts';
import {
  addressKey,
  type ConferenceReading,
  type ConferenceWish,
  type EventDraft,
  type InterviewAnswer,
  type InterviewAttendee,
} from '../../domain/interview.ts';
import type { EventReading } from '../interview-events.ts';
import { readSpan } from './event-time.ts';
import { meetingUrlOf, responseOf, visibilityOf } from './normalise.ts';
import { listOf, objectOf, textOf, type JsonObject } from './wire.ts';

// Pure: what is sent of an interview, and what is read of its event.

type WireEvent = calendar_v3.Schema$Event;

/** The private property in which an event bears the key of its interview: by it, events whose id clashed unseen are found. */
export const markerOf = (key: string): string => `${markerName}=${key}`;
const markerName = 'calendarSyncKey';
/** The one in which it bears the mark of our last writing. A patch that names one property leaves the others. */
const writeName = 'calendarSyncWrite';

/** The whole of a new event. `key` is also its id: hexadecimal fits Google's alphabet (base32hex). */
export function newEvent(key: string, draft: EventDraft, mark: string): WireEvent {
  const { title, description, location, start, end, timeZone } = draft;
  return {
    id: key,
    extendedProperties: { private: { [markerName]: key, [writeName]: mark } },
    summary: title,
    ...(description === undefined ? {} : { description }),
    ...(location === undefined ? {} : { location }),
    start: { dateTime: start.toISOString(), timeZone },
    end: { dateTime: end.toISOString(), timeZone },
    attendees: draft.attendees.map(newAttendee),
    reminders: remindersOf(draft.reminders ?? []),
    visibility: draft.visibility,
    status: statusOf(draft.tentative),
    ...(draft.conference === 'none' ? {} : { conferenceData: meetRequest(key) }),
  };
}

function newAttendee({
  email,
  name,
  optional,
  resource,
}: InterviewAttendee): calendar_v3.Schema$EventAttendee {
  return {
    email,
    ...(name === undefined ? {} : { displayName: name }),
    ...(optional ? { optional } : {}),
    ...(resource ? { resource } : {}),
  };
}

/** A popup, because mail is an affair between people and their calendar. */
function remindersOf(minutes: readonly number[]): NonNullable<WireEvent['reminders']> {
  const overrides = minutes.map((before) => ({ method: 'popup', minutes: before }));
  return { useDefault: overrides.length === 0, overrides };
}

function statusOf(tentative: boolean): 'tentative' | 'confirmed' {
  return tentative ? 'tentative' : 'confirmed';
}

/**
 * A request under an id that was used before is ignored: so the same again makes no second link. `etag` tells a new
 * request of an event from those before.
 */
function meetRequest(key: string, etag = ''): calendar_v3.Schema$ConferenceData {
  const requestId = createHash('sha256').update(`${key} ${etag}`).digest('hex').slice(0, 40);
  return { createRequest: { requestId, conferenceSolutionKey: { type: meet } } };
}

const meet = 'hangoutsMeet';

/** What a patch is made for: the event as it was read. */
interface Patched {
  readonly key: string;
  readonly etag: string;
  readonly native: JsonObject;
}

/** Only what the patch names. Empty where the event says it already. */
export function patchedEvent({ key, etag, native }: Patched, patch: EventPatch): WireEvent {
  const { time, title, description, location, visibility, attendees, reminders, tentative } = patch;
  return {
    ...(time === undefined ? {} : { start: timeOf(time.start, time), end: timeOf(time.end, time) }),
    ...(title === undefined ? {} : { summary: title }),
    ...(description === undefined ? {} : { description: description === '' ? null : description }),
    ...(location === undefined ? {} : { location: location === '' ? null : location }),
    ...(visibility === undefined ? {} : { visibility }),
    ...(attendees === undefined ? {} : { attendees: patchedAttendees(attendees, native) }),
    ...(reminders === undefined ? {} : { reminders: remindersOf(reminders) }),
    ...(tentative === undefined ? {} : { status: statusOf(tentative) }),
    ...(patch.conference === undefined
      ? {}
      : conferencePatch(patch.conference, native, meetRequest(key, etag))),
  };
}

export function markedWith(mark: string): WireEvent {
  return { extendedProperties: { private: { [writeName]: mark } } };
}

/** A day that somebody made of it has to be taken away expressly: a patch merges. */
function timeOf(at: Date, { timeZone }: { readonly timeZone: string }): calendar_v3.Schema$EventDateTime {
  return { dateTime: at.toISOString(), timeZone, date: null };
}

/**
 * The whole list, because Google replaces it: those who are there with all that Google keeps of them (answers, comments,
 * guests of their own), and those whom a snapshot does not name, the organizer and people without an address.
 */
function patchedAttendees(
  wanted: readonly InterviewAttendee[],
  native: JsonObject,
): calendar_v3.Schema$EventAttendee[] {
  const present = attendeesIn(native);
  const byAddress = new Map(present.map((one) => [addressKey(textOf(one['email']) ?? ''), one]));
  const unnamed = present.filter((one) => isOrganizer(one) || textOf(one['email']) === undefined);
  const listed = wanted.flatMap((attendee): calendar_v3.Schema$EventAttendee[] => {
    const there = byAddress.get(addressKey(attendee.email));
    if (there === undefined) return [newAttendee(attendee)];
    if (isOrganizer(there)) return [];
    return [isOptional(there) === attendee.optional ? there : { ...there, optional: attendee.optional }];
  });
  return [...unnamed, ...listed];
}

function attendeesIn(wire: JsonObject): JsonObject[] {
  return (listOf(wire['attendees']) ?? []).map(objectOf);
}

function isOrganizer(attendee: JsonObject): boolean {
  return attendee['organizer'] === true;
}

function isOptional(attendee: JsonObject): boolean {
  return attendee['optional'] === true;
}

/** A link that somebody added from elsewhere (an add-on's) is taken away for Meet only, not for nothing. */
function conferencePatch(
  wish: ConferenceWish,
  native: JsonObject,
  request: calendar_v3.Schema$ConferenceData,
): WireEvent {
  const { state } = conferenceIn(native);
  const isThere = state === 'ready' || state === 'pending';
  if (wish === 'none') return hasMeet(native) ? { conferenceData: null as never } : {};
  const fits = isThere && (wish === 'provider_default' || hasMeet(native));
  return fits ? {} : { conferenceData: request };
}

function hasMeet(wire: JsonObject): boolean {
  const { createRequest, conferenceSolution } = objectOf(wire['conferenceData']);
  const keys = [objectOf(conferenceSolution)['key'], objectOf(createRequest)['conferenceSolutionKey']];
  return wire['hangoutLink'] !== undefined || keys.some((key) => objectOf(key)['type'] === meet);
}

/** What became of the link: Google makes it after the write, and says meanwhile that it is pending. */
function conferenceIn(wire: JsonObject): ConferenceReading {
  const url = meetingUrlOf(wire);
  if (url !== undefined) return { state: 'ready', url };
  const { createRequest } = objectOf(wire['conferenceData']);
  if (createRequest === undefined) return { state: 'none' };
  const status = objectOf(objectOf(createRequest)['status'])['statusCode'];
  return { state: status === 'failure' ? 'failed' : status === 'success' ? 'ready' : 'pending' };
}

/** Whether it takes days, which begin and end in the calendar's zone. */
export function isAllDay(wire: JsonObject): boolean {
  return textOf(objectOf(wire['start'])['date']) !== undefined;
}

/** A living event. `zone` is the calendar's (IANA), of which only days depend. Throws `UnreadableTimeError`. */
export function readingOf(wire: JsonObject, zone: string): EventReading {
  const { start, end, allDay } = readSpan(wire['start'], wire['end'], zone);
  return {
    providerEventId: textOf(wire['id']) ?? '',
    iCalUID: textOf(wire['iCalUID']),
    webLink: textOf(wire['htmlLink']),
    snapshot: {
      etag: textOf(wire['etag']),
      title: textOf(wire['summary']),
      description: textOf(wire['description']),
      location: textOf(wire['location']),
      start,
      end,
      allDay,
      visibility: visibilityOf(wire['visibility']),
      attendees: attendeesIn(wire).flatMap(readAttendee),
      conference: conferenceIn(wire),
    },
    mark: textOf(objectOf(objectOf(wire['extendedProperties'])['private'])[writeName]),
    native: wire,
  };
}

/** Comments and guests of their own are theirs. */
function readAttendee(attendee: JsonObject): InterviewAnswer[] {
  const email = textOf(attendee['email']);
  if (email === undefined || isOrganizer(attendee)) return [];
  return [
    {
      email,
      name: textOf(attendee['displayName']),
      optional: isOptional(attendee),
      resource: attendee['resource'] === true,
      response: responseOf(attendee, false),
    },
  ];
}
