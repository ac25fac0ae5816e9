import type { Account, CalendarRecord } from './accounts.ts';
import type { InstanceChange } from './event-store.ts';
import type { Item } from './items.ts';
import { renderEvent } from './render-event.ts';
import { isSamePerson } from './shared-members.ts';
import type { EventAttendee, GoogleEvent, GoogleEventInput } from './wire.ts';
import { dateOfWall } from './zoned-time.ts';

/** An event of somebody's calendar. */
export interface Held {
  account: Account;
  calendar: CalendarRecord;
  item: Item;
}

/** Everything that the calendar knows of the event, with the times of the instance where it is one. */
export function wireOf({ calendar, item }: Pick<Held, 'calendar' | 'item'>): GoogleEvent {
  const view = {
    calendarZone: calendar.timeZone,
    displayZone: calendar.timeZone,
    accessRole: 'owner',
    cancelledDetails: true,
  } as const;
  const { etag: _etag, ...wire } = renderEvent({ ...item, cancelled: false }, view);
  return { ...wire, status: item.cancelled ? 'cancelled' : (wire.status ?? 'confirmed') };
}

/** Stores a new event, or a whole new version of the one that `target` is. */
export function save({ store }: CalendarRecord, target: Item | undefined, event: GoogleEvent): Item {
  const wire = { ...event, ...(event.attendees ? { attendees: flagOrganizer(event) } : {}) };
  if (!target?.instance) {
    // The store takes these for the change of an instance.
    delete wire.recurringEventId;
    delete wire.originalStartTime;
    return store.put(wire as GoogleEventInput);
  }
  const { of: master, originalStart, originalStartMs } = target.instance;
  const original = master.allDay ? dateOfWall(originalStart) : new Date(originalStartMs);
  // The store merges: what the new version lacks has to be said.
  const absent = Object.fromEntries(Object.keys(target.wire).map((member) => [member, undefined]));
  return store.changeInstance(master.wire.id ?? '', original, { ...absent, ...wire } as InstanceChange);
}

/** Deletes the event, or cancels the instance that it is. */
export function cancel({ calendar, item }: Pick<Held, 'calendar' | 'item'>): void {
  if (!item.instance) calendar.store.remove(item.id);
  else save(calendar, item, { ...wireOf({ calendar, item }), status: 'cancelled' });
}

/** Flags are relative to the copy: `self` is set anew when it is stored. */
function flagOrganizer({ attendees = [], organizer }: GoogleEvent): EventAttendee[] {
  return attendees.map(({ self: _self, organizer: _organizer, ...attendee }) =>
    isSamePerson(attendee.email, organizer?.email) ? { ...attendee, organizer: true } : attendee,
  );
}
