import { Temporal } from 'temporal-polyfill';

import { ianaZoneOf } from './windows-zones.ts';

/** Graph's `dateTimeTimeZone`: a wall-clock time without offset, and the Windows or IANA name of its zone. */
export interface DateTimeTimeZone {
  dateTime: string;
  timeZone: string;
}

/**
 * The instant (epoch milliseconds) of a wall-clock time. A time that a DST change skips moves forward, one that it
 * repeats is the first of the two, as Exchange does.
 * @throws RangeError for an unknown zone or an unreadable time.
 */
export function instantOf({ dateTime, timeZone }: DateTimeTimeZone): number {
  const zone = requireZone(timeZone);
  if (zone === 'UTC') return utcInstantOf(dateTime);
  return Temporal.PlainDateTime.from(dateTime).toZonedDateTime(zone).epochMilliseconds;
}

function utcInstantOf(dateTime: string): number {
  const instant = Date.parse(`${dateTime.replace(/Z$/, '')}Z`);
  if (Number.isNaN(instant)) throw new RangeError(`not a wall-clock time: ${dateTime}`);
  return instant;
}

/** The other way round, with Graph's seven decimals; the answer repeats the zone's name as it was given. */
export function wallClockAt(instant: number, timeZone: string): DateTimeTimeZone {
  const zone = requireZone(timeZone);
  const dateTime =
    zone === 'UTC'
      ? new Date(instant).toISOString().slice(0, 23)
      : Temporal.Instant.fromEpochMilliseconds(instant)
          .toZonedDateTimeISO(zone)
          .toPlainDateTime()
          .toString({ fractionalSecondDigits: 3 });
  return { dateTime: `${dateTime}0000`, timeZone };
}

/** An all-day boundary is midnight in whatever zone was asked for: only the label changes (fact sheet, section 5). */
export function midnightOf(date: string, timeZone: string): DateTimeTimeZone {
  return { dateTime: `${date}T00:00:00.0000000`, timeZone };
}

/** An instant in UTC with Graph's seven decimals and `Z`. */
export function utcStamp(instant: number): string {
  return new Date(instant).toISOString().replace('Z', '0000Z');
}

/**
 * @returns the IANA name.
 * @throws RangeError for a name that neither Windows nor IANA knows.
 */
export function requireZone(name: string): string {
  const zone = ianaZoneOf(name);
  if (!zone) throw new RangeError(`unknown time zone: ${name}`);
  return zone;
}
