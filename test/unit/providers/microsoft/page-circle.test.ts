import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createCircleCheck } from '../../../../src/providers/microsoft/page-circle.ts';

const size = { min: 1, max: 300 };

it('a circle is found, wherever it begins and however long it is, within three times as many pages', () => {
  fc.assert(
    fc.property(fc.integer({ ...size, min: 0 }), fc.integer(size), (before, around) => {
      const isCircle = createCircleCheck();
      let asked = 0;
      const addressOf = (n: number): string => `page ${n < before ? n : before + ((n - before) % around)}`;
      while (!isCircle(addressOf(asked))) asked += 1;
      expect(asked).toBeGreaterThanOrEqual(before + around);
      expect(asked).toBeLessThanOrEqual(3 * (before + around));
    }),
  );
});

it('a long listing is none', () => {
  const isCircle = createCircleCheck();
  for (let n = 0; n < 10_000; n += 1) expect(isCircle(`page ${n}`)).toBe(false);
});
