import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createNamedIds } from '../../../../src/providers/microsoft/named-ids.ts';

describe('the memory of what has been named', () => {
  it('forgets nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (ids) => {
        const named = createNamedIds();
        ids.forEach(named.add);
        expect(ids.every(named.mayHave)).toBe(true);
      }),
    );
  });

  it('is seldom wrong about what it has not heard, among a hundred thousand alike', () => {
    const named = createNamedIds();
    const id = (n: number): string => `AAkALgMTNmYWY3OGMtNTc2MS00OTcwLWFmZTctNGU1Zjc2NWJkMWE1${n}=`;
    for (let n = 0; n < 100_000; n += 1) named.add(id(n));
    let wrong = 0;
    for (let n = 100_000; n < 200_000; n += 1) if (named.mayHave(id(n))) wrong += 1;
    expect(wrong / 100_000).toBeLessThan(0.02);
  });
});
