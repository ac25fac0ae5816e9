import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { windowsZones, windowsZonesBesideCldr } from '../../../../src/domain/windows-zones.ts';
import { ianaZoneOf } from '../../../../src/domain/zone.ts';
import { slotOf, spanOf, wireTime } from '../../../../src/providers/microsoft/event-time.ts';

/** What this machine's own formatter reads off a clock in that zone: `2026-03-29T02:30:00`. */
function clockIn(zone: string, instant: Date): string {
  const format = new Intl.DateTimeFormat('sv', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
    hourCycle: 'h23',
  });
  return format.format(instant).replace(' ', 'T');
}

const dayMs = 86_400_000;
const zones = fc.constantFrom(
  ...Object.keys(windowsZones),
  ...Object.keys(windowsZonesBesideCldr),
  ...Intl.supportedValuesOf('timeZone'),
);
const strangers = fc.constantFrom('tzone://Microsoft/Custom', 'Customized Time Zone', 'Nowhere', '');
// No zone leaves out a whole day in these years; Samoa did in 2011.
const days = fc
  .integer({ min: Date.UTC(2012, 0, 1) / dayMs, max: Date.UTC(2037, 0, 1) / dayMs })
  .map((day) => new Date(day * dayMs).toISOString().slice(0, 10));
const dayAfter = (date: string, count = 1): string =>
  new Date(Date.parse(date) + count * dayMs).toISOString().slice(0, 10);

describe('an all-day event of Graph', () => {
  const midnight = (date: string, timeZone: string) => ({ dateTime: `${date}T00:00:00.0000000`, timeZone });

  it('keeps its dates and fills its days, wherever it was made and whatever its times are labelled with', () => {
    const anyZone = fc.oneof(zones, strangers);
    const length = fc.integer({ min: 1, max: 30 });
    const property = fc.property(
      days,
      length,
      anyZone,
      anyZone,
      fc.option(zones),
      (date, count, label, madeIn, calendarZone) => {
        const endDate = dayAfter(date, count);
        const times = { start: midnight(date, label), end: midnight(endDate, label) };
        const home = calendarZone === null ? undefined : ianaZoneOf(calendarZone);
        const span = spanOf({ ...times, isAllDay: true, originalStartTimeZone: madeIn }, home);
        const zone = ianaZoneOf(madeIn) ?? home ?? 'UTC';
        expect(span).toMatchObject({ allDay: true, startDate: date, endDate });
        for (const [instant, day] of [
          [span.start, date],
          [span.end, endDate],
        ] as const) {
          expect(clockIn(zone, instant).slice(0, 10)).toBe(day);
          expect(clockIn(zone, new Date(instant.getTime() - 1000)).slice(0, 10)).toBe(dayAfter(day, -1));
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe('a time of Graph in a zone', () => {
  const at = (start: string, timeZone: string): string => {
    const time = { dateTime: `${start}.0000000`, timeZone };
    return spanOf({ start: time, end: time }, undefined).start.toISOString().slice(0, 19);
  };

  it('is the instant at which the clocks there show it, unless they skip it', () => {
    const times = fc.tuple(days, fc.integer({ min: 0, max: 1439 }));
    const property = fc.property(times, zones, ([date, minutes], zone) => {
      const wall = new Date(Date.parse(date) + minutes * 60_000).toISOString().slice(0, 19);
      const shown = clockIn(ianaZoneOf(zone) ?? '', new Date(`${at(wall, zone)}Z`));
      const late = Date.parse(`${shown}Z`) - Date.parse(`${wall}Z`);
      // Skipped by half an hour (Lord Howe) up to three (Troll), and read with the offset before.
      expect(late === 0 || (late >= 30 * 60_000 && late <= 180 * 60_000)).toBe(true);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['forward in the north', 'W. Europe Standard Time', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
    ['back in the north', 'W. Europe Standard Time', '2026-10-25T02:30:00', '2026-10-25T00:30:00'],
    ['after it', 'W. Europe Standard Time', '2026-10-25T03:00:00', '2026-10-25T02:00:00'],
    ['back in the south', 'AUS Eastern Standard Time', '2026-04-05T02:30:00', '2026-04-04T15:30:00'],
    ['forward in the south', 'AUS Eastern Standard Time', '2026-10-04T02:30:00', '2026-10-03T16:30:00'],
    ['forward by half an hour', 'Lord Howe Standard Time', '2026-10-04T02:15:00', '2026-10-03T15:45:00'],
    ['back by half an hour', 'Lord Howe Standard Time', '2026-04-05T01:45:00', '2026-04-04T14:45:00'],
    ['never, on the half hour', 'India Standard Time', '2026-03-29T02:30:00', '2026-03-28T21:00:00'],
    ['never, on the quarter', 'Nepal Standard Time', '2026-03-29T02:30:00', '2026-03-28T20:45:00'],
    ['on the quarter', 'Chatham Islands Standard Time', '2026-04-06T09:00:00', '2026-04-05T20:15:00'],
    ['for the last time before the rule ended', 'Asia/Almaty', '2024-02-29T12:00:00', '2024-02-29T06:00:00'],
    ['never more under the new rule', 'Asia/Almaty', '2024-03-02T12:00:00', '2024-03-02T07:00:00'],
    [
      'in winter before the province gave it up',
      'America/Vancouver',
      '2025-12-01T09:00:00',
      '2025-12-01T17:00:00',
    ],
    ['no more since', 'British Columbia Standard Time', '2026-12-01T09:00:00', '2026-12-01T16:00:00'],
    ['in the neighbouring zone still', 'Pacific Standard Time', '2026-12-01T09:00:00', '2026-12-01T17:00:00'],
    [
      'never in UTC, by its other name',
      'tzone://Microsoft/Utc',
      '2026-03-29T02:30:00',
      '2026-03-29T02:30:00',
    ],
  ])('whose clocks change %s (%s) at %s is %s', (_, zone, wall, utc) => {
    expect(at(wall, zone)).toBe(utc);
  });
});

describe('a time that is written to Graph', () => {
  it('is read back as the same instant, in whatever zone it is to be shown', () => {
    const instants = fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2037, 0, 1) });
    const property = fc.property(
      instants,
      fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
      (at, zone) => {
        const start = wireTime(new Date(at), zone);
        expect([zone, 'UTC']).toContain(start.timeZone);
        expect(start.dateTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
        expect(spanOf({ start, end: start }, undefined).start).toEqual(new Date(at));
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['2026-03-10T09:00:00Z', 'Europe/Berlin', '2026-03-10T10:00:00', 'Europe/Berlin'],
    ['2026-07-10T09:00:00Z', 'Europe/Berlin', '2026-07-10T11:00:00', 'Europe/Berlin'],
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00', 'Europe/Berlin'],
    // The second half past two of that night.
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25T01:30:00.000', 'UTC'],
    ['2026-03-10T09:00:00Z', 'UTC', '2026-03-10T09:00:00.000', 'UTC'],
    ['2026-03-10T09:00:00Z', 'Mars/Olympus', '2026-03-10T09:00:00.000', 'UTC'],
  ])('(%s in %s) is %s in %s', (at, zone, dateTime, timeZone) => {
    expect(wireTime(new Date(at), zone)).toEqual({ dateTime, timeZone });
  });
});

describe('a time that somebody proposes', () => {
  const time = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });

  it('is read, in any zone', () => {
    const end = { dateTime: '2026-03-11T11:30:00.0000000', timeZone: 'W. Europe Standard Time' };
    expect(slotOf({ start: time('2026-03-11T09:00:00.0000000'), end })).toEqual({
      start: new Date('2026-03-11T09:00:00Z'),
      end: new Date('2026-03-11T10:30:00Z'),
    });
  });

  it.each([[undefined], [null], [{}], [{ start: time('soon'), end: time('later') }]])(
    'that cannot be read (%j) is none',
    (value) => {
      expect(slotOf(value)).toBeUndefined();
    },
  );
});
