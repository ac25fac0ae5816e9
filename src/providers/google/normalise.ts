import type {
  Attendee,
  BusyKind,
  CalendarEvent,
  EventKind,
  Response,
  Visibility,
} from '../../domain/event.ts';
import { fitted } from '../../domain/event-size.ts';
import { withoutId, type EventChange, type UnreadableEvent } from '../../domain/sync.ts';
import { ianaZoneOf } from '../../domain/zone.ts';
import { readSpan, readTime, UnreadableTimeError } from './event-time.ts';
import { listOf, objectOf, textOf, type JsonObject } from './wire.ts';

/**
 * One item of `events.list` in our words; `zone` is the calendar's (IANA). Pure. Never throws: what makes no sense
 * comes back as unreadable, with a reason that quotes nothing of it.
 */
export function readItem(item: unknown, zone: string): EventChange | UnreadableEvent {
  const wire = objectOf(item);
  const id = textOf(wire['id']);
  if (id === undefined) return { providerEventId: withoutId, reason: 'it has no id' };
  // First, because a cancelled one may hold nothing but its id, and an organizer's copy may still hold everything.
  if (wire['status'] === 'cancelled') return { type: 'delete', providerEventId: id };
  try {
    return { type: 'upsert', event: readEvent(id, wire, zone) };
  } catch (error) {
    if (!(error instanceof UnreadableTimeError)) throw error;
    const recurringEventId = textOf(wire['recurringEventId']);
    return { providerEventId: id, reason: error.message, recurringEventId };
  }
}

function readEvent(id: string, wire: JsonObject, zone: string): CalendarEvent {
  const kind = kindOf(wire);
  const attendees = (listOf(wire['attendees']) ?? []).map(objectOf);
  const own = attendees.find((attendee) => attendee['self'] === true);
  return fitted({
    providerEventId: id,
    iCalUID: textOf(wire['iCalUID']),
    etag: textOf(wire['etag']),
    status: wire['status'] === 'tentative' ? 'tentative' : 'confirmed',
    kind,
    title: textOf(wire['summary']),
    description: textOf(wire['description']),
    location: textOf(wire['location']),
    ...readSpan(wire['start'], wire['end'], zone),
    startTimeZone: startZoneOf(objectOf(wire['start']), zone),
    busy: busyOf(kind, wire, own),
    response: ownResponseOf(wire, attendees, own),
    organizer: organizerOf(objectOf(wire['organizer'])),
    attendees: attendees.flatMap(readAttendee),
    recurringEventId: textOf(wire['recurringEventId']),
    originalStart: originalStartOf(wire['originalStartTime'], zone),
    meetingUrl: meetingUrlOf(wire),
    visibility: visibilityOf(wire['visibility']),
  });
}

const kinds: Readonly<Record<string, EventKind>> = {
  outOfOffice: 'out_of_office',
  focusTime: 'focus_time',
  workingLocation: 'working_location',
  birthday: 'birthday',
};

/** `fromGmail` and kinds that Google has yet to invent are ordinary entries. */
function kindOf(wire: JsonObject): EventKind {
  return lookUp(kinds, wire['eventType']) ?? 'default';
}

/** `transparency` outranks the kind: an absence can be marked as not blocking. Absent means opaque. */
function busyOf(kind: EventKind, wire: JsonObject, own: JsonObject | undefined): BusyKind {
  if (kind === 'working_location') return workplaceOf(wire);
  if (kind === 'birthday' || wire['transparency'] === 'transparent') return 'free';
  if (kind === 'out_of_office') return 'out_of_office';
  const undecided = wire['status'] === 'tentative' || own?.['responseStatus'] === 'tentative';
  return undecided ? 'tentative' : 'busy';
}

function workplaceOf(wire: JsonObject): BusyKind {
  const atOffice = objectOf(wire['workingLocationProperties'])['type'] === 'officeLocation';
  return atOffice ? 'free' : 'working_elsewhere';
}

/** The answer of the calendar that this copy lives on, whoever is signed in. Organizers, too, can decline. */
function ownResponseOf(
  wire: JsonObject,
  attendees: readonly JsonObject[],
  own: JsonObject | undefined,
): Response {
  const organizes = objectOf(wire['organizer'])['self'] === true;
  if (own !== undefined) return responseOf(own, organizes);
  return organizes && attendees.length > 0 ? 'organizer' : 'none';
}

const responses: Readonly<Record<string, Response>> = {
  needsAction: 'needs_action',
  declined: 'declined',
  tentative: 'tentative',
  accepted: 'accepted',
};

export function responseOf(attendee: JsonObject, organizes: boolean): Response {
  const response = lookUp(responses, attendee['responseStatus']) ?? 'needs_action';
  const decided = response === 'declined' || response === 'tentative';
  return organizes && !decided ? 'organizer' : response;
}

/** Nobody can be named without an address: Google leaves it out where the user may not know it. */
function readAttendee(attendee: JsonObject): Attendee[] {
  const email = textOf(attendee['email']);
  if (email === undefined) return [];
  return [
    {
      email,
      name: textOf(attendee['displayName']),
      response: responseOf(attendee, attendee['organizer'] === true),
      optional: attendee['optional'] === true,
      resource: attendee['resource'] === true,
      self: attendee['self'] === true,
    },
  ];
}

function organizerOf(organizer: JsonObject): CalendarEvent['organizer'] {
  const email = textOf(organizer['email']);
  if (email === undefined) return undefined;
  return { email, name: textOf(organizer['displayName']), self: organizer['self'] === true };
}

/** All-day entries have no zone of their own: theirs is the calendar's. */
function startZoneOf(start: JsonObject, zone: string): string | undefined {
  if (textOf(start['date']) !== undefined) return zone;
  const name = textOf(start['timeZone']);
  return name === undefined ? undefined : ianaZoneOf(name);
}

/** Without it the entry still stands where it stands, so one that cannot be read is left out. */
function originalStartOf(originalStart: unknown, zone: string): Date | undefined {
  try {
    return originalStart === undefined ? undefined : readTime(originalStart, 'originalStartTime', zone).at;
  } catch (error) {
    if (error instanceof UnreadableTimeError) return undefined;
    throw error;
  }
}

/** Meet's own link, else the video entry of another conference. Only an address that a browser can be sent to. */
export function meetingUrlOf(wire: JsonObject): string | undefined {
  const entryPoints = (listOf(objectOf(wire['conferenceData'])['entryPoints']) ?? []).map(objectOf);
  const video = entryPoints.find((entry) => entry['entryPointType'] === 'video');
  const candidates = [textOf(wire['hangoutLink']), textOf(video?.['uri'])];
  return candidates.find((url) => url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url));
}

const visibilities: Readonly<Record<string, Visibility>> = {
  public: 'public',
  private: 'private',
  confidential: 'confidential',
};

export function visibilityOf(visibility: unknown): Visibility {
  return lookUp(visibilities, visibility) ?? 'default';
}

/** Own keys only: what a vendor sends can be called `constructor`. */
function lookUp<T>(table: Readonly<Record<string, T>>, key: unknown): T | undefined {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined;
}
