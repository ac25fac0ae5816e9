import { createHash } from 'node:crypto';

import type { CalendarItem, EventInput } from './calendar-item.ts';
import { iCalUIdOf } from './graph-ids.ts';
import type { Mailbox } from './mailbox.ts';
import type { DateTimeTimeZone } from './wall-clock.ts';

export interface TimeSlot {
  start: DateTimeTimeZone;
  end: DateTimeTimeZone;
}

export interface Attendee {
  type?: string;
  status?: { response: string; time: string };
  /** Not there unless somebody proposes one. */
  proposedNewTime?: TimeSlot;
  emailAddress: { address: string; name?: string };
}

/** What attendees are sent. The rest (own data, categories, reminders, showAs) is everybody's own affair. */
const SHOWN = [
  'subject',
  'body',
  'start',
  'end',
  'isAllDay',
  'recurrence',
  'location',
  'locations',
  'importance',
  'sensitivity',
  'isOnlineMeeting',
  'onlineMeetingProvider',
  'onlineMeeting',
  'originalStartTimeZone',
  'originalEndTimeZone',
];

const NO_ANSWER = { response: 'none', time: '0001-01-01T00:00:00Z' };

/** The meeting as it stands in an attendee's calendar: an answer already given survives anything but new times. */
export function copyFor(
  { user }: Mailbox,
  item: CalendarItem,
  earlier: CalendarItem | undefined,
  isCancelled: boolean,
): EventInput & { id: string } {
  const shown = SHOWN.map((name) => [name, item.source[name]]).filter(([, value]) => value !== undefined);
  const given: EventInput = Object.fromEntries(shown);
  const answered = earlier && !earlier.deleted && timesOf(earlier) === timesOf(item) ? earlier.source : {};
  const unanswered = { response: 'notResponded', time: '0001-01-01T00:00:00Z' };
  return {
    ...given,
    id: copyKeyOf(meetingId(user.oid, item)),
    iCalUId: meetingId(user.oid, item),
    organizer: { emailAddress: { name: user.name, address: user.email } },
    attendees: withoutAnswers(item.source),
    responseStatus: answered['responseStatus'] ?? unanswered,
    showAs: answered['showAs'] ?? 'tentative',
    isCancelled,
    ...(isCancelled ? { showAs: 'free', subject: `Canceled: ${String(given['subject'] ?? '')}` } : {}),
  };
}

/** Where in an attendee's calendar the copy of that meeting is. */
export function copyKeyOf(iCalUId: string): string {
  return `meeting-${createHash('sha256').update(iCalUId).digest('hex').slice(0, 24)}`;
}

/** The same for the organizer's event and its copies. */
export function meetingId(organizer: string, { source, key }: CalendarItem): string {
  return source.iCalUId ?? iCalUIdOf(organizer, { key });
}

export function withoutAnswers({ attendees = [] }: EventInput): Attendee[] {
  return (attendees as Attendee[]).map(({ proposedNewTime: _proposal, ...attendee }) => ({
    ...attendee,
    status: NO_ANSWER,
  }));
}

/** Those of a new list who have been there keep the answers that they gave. */
export function withEarlierAnswers(attendees: readonly Attendee[], before: EventInput): Attendee[] {
  const earlier = new Map(((before['attendees'] ?? []) as Attendee[]).map((one) => [addressOf(one), one]));
  return attendees.map((attendee) => {
    const { status, proposedNewTime } = earlier.get(addressOf(attendee)) ?? {};
    return { ...attendee, ...(status && { status }), ...(proposedNewTime && { proposedNewTime }) };
  });
}

/** Differs when attendees have something to hear of. */
export function shownOf({ source, series }: CalendarItem): string {
  const touched = series && [
    [...series.exceptions].map(([date, { changes }]) => [date, changes]),
    [...series.cancelled.keys()],
  ];
  return JSON.stringify([SHOWN.map((name) => source[name]), touched]);
}

/** Differs when the meeting moved, which asks everybody anew. */
export function timesOf({ timing: { start, end }, source }: CalendarItem): string {
  return JSON.stringify([start, end, source.recurrence ?? null]);
}

/** All but the organizer. */
export function attendeesOf({ user }: Mailbox, { source }: CalendarItem): Attendee[] {
  const attendees = (source['attendees'] ?? []) as Attendee[];
  return attendees.filter(
    (attendee) => addressOf(attendee) !== '' && addressOf(attendee) !== user.email.toLowerCase(),
  );
}

export function isOrganizer({ user }: Mailbox, { source }: CalendarItem): boolean {
  const organizer = source['organizer'] as Attendee | undefined;
  return !organizer || addressOf(organizer) === user.email.toLowerCase();
}

export function addressOf({ emailAddress }: Attendee): string {
  return (emailAddress?.address ?? '').toLowerCase();
}
