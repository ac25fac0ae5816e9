import { intervalsOf, joined, type Interval } from './interval.ts';
import { offsetsIn } from './zone.ts';

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
  const spansOn = spansByDay(hours);
  const found: [number, number][] = [];
  for (const clocks of offsetsIn(timeZone, range)) {
    const from = Math.max(clocks.start, range.start.getTime());
    const to = Math.min(clocks.end, range.end.getTime());
    const lastDay = Math.floor((to - 1 + clocks.offset) / dayMs);
    for (let day = Math.floor((from + clocks.offset) / dayMs); day <= lastDay; day += 1) {
      const midnight = day * dayMs - clocks.offset;
      for (const span of spansOn(day)) {
        const start = Math.max(midnight + span.start * minuteMs, from);
        const end = Math.min(midnight + span.end * minuteMs, to);
        if (start < end) found.push([start, end]);
      }
    }
  }
  return intervalsOf(joined(found));
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** By days on the wall, counted from 1970-01-01, which was a Thursday. */
function spansByDay({ weekly, exceptions }: WorkingHours): (day: number) => readonly DaySpan[] {
  const byDay = new Map([...exceptions].map(([date, spans]) => [Date.parse(date) / dayMs, spans]));
  return (day) => byDay.get(day) ?? weekly[weekdays[(((day + 3) % 7) + 7) % 7] ?? 'monday'];
}
