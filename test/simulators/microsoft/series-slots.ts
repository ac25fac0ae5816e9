import type { Temporal } from 'temporal-polyfill';

import { type PatternedRecurrence, occurrenceDates } from './recurrence-pattern.ts';
import { requireZone } from './wall-clock.ts';

/** Where the pattern puts one occurrence. A series has at most one for each date of its own time zone. */
export interface Slot {
  /** `YYYY-MM-DD` in the zone of the series: the occurrence's identity. */
  date: string;
  /** Epoch milliseconds. */
  start: number;
  end: number;
  /** First day after the last one, in the zone of the series. */
  endDate: string;
}

export interface SeriesSlots {
  readonly first: Slot;
  /** The slots that touch `[from, to)`, in order. */
  between(from: number, to: number): Slot[];
  on(date: string): Slot | undefined;
  startingAt(instant: number): Slot | undefined;
}

export interface SeriesTiming {
  recurrence: PatternedRecurrence;
  /** Windows or IANA name of the zone in which the pattern runs. */
  timeZone: string;
  /** Wall-clock times of the first occurrence in that zone; midnights for all-day series. */
  start: Temporal.PlainDateTime;
  end: Temporal.PlainDateTime;
}

/** Expands a series, each slot once, only as far as somebody has asked. Wall-clock times stay the same over DST. */
export function createSeriesSlots(timing: SeriesTiming): SeriesSlots {
  const slotOf = slotMaker(timing);
  const dates = occurrenceDates(timing.recurrence);
  const expanded: Slot[] = [];
  const byDate = new Map<string, Slot>();

  const expandNext = (): Slot | undefined => {
    const { value: date, done } = dates.next();
    if (done) return undefined;
    const slot = slotOf(date);
    expanded.push(slot);
    byDate.set(slot.date, slot);
    return slot;
  };
  const expandWhile = (isShort: (last: Slot) => boolean) => {
    let last = expanded.at(-1) ?? expandNext();
    while (last && isShort(last)) last = expandNext();
  };

  const first = expandNext();
  if (!first) throw new RangeError('the recurrence has no occurrence at all');
  return {
    first,
    between: (from, to) => {
      expandWhile((last) => last.start < to);
      return expanded.filter((slot) => touches(slot, from, to));
    },
    on: (date) => {
      expandWhile((last) => last.date < date);
      return byDate.get(date);
    },
    startingAt: (instant) => {
      expandWhile((last) => last.start < instant);
      return expanded.find((slot) => slot.start === instant);
    },
  };
}

function slotMaker({ timeZone, start: first, end: last }: SeriesTiming): (date: Temporal.PlainDate) => Slot {
  const zone = requireZone(timeZone);
  const time = first.toPlainTime();
  const length = first.until(last, { largestUnit: 'day' });
  return (date) => {
    const start = date.toPlainDateTime(time);
    const end = start.add(length);
    return {
      date: date.toString(),
      start: start.toZonedDateTime(zone).epochMilliseconds,
      end: end.toZonedDateTime(zone).epochMilliseconds,
      endDate: end.toPlainDate().toString(),
    };
  };
}

/** Overlaps `[from, to)`; something without length counts where it begins. */
export function touches(span: { start: number; end: number }, from: number, to: number): boolean {
  return span.start < to && (span.end > from || span.start >= from);
}
