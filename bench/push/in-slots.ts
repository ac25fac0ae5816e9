import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../seeded.ts';

export interface Slots {
  readonly count: number;
  readonly perSecond: number;
  readonly dice: Dice;
}

/**
 * So many a second, each at some moment of its slot and whether or not those before it are done. Resolves when the last
 * one is; rejects then with the first failure.
 */
export async function inSlots<T>(
  { count, perSecond, dice }: Slots,
  work: (slot: number) => Promise<T>,
): Promise<T[]> {
  const slotMs = 1000 / perSecond;
  const startsAt = performance.now();
  const begun: Promise<T>[] = [];
  for (let slot = 0; slot < count; slot += 1) {
    const at = startsAt + (slot + dice.between(0, 999) / 1000) * slotMs;
    await sleep(Math.max(0, at - performance.now()));
    const one = work(slot);
    // It is told below; until then nobody listens.
    one.catch(() => {});
    begun.push(one);
  }
  return Promise.all(begun);
}
