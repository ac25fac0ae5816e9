import { describe, expect, it } from 'vitest';

import { createEventStore } from '../../simulators/google/event-store.ts';
import { mergePatch } from '../../simulators/google/merge-patch.ts';
import { splitRecurrence } from '../../simulators/google/split-series.ts';
import { wallOf } from '../../simulators/google/zoned-time.ts';

describe('a patch at Google', () => {
  it.each([
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
    [{ list: [1, 2] }, { list: [3] }, { list: [3] }],
    [{ time: { date: 'x' } }, { time: { dateTime: 'y', date: null } }, { time: { dateTime: 'y' } }],
    [{}, { nested: { cleared: null, kept: 1 } }, { nested: { kept: 1 } }],
    [{ text: 'a' }, { text: { now: 'an object' } }, { text: { now: 'an object' } }],
  ])('of %j by %j gives %j', (target, patch, merged) => {
    expect(mergePatch(target as object, patch as object)).toEqual(merged);
  });
});

describe('"this and following"', () => {
  const stateOf = (recurrence: string[], allDay = false) => {
    const store = createEventStore({
      calendarId: 'c',
      zone: 'Europe/Berlin',
      ownerEmail: 'a@b.c',
      now: () => new Date(0),
      newId: () => 'unused',
    });
    const times = allDay
      ? { start: { date: '2026-03-23' }, end: { date: '2026-03-24' } }
      : { start: { dateTime: '2026-03-23T09:00:00' }, end: { dateTime: '2026-03-23T10:00:00' } };
    const { id } = store.put({ id: 'series', ...times, recurrence });
    const state = store.state(id);
    if (!state) throw new Error('the series was stored');
    return state;
  };
  const split = (recurrence: string[], at: string, allDay = false) =>
    splitRecurrence(stateOf(recurrence, allDay), Date.parse(`${at}Z`), 'Europe/Berlin');

  it('ends the first part before the split and goes on with what is left of the count', () => {
    expect(split(['RRULE:FREQ=DAILY;COUNT=9;INTERVAL=2'], '2026-03-29T09:00:00')).toEqual({
      before: ['RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20260329T065959Z'],
      after: ['RRULE:FREQ=DAILY;COUNT=6;INTERVAL=2'],
      suffix: '_R20260329T090000',
    });
  });

  it('counts excluded instances, and keeps an end that the series has', () => {
    const exdate = 'EXDATE;TZID=Europe/Berlin:20260324T090000';
    expect(split(['RRULE:FREQ=DAILY;COUNT=4', exdate], '2026-03-25T09:00:00').after).toEqual([
      'RRULE:FREQ=DAILY;COUNT=2',
      exdate,
    ]);
    const until = 'RRULE:UNTIL=20260401T000000Z;FREQ=DAILY';
    expect(split([until], '2026-03-25T09:00:00')).toMatchObject({
      before: ['RRULE:FREQ=DAILY;UNTIL=20260325T075959Z'],
      after: [until],
    });
  });

  it('names days for an all-day series', () => {
    expect(split(['RRULE:FREQ=DAILY'], '2026-03-25T00:00:00', true)).toEqual({
      before: ['RRULE:FREQ=DAILY;UNTIL=20260324'],
      after: ['RRULE:FREQ=DAILY'],
      suffix: '_R20260325',
    });
  });

  it('is refused at the first instance and for dates that were added', () => {
    expect(() => split(['RRULE:FREQ=DAILY'], '2026-03-23T09:00:00')).toThrow('first instance');
    expect(() => split(['RRULE:FREQ=DAILY', 'RDATE:20260410T090000'], '2026-03-25T09:00:00')).toThrow(
      'RDATE',
    );
    expect(wallOf('Europe/Berlin', stateOf(['RRULE:FREQ=DAILY']).startMs)).toBe(
      Date.parse('2026-03-23T09:00:00Z'),
    );
  });
});
