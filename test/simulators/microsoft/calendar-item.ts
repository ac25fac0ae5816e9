import { Temporal } from 'temporal-polyfill';

import type { PatternedRecurrence } from './recurrence-pattern.ts';
import { type SeriesSlots, type Slot, createSeriesSlots } from './series-slots.ts';
import { type DateTimeTimeZone, instantOf, requireZone } from './wall-clock.ts';

/**
 * An event as a test or the demo hands it in: Graph's wire shape. `start` and `end` are needed for a new event, the
 * rest has Outlook's defaults. With `recurrence` it is a series master. `id` may be a name of the caller's own choice.
 */
export interface EventInput {
  id?: string;
  start?: DateTimeTimeZone;
  end?: DateTimeTimeZone;
  isAllDay?: boolean;
  recurrence?: PatternedRecurrence | null;
  originalStartTimeZone?: string;
  originalEndTimeZone?: string;
  iCalUId?: string;
  [property: string]: unknown;
}

export interface Timing {
  /** Epoch milliseconds. */
  start: number;
  end: number;
  /** `YYYY-MM-DD`, end exclusive; present for all-day events. */
  dates?: { start: string; end: string };
  /** As given: Windows or IANA names. */
  startTimeZone: string;
  endTimeZone: string;
}

export interface CalendarItem {
  /** Stable for the life of the item; ids are made from it. */
  readonly key: string;
  readonly createdAt: number;
  modifiedAt: number;
  /** The mailbox's revision at the last change; the change key is made from it. */
  revision: number;
  deleted: boolean;
  source: EventInput;
  timing: Timing;
  series?: Series;
  /** Where it was before, and until which revision. */
  readonly earlier: { until: number; start: number; end: number }[];
}

export interface Series {
  recurrence: PatternedRecurrence;
  timeZone: string;
  slots: SeriesSlots;
  exceptions: Map<string, SeriesException>;
  /** Dates of deleted occurrences, with the revision of the deletion. */
  cancelled: Map<string, number>;
  /** The revision at which the whole series was last written, as opposed to one of its occurrences. */
  rewritten: number;
}

export interface SeriesException {
  slot: Slot;
  timing: Timing;
  changes: EventInput;
  revision: number;
  modifiedAt: number;
}

/** A zone that somebody made up long ago, by which entries may still have been made; only its name is left. */
const CUSTOM_ZONE = 'tzone://Microsoft/Custom';

/** @throws RangeError for missing or unreadable times, unknown zones, and all-day events off midnight. */
export function timingOf(source: EventInput): Timing {
  const { start, end } = source;
  if (!start || !end) throw new RangeError('an event needs start and end');
  const startTimeZone = originalZoneOf(source, start);
  const endTimeZone = source.originalEndTimeZone ?? startTimeZone;
  if (!source.isAllDay)
    return checked({ start: instantOf(start), end: instantOf(end), startTimeZone, endTimeZone });

  const dates = { start: dateOf(start), end: dateOf(end) };
  if (dates.start >= dates.end)
    throw new RangeError('an all-day event ends at least one day after it starts');
  const timeZone = startTimeZone === CUSTOM_ZONE ? start.timeZone : startTimeZone;
  return {
    start: instantOf({ dateTime: dates.start, timeZone }),
    end: instantOf({ dateTime: dates.end, timeZone }),
    dates,
    startTimeZone,
    endTimeZone,
  };
}

function originalZoneOf(source: EventInput, start: DateTimeTimeZone): string {
  const zone = source.originalStartTimeZone ?? source.recurrence?.range.recurrenceTimeZone ?? start.timeZone;
  if (zone !== CUSTOM_ZONE) requireZone(zone);
  return zone;
}

function checked(timing: Timing): Timing {
  if (timing.end < timing.start) throw new RangeError('an event cannot end before it starts');
  return timing;
}

function dateOf({ dateTime }: DateTimeTimeZone): string {
  const time = dateTime.slice(10);
  if (!/^(T00:00(:00(\.0+)?)?)?$/.test(time))
    throw new RangeError(`an all-day event begins and ends at midnight`);
  return dateTime.slice(0, 10);
}

/** @throws RangeError when the pattern gives no occurrence. */
export function seriesOf(source: EventInput, timing: Timing, revision: number): Series | undefined {
  const { recurrence } = source;
  if (!recurrence) return undefined;
  const timeZone = recurrence.range.recurrenceTimeZone || timing.startTimeZone;
  const zone = requireZone(timeZone);
  const start = timing.dates ? midnight(timing.dates.start) : wallClock(timing.start, zone);
  const end = timing.dates ? midnight(timing.dates.end) : wallClock(timing.end, zone);
  const slots = createSeriesSlots({ recurrence, timeZone, start, end });
  return { recurrence, timeZone, slots, exceptions: new Map(), cancelled: new Map(), rewritten: revision };
}

function midnight(date: string): Temporal.PlainDateTime {
  return Temporal.PlainDate.from(date).toPlainDateTime();
}

function wallClock(instant: number, zone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDateTime();
}

/** A series master shows the times of its first occurrence, an ordinary occurrence those of its slot. */
export function slotTiming(timing: Timing, slot: Slot): Timing {
  return {
    ...timing,
    start: slot.start,
    end: slot.end,
    ...(timing.dates ? { dates: { start: slot.date, end: slot.endDate } } : {}),
  };
}

/** What an exception says: its own changes over the master, at its slot unless it was moved. */
export function exceptionSource(item: CalendarItem, slot: Slot, changes: EventInput): EventInput {
  const { timing, source } = item;
  const inherited = slotTiming(timing, slot);
  const at = (instant: number, date: string | undefined): DateTimeTimeZone => ({
    dateTime: date ?? new Date(instant).toISOString().slice(0, -1),
    timeZone: 'UTC',
  });
  return {
    ...source,
    originalStartTimeZone: timing.startTimeZone,
    originalEndTimeZone: timing.endTimeZone,
    start: at(inherited.start, inherited.dates?.start),
    end: at(inherited.end, inherited.dates?.end),
    ...changes,
    recurrence: null,
  };
}
