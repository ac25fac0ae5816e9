import { Temporal } from 'temporal-polyfill';

/** Graph's `patternedRecurrence`, as far as it says when. */
export interface PatternedRecurrence {
  pattern: RecurrencePattern;
  range: RecurrenceRange;
}

export interface RecurrencePattern {
  type: 'daily' | 'weekly' | 'absoluteMonthly' | 'relativeMonthly' | 'absoluteYearly' | 'relativeYearly';
  interval: number;
  daysOfWeek?: DayOfWeek[];
  firstDayOfWeek?: DayOfWeek;
  dayOfMonth?: number;
  month?: number;
  index?: 'first' | 'second' | 'third' | 'fourth' | 'last';
}

export interface RecurrenceRange {
  type: 'endDate' | 'noEnd' | 'numbered';
  /** `YYYY-MM-DD`, like `endDate`, which is the last possible day. */
  startDate: string;
  endDate?: string;
  numberOfOccurrences?: number;
  /** Windows or IANA name. */
  recurrenceTimeZone?: string;
}

export type DayOfWeek = (typeof daysOfWeek)[number];
const daysOfWeek = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/**
 * The dates of a series in ascending order; endless for `noEnd`. An index past the end of a month means its last day,
 * as in Outlook (RFC 5545 would leave the month out).
 */
export function* occurrenceDates({ pattern, range }: PatternedRecurrence): Generator<Temporal.PlainDate> {
  const first = Temporal.PlainDate.from(range.startDate);
  const last =
    range.type === 'endDate' ? Temporal.PlainDate.from(range.endDate ?? range.startDate) : undefined;
  const limit = range.type === 'numbered' ? (range.numberOfOccurrences ?? 1) : Infinity;
  let given = 0;
  for (const date of candidates(pattern, first)) {
    if (Temporal.PlainDate.compare(date, first) < 0) continue;
    if (last && Temporal.PlainDate.compare(date, last) > 0) return;
    if (given++ >= limit) return;
    yield date;
  }
}

/** May begin before `first`, because the week or month that holds it does. */
function* candidates(pattern: RecurrencePattern, first: Temporal.PlainDate): Generator<Temporal.PlainDate> {
  for (let step = 0; ; step += Math.max(1, pattern.interval)) {
    yield* datesOfStep(pattern, first, step);
  }
}

function datesOfStep(
  pattern: RecurrencePattern,
  first: Temporal.PlainDate,
  step: number,
): Temporal.PlainDate[] {
  switch (pattern.type) {
    case 'daily':
      return [first.add({ days: step })];
    case 'weekly':
      return daysOfOneWeek(pattern, first, step);
    case 'absoluteMonthly':
      return [dayIn(first.with({ day: 1 }).add({ months: step }), pattern, first)];
    case 'relativeMonthly':
      return [relativeDayIn(first.with({ day: 1 }).add({ months: step }), pattern)];
    case 'absoluteYearly':
      return [dayIn(monthOfYear(pattern, first, step), pattern, first)];
    case 'relativeYearly':
      return [relativeDayIn(monthOfYear(pattern, first, step), pattern)];
  }
}

function daysOfOneWeek(
  pattern: RecurrencePattern,
  first: Temporal.PlainDate,
  step: number,
): Temporal.PlainDate[] {
  const weekBegins = isoDay(pattern.firstDayOfWeek ?? 'sunday');
  const weekStart = first.subtract({ days: (first.dayOfWeek - weekBegins + 7) % 7 }).add({ weeks: step });
  return wantedDays(pattern, first)
    .map((day) => (day - weekBegins + 7) % 7)
    .toSorted((left, right) => left - right)
    .map((offset) => weekStart.add({ days: offset }));
}

function monthOfYear(
  pattern: RecurrencePattern,
  first: Temporal.PlainDate,
  step: number,
): Temporal.PlainDate {
  return first.with({ day: 1, month: pattern.month || first.month }).add({ years: step });
}

function dayIn(
  month: Temporal.PlainDate,
  pattern: RecurrencePattern,
  first: Temporal.PlainDate,
): Temporal.PlainDate {
  return month.with({ day: Math.min(pattern.dayOfMonth || first.day, month.daysInMonth) });
}

function relativeDayIn(month: Temporal.PlainDate, pattern: RecurrencePattern): Temporal.PlainDate {
  const wanted = wantedDays(pattern, month);
  const matching = Array.from({ length: month.daysInMonth }, (_, index) =>
    month.with({ day: index + 1 }),
  ).filter((date) => wanted.includes(date.dayOfWeek));
  const position = { first: 0, second: 1, third: 2, fourth: 3, last: -1 }[pattern.index ?? 'first'];
  const date = matching.at(position);
  if (!date) throw new RangeError(`no ${pattern.index} ${String(pattern.daysOfWeek)} in ${month.toString()}`);
  return date;
}

/** ISO day numbers; the weekday of `fallback` where the pattern names none. */
function wantedDays(pattern: RecurrencePattern, fallback: Temporal.PlainDate): number[] {
  return pattern.daysOfWeek?.length ? pattern.daysOfWeek.map(isoDay) : [fallback.dayOfWeek];
}

function isoDay(day: DayOfWeek): number {
  return daysOfWeek.indexOf(day) + 1;
}
