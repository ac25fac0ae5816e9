import type { Interval } from './interval.ts';

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof weekdays)[number];

/** Of a day on the wall, in minutes since midnight: `end` is not part of it, and 1440 is the end of the day. */
export interface DaySpan {
  readonly start: number;
  readonly end: number;
}

/** When somebody works, by the clock on their wall. */
export interface WorkingHours {
  readonly weekly: Readonly<Record<Weekday, readonly DaySpan[]>>;
  /** By date (`YYYY-MM-DD`), in place of the weekday's: none on a holiday. */
  readonly exceptions: ReadonlyMap<string, readonly DaySpan[]>;
}

/**
 * The working hours within the range: sorted, disjoint, touching ones joined. A moment belongs to them when the clock on
 * the wall in that zone shows a time of the day's spans: what the clocks skip is not there, and an hour that comes twice
 * counts both times. Spans may overlap. Throws RangeError for an unknown zone.
 */
export function workingIntervals(hours: WorkingHours, timeZone: string, range: Interval): Interval[] {
  throw new Error(`not yet ${String(hours)} ${timeZone} ${String(range)}`);
}
