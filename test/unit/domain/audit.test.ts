import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAudit } from '../../../src/domain/audit.ts';

const now = new Date('2026-11-23T15:30:00Z');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the date of the next audit', () => {
  it('with a sample of all is the coming night', () => {
    const policy = { samplePercent: 100, startHour: 1, spreadHours: 4 };
    expect(nextAudit(now, policy, () => 0.5)).toEqual(new Date('2026-11-24T03:00:00Z'));
  });

  it('is a time of the night, on a night that is not too far', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), chance, chance, (samplePercent, one, other) => {
        const draws = [one, other];
        const next = nextAudit(
          now,
          { samplePercent, startHour: 22, spreadHours: 4 },
          () => draws.shift() ?? 0,
        );
        const nights = (next.getTime() - Date.UTC(2026, 10, 23, 22)) / dayMs;
        expect(nights).toBeGreaterThanOrEqual(1);
        expect(nights).toBeLessThan(200 / samplePercent + 1);
        expect(nights % 1).toBeLessThanOrEqual(4 / 24 + 1e-9);
      }),
    );
  });

  it('comes up as often as the sample asks for', () => {
    const policy = { samplePercent: 5, startHour: 0, spreadHours: 1 };
    const draws = Array.from({ length: 1000 }, (_, n) => n / 1000);
    const nights = draws.map(
      (draw) => nextAudit(now, policy, () => draw).getTime() / dayMs - now.getTime() / dayMs,
    );
    const mean = nights.reduce((a, b) => a + b, 0) / nights.length;
    expect(mean).toBeCloseTo(20, -1);
  });
});
