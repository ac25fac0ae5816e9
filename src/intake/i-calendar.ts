import { mergeIntervals, type Interval } from '../domain/interval.ts';

/** Busy times as an iCalendar object (RFC 5545): pure text. */

export interface FreeBusyText {
  /** The same for the same question. */
  readonly uid: string;
  /** When it was made. */
  readonly stamp: Date;
  readonly range: Interval;
  /** Sorted and disjoint, within the range. */
  readonly busy: readonly Interval[];
  /** `BUSY-UNAVAILABLE`: not known, and not to be taken for free. */
  readonly type: 'BUSY' | 'BUSY-UNAVAILABLE';
  /** For people. */
  readonly comment?: string | undefined;
}

/** One VFREEBUSY (3.6.4). It knows whole seconds only: what is busy is never told shorter than it is. */
export function freeBusyText({ uid, stamp, range, busy, type, comment }: FreeBusyText): string {
  const whole = inWholeSeconds(range);
  const periods = mergeIntervals(busy.map(inWholeSeconds), whole);
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Calendar Sync//Free-Busy//EN',
    'BEGIN:VFREEBUSY',
    `UID:${escaped(uid)}`,
    `DTSTAMP:${utc(stamp)}`,
    `DTSTART:${utc(whole.start)}`,
    `DTEND:${utc(whole.end)}`,
    ...(comment === undefined ? [] : [`COMMENT:${escaped(comment)}`]),
    ...periods.map(({ start, end }) => `FREEBUSY;FBTYPE=${type}:${utc(start)}/${utc(end)}`),
    'END:VFREEBUSY',
    'END:VCALENDAR',
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join('');
}

function inWholeSeconds({ start, end }: Interval): Interval {
  return {
    start: new Date(Math.floor(start.getTime() / 1000) * 1000),
    end: new Date(Math.ceil(end.getTime() / 1000) * 1000),
  };
}

/** 3.3.5, form 2: `20261123T090000Z`. */
function utc(instant: Date): string {
  return instant.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** TEXT (3.3.11): control characters but the tab are none of it. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll(/\r\n|\r|\n/g, String.raw`\n`)
    .replaceAll(/[^\P{Cc}\t]/gu, '');
}

const lineOctets = 75;

/** 3.1: no line has more than 75 octets without its end, and no character is cut. The blank before the rest counts. */
function folded(line: string): string {
  const lines: string[] = [];
  let current = '';
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > lineOctets) {
      lines.push(current);
      [current, octets] = [' ', 1];
    }
    current += character;
    octets += size;
  }
  return [...lines, current].join('\r\n');
}
