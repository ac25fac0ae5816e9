import { describe, expect, it } from 'vitest';
import { paceOf, type Pace, type RateLimit } from '../../../src/domain/budget.ts';
import { createRandom } from '../../soak/random.ts';

/** The algorithm as the standard has it: when each of the requests goes that want to go at these times. */
function departures({ intervalUs, toleranceUs }: Pace, wanted: readonly number[]): number[] {
  let expected = 0;
  return wanted.map((at) => {
    const goes = Math.max(at, expected - toleranceUs);
    expected = Math.max(expected, goes) + intervalUs;
    return goes;
  });
}

/** The most that go in any closed span of the window's length. */
function mostInAWindow(times: readonly number[], windowUs: number): number {
  let [most, first] = [0, 0];
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? 0) > windowUs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const limits: RateLimit[] = [
  { requests: 10_000, windowMs: 60_000 },
  { requests: 600, windowMs: 60_000 },
  { requests: 130_000, windowMs: 10_000 },
  { requests: 10_000, windowMs: 600_000 },
  { requests: 50, windowMs: 500 },
  { requests: 3, windowMs: 60_000 },
  { requests: 1, windowMs: 60_000 },
];

describe.each(limits)('a pace within $requests requests in $windowMs ms', (limit) => {
  const windowUs = limit.windowMs * 1000;
  const count = 3 * limit.requests;

  it('lets no more than that go in any window, and leaves one in a hundred where that is a request', () => {
    const pace = paceOf(limit);
    const atOnce = departures(
      pace,
      Array.from({ length: count }, () => 0),
    );
    const random = createRandom('budgets');
    let at = 0;
    const inBursts = departures(
      pace,
      // Now and then an idle time, so that bursts come after it.
      Array.from({ length: count }, () => (at += random.chance(0.01) ? random.next() * windowUs : 0)),
    );
    const allowed = limit.requests < 100 ? limit.requests : limit.requests * 0.99;
    expect(mostInAWindow(atOnce, windowUs)).toBeLessThanOrEqual(allowed);
    expect(mostInAWindow(inBursts, windowUs)).toBeLessThanOrEqual(allowed);
  });

  it('uses up 95 % of it', () => {
    const { intervalUs } = paceOf(limit);
    expect(windowUs / intervalUs / limit.requests).toBeGreaterThanOrEqual(0.95);
  });

  it('takes a share of both, pace and burst', () => {
    const [whole, most] = [paceOf(limit), paceOf(limit, 0.9)];
    expect(most.intervalUs).toBeCloseTo(whole.intervalUs / 0.9, 6);
    expect(most.toleranceUs).toBeLessThanOrEqual(whole.toleranceUs);
  });
});
