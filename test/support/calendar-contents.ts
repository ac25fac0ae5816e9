import { after, day, hour, start } from './own-workers.ts';
import type { ConnectedUser } from './connected-user.ts';
import type { Appointment } from './simulated-vendors.ts';

/** An hour, so many hours after the beginning of the tests; `fields` replace what a test is about. */
export function appointment(
  title: string,
  hours: number,
  fields: Partial<Appointment> = {},
): Appointment & { readonly start: Date; readonly end: Date } {
  const at = fields.start ?? after(hours * hour);
  return { title, start: at, end: after(hour, at), ...fields };
}

/** Midnight, UTC, of the day so many days after the one on which the tests begin. */
export function dayAt(days: number): Date {
  return new Date(Math.floor(after(days * day).getTime() / day) * day);
}

/** So many appointments, two hours apart, in the primary calendar; enough of them make several pages. Gives their ids. */
export function fill({ vendor, email, calendarId }: ConnectedUser, count: number): string[] {
  return Array.from({ length: count }, (_, n) =>
    vendor.put(email, calendarId, appointment(`Appointment ${n}`, 2 * n)),
  );
}

/** One of every kind, in the primary calendar. Gives the ids of those that tests change. */
export function everyKindOfEntry({ vendor, email, calendarId }: ConnectedUser) {
  const put = (title: string, hours: number, fields: Partial<Appointment> = {}): string =>
    vendor.put(email, calendarId, appointment(title, hours, fields));
  const holiday = { start: dayAt(10), end: dayAt(12), allDay: true };
  return {
    timed: put('Timed', 5, { guest: 'guest@example.com', location: 'Room 4', description: 'Second round' }),
    doomed: put('Doomed', 30),
    holiday: put('Holiday', 0, holiday),
    private: put('Private', 8, { private: true }),
    // Crosses a change of the clocks.
    standUp: put('Stand-up', 24, { daily: 30 }),
    course: put('Course', 48, { daily: 5 }),
    // Begins before the window and reaches into it.
    long: put('Long', 0, { start: dayAt(-31), end: dayAt(-29) }),
    outside: put('Outside', 0, { start: after(300 * day), end: after(300 * day + hour) }),
    standUpAt: (occurrence: number): Date => after(24 * hour + occurrence * day, start),
  };
}
