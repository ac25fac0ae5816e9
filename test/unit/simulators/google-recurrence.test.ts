import { describe, expect, it } from 'vitest';

import { parseRecurrence, type Series } from '../../simulators/google/recurrence.ts';
import { instantOf, renderDateTime, wallOf } from '../../simulators/google/zoned-time.ts';

const wall = (text: string) => Date.parse(`${text}Z`);

function occurrences(series: Omit<Series, 'start' | 'allDay'> & { start: string }, from: string, to: string) {
  const rule = parseRecurrence({ ...series, start: wall(series.start), allDay: false });
  return rule
    .between(wall(from), wall(to))
    .map((at) => renderDateTime(series.zone, instantOf(series.zone, at)));
}

describe('the recurrence of the Google simulator', () => {
  it('keeps the wall-clock time when the clocks change', () => {
    const series = { lines: ['RRULE:FREQ=WEEKLY'], zone: 'Europe/Berlin', start: '2026-03-23T09:00:00' };
    expect(occurrences(series, '2026-03-20T00:00:00', '2026-04-07T00:00:00')).toEqual([
      '2026-03-23T09:00:00+01:00',
      '2026-03-30T09:00:00+02:00',
      '2026-04-06T09:00:00+02:00',
    ]);
  });

  it('reads a skipped wall-clock time with the offset before the gap, and a repeated one as the first', () => {
    const skipped = {
      lines: ['RRULE:FREQ=DAILY;COUNT=3'],
      zone: 'Europe/Berlin',
      start: '2026-03-28T02:30:00',
    };
    expect(occurrences(skipped, '2026-03-01T00:00:00', '2026-04-01T00:00:00')).toEqual([
      '2026-03-28T02:30:00+01:00',
      '2026-03-29T03:30:00+02:00',
      '2026-03-30T02:30:00+02:00',
    ]);
    const repeated = {
      lines: ['RRULE:FREQ=DAILY;COUNT=2'],
      zone: 'Europe/Berlin',
      start: '2026-10-24T02:30:00',
    };
    expect(occurrences(repeated, '2026-10-01T00:00:00', '2026-11-01T00:00:00')).toEqual([
      '2026-10-24T02:30:00+02:00',
      '2026-10-25T02:30:00+02:00',
    ]);
  });

  it('reads UNTIL and EXDATE in UTC on the clock of the series, and an EXDATE in another zone', () => {
    const series = {
      lines: [
        'RRULE:FREQ=DAILY;UNTIL=20260306T220000Z',
        'EXDATE:20260303T220000Z',
        'EXDATE;TZID=Europe/London:20260304T220000',
        'EXDATE:20260305T170000',
      ],
      zone: 'America/New_York',
      start: '2026-03-02T17:00:00',
    };
    expect(occurrences(series, '2026-01-01T00:00:00', '2027-01-01T00:00:00')).toEqual([
      '2026-03-02T17:00:00-05:00',
      '2026-03-06T17:00:00-05:00',
    ]);
  });

  it('counts a start that its rule does not name, adds RDATE and takes EXRULE away', () => {
    const series = {
      lines: [
        'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4',
        'RDATE:20260408T100000',
        'EXRULE:FREQ=MONTHLY;BYMONTHDAY=13',
      ],
      zone: 'UTC',
      start: '2026-04-01T10:00:00',
    };
    expect(occurrences(series, '2026-01-01T00:00:00', '2027-01-01T00:00:00')).toEqual([
      '2026-04-01T10:00:00Z',
      '2026-04-06T10:00:00Z',
      '2026-04-08T10:00:00Z',
      '2026-04-20T10:00:00Z',
    ]);
  });

  it('reaches far into an endless series that began long ago', () => {
    const series = { lines: ['RRULE:FREQ=DAILY'], zone: 'Asia/Kathmandu', start: '1990-01-01T08:00:00' };
    expect(occurrences(series, '2026-06-01T00:00:00', '2026-06-02T00:00:00')).toEqual([
      '2026-06-01T08:00:00+05:45',
    ]);
  });

  it('refuses a line that belongs elsewhere', () => {
    const series = { lines: ['DTSTART:20260101T000000Z'], zone: 'UTC', start: 0, allDay: false };
    expect(() => parseRecurrence(series)).toThrow('DTSTART:20260101T000000Z');
  });
});

describe('wall-clock times', () => {
  it.each([
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'UTC',
  ])('in %s lead back to the instant they came from, but for the second run of a repeated hour', (zone) => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    const hours = Array.from({ length: 366 * 24 }, (_, hour) => start + hour * 3_600_000);
    const astray = hours.filter((instant) => {
      const back = instantOf(zone, wallOf(zone, instant));
      return back !== instant && (back > instant || wallOf(zone, back) !== wallOf(zone, instant));
    });
    expect(astray).toEqual([]);
  });
});
