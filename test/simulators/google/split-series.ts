import type { EventState } from './event-state.ts';
import { parseRecurrence } from './recurrence.ts';
import type { GoogleEvent } from './wire.ts';
import { basicUtc, dateOfWall, instantOf, type WallMs, wallOf } from './zoned-time.ts';

export interface SplitRules {
  before: string[];
  after: string[];
  /** What Google appends to the id of the series. */
  suffix: string;
}

/**
 * What "this and following" makes of a series' recurrence: it ends before the split, and a second one goes on from
 * there. COUNT is shared out.
 * @throws Error at the first instance, and for RDATE lines, which would have to be shared out too.
 */
export function splitRecurrence(state: EventState, wall: WallMs, calendarZone: string): SplitRules {
  const { recurrence: lines = [] } = state.wire;
  const zone = state.allDay ? calendarZone : (state.series?.zone ?? calendarZone);
  const start = wallOf(zone, state.startMs);
  if (wall <= start) throw new Error('a series cannot be split at its first instance');
  if (lines.some((line) => /^RDATE/i.test(line))) throw new Error('a series with RDATE cannot be split here');
  const rules = lines.filter((line) => /^RRULE/i.test(line));
  const passed = parseRecurrence({ lines: rules, start, zone, allDay: state.allDay }).between(
    start,
    wall - 1,
  ).length;
  const last = state.allDay
    ? dateOfWall(wall - 1).replaceAll('-', '')
    : basicUtc(instantOf(zone, wall) - 1000);
  const named = new Date(wall).toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
  return {
    before: lines.map((line) => (isRule(line) ? `${withoutEnd(line)};UNTIL=${last}` : line)),
    after: lines.map((line) =>
      isRule(line) ? line.replace(/COUNT=(\d+)/i, (_, count) => `COUNT=${Number(count) - passed}`) : line,
    ),
    suffix: `_R${state.allDay ? named.slice(0, 8) : named}`,
  };
}

function isRule(line: string): boolean {
  return /^RRULE/i.test(line);
}

function withoutEnd(rule: string): string {
  return rule.replaceAll(/;(?:COUNT|UNTIL)=[^;]*/gi, '').replace(/(?<=:)(?:COUNT|UNTIL)=[^;]*;/i, '');
}

/** When the second part's first instance is, whatever became of that one in the first. */
export function timesAt(
  { allDay, series }: EventState,
  wall: WallMs,
  calendarZone: string,
): Required<Pick<GoogleEvent, 'start' | 'end'>> {
  const durationMs = series?.durationMs ?? 0;
  if (allDay) return { start: { date: dateOfWall(wall) }, end: { date: dateOfWall(wall + durationMs) } };
  const timeZone = series?.zone ?? calendarZone;
  const startMs = instantOf(timeZone, wall);
  const at = (ms: number) => ({ dateTime: new Date(ms).toISOString(), timeZone });
  return { start: at(startMs), end: at(startMs + durationMs) };
}

/** The second part as a new event, under the id and the UID that Google would make of the first one's. */
export function followingPart(
  series: GoogleEvent,
  times: Pick<GoogleEvent, 'start' | 'end'>,
  { after, suffix }: SplitRules,
): GoogleEvent {
  const [name = '', ...host] = (series.iCalUID ?? '').split('@');
  return {
    ...series,
    ...times,
    id: withoutSuffix(series.id ?? '') + suffix,
    iCalUID: [withoutSuffix(name) + suffix, ...host].join('@'),
    recurrence: after,
    sequence: 0,
  };
}

function withoutSuffix(id: string): string {
  return id.replace(/_R\d{8}(T\d{6})?$/, '');
}
