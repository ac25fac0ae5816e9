import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mergeIntervals,
  overlaps,
  padded,
  spansOf,
  without,
  type Interval,
} from '../../../src/domain/interval.ts';

const minute = 60_000;
const interval = (from: number, to: number): Interval => ({
  start: new Date(from * minute),
  end: new Date(to * minute),
});
const anyInterval = fc
  .tuple(fc.integer({ min: -50, max: 150 }), fc.integer({ min: -20, max: 60 }))
  .map(([from, length]) => interval(from, from + length));
const within = interval(0, 100);

describe('intervals', () => {
  it('touching and overlapping ones become one, cut to the range', () => {
    const merged = mergeIntervals(
      [interval(30, 40), interval(-10, 5), interval(40, 50), interval(45, 120)],
      within,
    );
    expect(merged).toEqual([interval(0, 5), interval(30, 100)]);
  });

  it('those of no length, or of a negative one, block nothing', () => {
    expect(mergeIntervals([interval(10, 10), interval(20, 15)], within)).toEqual([]);
  });

  it('the merged ones cover exactly the minutes that any of them covers', () => {
    const covers = (intervals: readonly Interval[], at: number): boolean =>
      intervals.some((one) => overlaps(one, interval(at, at + 1)) && one.start < one.end);
    fc.assert(
      fc.property(fc.array(anyInterval, { maxLength: 12 }), (intervals) => {
        const merged = mergeIntervals(intervals, within);
        for (let at = -60; at < 220; at += 1) {
          const inRange = at >= 0 && at < 100;
          expect(covers(merged, at)).toBe(inRange && covers(intervals, at));
        }
        const gaps = merged.slice(1).map((one, index) => one.start.getTime() - merged[index]!.end.getTime());
        expect(gaps.every((gap) => gap > 0)).toBe(true);
      }),
    );
  });

  it('in numbers, touching ones are joined, longer ones grow together, and shorter ones vanish', () => {
    expect(spansOf([interval(0, 1), interval(1, 3), interval(5, 6)])).toEqual(
      [0, 3, 5, 6].map((at) => at * minute),
    );
    expect(padded([10, 20, 25, 30], 2, 3)).toEqual([8, 33]);
    expect(padded([10, 20, 25, 30], 0, -6)).toEqual([10, 14]);
  });

  it('a difference is exactly what the others do not cover', () => {
    const spans = fc
      .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 })
      .map((ends) => ends.slice(ends.length % 2).toSorted((a, b) => a - b));
    const covers = (some: readonly number[], at: number): boolean =>
      some.some((start, place) => place % 2 === 0 && at >= start && at < some[place + 1]!);
    fc.assert(
      fc.property(spans, spans, (some, others) => {
        const rest = without(some, others);
        expect(rest).toEqual([...new Set(rest)].toSorted((a, b) => a - b));
        for (let at = 0; at <= 60; at += 1) {
          expect(covers(rest, at)).toBe(covers(some, at) && !covers(others, at));
        }
      }),
    );
  });
});
