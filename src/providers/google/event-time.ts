import type { CalendarEvent } from '../../domain/event.ts';
import { instantOf, isKnownZone, startOfDayIn } from '../../domain/zone.ts';
import { objectOf, textOf } from './wire.ts';

/** The message names the field and never its value. */
export class UnreadableTimeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableTimeError';
  }
}

type Span = Pick<CalendarEvent, 'start' | 'end' | 'allDay' | 'startDate' | 'endDate'>;

interface Time {
  readonly at: Date;
  /** Of all-day entries only. */
  readonly date?: string;
}

/**
 * `start` and `end` of an event. An end that is missing or lies before the start is moved to the earliest that makes
 * sense: the start itself, and the next day for an all-day entry, which fills its day whatever it says.
 * Throws `UnreadableTimeError`.
 */
export function readSpan(start: unknown, end: unknown, zone: string): Span {
  const from = readTime(start, 'start', zone);
  const to = end === undefined || end === null ? undefined : readTime(end, 'end', zone);
  if (to !== undefined && (from.date === undefined) !== (to.date === undefined)) {
    throw new UnreadableTimeError('one of start and end is a day and the other a time');
  }
  if (from.date === undefined) {
    return { start: from.at, end: later(from.at, to?.at), allDay: false };
  }
  const nextDay = dayAfter(from.date);
  const endDate = to?.date !== undefined && to.date > nextDay ? to.date : nextDay;
  const endOfDay = startOfDay(endDate, 'end', zone);
  return {
    start: from.at,
    end: later(from.at, endOfDay),
    allDay: true,
    startDate: from.date,
    endDate,
  };
}

/** An `EventDateTime`: `date`, or `dateTime` with an offset, or without one and with a `timeZone`. */
export function readTime(value: unknown, field: string, zone: string): Time {
  const wire = objectOf(value);
  const date = textOf(wire['date']);
  if (date !== undefined) return { at: startOfDay(date, field, zone), date };
  const dateTime = textOf(wire['dateTime']);
  if (dateTime === undefined) throw new UnreadableTimeError(`${field} is missing`);
  const [, local, offset] = dateTimePattern.exec(dateTime) ?? [];
  if (local === undefined || !isDay(local.slice(0, 10))) {
    throw new UnreadableTimeError(`${field} is not a date and time`);
  }
  const ownZone = textOf(wire['timeZone']);
  const at =
    offset === undefined
      ? wallClock(local, field, ownZone !== undefined && isKnownZone(ownZone) ? ownZone : zone)
      : new Date(dateTime);
  return { at: readable(at, field) };
}

/** RFC 3339 5.6 with four-digit years. Anything else is read differently by every parser. */
const dateTimePattern = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)([Zz]|[+-]\d\d:\d\d)?$/;
const datePattern = /^\d{4}-\d\d-\d\d$/;

/** `Date` would take 30 February for 2 March. */
function isDay(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}

function startOfDay(date: string, field: string, zone: string): Date {
  if (!datePattern.test(date)) throw new UnreadableTimeError(`${field} is not a date`);
  return readable(
    orNothing(() => startOfDayIn(date, zone)),
    field,
  );
}

function wallClock(local: string, field: string, zone: string): Date {
  return readable(
    orNothing(() => instantOf(local, zone)),
    field,
  );
}

function orNothing(read: () => Date): Date | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readable(at: Date | undefined, field: string): Date {
  if (at === undefined || Number.isNaN(at.getTime())) {
    throw new UnreadableTimeError(`${field} is no point in time`);
  }
  return at;
}

function dayAfter(date: string): string {
  const next = new Date(Date.parse(date) + 86_400_000).toISOString();
  // After the year 9999 ISO 8601 goes on with a sign and six digits, which compare with nothing here.
  if (next.startsWith('+')) throw new UnreadableTimeError('end is not a date');
  return next.slice(0, 10);
}

function later(start: Date, end: Date | undefined): Date {
  return end !== undefined && end > start ? end : start;
}
