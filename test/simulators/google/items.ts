import type { EventState, InstanceState, SeriesState } from './event-state.ts';
import type { GoogleEvent } from './wire.ts';
import { basicUtc, dateOfWall, instantOf, type WallMs } from './zoned-time.ts';

/** Something that a listing can name: a single event, a series as such, or one instance of a series. */
export interface Item {
  id: string;
  wire: GoogleEvent;
  startMs: number;
  endMs: number;
  allDay: boolean;
  cancelled: boolean;
  stamp: number;
  instance?: { of: EventState; originalStart: WallMs; originalStartMs: number; changed: boolean };
}

/** Bounds as `events.list` means them: the end lies after `from`, the start before `to`. */
export interface Window {
  from: number;
  to: number;
}

const DAY_MS = 86_400_000;

/** More than any zone's offset and any change of the clocks. */
const ZONE_SLACK_MS = 2 * DAY_MS;

export function isInside(item: Pick<Item, 'startMs' | 'endMs'>, window: Window): boolean {
  return item.endMs > window.from && item.startMs < window.to;
}

export function itemOf(state: EventState): Item {
  const { wire, startMs, endMs, allDay, cancelled, stamp } = state;
  return { id: wire.id ?? '', wire, startMs, endMs, allDay, cancelled, stamp };
}

/** The instances of a series inside the window, cancelled ones by their original time, ascending by start. */
export function expand(state: EventState, window: Window, calendarZone: string): Item[] {
  if (!state.series) return isInside(state, window) ? [itemOf(state)] : [];
  const { recurrence, durationMs, exceptions } = state.series;
  const walls = recurrence.between(window.from - durationMs - ZONE_SLACK_MS, window.to + ZONE_SLACK_MS);
  const regular = walls
    .filter((wall) => !exceptions.has(wall))
    .map((wall) => regularInstance(state, state.series, wall, calendarZone));
  // All of them, for one can have been moved here from anywhere.
  const changed = [...exceptions.values()].map((exception) => exceptionItem(state, exception, calendarZone));
  return [...regular, ...changed]
    .filter((item) => isInside(item, window))
    .toSorted((a, b) => a.startMs - b.startMs);
}

/** The instance that the rule gives at `wall`, exception or not; the caller has made sure that it gives one. */
export function instanceAt(state: EventState, wall: WallMs, calendarZone: string): Item {
  const exception = state.series?.exceptions.get(wall);
  if (exception) return exceptionItem(state, exception, calendarZone);
  return regularInstance(state, state.series, wall, calendarZone);
}

function regularInstance(
  state: EventState,
  series: SeriesState | undefined,
  wall: WallMs,
  calendarZone: string,
): Item {
  const durationMs = series?.durationMs ?? 0;
  const startMs = originalStartMs(state, wall, calendarZone);
  return {
    id: instanceId(state, wall, startMs),
    wire: state.wire,
    startMs,
    endMs: state.allDay ? instantOf(calendarZone, wall + durationMs) : startMs + durationMs,
    allDay: state.allDay,
    cancelled: state.cancelled,
    stamp: state.stamp,
    instance: { of: state, originalStart: wall, originalStartMs: startMs, changed: false },
  };
}

export function exceptionItem(state: EventState, exception: InstanceState, calendarZone: string): Item {
  const originalMs = originalStartMs(state, exception.originalStart, calendarZone);
  return {
    id: instanceId(state, exception.originalStart, originalMs),
    wire: exception.wire,
    startMs: exception.startMs,
    endMs: exception.endMs,
    allDay: exception.wire.start?.date !== undefined,
    cancelled: state.cancelled || exception.cancelled,
    stamp: Math.max(exception.stamp, state.cancelled ? state.stamp : 0),
    instance: {
      of: state,
      originalStart: exception.originalStart,
      originalStartMs: originalMs,
      changed: true,
    },
  };
}

function originalStartMs(state: EventState, wall: WallMs, calendarZone: string): number {
  return instantOf(state.allDay ? calendarZone : (state.series?.zone ?? calendarZone), wall);
}

function instanceId(state: EventState, wall: WallMs, startMs: number): string {
  const suffix = state.allDay ? dateOfWall(wall).replaceAll('-', '') : basicUtc(startMs);
  return `${state.wire.id}_${suffix}`;
}
