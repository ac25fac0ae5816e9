import { Temporal } from 'temporal-polyfill';

import type { EventTime } from './wire.ts';

/** A wall-clock reading as if it were UTC, in milliseconds: the arithmetic of floating times without their zone. */
export type WallMs = number;

const DAY_MS = 86_400_000;
const QUARTER_HOUR_MS = 900_000;
const offsets = new Map<string, Map<number, number>>();

/** The zone's offset from UTC at that instant. Zones change their offset on quarter hours only, since 1972. */
export function offsetMsAt(zone: string, instantMs: number): number {
  const quarter = Math.floor(instantMs / QUARTER_HOUR_MS);
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, ofZone);
  const known = ofZone.get(quarter);
  if (known !== undefined) return known;
  const zoned = Temporal.Instant.fromEpochMilliseconds(quarter * QUARTER_HOUR_MS).toZonedDateTimeISO(zone);
  const offset = zoned.offsetNanoseconds / 1e6;
  ofZone.set(quarter, offset);
  return offset;
}

export function wallOf(zone: string, instantMs: number): WallMs {
  return instantMs + offsetMsAt(zone, instantMs);
}

/**
 * The instant of a wall-clock reading. One that a change of the clocks skips is read with the offset before the gap,
 * one that occurs twice is the first (RFC 5545, 3.3.5).
 */
export function instantOf(zone: string, wall: WallMs): number {
  const early = offsetMsAt(zone, wall - DAY_MS);
  const late = offsetMsAt(zone, wall + DAY_MS);
  if (early === late) return wall - early;
  return Temporal.PlainDateTime.from(new Date(wall).toISOString().slice(0, -1)).toZonedDateTime(zone, {
    disambiguation: 'compatible',
  }).epochMilliseconds;
}

/** The instant at which an event's start or end falls; days begin at midnight of `calendarZone`. */
export function instantOfEventTime(time: EventTime, calendarZone: string): number {
  if (time.date !== undefined) return instantOf(calendarZone, wallOfDate(time.date));
  if (time.dateTime === undefined) throw new Error('an event time needs date or dateTime');
  if (hasOffset(time.dateTime)) return parseOrThrow(time.dateTime);
  return instantOf(time.timeZone ?? calendarZone, parseOrThrow(`${time.dateTime}Z`));
}

export function wallOfDate(date: string): WallMs {
  return parseOrThrow(`${date}T00:00:00Z`);
}

/** `2026-03-01` */
export function dateOfWall(wall: WallMs): string {
  return new Date(wall).toISOString().slice(0, 10);
}

/** RFC 3339 with the zone's offset and without fractions, as Google writes it: `2026-03-01T09:00:00+01:00`, or `…Z`. */
export function renderDateTime(zone: string, instantMs: number): string {
  const offset = offsetMsAt(zone, instantMs);
  const wall = new Date(instantMs + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${wall}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const sign = offset < 0 ? '-' : '+';
  return `${wall}${sign}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(Math.floor(minutes % 60))}`;
}

/** iCalendar's basic form in UTC: `20260301T080000Z`. */
export function basicUtc(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** @throws Error when the name is no IANA time zone. */
export function assertTimeZone(zone: string): void {
  try {
    offsetMsAt(zone, 0);
  } catch (cause) {
    throw new Error(`${zone} is no IANA time zone`, { cause });
  }
}

export function hasOffset(dateTime: string): boolean {
  return /(Z|[+-]\d\d:?\d\d)$/i.test(dateTime);
}

function parseOrThrow(text: string): number {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new Error(`${text} is no RFC 3339 time`);
  return parsed;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
