import { assertEventId, completeEvent } from './event-completion.ts';
import {
  appendVersion,
  changesAfter,
  createHistoryLog,
  currentState,
  type EventHistory,
} from './event-history.ts';
import { type EventState, eventState, inZone, type InstanceState, isOccurrence } from './event-state.ts';
import { exceptionItem, type Item, instanceAt, itemOf } from './items.ts';
import { originalStartWall } from './recurrence.ts';
import type { EventTime, GoogleEvent, GoogleEventInput } from './wire.ts';
import { dateOfWall, instantOfEventTime, wallOf } from './zoned-time.ts';

/** What an instance is changed to; members left out stay as they are. */
export type InstanceChange = Partial<GoogleEvent> & { start?: EventTime; end?: EventTime };

export interface EventStoreOptions {
  calendarId: string;
  zone: string;
  ownerEmail: string;
  now: () => Date;
  newId: () => string;
  /** After each change. */
  onChange?: () => void;
}

export type EventStore = ReturnType<typeof createEventStore>;

/** The events of one calendar with every version that they had, so that any sync token can be answered exactly. */
export function createEventStore(options: EventStoreOptions) {
  const { calendarId, ownerEmail, now } = options;
  let { zone } = options;
  const log = createHistoryLog();
  let lastChangeAt = now();

  const current = (id: string): EventState | undefined => {
    const history = log.histories.get(id);
    return history && currentState(history);
  };

  const append = (id: string, state: EventState): void => {
    appendVersion(log, id, state);
    lastChangeAt = now();
    options.onChange?.();
  };

  const nextSequence = () => log.changes.length + 1;

  const living = (id: string): EventState => {
    const state = current(id);
    if (!state || state.cancelled) throw new Error(`calendar ${calendarId} holds no living event ${id}`);
    return state;
  };

  const put = (event: GoogleEventInput): Item => {
    if (event.recurringEventId && event.originalStartTime) return putInstance(event);
    const id = event.id ?? options.newId();
    assertEventId(id);
    const before = current(id);
    const wire = completeEvent(event, id, {
      calendarId,
      calendarZone: zone,
      ownerEmail,
      now: now(),
      before: before?.wire,
    });
    const state = eventState(wire, zone, nextSequence(), before?.series?.exceptions);
    append(id, state);
    return itemOf(state);
  };

  const putInstance = (event: GoogleEventInput): Item => {
    const original = event.originalStartTime?.date ?? event.originalStartTime?.dateTime ?? '';
    return changeInstance(event.recurringEventId ?? '', original, event);
  };

  const remove = (id: string): void => {
    const state = living(id);
    const wire: GoogleEvent = { ...state.wire, status: 'cancelled', updated: now().toISOString() };
    append(id, { ...state, wire, cancelled: true, stamp: nextSequence() });
  };

  const changeInstance = (seriesId: string, original: string | Date, change: InstanceChange): Item => {
    const master = living(seriesId);
    if (!master.series) throw new Error(`event ${seriesId} is no series`);
    const wall = originalStartWall({ zone: master.series.zone, allDay: master.allDay }, original);
    if (!isOccurrence(master.series.recurrence, wall))
      throw new Error(`series ${seriesId} has no occurrence at ${String(original)}`);
    const exception = changedInstance(instanceAt(master, wall, zone), wall, change);
    const exceptions = new Map([...master.series.exceptions, [wall, exception]]);
    const state: EventState = { ...master, series: { ...master.series, exceptions } };
    append(seriesId, state);
    return instanceAt(state, wall, zone);
  };

  /** The calendar's days begin elsewhere now. No event has changed by that: nothing is told of it but the zone. */
  const moveToZone = (to: string): void => {
    zone = to;
    for (const { versions } of log.histories.values()) {
      const latest = versions.at(-1);
      if (latest !== undefined) latest.state = inZone(latest.state, to);
    }
  };

  const changedInstance = (instance: Item, wall: number, change: InstanceChange): InstanceState => {
    const start = change.start ?? ownTime(instance, 'start');
    const end = change.end ?? ownTime(instance, 'end');
    const given: GoogleEventInput = { ...instance.wire, ...change, start, end };
    for (const member of ['recurrence', 'recurringEventId', 'originalStartTime', 'etag'] as const)
      delete given[member];
    const before = instance.wire;
    const wire = completeEvent(given, instance.id, {
      calendarId,
      calendarZone: zone,
      ownerEmail,
      now: now(),
      before,
    });
    return {
      wire,
      originalStart: wall,
      startMs: instantOfEventTime(wire.start, zone),
      endMs: instantOfEventTime(wire.end, zone),
      cancelled: wire.status === 'cancelled',
      stamp: nextSequence(),
    };
  };

  const ownTime = (instance: Item, edge: 'start' | 'end'): EventTime => {
    const ms = edge === 'start' ? instance.startMs : instance.endMs;
    const timeZone = instance.wire[edge]?.timeZone ?? zone;
    if (!instance.allDay) return { dateTime: new Date(ms).toISOString(), timeZone };
    return { date: dateOfWall(wallOf(zone, ms)) };
  };

  return {
    get zone() {
      return zone;
    },
    put,
    remove,
    changeInstance,
    moveToZone,
    /** The current item of that id, an instance's included, deleted ones too. */
    find: (id: string): Item | undefined => findItem(current, id, zone),
    /** The event or series of that id as a whole, deleted ones too. */
    state: current,
    /** The moved, changed and cancelled instances of the series with that id. */
    exceptions: (id: string): Item[] => {
      const state = current(id);
      const changed = [...(state?.series?.exceptions.values() ?? [])];
      return state ? changed.map((exception) => exceptionItem(state, exception, zone)) : [];
    },
    histories: (): Iterable<EventHistory> => log.histories.values(),
    /** Those that changed after that sequence number, each once, by their first change. */
    changedSince: (since: number): Set<EventHistory> => changesAfter(log, since),
    /** The number of the latest change; 0 for a calendar that never held anything. */
    sequence: () => log.changes.length,
    changedAt: () => lastChangeAt,
  };
}

function findItem(
  current: (id: string) => EventState | undefined,
  id: string,
  zone: string,
): Item | undefined {
  const state = current(id);
  if (state) return itemOf(state);
  const [, masterId = '', original = ''] = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/.exec(id) ?? [];
  const master = current(masterId);
  if (!master?.series || master.allDay === original.includes('T')) return undefined;
  const wall = originalStartWall({ zone: master.series.zone, allDay: master.allDay }, fromBasic(original));
  return isOccurrence(master.series.recurrence, wall) ? instanceAt(master, wall, zone) : undefined;
}

function fromBasic(text: string): string {
  const date = text.replace(/^(\d{4})(\d\d)(\d\d)/, '$1-$2-$3');
  return date.replace(/T(\d\d)(\d\d)(\d\d)Z$/, 'T$1:$2:$3Z');
}
