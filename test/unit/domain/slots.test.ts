import { describe, expect, it } from 'vitest';
import type { Interval } from '../../../src/domain/interval.ts';
import { findSlots, type Candidate, type SlotPage, type SlotQuery } from '../../../src/domain/slots.ts';

const at = (time: string): Date => new Date(`2026-11-30T${time}Z`);
const span = (from: string, to: string): Interval => ({ start: at(from), end: at(to) });
const somebody = (userId: string, over: Partial<Candidate> = {}): Candidate => ({
  userId,
  busy: [],
  known: true,
  ...over,
});
const group = (required: number, ...members: Candidate[]) => ({ members, required });
const hourMs = 3_600_000;
const query = (over: Partial<SlotQuery> = {}): SlotQuery => ({
  range: span('09:00', '13:00'),
  durationMs: hourMs,
  stepMs: hourMs,
  align: { to: 'from' },
  bufferBeforeMs: 0,
  bufferAfterMs: 0,
  earliest: at('00:00'),
  groups: [group(1, somebody('ada'))],
  optional: [],
  order: 'start',
  limit: 100,
  ...over,
});
const startsOf = ({ slots }: SlotPage): string[] =>
  slots.map(({ start }) => start.toISOString().slice(11, 16));
const startsFor = (over: Partial<SlotQuery>): string[] => startsOf(findSlots(query(over)));
const busyAt = (...busy: Interval[]) => [group(1, somebody('ada', { busy }))];

describe('where slots are', () => {
  it('they lie within the range to its last minute, and end after their duration', () => {
    expect(startsFor({})).toEqual(['09:00', '10:00', '11:00', '12:00']);
    expect(findSlots(query()).slots[3]).toMatchObject({ start: at('12:00'), end: at('13:00') });
    expect(startsFor({ range: span('09:00', '12:59:59.999') })).toEqual(['09:00', '10:00', '11:00']);
  });

  it('nobody is busy in them, to the millisecond', () => {
    expect(startsFor({ groups: busyAt(span('10:00', '11:00')) })).toEqual(['09:00', '11:00', '12:00']);
    expect(startsFor({ groups: busyAt(span('09:59:59.999', '11:00:00.001')) })).toEqual(['12:00']);
  });

  it('buffers are free of what is busy, though they may lie outside of range and working hours', () => {
    const groups = busyAt(span('08:00', '08:50'), span('11:05', '11:10'), span('13:10', '14:00'));
    const minutes = (count: number) => count * 60_000;
    expect(startsFor({ groups })).toEqual(['09:00', '10:00', '12:00']);
    expect(startsFor({ groups, bufferBeforeMs: minutes(10) })).toEqual(['09:00', '10:00', '12:00']);
    expect(startsFor({ groups, bufferBeforeMs: minutes(11) })).toEqual(['10:00', '12:00']);
    expect(startsFor({ groups, bufferAfterMs: minutes(5) })).toEqual(['09:00', '10:00', '12:00']);
    expect(startsFor({ groups, bufferAfterMs: minutes(11) })).toEqual(['09:00']);
    const working = [span('09:00', '10:00')];
    const buffers = { bufferBeforeMs: hourMs, bufferAfterMs: hourMs };
    expect(startsFor({ groups: [group(1, somebody('ada', { working }))], ...buffers })).toEqual(['09:00']);
  });

  it('they lie in one piece of the working hours', () => {
    const working = [span('09:30', '11:00'), span('11:00', '12:00'), span('12:10', '13:00')];
    expect(startsFor({ groups: [group(1, somebody('ada', { working }))] })).toEqual(['10:00', '11:00']);
  });

  it('none starts before the notice that people want is over', () => {
    expect(startsFor({ earliest: at('11:00') })).toEqual(['11:00', '12:00']);
    expect(startsFor({ earliest: at('11:00:00.001') })).toEqual(['12:00']);
  });

  it('I7: of whom too little is known, there is no time to offer', () => {
    const unknown = somebody('eve', { known: false });
    expect(startsFor({ groups: [group(2, somebody('ada'), unknown)] })).toEqual([]);
    const { slots } = findSlots(query({ groups: [group(1, somebody('ada'), unknown)], optional: [unknown] }));
    expect(slots[0]).toMatchObject({ groups: [{ free: ['ada'], chosen: ['ada'] }], optional: [] });
  });
});

describe('where slots start', () => {
  it('at multiples of the step from the beginning of the range, or by the clock on the wall', () => {
    const over = { range: span('09:10', '11:00'), durationMs: 600_000, stepMs: 30 * 60_000 };
    expect(startsFor(over)).toEqual(['09:10', '09:40', '10:10', '10:40']);
    expect(startsFor({ ...over, align: { to: 'hour', timeZone: 'UTC' } })).toEqual([
      '09:30',
      '10:00',
      '10:30',
    ]);
    const kathmandu = { to: 'hour', timeZone: 'Asia/Kathmandu' } as const;
    expect(startsFor({ ...over, align: kathmandu })).toEqual(['09:15', '09:45', '10:15', '10:45']);
  });

  it('a step that does not fill the day begins anew at midnight', () => {
    const range = { start: at('00:00'), end: new Date('2026-12-01T12:00Z') };
    const align = { to: 'hour', timeZone: 'UTC' } as const;
    expect(startsFor({ range, align, stepMs: 7 * hourMs })).toEqual([
      '00:00',
      '07:00',
      '14:00',
      '21:00',
      '00:00',
      '07:00',
    ]);
  });

  it('an hour that comes twice has its starts twice, and one that is skipped has none', () => {
    const align = { to: 'hour', timeZone: 'Europe/Berlin' } as const;
    const over = { align, stepMs: 2 * hourMs, durationMs: 600_000, earliest: new Date(0) };
    const night = (date: string): Interval => ({
      start: new Date(`${date}T00:00Z`),
      end: new Date(`${date}T03:30Z`),
    });
    // 2:00 is at 0:00 UTC and at 1:00; 4:00 is at 3:00.
    expect(startsFor({ ...over, range: night('2026-10-25') })).toEqual(['00:00', '01:00', '03:00']);
    // 1:00 is at 0:00 UTC, 3:00 at 1:00, 4:00 at 2:00.
    expect(startsFor({ ...over, range: night('2026-03-29') })).toEqual(['02:00']);
  });

  it('a zone that nobody knows is an error', () => {
    expect(() => startsFor({ align: { to: 'hour', timeZone: 'Europe/Atlantis' } })).toThrow(RangeError);
  });
});

describe('who has the seats', () => {
  const chosenOf = (over: Partial<SlotQuery>) =>
    findSlots(query(over)).slots[0]?.groups.map(({ chosen }) => chosen);
  const [ada, bob, eve] = [somebody('ada'), somebody('bob'), somebody('eve')];

  it('as many as are required, in the order of the query; who else could is told', () => {
    expect(findSlots(query({ groups: [group(2, ada, bob, eve)] })).slots[0]?.groups).toEqual([
      { free: ['ada', 'bob', 'eve'], chosen: ['ada', 'bob'] },
    ]);
  });

  it('one person has one seat, though several groups name them, and sits where they are needed', () => {
    expect(chosenOf({ groups: [group(1, ada), group(1, ada)] })).toBeUndefined();
    expect(chosenOf({ groups: [group(1, ada, bob), group(1, ada)] })).toEqual([['bob'], ['ada']]);
    const chain = [group(1, ada, bob), group(1, bob, eve), group(1, ada)];
    expect(chosenOf({ groups: chain })).toEqual([['bob'], ['eve'], ['ada']]);
    expect(chosenOf({ groups: [...chain, group(1, eve)] })).toBeUndefined();
  });

  it('those with the fewest interviews come first, over all groups together', () => {
    const [busyAda, idleEve] = [somebody('ada', { load: 5 }), somebody('eve', { load: 1 })];
    const busyBob = somebody('bob', { load: 4 });
    expect(chosenOf({ groups: [group(2, busyAda, busyBob, idleEve)] })).toEqual([['bob', 'eve']]);
    expect(chosenOf({ groups: [group(1, busyAda, idleEve), group(1, busyBob, idleEve)] })).toEqual([
      ['eve'],
      ['bob'],
    ]);
  });

  it('whoever is chosen is not listed as optional', () => {
    const { slots } = findSlots(query({ groups: [group(1, ada, bob)], optional: [ada, bob] }));
    expect(slots[0]?.optional).toEqual(['bob']);
  });
});

describe('pages', () => {
  const optional = [
    somebody('kim', { busy: [span('09:00', '10:00')] }),
    somebody('lee', { busy: [span('09:00', '11:00'), span('12:00', '13:00')] }),
  ];

  it('come by time, or those first to which the most of the optional can come', () => {
    expect(startsFor({ optional })).toEqual(['09:00', '10:00', '11:00', '12:00']);
    expect(startsFor({ optional, order: 'optional' })).toEqual(['11:00', '10:00', '12:00', '09:00']);
  });

  it.each(['start', 'optional'] as const)('by %s, one goes on where the one before ended', (order) => {
    const whole = startsFor({ optional, order });
    const first = findSlots(query({ optional, order, limit: 3 }));
    const second = findSlots(query({ optional, order, limit: 3, after: first.next }));
    expect([...startsOf(first), ...startsOf(second)]).toEqual(whole);
    expect([first.next === undefined, second.next]).toEqual([false, undefined]);
    expect(findSlots(query({ optional, order, limit: 4 })).next).toBeUndefined();
  });
});
