import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyCase } from '../../soak/availability/case.ts';
import { compareCase } from '../../soak/availability/comparison.ts';

it('slots and working hours are what going through every minute and every way to give out the seats finds', () => {
  const property = fc.property(anyCase, (question) => {
    expect(compareCase(question).differences).toEqual([]);
  });
  fc.assert(property, { numRuns: 10_000 });
}, 300_000);
