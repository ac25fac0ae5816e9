import type { Item } from './items.ts';
import type { AccessRole, EventTime, GoogleEvent } from './wire.ts';
import { dateOfWall, renderDateTime, wallOf } from './zoned-time.ts';

/** How a listing shows events. */
export interface EventView {
  /** In which days begin and end. */
  calendarZone: string;
  /** In which times are written; `timeZone=` of the request, else the calendar's. */
  displayZone: string;
  accessRole: AccessRole;
  maxAttendees?: number | undefined;
  /** Deleted events of the organizer's own calendar still show what they were (Discovery, `Event.status`). */
  cancelledDetails: boolean;
}

/** The item in Google's wire shape. */
export function renderEvent(item: Item, view: EventView): GoogleEvent {
  if (item.cancelled && !(view.cancelledDetails && item.wire.organizer?.self)) return skeleton(item, view);
  const { recurrence, ...wire } = item.wire;
  const full: GoogleEvent = {
    ...wire,
    ...(recurrence && !item.instance ? { recurrence } : {}),
    etag: etagOf(item),
    status: item.cancelled ? 'cancelled' : (wire.status ?? 'confirmed'),
    start: renderTime(item, 'start', view),
    end: renderTime(item, 'end', view),
    ...instanceMembers(item, view),
  };
  return cutAttendees(hideDetails(full, view.accessRole), view.maxAttendees);
}

/** All that is promised of a cancelled event (Discovery, `Event.status`). */
function skeleton(item: Item, view: EventView): GoogleEvent {
  return {
    kind: 'calendar#event',
    etag: etagOf(item),
    id: item.id,
    status: 'cancelled',
    ...instanceMembers(item, view),
  };
}

export function etagOf({ wire, stamp }: Item): string {
  return `"${Date.parse(wire.updated ?? '')}${String(stamp).padStart(7, '0')}"`;
}

function renderTime(item: Item, edge: 'start' | 'end', view: EventView): EventTime {
  const ms = edge === 'start' ? item.startMs : item.endMs;
  return timeAt(ms, item.allDay, item.wire[edge]?.timeZone, view);
}

function timeAt(ms: number, allDay: boolean, timeZone: string | undefined, view: EventView): EventTime {
  if (allDay) return { date: dateOfWall(wallOf(view.calendarZone, ms)) };
  return { dateTime: renderDateTime(view.displayZone, ms), ...(timeZone ? { timeZone } : {}) };
}

function instanceMembers({ id, instance }: Item, view: EventView): Partial<GoogleEvent> {
  if (!instance) return {};
  const { of: master, originalStartMs } = instance;
  return {
    id,
    recurringEventId: master.wire.id ?? '',
    originalStartTime: timeAt(originalStartMs, master.allDay, master.wire.start?.timeZone, view),
  };
}

const BARE_MEMBERS = new Set(
  'kind etag id status htmlLink created updated start end recurrence recurringEventId originalStartTime transparency visibility iCalUID sequence eventType'.split(
    ' ',
  ),
);

function hideDetails(event: GoogleEvent, role: AccessRole): GoogleEvent {
  if (role === 'freeBusyReader') return { ...bare(event), visibility: 'private' };
  const isPrivate = event.visibility === 'private' || event.visibility === 'confidential';
  return isPrivate && (role === 'reader' || role === 'writerWithoutPrivateAccess') ? bare(event) : event;
}

function bare(event: GoogleEvent): GoogleEvent {
  return Object.fromEntries(Object.entries(event).filter(([member]) => BARE_MEMBERS.has(member)));
}

function cutAttendees(event: GoogleEvent, maxAttendees: number | undefined): GoogleEvent {
  if (!event.attendees || maxAttendees === undefined || event.attendees.length <= maxAttendees) return event;
  return { ...event, attendees: event.attendees.filter((attendee) => attendee.self), attendeesOmitted: true };
}
