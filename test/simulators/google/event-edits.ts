import { type ConferenceData, conferenceOf, requestedConference } from './conferences.ts';
import { forbiddenForNonOrganizer, invalid } from './errors.ts';
import { withoutReadOnly } from './event-input.ts';
import { mergePatch, withoutNulls } from './merge-patch.ts';
import { attendeeOf, isRescheduled, isSamePerson, sharedChanges } from './shared-members.ts';
import type { EventAttendee, GoogleEvent } from './wire.ts';

/** What PUT leaves as it was, whatever the body says or leaves out. */
const KEPT_BY_UPDATE = [
  ...(['kind', 'id', 'iCalUID', 'created', 'creator', 'organizer', 'htmlLink', 'eventType'] as const),
  ...(['recurringEventId', 'originalStartTime', 'sequence'] as const),
];

/** The event after a PUT: what the body leaves out is gone. */
export function replaced(before: GoogleEvent, body: GoogleEvent): GoogleEvent {
  const given = withoutNulls(withoutReadOnly(body));
  const kept = KEPT_BY_UPDATE.filter((member) => before[member] !== undefined);
  return {
    ...given,
    ...Object.fromEntries(kept.map((member) => [member, before[member]])),
    ...(given.eventType ? { eventType: given.eventType } : {}),
    status: given.status ?? 'confirmed',
  };
}

export function patched(before: GoogleEvent, body: GoogleEvent): GoogleEvent {
  const { id: _id, iCalUID: _iCalUID, sequence: _sequence, ...given } = withoutReadOnly(body);
  return mergePatch(before, given);
}

/**
 * Finishes an edit: the conference counts only with `conferenceDataVersion=1`, and the sequence is the server's.
 * @throws ApiError 400
 */
export function finished(
  before: GoogleEvent,
  after: GoogleEvent,
  { sequence }: GoogleEvent,
  conferenceVersion: number,
): GoogleEvent {
  if (after.eventType !== before.eventType) throw invalid('Event type cannot be changed.');
  const current = before.sequence ?? 0;
  if (sequence !== undefined && sequence !== null && sequence < current)
    throw invalid('Invalid sequence value. The specified sequence number is below the current one.');
  return {
    ...withConference(before, after, conferenceVersion),
    sequence: Math.max(sequence ?? 0, current + (isRescheduled(before, after) ? 1 : 0)),
  };
}

function withConference(before: GoogleEvent, after: GoogleEvent, version: number): GoogleEvent {
  const { conferenceData: given, hangoutLink: _link, ...rest } = after;
  const held = conferenceOf(before);
  const wanted = given as ConferenceData | undefined;
  const conferenceData = version < 1 ? held : wanted && requestedConference(held, wanted);
  if (!conferenceData) return rest;
  const isKept = conferenceData === held && before['hangoutLink'] !== undefined;
  return { ...rest, conferenceData, ...(isKept ? { hangoutLink: before['hangoutLink'] } : {}) };
}

/**
 * A guest may answer, invite others unless that is forbidden, and change more where the organizer allows it.
 * @throws ApiError 403 for anything else
 */
export function assertGuestMay(before: GoogleEvent, after: GoogleEvent, guest: string): void {
  if (before['guestsCanModify'] === true) return;
  const others = (event: GoogleEvent) =>
    (event.attendees ?? []).filter(({ email }) => !isSamePerson(email, guest));
  const mayInvite = before['guestsCanInviteOthers'] !== false;
  const kept = others(before).every((attendee) =>
    isSameAnswer(attendee, attendeeOf(after, attendee.email ?? '')),
  );
  const added = others(after).filter(({ email = '' }) => !attendeeOf(before, email));
  const staysInvited = !attendeeOf(before, guest) || attendeeOf(after, guest);
  if (!kept || !staysInvited || (added.length > 0 && !mayInvite) || sharedChanges(before, after).length > 0)
    throw forbiddenForNonOrganizer();
}

export function isSameAnswer(a: EventAttendee | undefined, b: EventAttendee | undefined): boolean {
  if (!a || !b) return a === b;
  return (['responseStatus', 'comment', 'optional', 'additionalGuests'] as const).every(
    (member) => (a[member] ?? false) === (b[member] ?? false),
  );
}
