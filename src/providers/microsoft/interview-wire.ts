import type { EventPatch } from '../../domain/interview-changes.ts';
import {
  addressKey,
  type ConferenceReading,
  type EventDraft,
  type InterviewAnswer,
  type InterviewAttendee,
} from '../../domain/interview.ts';
import type { Visibility } from '../../domain/event.ts';
import type { EventReading } from '../interview-events.ts';
import type { Access } from '../provider.ts';
import { slotOf, wireTime } from './event-time.ts';
import { malformedAnswer } from './failures.ts';
import { addressOf, versionOf, type GraphEvent } from './graph-event.ts';
import { besideJoinBlock, textBody } from './join-block.ts';
import { listAt, objectAt, textAt, type JsonObject } from './json.ts';
import { meetingUrlOf, normalise, responseOf } from './normalise.ts';

// Pure: what is sent of an interview, and what is read of its event.

/**
 * The property in which an event bears the key of its interview: by it an event is found whose creation was not answered.
 * Nobody sees it. Never to be changed: events that are there bear it under this name.
 */
export const keyProperty = 'String {91fb8ed2-ffdf-401d-b6c2-91b797fec8d1} Name CalendarSyncInterview';

/** The one in which it bears the mark of our last writing; the same holds. */
export const markProperty = 'String {91fb8ed2-ffdf-401d-b6c2-91b797fec8d1} Name CalendarSyncWrite';

type Self = Pick<Access, 'email'>;

/** The whole of a new event. `meeting`: the online meeting provider, where there is to be one. */
export function newEvent(
  { key, mark }: { readonly key: string; readonly mark: string },
  draft: EventDraft,
  meeting: string | undefined,
): JsonObject {
  const { title, description = '', location, visibility, tentative } = draft;
  return {
    transactionId: key,
    singleValueExtendedProperties: [{ id: keyProperty, value: key }, markOf(mark)],
    subject: title,
    body: textBody(description),
    ...(location === undefined ? {} : { location: { displayName: location } }),
    ...timesOf(draft),
    attendees: draft.attendees.map(newAttendee),
    sensitivity: sensitivityOf(visibility),
    showAs: showAsOf(tentative),
    ...reminderOf(draft.reminders ?? []),
    ...meetingOf(meeting),
  };
}

function markOf(mark: string): JsonObject {
  return { id: markProperty, value: mark };
}

/** A patch leaves the properties that it does not name. */
export function markedWith(mark: string): JsonObject {
  return { singleValueExtendedProperties: [markOf(mark)] };
}

function timesOf({ start, end, timeZone }: Pick<EventDraft, 'start' | 'end' | 'timeZone'>): JsonObject {
  return { start: wireTime(start, timeZone), end: wireTime(end, timeZone), isAllDay: false };
}

function newAttendee({ email, name, ...attendee }: InterviewAttendee): JsonObject {
  return {
    type: typeOf(attendee),
    emailAddress: { address: email, ...(name === undefined ? {} : { name }) },
  };
}

function typeOf({ optional, resource }: Pick<InterviewAttendee, 'optional' | 'resource'>): string {
  if (resource) return 'resource';
  return optional ? 'optional' : 'required';
}

/** Outlook's calendars are not public, so there is nothing that makes an event more so than others. */
function sensitivityOf(visibility: Visibility): string {
  return visibility === 'private' || visibility === 'confidential' ? visibility : 'normal';
}

function showAsOf(tentative: boolean): string {
  return tentative ? 'tentative' : 'busy';
}

/** Graph has one reminder: the first counts. It knows no way back to what the calendar does by itself either. */
function reminderOf([first]: readonly number[]): JsonObject {
  return first === undefined ? {} : { isReminderOn: true, reminderMinutesBeforeStart: first };
}

/** Graph makes the meeting in the same request; asking again for one that is there does nothing. */
export function meetingOf(provider: string | undefined): JsonObject {
  return provider === undefined ? {} : { isOnlineMeeting: true, onlineMeetingProvider: provider };
}

/**
 * Only what the patch names, but for description and conference, of which more has to be asked first. Empty where there
 * is nothing else.
 */
export function patchedEvent(native: GraphEvent, patch: EventPatch, self: Self): JsonObject {
  const { time, title, location, visibility, attendees, reminders, tentative } = patch;
  return {
    ...(time === undefined ? {} : timesOf(time)),
    ...(title === undefined ? {} : { subject: title }),
    ...(location === undefined ? {} : { location: { displayName: location } }),
    ...(visibility === undefined ? {} : { sensitivity: sensitivityOf(visibility) }),
    ...(attendees === undefined ? {} : { attendees: patchedAttendees(attendees, native, self) }),
    ...(tentative === undefined ? {} : { showAs: showAsOf(tentative) }),
    ...reminderOf(reminders ?? []),
  };
}

/**
 * The whole list, because Graph replaces it: those who are there with all that Graph says of them but their answers, which
 * it keeps itself, and those whom a snapshot does not name.
 */
function patchedAttendees(
  wanted: readonly InterviewAttendee[],
  native: GraphEvent,
  self: Self,
): readonly JsonObject[] {
  const present = listAt(native.attendees).map(objectAt);
  const byAddress = new Map(present.map((one) => [addressKey(addressOf(one).email ?? ''), one]));
  const unnamed = present.filter((one) => isUnnamed(one, native, self));
  const listed = wanted.flatMap((attendee) => {
    const there = byAddress.get(addressKey(attendee.email));
    if (there === undefined) return isSelf(attendee.email, self) ? [] : [newAttendee(attendee)];
    return unnamed.includes(there) ? [] : [{ ...there, type: typeOf(attendee) }];
  });
  return [...unnamed, ...listed].map(({ status: _status, proposedNewTime: _proposal, ...one }) => one);
}

/** The organizer, and who has no address. */
function isUnnamed(attendee: unknown, native: GraphEvent, self: Self): boolean {
  const { email } = addressOf(attendee);
  const organizer = addressOf(native.organizer).email;
  return (
    email === undefined ||
    (native.isOrganizer === true && isSelf(email, self)) ||
    (organizer !== undefined && addressKey(organizer) === addressKey(email))
  );
}

/** Whoever organizes takes part. */
export function withoutSelf(
  attendees: readonly InterviewAttendee[],
  self: Self,
): readonly InterviewAttendee[] {
  return attendees.filter(({ email }) => !isSelf(email, self));
}

function isSelf(email: string, self: Self): boolean {
  return addressKey(email) === addressKey(self.email);
}

/** Whether a patch names what attendees see; the rest is the organizer's own. */
export function isShownToOthers({ reminders: _own, tentative: _too, ...shown }: EventPatch): boolean {
  return Object.values(shown).some((value) => value !== undefined);
}

/** A living event. Throws `malformed` where it cannot be read. */
export function readingOf(operation: string, wire: GraphEvent, self: Self): EventReading {
  const normalised = normalise(withDescriptionAlone(wire), { email: self.email });
  const etag = versionOf(wire);
  if (normalised.type === 'unreadable' || etag === undefined) {
    const why = normalised.type === 'unreadable' ? normalised.unreadable.reason : 'it has no version';
    throw malformedAnswer(operation, `an event that cannot be read: ${why}`);
  }
  const { providerEventId, title, description, location, start, end, allDay, visibility } = normalised.event;
  return {
    providerEventId,
    iCalUID: textAt(wire.iCalUId),
    webLink: textAt(wire.webLink),
    snapshot: {
      etag,
      title,
      description,
      location,
      start,
      end,
      allDay,
      visibility,
      attendees: attendeesIn(wire, self),
      conference: conferenceIn(wire),
    },
    mark: markIn(wire),
    native: wire,
  };
}

/** Only where it was asked for. Graph may write the capitals of a property's name its own way. */
function markIn(wire: GraphEvent): string | undefined {
  const own = listAt(wire.singleValueExtendedProperties).map(objectAt);
  const isMark = ({ id }: JsonObject) => textAt(id)?.toLowerCase() === markProperty.toLowerCase();
  return textAt(own.find(isMark)?.value);
}

/** The preview is cut out of the whole body, the join block included. */
function withDescriptionAlone(wire: GraphEvent): GraphEvent {
  const { contentType, content } = objectAt(wire.body);
  if (contentType !== 'text' || !hasMeeting(wire)) return wire;
  return {
    ...wire,
    body: textBody(besideJoinBlock(textAt(content) ?? '', joinUrlOf(wire))),
    bodyPreview: '',
  };
}

/** Without the organizer. */
export function attendeesIn(wire: GraphEvent, self: Self): InterviewAnswer[] {
  return listAt(wire.attendees).flatMap((one) => (isUnnamed(one, wire, self) ? [] : answerOf(one)));
}

/** Graph says `none` to the organizer of somebody who has not answered. */
function answerOf(attendee: unknown): InterviewAnswer[] {
  const { email, name } = addressOf(attendee);
  if (email === undefined) return [];
  const { type, status, proposedNewTime } = objectAt(attendee);
  const response = responseOf(status);
  return [
    {
      email,
      name: name === email ? undefined : name,
      optional: type === 'optional',
      resource: type === 'resource',
      response: response === 'none' ? 'needs_action' : response,
      proposed: slotOf(proposedNewTime),
    },
  ];
}

export function joinUrlOf(wire: GraphEvent): string | undefined {
  return textAt(objectAt(wire.onlineMeeting).joinUrl);
}

export function hasMeeting(wire: GraphEvent): boolean {
  return wire.isOnlineMeeting === true || meetingUrlOf(wire) !== undefined;
}

function conferenceIn(wire: GraphEvent): ConferenceReading {
  const url = meetingUrlOf(wire);
  if (url !== undefined) return { state: 'ready', url };
  return { state: hasMeeting(wire) ? 'pending' : 'none' };
}
