import { parseRecurrence, type Recurrence } from './recurrence.ts';
import type { GoogleEvent, GoogleEventInput } from './wire.ts';
import { instantOfEventTime, type WallMs, wallOf, wallOfDate } from './zoned-time.ts';

/** One version of an event: a single one, or a series with its exceptions. Never changed, only replaced. */
export interface EventState {
  wire: GoogleEvent;
  startMs: number;
  endMs: number;
  allDay: boolean;
  cancelled: boolean;
  /** The sequence number of the change that made this event what it is; exceptions have their own. */
  stamp: number;
  series?: SeriesState;
}

export interface SeriesState {
  recurrence: Recurrence;
  zone: string;
  /** Of the first instance; all-day series count in wall-clock days, timed ones in exact time (RFC 5545, 3.8.5.3). */
  durationMs: number;
  exceptions: ReadonlyMap<WallMs, InstanceState>;
}

/** A moved, changed or cancelled instance, by the original start that its rule gives. */
export interface InstanceState {
  wire: GoogleEvent;
  originalStart: WallMs;
  startMs: number;
  endMs: number;
  cancelled: boolean;
  stamp: number;
}

/**
 * @param wire complete, see `completeEvent`
 * @param kept exceptions of the version before: those stay whose original start the rule still gives
 * @throws Error where times or recurrence cannot be read
 */
export function eventState(
  wire: GoogleEventInput & GoogleEvent,
  calendarZone: string,
  stamp: number,
  kept: ReadonlyMap<WallMs, InstanceState> = new Map(),
): EventState {
  const startMs = instantOfEventTime(wire.start, calendarZone);
  const endMs = instantOfEventTime(wire.end, calendarZone);
  if (endMs < startMs) throw new Error(`event ${wire.id}: it ends before it starts`);
  const allDay = wire.start.date !== undefined;
  const base = { wire, startMs, endMs, allDay, cancelled: wire.status === 'cancelled', stamp };
  if (!wire.recurrence) return base;

  const zone = wire.start.timeZone ?? calendarZone;
  const start = allDay ? wallOfDate(wire.start.date ?? '') : wallOf(zone, startMs);
  const recurrence = parseRecurrence({ lines: wire.recurrence, start, zone, allDay });
  const durationMs = allDay ? wallOfDate(wire.end.date ?? '') - start : endMs - startMs;
  const exceptions = new Map([...kept].filter(([wall]) => isOccurrence(recurrence, wall)));
  return { ...base, series: { recurrence, zone, durationMs, exceptions } };
}

/** The same event in a calendar of another zone: its days begin at other instants. */
export function inZone(state: EventState, calendarZone: string): EventState {
  const spanOf = ({ wire }: Pick<EventState, 'wire'>) => ({
    startMs: instantOfEventTime(wire.start ?? {}, calendarZone),
    endMs: instantOfEventTime(wire.end ?? {}, calendarZone),
  });
  const moved = { ...state, ...spanOf(state) };
  if (state.series === undefined) return moved;
  const exceptions = [...state.series.exceptions].map(
    ([wall, exception]) => [wall, { ...exception, ...spanOf(exception) }] as const,
  );
  const zone = state.wire.start?.timeZone ?? calendarZone;
  return { ...moved, series: { ...state.series, zone, exceptions: new Map(exceptions) } };
}

export function isOccurrence(recurrence: Recurrence, wall: WallMs): boolean {
  return recurrence.between(wall, wall).length > 0;
}
