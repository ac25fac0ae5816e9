import type { SlotQuery } from './slots.ts';
import { offsetsIn } from './zone.ts';

const dayMs = 86_400_000;

/**
 * Where slots may start, as `align` says: gives the first such moment from the one that is asked for on, Infinity where
 * none is left. To be asked for later and later ones. Throws RangeError for an unknown zone.
 */
export function slotStarts({ align, range, stepMs }: SlotQuery): (from: number) => number {
  if (align.to === 'from') {
    const origin = range.start.getTime();
    return (from) => origin + Math.ceil((from - origin) / stepMs) * stepMs;
  }
  const clocks = offsetsIn(align.timeZone, range);
  let at = 0;
  return (from) => {
    for (; at < clocks.length; at += 1) {
      const { start, end, offset } = clocks[at] ?? { start: 0, end: 0, offset: 0 };
      const found = nextOnWall(Math.max(from, start) + offset, stepMs) - offset;
      if (found < end) return found;
    }
    return Infinity;
  };
}

/** The steps begin anew at each midnight, whether they fill the day or not. */
function nextOnWall(local: number, stepMs: number): number {
  const midnight = Math.floor(local / dayMs) * dayMs;
  return Math.min(midnight + Math.ceil((local - midnight) / stepMs) * stepMs, midnight + dayMs);
}
