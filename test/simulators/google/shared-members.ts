import type { EventAttendee, EventTime, GoogleEvent } from './wire.ts';
import { instantOfEventTime } from './zoned-time.ts';

/** What each copy has for itself: neither told to the others nor the organizer's alone to change. */
const OWN_MEMBERS = ['reminders', 'colorId', 'transparency', 'visibility'] as const;

/** What the server keeps on each copy and no client writes. */
const BOOKKEEPING = new Set(
  'kind id etag htmlLink created updated sequence iCalUID creator organizer recurringEventId originalStartTime hangoutLink attendees extendedProperties'.split(
    ' ',
  ),
);

/** The names of shared members in which two versions differ, attendees aside. */
export function sharedChanges(before: GoogleEvent, after: GoogleEvent): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const own = new Set<string>(OWN_MEMBERS);
  const changed = [...names].filter(
    (name) => !BOOKKEEPING.has(name) && !own.has(name) && !isSame(name, before[name], after[name]),
  );
  const shared = (event: GoogleEvent) => canonical(event.extendedProperties?.shared ?? {});
  return shared(before) === shared(after) ? changed : [...changed, 'extendedProperties.shared'];
}

/** What makes an invitation another one (RFC 5546, 2.1.4): the iCalendar sequence counts these. */
export function isRescheduled(before: GoogleEvent, after: GoogleEvent): boolean {
  return ['start', 'end', 'recurrence', 'status'].some((name) => !isSame(name, before[name], after[name]));
}

function isSame(name: string, before: unknown, after: unknown): boolean {
  if (name === 'start' || name === 'end')
    return isSameTime(before as EventTime | undefined, after as EventTime | undefined);
  if (name === 'status') return (before ?? 'confirmed') === (after ?? 'confirmed');
  return canonical(before) === canonical(after);
}

/** A zone that one of them leaves out is no other zone: the calendar's is filled in when it is stored. */
function isSameTime(a: EventTime | undefined, b: EventTime | undefined): boolean {
  if (!a || !b || a.date !== undefined || b.date !== undefined) return a?.date === b?.date && !a === !b;
  const isSameZone = !a.timeZone || !b.timeZone || a.timeZone === b.timeZone;
  return isSameZone && instantOfEventTime(a, 'UTC') === instantOfEventTime(b, 'UTC');
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => a.localeCompare(b)))
      : member,
  );
}

export function isSamePerson(a: string | undefined, b: string | undefined): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}

export function attendeeOf(event: GoogleEvent, email: string): EventAttendee | undefined {
  return event.attendees?.find((attendee) => isSamePerson(attendee.email, email));
}

/** The event as a guest's copy holds it: the organizer's own things left out, the guest's own things kept. */
export function guestCopy(event: GoogleEvent, existing: GoogleEvent | undefined): GoogleEvent {
  const copy: GoogleEvent = { ...event, sequence: event.sequence ?? 0 };
  for (const member of ['etag', 'htmlLink', ...OWN_MEMBERS] as const) delete copy[member];
  const own: Record<string, unknown> = existing ?? { visibility: event.visibility };
  for (const member of OWN_MEMBERS)
    if (own[member] !== undefined) Object.assign(copy, { [member]: own[member] });
  const { shared } = event.extendedProperties ?? {};
  const kept = existing?.extendedProperties?.private;
  const properties = { ...(shared ? { shared } : {}), ...(kept ? { private: kept } : {}) };
  if (Object.keys(properties).length > 0) copy.extendedProperties = properties;
  else delete copy.extendedProperties;
  const { self: _mine, ...organizer } = event.organizer ?? {};
  const { self: _made, ...creator } = event.creator ?? {};
  const attendees = event.attendees?.map(({ self: _self, ...attendee }) => attendee);
  return { ...copy, organizer, creator, ...(attendees ? { attendees } : {}) };
}
