import { draw } from '../draw.ts';
import type { CalendarItem } from './calendar-item.ts';
import { type Instance, calendarView, instanceOn, instancesOf } from './calendar-view.ts';
import {
  type EventReader,
  type GraphEvent,
  fullEvent,
  masterEvent,
  thinOccurrence,
  tombstone,
} from './event-answers.ts';
import type { EventReference } from './graph-ids.ts';
import type { OutlookCalendar } from './mailbox.ts';
import { touches } from './series-slots.ts';
import type { TimeWindow } from './time-window.ts';

/** How the service may behave within what the documentation allows; the harsher choices are for the tests. */
export interface DeltaBehaviour {
  /** `omitted` leaves series masters out, so that a client must GET them; `last` sends them after their occurrences. */
  masters: 'first' | 'last' | 'omitted';
  /** Some entries come again: at the end of the round, or anywhere where it is shuffled. */
  repeats: boolean;
  /**
   * Seed of the order in which a round speaks of its entries, over all of its pages: any, and another in each round.
   * Masters come where it falls then, unless they are omitted. Null: by their changes, or by time in a first round.
   */
  shuffleSeed: number | null;
  /** Pages are never larger, whatever was asked. */
  pageSizeLimit: number;
  /** Each page is preceded by an empty one with a nextLink. */
  emptyPages: boolean;
  /**
   * A changed series whose master, which has the times of its first occurrence, lies outside of the window comes as
   * `@removed`, although its occurrences may lie inside. Of one that was rewritten, they come all the same.
   */
  outsideMastersRemoved: boolean;
  /** Deleted occurrences leave a tombstone instead of no trace. */
  occurrenceTombstones: boolean;
  /** The error code of a dead token; spellings differ in the wild. */
  expiredCode: string;
}

export const defaultDeltaBehaviour: DeltaBehaviour = {
  masters: 'first',
  repeats: false,
  shuffleSeed: null,
  pageSizeLimit: 1000,
  emptyPages: false,
  outsideMastersRemoved: false,
  occurrenceTombstones: false,
  expiredCode: 'SyncStateNotFound',
};

export interface DeltaWindow extends TimeWindow {
  /** The revision that the client has already; undefined for a first round. */
  since?: number | undefined;
}

/** What a round is going to speak of, in order. What it says is decided when the page is made. */
export function roundEntries(
  calendar: OutlookCalendar,
  window: DeltaWindow,
  behaviour: DeltaBehaviour,
): EventReference[] {
  const entries =
    window.since === undefined ? everything(calendar, window) : changed(calendar, window, behaviour);
  const ordered = orderMasters(calendar, entries, behaviour.masters);
  const spoken = behaviour.repeats ? [...ordered, ...ordered.filter((_, index) => index % 3 === 0)] : ordered;
  return behaviour.shuffleSeed === null ? spoken : shuffled(spoken, behaviour.shuffleSeed, window.since);
}

/** Repeatable: the order follows from the seed, the round and its entries. */
function shuffled(
  entries: readonly EventReference[],
  seed: number,
  since: number | undefined = -1,
): EventReference[] {
  return entries
    .map((entry, index) => ({ entry, place: draw(seed, since, entry.key, entry.date ?? '', index) }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ entry }) => entry);
}

function everything(calendar: OutlookCalendar, { from, to }: DeltaWindow): EventReference[] {
  const masters = new Set<CalendarItem>();
  return calendarView(calendar, from, to).flatMap(({ item, slot }) => {
    if (!slot) return [{ key: item.key }];
    const isFirstOfSeries = !masters.has(item);
    masters.add(item);
    return [...(isFirstOfSeries ? [{ key: item.key }] : []), { key: item.key, date: slot.date }];
  });
}

function changed(
  calendar: OutlookCalendar,
  window: DeltaWindow,
  behaviour: DeltaBehaviour,
): EventReference[] {
  return keysChangedSince(calendar, window.since ?? 0).flatMap((key) => {
    const item = calendar.items.get(key);
    return item?.series && !item.deleted ? changedInSeries(item, window, behaviour) : [{ key }];
  });
}

function keysChangedSince(calendar: OutlookCalendar, since: number): string[] {
  const keys = new Set<string>();
  for (let index = calendar.changes.length - 1; index >= 0; index--) {
    const change = calendar.changes[index];
    if (!change || change.revision <= since) break;
    keys.add(change.key);
  }
  return [...keys].toReversed();
}

/** A rewritten series comes whole; one of which occurrences were touched comes as its master and those exceptions. */
function changedInSeries(
  item: CalendarItem,
  window: DeltaWindow,
  behaviour: DeltaBehaviour,
): EventReference[] {
  const { series, key } = item;
  if (!series) return [];
  const since = window.since ?? 0;
  const comesWhole = series.rewritten > since || behaviour.masters === 'omitted';
  const touched = [...series.exceptions].filter(([, { revision }]) => revision > since).map(([date]) => date);
  const cancelled = [...series.cancelled].filter(([, revision]) => revision > since).map(([date]) => date);
  const living = comesWhole
    ? instancesOf(item, window.from, window.to).flatMap(({ slot }) => slot?.date ?? [])
    : [];
  const dates = [...living, ...touched, ...(behaviour.occurrenceTombstones ? cancelled : [])];
  return [{ key }, ...[...new Set(dates)].map((date) => ({ key, date }))];
}

function orderMasters(
  calendar: OutlookCalendar,
  entries: EventReference[],
  masters: DeltaBehaviour['masters'],
): EventReference[] {
  if (masters === 'first') return entries;
  const isMaster = ({ key, date }: EventReference) => !date && calendar.items.get(key)?.series !== undefined;
  if (masters === 'last')
    return [...entries.filter((entry) => !isMaster(entry)), ...entries.filter(isMaster)];
  // The tombstone of a master is not left out: nothing else would tell of it.
  const withOccurrences = new Set(entries.filter(({ date }) => date).map(({ key }) => key));
  return entries.filter((entry) => !isMaster(entry) || !withOccurrences.has(entry.key));
}

/** The present state of an entry, as delta puts it. Nothing where an occurrence has vanished without a trace. */
export function deltaItem(
  calendar: OutlookCalendar,
  reader: EventReader,
  reference: EventReference,
  window: DeltaWindow,
  behaviour: DeltaBehaviour,
): GraphEvent | undefined {
  const item = calendar.items.get(reference.key);
  if (reference.date)
    return occurrence(item, reader, { ...reference, date: reference.date }, window, behaviour);
  if (!item || item.deleted) return tombstone(reader, reference, 'deleted');
  if (!item.series && touches(item.timing, window.from, window.to))
    return fullEvent(reader, { item, timing: item.timing });
  if (item.series && isMasterShown(item, window, behaviour)) return masterEvent(reader, item);
  return tombstone(reader, reference, wasInside(item, window) ? 'changed' : 'deleted');
}

function isMasterShown(
  item: CalendarItem,
  { from, to, since }: DeltaWindow,
  behaviour: DeltaBehaviour,
): boolean {
  const isHidden = behaviour.outsideMastersRemoved && since !== undefined && !touches(item.timing, from, to);
  return !isHidden && instancesOf(item, from, to).length > 0;
}

function occurrence(
  item: CalendarItem | undefined,
  reader: EventReader,
  reference: Required<EventReference>,
  window: DeltaWindow,
  behaviour: DeltaBehaviour,
): GraphEvent | undefined {
  const instance = item && instanceOn(item, reference.date);
  if (!instance) return behaviour.occurrenceTombstones ? tombstone(reader, reference, 'deleted') : undefined;
  return isInside(instance, window)
    ? inDeltaShape(reader, instance)
    : tombstone(reader, reference, 'changed');
}

function inDeltaShape(reader: EventReader, instance: Instance): GraphEvent {
  return instance.exception
    ? { '@odata.type': '#microsoft.graph.event', ...fullEvent(reader, instance) }
    : thinOccurrence(reader, instance);
}

function isInside({ timing }: Instance, { from, to }: DeltaWindow): boolean {
  return touches(timing, from, to);
}

function wasInside(item: CalendarItem, { from, to, since = 0 }: DeltaWindow): boolean {
  const then = item.earlier.find(({ until }) => until > since);
  return then !== undefined && touches(then, from, to);
}
