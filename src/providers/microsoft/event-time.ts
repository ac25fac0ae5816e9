import { ianaZoneOf, instantOf, isKnownZone, localTimeIn, startOfDayIn } from '../../domain/zone.ts';
import type { CalendarEvent } from '../../domain/event.ts';
import type { Interval } from '../../domain/interval.ts';
import type { GraphEvent } from './graph-event.ts';
import { objectAt, textAt } from './json.ts';

export type Span = Pick<CalendarEvent, 'start' | 'end' | 'allDay' | 'startDate' | 'endDate'>;

/** The message says what is wrong and holds nothing of the event but a year. */
export class UnreadableTimeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableTimeError';
  }
}

/** When an event is. Never ends before it starts. Throws `UnreadableTimeError`. */
export function spanOf(item: GraphEvent, calendarZone: string | undefined): Span {
  const start = wallClockOf(item.start, 'start');
  const end = wallClockOf(item.end, 'end');
  return item.isAllDay === true ? allDaySpan(start, end, item, calendarZone) : timedSpan(start, end);
}

/** Two `dateTimeTimeZone`s, such as a time that somebody proposes; undefined where there is none that can be read. */
export function slotOf(value: unknown): Interval | undefined {
  const { start, end } = objectAt(value);
  try {
    const span = timedSpan(wallClockOf(start, 'start'), wallClockOf(end, 'end'));
    return { start: span.start, end: span.end };
  } catch (error) {
    if (error instanceof UnreadableTimeError) return undefined;
    throw error;
  }
}

/** Graph's `dateTimeTimeZone`, checked: a time of the wall clock, without offset, and the name of its zone. */
interface WallClock {
  readonly date: string;
  /** `YYYY-MM-DDThh:mm:ss`, with up to nine decimals. */
  readonly dateTime: string;
  readonly zone: string;
  readonly which: string;
}

function wallClockOf(value: unknown, which: string): WallClock {
  const { dateTime, timeZone } = objectAt(value);
  const match = /^((\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)$/.exec(textAt(dateTime) ?? '');
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new UnreadableTimeError(`its ${which} is no date and time`);
  }
  insistOnYear(match[2], which);
  return { date: match[2], dateTime: match[1], zone: textAt(timeZone) ?? 'UTC', which };
}

/** The years that Exchange itself can hold; parsers and time zones go astray outside of them. */
function insistOnYear(date: string, which: string): void {
  const year = Number(date.slice(0, 4));
  if (year < 1601 || year > 4500) throw new UnreadableTimeError(`its ${which} is in the year ${year}`);
}

function timedSpan(startClock: WallClock, endClock: WallClock): Span {
  const start = readInstant(startClock);
  const end = readInstant(endClock);
  return { start, end: end < start ? start : end, allDay: false };
}

function readInstant({ dateTime, zone, which }: WallClock): Date {
  // UTC is what we ask for; it needs no table of zones.
  if (zone === 'UTC') return existing(which, () => utcInstant(dateTime));
  const iana = ianaZoneOf(zone);
  if (iana === undefined) throw new UnreadableTimeError(`its ${which} is in a time zone that is not known`);
  return existing(which, () => instantOf(dateTime, iana));
}

/** Throws RangeError for a time that does not exist: `Date` would move the 30th of February into March. */
function utcInstant(dateTime: string): Date {
  const instant = new Date(`${dateTime}Z`);
  if (!instant.toISOString().startsWith(dateTime.slice(0, 16))) throw new RangeError('no such time');
  return instant;
}

/**
 * The dates as they stand, whatever zone their label names: Graph never shifts them. The days begin and end where the
 * event was made, else where the calendar is.
 */
function allDaySpan(
  start: WallClock,
  end: WallClock,
  item: GraphEvent,
  calendarZone: string | undefined,
): Span {
  const zone = ianaZoneOf(textAt(item.originalStartTimeZone) ?? '') ?? calendarZone ?? 'UTC';
  const endDate = end.date > start.date ? end.date : existing(start.which, () => dayAfter(start.date));
  return {
    start: existing(start.which, () => startOfDayIn(start.date, zone)),
    end: existing(end.which, () => startOfDayIn(endDate, zone)),
    allDay: true,
    startDate: start.date,
    endDate,
  };
}

function dayAfter(date: string): string {
  const day = startOfDayIn(date, 'UTC');
  return new Date(day.getTime() + 86_400_000).toISOString().slice(0, 10);
}

/** The zone functions throw RangeError for a 30th of February. */
function existing<T>(which: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableTimeError(`its ${which} does not exist`);
    throw error;
  }
}

/**
 * An instant as it is written into the calendar: in the zone in which it is to be shown, or in UTC where that zone cannot
 * say it, because the hour comes twice and this is the second.
 */
export function wireTime(
  instant: Date,
  zone: string,
): { readonly dateTime: string; readonly timeZone: string } {
  if (zone !== 'UTC' && isKnownZone(zone)) {
    const dateTime = localTimeIn(instant, zone);
    if (instantOf(dateTime, zone).getTime() === instant.getTime()) return { dateTime, timeZone: zone };
  }
  return { dateTime: instant.toISOString().slice(0, -1), timeZone: 'UTC' };
}
