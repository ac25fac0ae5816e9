import { createHash } from 'node:crypto';
import { failure } from '../../src/domain/failure.ts';
import type { Reads, InterviewPlace, InterviewRecord, WritableCalendar } from '../../src/store/store.ts';
import { ObstructedError } from './interview-events-of.ts';

export interface InterviewPlaceDependencies {
  readonly reads: Pick<Reads, 'connection' | 'writableCalendar'>;
}

/**
 * Where the event of an interview belongs: where it is, as long as the organizer is still the one of that calendar and
 * names no other; else in the calendar that they name, or have. Throws `ObstructedError` where there is none.
 */
export async function calendarFor(
  { reads }: InterviewPlaceDependencies,
  { place, desired: { organizer } }: InterviewRecord,
): Promise<WritableCalendar> {
  if (place !== undefined && (await isStillTheirs(reads, place, organizer))) return place;
  const calendar = await reads.writableCalendar(organizer);
  if (calendar === undefined)
    throw new ObstructedError(
      failure('organizer_not_connected', 'There is no connected calendar of the organizer to write to.'),
    );
  return calendar;
}

async function isStillTheirs(
  reads: InterviewPlaceDependencies['reads'],
  { connectionId, calendarId }: InterviewPlace,
  organizer: InterviewRecord['desired']['organizer'],
): Promise<boolean> {
  if (organizer.calendarId !== undefined && organizer.calendarId !== calendarId) return false;
  const connection = await reads.connection(connectionId);
  return connection?.userId === organizer.userId && connection.status !== 'disconnecting';
}

/** The place of the interview's next event. Nothing is there yet. */
export function nextPlace(
  interview: InterviewRecord,
  { connectionId, calendarId, providerCalendarId }: WritableCalendar,
  eventIdOf: (key: string) => string | undefined,
): InterviewPlace {
  const { place, formerPlaces, lastPlaceNumber } = interview;
  const number =
    Math.max(lastPlaceNumber, place?.number ?? 0, ...formerPlaces.map((former) => former.number)) + 1;
  const key = keyOf(interview, number);
  return { number, key, connectionId, calendarId, providerCalendarId, providerEventId: eventIdOf(key) };
}

/**
 * The same whenever it is asked for, so that whoever tries again finds what an earlier try has made. When the interview
 * was first asked for is part of it: another installation's interview may have the same id and be in the same calendar.
 */
function keyOf({ id, createdAt }: InterviewRecord, number: number): string {
  const name = `${id}\n${createdAt.toISOString()}\n${number}`;
  return createHash('sha256').update(name).digest('hex').slice(0, 40);
}
