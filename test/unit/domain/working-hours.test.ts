import { describe, expect, it } from 'vitest';
import {
  weekdays,
  workingIntervals,
  type DaySpan,
  type WorkingHours,
} from '../../../src/domain/working-hours.ts';

const span = (from: number, to: number): DaySpan => ({ start: from * 60, end: to * 60 });
const daily = (...spans: DaySpan[]): WorkingHours => ({
  weekly: Object.fromEntries(weekdays.map((day) => [day, spans])) as unknown as WorkingHours['weekly'],
  exceptions: new Map(),
});
const found = (hours: WorkingHours, zone: string, from: string, to: string): string[] =>
  workingIntervals(hours, zone, { start: new Date(from), end: new Date(to) }).map(
    ({ start, end }) => `${start.toISOString().slice(0, 16)}/${end.toISOString().slice(0, 16)}`,
  );

describe('working hours', () => {
  it('are those of the weekday, with their breaks, cut to the range', () => {
    const hours = { ...daily(), weekly: { ...daily().weekly, monday: [span(9, 12), span(13, 17)] } };
    expect(found(hours, 'Europe/Berlin', '2026-11-29T00:00Z', '2026-12-07T09:00Z')).toEqual([
      '2026-11-30T08:00/2026-11-30T11:00',
      '2026-11-30T12:00/2026-11-30T16:00',
      '2026-12-07T08:00/2026-12-07T09:00',
    ]);
  });

  it('of a date take the place of the weekday’s, and none make a holiday', () => {
    const exceptions = new Map([
      ['2026-12-24', [span(9, 12)]],
      ['2026-12-25', []],
    ]);
    expect(
      found({ ...daily(span(8, 16)), exceptions }, 'UTC', '2026-12-23T00:00Z', '2026-12-27T00:00Z'),
    ).toEqual([
      '2026-12-23T08:00/2026-12-23T16:00',
      '2026-12-24T09:00/2026-12-24T12:00',
      '2026-12-26T08:00/2026-12-26T16:00',
    ]);
  });

  it('that touch or overlap, over midnight too, are one', () => {
    const hours = daily(span(0, 6), span(5, 7), span(22, 24));
    expect(found(hours, 'UTC', '2026-12-01T12:00Z', '2026-12-02T12:00Z')).toEqual([
      '2026-12-01T22:00/2026-12-02T07:00',
    ]);
  });

  it.each([
    ['a time that the clocks skip is not there', 'Europe/Berlin', '2026-03-29', span(1, 4), ['00:00/02:00']],
    [
      'an hour that comes twice counts both times',
      'Europe/Berlin',
      '2026-10-25',
      span(2, 3),
      ['00:00/02:00'],
    ],
    [
      'of an hour that comes twice, its part counts both times',
      'Europe/Berlin',
      '2026-10-25',
      span(1, 2.5),
      ['23:00/00:30', '01:00/01:30'],
    ],
    [
      'the half hour that comes twice on Lord Howe counts both times',
      'Australia/Lord_Howe',
      '2026-04-05',
      span(1.5, 2),
      ['14:30/15:30'],
    ],
    [
      'the half hour that Lord Howe skips is not there',
      'Australia/Lord_Howe',
      '2026-10-04',
      span(1, 3),
      ['14:30/16:00'],
    ],
    [
      'an offset of three quarters of an hour is kept to',
      'Asia/Kathmandu',
      '2026-10-04',
      span(9, 10),
      ['03:15/04:15'],
    ],
    [
      'a zone that stays with summer time for good has it in winter',
      'Europe/Istanbul',
      '2016-12-01',
      span(9, 10),
      ['06:00/07:00'],
    ],
    [
      'a day whose midnight is skipped begins at one',
      'America/Sao_Paulo',
      '2018-11-04',
      span(0, 2),
      ['03:00/04:00'],
    ],
  ])('%s (%s)', (_, zone, date, hours, expected) => {
    const day = { ...daily(), exceptions: new Map([[date, [hours]]]) };
    const at = new Date(`${date}T00:00Z`).getTime();
    const around = [at - 86_400_000, at + 2 * 86_400_000].map((time) => new Date(time).toISOString());
    const times = found(day, zone, around[0]!, around[1]!);
    expect(times.map((one) => one.replaceAll(/\d{4}-\d\d-\d\dT/g, ''))).toEqual(expected);
  });

  it('know no day that the date line has taken: Samoa had no 30 December 2011', () => {
    const exceptions = new Map([['2011-12-30', [span(0, 24)]]]);
    expect(
      found({ ...daily(span(9, 10)), exceptions }, 'Pacific/Apia', '2011-12-29T12:00Z', '2011-12-31T12:00Z'),
    ).toEqual(['2011-12-29T19:00/2011-12-29T20:00', '2011-12-30T19:00/2011-12-30T20:00']);
  });

  it('of whole days are the whole range, over every change of the clocks and every New Year', () => {
    expect(found(daily(span(0, 24)), 'Europe/Berlin', '2025-01-01T00:00Z', '2029-06-01T00:00Z')).toEqual([
      '2025-01-01T00:00/2029-06-01T00:00',
    ]);
  });

  it('are none in a range of no length, and an error in a zone that nobody knows', () => {
    expect(found(daily(span(0, 24)), 'UTC', '2026-01-01T00:00Z', '2026-01-01T00:00Z')).toEqual([]);
    expect(() => found(daily(), 'Europe/Atlantis', '2026-01-01T00:00Z', '2026-01-02T00:00Z')).toThrow(
      RangeError,
    );
  });
});
