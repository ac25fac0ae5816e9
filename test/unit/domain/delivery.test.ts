import { describe, expect, it } from 'vitest';
import { nextAttempt } from '../../../src/domain/delivery.ts';

const since = new Date('2040-03-05T09:00:00Z');
const second = 1000;
const hour = 3600 * second;
const at = (ms: number): Date => new Date(since.getTime() + ms);
const never = (): number => 0;

describe('the next attempt of a delivery', () => {
  it.each([
    [1, 5],
    [2, 30],
    [3, 120],
    [4, 300],
    [5, 900],
    [6, 1800],
    [7, 3600],
    [8, 3600],
    [20, 3600],
  ])('after failure %i comes in %i seconds', (attempts, seconds) => {
    expect(nextAttempt({ attempts, since }, since, undefined, never)).toEqual(at(seconds * second));
  });

  it('comes up to a fifth later, by chance', () => {
    const latest = nextAttempt({ attempts: 1, since }, since, undefined, () => 0.999_999);
    expect(latest?.getTime()).toBeCloseTo(at(6 * second).getTime(), -1);
  });

  it('waits for as long as the receiver asks, where that is longer than the wait', () => {
    expect(nextAttempt({ attempts: 1, since }, since, 90 * second, never)).toEqual(at(90 * second));
    expect(nextAttempt({ attempts: 7, since }, since, 90 * second, never)).toEqual(at(hour));
  });

  it('is made at the end of the day at the latest, and then there is none', () => {
    const late = at(23.9 * hour);
    expect(nextAttempt({ attempts: 30, since }, late, undefined, never)).toEqual(at(24 * hour));
    expect(nextAttempt({ attempts: 30, since }, late, 48 * hour, never)).toEqual(at(24 * hour));
    expect(nextAttempt({ attempts: 31, since }, at(24 * hour), undefined, never)).toBeUndefined();
    expect(nextAttempt({ attempts: 31, since }, at(24 * hour), 5 * second, never)).toBeUndefined();
  });

  it('a receiver that is down for a whole day is asked some thirty times', () => {
    let now: Date | undefined = since;
    let attempts = 0;
    while (now !== undefined) {
      attempts += 1;
      now = nextAttempt({ attempts, since }, now, undefined, () => 0.5);
    }
    expect(attempts).toBeGreaterThan(25);
    expect(attempts).toBeLessThan(35);
  });
});
