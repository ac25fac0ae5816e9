import type { CalendarRecord, Facts } from '../../src/store/store.ts';

/** A calendar as it is stored by now; undefined where it is gone. */
export async function calendarNow(
  { facts }: { readonly facts: Pick<Facts, 'knownCalendars'> },
  { id, connectionId }: CalendarRecord,
): Promise<CalendarRecord | undefined> {
  return (await facts.knownCalendars(connectionId)).find((calendar) => calendar.id === id);
}
