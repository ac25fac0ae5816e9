import { type CalendarItem, type SeriesException, type Timing, slotTiming } from './calendar-item.ts';
import type { OutlookCalendar } from './mailbox.ts';
import { type Slot, touches } from './series-slots.ts';

/** What a calendar view is made of: a single event, an ordinary occurrence (`slot`) or an exception (both). */
export interface Instance {
  item: CalendarItem;
  slot?: Slot;
  exception?: SeriesException;
  timing: Timing;
}

const VIEWS_KEPT = 8;

/** Everything that touches `[from, to)`, by start. Kept until the calendar changes, so that paging costs nothing. */
export function calendarView(calendar: OutlookCalendar, from: number, to: number): readonly Instance[] {
  const name = `${from}/${to}`;
  const kept = calendar.views.get(name);
  if (kept?.version === calendar.version) return kept.instances;

  const instances = [...calendar.items.values()]
    .flatMap((item) => instancesOf(item, from, to))
    .toSorted((left, right) => left.timing.start - right.timing.start);
  calendar.views.delete(name);
  calendar.views.set(name, { version: calendar.version, instances });
  const oldest = calendar.views.keys().next().value;
  if (calendar.views.size > VIEWS_KEPT && oldest !== undefined) calendar.views.delete(oldest);
  return instances;
}

/** The instances of one item that touch `[from, to)`; an exception counts where it was moved to. */
export function instancesOf(item: CalendarItem, from: number, to: number): Instance[] {
  const { series } = item;
  if (item.deleted) return [];
  if (!series) return touches(item.timing, from, to) ? [{ item, timing: item.timing }] : [];
  const ordinary = series.slots
    .between(from, to)
    .filter(({ date }) => !series.cancelled.has(date) && !series.exceptions.has(date))
    .map((slot) => ({ item, slot, timing: slotTiming(item.timing, slot) }));
  const exceptions = [...series.exceptions.values()]
    .filter(({ timing }) => touches(timing, from, to))
    .map((exception) => ({ item, slot: exception.slot, exception, timing: exception.timing }));
  return [...ordinary, ...exceptions].toSorted((left, right) => left.timing.start - right.timing.start);
}

/** The occurrence or exception of that date; undefined where there is none (any more). */
export function instanceOn(item: CalendarItem, date: string): Instance | undefined {
  const { series } = item;
  if (item.deleted || !series || series.cancelled.has(date)) return undefined;
  const exception = series.exceptions.get(date);
  if (exception) return { item, slot: exception.slot, exception, timing: exception.timing };
  const slot = series.slots.on(date);
  return slot && { item, slot, timing: slotTiming(item.timing, slot) };
}
