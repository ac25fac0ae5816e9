import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRegularSync, nextSyncAfterFailure, retryDelayMs } from '../../../src/domain/due.ts';

const now = new Date('2026-11-23T12:00:00Z');
const minute = 60_000;
const chance = fc.double({ min: 0, max: 0.999, noNaN: true });

describe('when the next sync is due', () => {
  it('regularly: spread over a tenth of the interval around it', () => {
    expect(nextRegularSync(now, 10 * minute, () => 0)).toEqual(new Date(now.getTime() + 9 * minute));
    expect(nextRegularSync(now, 10 * minute, () => 0.5)).toEqual(new Date(now.getTime() + 10 * minute));
  });

  it('after failures: each doubles the interval, up to a day', () => {
    const delay = (failures: number): number =>
      nextSyncAfterFailure(now, failures, 5 * minute, () => 0.5).getTime() - now.getTime();
    expect([1, 2, 3].map(delay)).toEqual([5 * minute, 10 * minute, 20 * minute]);
    expect(delay(1000)).toBe(1440 * minute);
    const capped = nextSyncAfterFailure(now, 1000, 5 * minute, () => 0.5, 30 * minute);
    expect(capped).toEqual(new Date(now.getTime() + 30 * minute));
  });

  it('the wait before a retry grows, keeps below its ceiling and never falls under half of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), chance, (attempt, random) => {
        const ceiling = Math.min(1000 * 2 ** (attempt - 1), 60_000);
        const wait = retryDelayMs(attempt, 1000, 60_000, () => random);
        expect(wait).toBeGreaterThanOrEqual(ceiling / 2);
        expect(wait).toBeLessThanOrEqual(ceiling);
      }),
    );
  });
});
