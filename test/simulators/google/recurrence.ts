import { RRuleTemporal } from 'rrule-temporal';

import { hasOffset, instantOf, type WallMs, wallOf, wallOfDate } from './zoned-time.ts';

/**
 * A recurring event's rule in floating time. The library expands wall-clock readings as if they were UTC and the
 * zone is applied afterwards: that keeps an occurrence that a change of the clocks skips, read with the offset before
 * the gap, as RFC 5545 3.3.10 asks; the library, given the zone, leaves it out.
 */
export interface Recurrence {
  /** Original starts from `from` to `to`, both inclusive, ascending. */
  between(from: WallMs, to: WallMs): WallMs[];
}

export interface Series {
  /** RRULE, EXRULE, RDATE and EXDATE lines, without DTSTART. */
  lines: readonly string[];
  start: WallMs;
  zone: string;
  allDay: boolean;
}

/** @throws Error for a line that is none of the four or that cannot be read. */
export function parseRecurrence(series: Series): Recurrence {
  const lines = series.lines.map(parseLine);
  const rules = lines.filter(({ name }) => name === 'RRULE').map(({ value }) => toRule(series, value, true));
  const excludedRules = lines
    .filter(({ name }) => name === 'EXRULE')
    .map(({ value }) => toRule(series, value, false));
  const added = datesOf(series, lines, 'RDATE');
  const excluded = new Set(datesOf(series, lines, 'EXDATE'));

  return {
    between: (from, to) => {
      const gone = new Set([...excluded, ...excludedRules.flatMap((rule) => starts(rule, from, to))]);
      // DTSTART is an occurrence also where no rule names it.
      const explicit = [series.start, ...added].filter((wall) => wall >= from && wall <= to);
      const all = new Set([...explicit, ...rules.flatMap((rule) => starts(rule, from, to))]);
      return [...all].filter((wall) => !gone.has(wall)).toSorted((a, b) => a - b);
    },
  };
}

interface Line {
  name: string;
  parameters: Map<string, string>;
  value: string;
}

function parseLine(text: string): Line {
  const colon = text.indexOf(':');
  const [name = '', ...parameters] = text.slice(0, colon).toUpperCase().split(';');
  if (colon < 0 || !['RRULE', 'EXRULE', 'RDATE', 'EXDATE'].includes(name))
    throw new Error(`recurrence: "${text}" is no RRULE, EXRULE, RDATE or EXDATE line`);
  // Zone names keep their case.
  const original = text.slice(0, colon).split(';').slice(1);
  const pairs = original.map((part, index) => {
    const key = (parameters[index] ?? '').split('=')[0] ?? '';
    return [key, part.slice(key.length + 1)] as const;
  });
  return { name, parameters: new Map(pairs), value: text.slice(colon + 1) };
}

/** A start that its own rule does not name counts as the first of `COUNT`, but is excluded by no EXRULE. */
function toRule(series: Series, rule: string, includeDtstart: boolean): RRuleTemporal {
  const parts = rule.split(';').map((part) => {
    const [name, value = ''] = part.split('=');
    return name?.toUpperCase() === 'UNTIL' ? `UNTIL=${floatingBasic(lastWall(series, value))}` : part;
  });
  return new RRuleTemporal({
    rruleString: `DTSTART:${floatingBasic(series.start)}\nRRULE:${parts.join(';')}`,
    includeDtstart,
    // A daily series of 27 years has passed the library's default.
    maxIterations: 1_000_000,
  });
}

function starts(rule: RRuleTemporal, from: WallMs, to: WallMs): WallMs[] {
  const { dtstart } = rule.options();
  const first = Math.max(from, dtstart.epochMilliseconds);
  if (to < first) return [];
  return rule.between(new Date(first), new Date(to), true).map(({ epochMilliseconds }) => epochMilliseconds);
}

/** UNTIL is inclusive; a bare date stands for its whole day. */
function lastWall(series: Series, until: string): WallMs {
  if (/^\d{8}$/.test(until)) return readBasic(until) + (series.allDay ? 0 : 86_399_000);
  if (series.allDay) return readBasic(until.slice(0, 8));
  return toWall(series, until, series.zone);
}

function datesOf(series: Series, lines: readonly Line[], name: string): WallMs[] {
  return lines
    .filter((line) => line.name === name)
    .flatMap(({ parameters, value }) =>
      value.split(',').map((text) => toWall(series, text.trim(), parameters.get('TZID') ?? series.zone)),
    );
}

/** An iCalendar date or date-time, read in `zone` unless it ends in Z, on the clock of the series. */
function toWall(series: Series, text: string, zone: string): WallMs {
  if (series.allDay || /^\d{8}$/.test(text)) return readBasic(text.slice(0, 8));
  const wall = readBasic(text);
  if (text.endsWith('Z')) return wallOf(series.zone, wall);
  return zone === series.zone ? wall : wallOf(series.zone, instantOf(zone, wall));
}

function readBasic(text: string): number {
  const fields = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/.exec(text);
  if (!fields) throw new Error(`recurrence: "${text}" is no iCalendar date or date-time`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields
    .slice(1)
    .map((part) => Number(part ?? 0));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function floatingBasic(wall: WallMs): string {
  return `${new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/**
 * The wall-clock reading that names an occurrence: a date for all-day series, else an RFC 3339 time (one without an
 * offset is on the clock of the series) or a `Date`.
 */
export function originalStartWall(series: Pick<Series, 'zone' | 'allDay'>, original: string | Date): WallMs {
  if (original instanceof Date) return wallOf(series.zone, original.getTime());
  if (series.allDay) return wallOfDate(original.slice(0, 10));
  const wall = Date.parse(hasOffset(original) ? original : `${original}Z`);
  if (Number.isNaN(wall)) throw new Error(`${original} names no occurrence: an RFC 3339 time is wanted`);
  return hasOffset(original) ? wallOf(series.zone, wall) : wall;
}
