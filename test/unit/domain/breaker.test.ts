import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  confirmableAt,
  isLargeRemoval,
  judgeRemoval,
  largeCount,
  mayConfirm,
  upcomingOf,
  type Hold,
  type Reading,
  type Removal,
} from '../../../src/domain/breaker.ts';

const start = new Date('2026-11-23T09:00:00Z');
const policy = { confirmAfterMs: 60_000 };
const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

/** Of `stored` entries so many go; all of them are still to come unless told otherwise. */
function removal(removed: number, stored: number, fields: Partial<Removal> = {}): Removal {
  return {
    stored: { all: stored, upcoming: stored },
    removed: { all: removed, upcoming: removed },
    byAbsence: false,
    ...fields,
  };
}

function reading(fields: Partial<Reading> = {}): Reading {
  return { ...removal(60, 100), digest: 'a', full: true, at: start, ...fields };
}

function held(result: ReturnType<typeof judgeRemoval>): Hold {
  if (result.type !== 'hold') throw new Error('it was obeyed');
  return result.hold;
}

function isConfirmed(now: Reading, before: readonly Reading[]): boolean {
  const isEarly = ({ at }: Reading): boolean => now.at.getTime() - at.getTime() >= policy.confirmAfterMs;
  return now.full && before.some((one) => one.digest === now.digest && isEarly(one));
}

const aReading: fc.Arbitrary<Omit<Reading, 'at'>> = fc
  .record({
    past: fc.nat(60),
    upcoming: fc.nat(60),
    pastGone: fc.double({ min: 0, max: 1, noNaN: true }),
    upcomingGone: fc.double({ min: 0, max: 1, noNaN: true }),
    full: fc.boolean(),
    digest: fc.constantFrom('a', 'b', 'c'),
  })
  .map(({ past, upcoming, pastGone, upcomingGone, full, digest }) => {
    const ahead = Math.round(upcoming * upcomingGone);
    return {
      stored: { all: past + upcoming, upcoming },
      removed: { all: Math.round(past * pastGone) + ahead, upcoming: ahead },
      byAbsence: full,
      full,
      digest,
    };
  });

describe('the size of a removal', () => {
  it.each([
    ['half of many', removal(50, 100), true],
    ['less than half of many', removal(49, 100), false],
    ['half of a few', removal(9, 18), false],
    ['the fewest that count', removal(largeCount, 2 * largeCount), true],
    ['the last one, by the vendor’s word', removal(1, 1), false],
    ['the last one, because it was not named', removal(1, 1, { byAbsence: true }), true],
    ['a few of more, because they were not named', removal(3, 4, { byAbsence: true }), false],
    ['nothing of nothing', removal(0, 0, { byAbsence: true }), false],
  ])('I11: %s', (_, proposed, large) => {
    expect(isLargeRemoval(proposed)).toBe(large);
  });

  it('I11: all that is to come counts, however much past there is', () => {
    const proposed = { stored: { all: 1000, upcoming: 12 }, removed: { all: 12, upcoming: 12 } };
    expect(isLargeRemoval({ ...proposed, byAbsence: false })).toBe(true);
  });

  it('I11: more that goes, or less that stays, never makes it smaller', () => {
    fc.assert(
      fc.property(aReading, fc.nat(50), (proposed, more) => {
        fc.pre(isLargeRemoval(proposed));
        const { stored, removed } = proposed;
        const grown = {
          ...proposed,
          removed: {
            all: Math.min(removed.all + more, stored.all),
            upcoming: Math.min(removed.upcoming + more, stored.upcoming),
          },
        };
        expect(isLargeRemoval(grown)).toBe(true);
      }),
    );
  });
});

describe('the breaker', () => {
  it('I11: holds a large removal, with time and numbers', () => {
    const hold = { since: start, readAt: start, stored: 100, removals: 60, digest: 'a' };
    expect(judgeRemoval(reading(), undefined, policy)).toEqual({ type: 'hold', hold });
  });

  it('I11: obeys it when a full reading demands the same a minute later', () => {
    const hold = held(judgeRemoval(reading({ full: false }), undefined, policy));
    expect(judgeRemoval(reading({ at: after(59) }), hold, policy)).toEqual({ type: 'hold', hold });
    expect(judgeRemoval(reading({ at: after(60) }), hold, policy)).toEqual({ type: 'obey' });
    expect(judgeRemoval(reading({ at: after(60), full: false }), hold, policy).type).toBe('hold');
  });

  it('I11: holds anew what the second reading demands differently, and knows since when', () => {
    const first = held(judgeRemoval(reading(), undefined, policy));
    const second = held(judgeRemoval(reading({ digest: 'b', at: after(90) }), first, policy));
    expect(second).toMatchObject({ since: start, readAt: after(90), digest: 'b' });
    expect(confirmableAt(second, policy)).toEqual(after(150));
    expect(mayConfirm(second, after(149), policy)).toBe(false);
    expect(judgeRemoval(reading({ digest: 'b', at: after(150) }), second, policy).type).toBe('obey');
  });

  it('I11: obeys a large removal only after another reading that demanded just that, long enough before', () => {
    const steps = fc.array(fc.tuple(aReading, fc.nat(120)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(steps, (readings) => {
        let hold: Hold | undefined;
        let seconds = 0;
        let heldBefore: Reading[] = [];
        const obeyedTooSoon: Reading[] = [];
        for (const [proposed, wait] of readings) {
          seconds += wait;
          const now = { ...proposed, at: after(seconds) };
          const verdict = judgeRemoval(now, hold, policy);
          hold = verdict.type === 'hold' ? verdict.hold : undefined;
          if (verdict.type === 'obey' && isLargeRemoval(now) && !isConfirmed(now, heldBefore))
            obeyedTooSoon.push(now);
          heldBefore = verdict.type === 'hold' ? [...heldBefore, now] : [];
        }
        expect(obeyedTooSoon).toEqual([]);
      }),
    );
  });

  it('I11: a vendor that keeps to its word is obeyed at the second full reading, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(aReading, { maxLength: 5 }), aReading, (former, last) => {
        let hold: Hold | undefined;
        former.forEach((one, n) => {
          const verdict = judgeRemoval({ ...one, at: after(n) }, hold, policy);
          hold = verdict.type === 'hold' ? verdict.hold : undefined;
        });
        const first = judgeRemoval({ ...last, full: true, at: after(100) }, hold, policy);
        const second =
          first.type === 'hold'
            ? judgeRemoval({ ...last, full: true, at: after(200) }, first.hold, policy)
            : first;
        expect(second.type).toBe('obey');
      }),
    );
  });
});

describe('what is to come', () => {
  it('is the part of the window from now on', () => {
    const window = { start: after(-100), end: after(100) };
    expect(upcomingOf(window, start)).toEqual({ start, end: after(100) });
    expect(upcomingOf(window, after(-200))).toEqual(window);
  });
});
