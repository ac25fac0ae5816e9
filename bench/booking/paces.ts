import { setTimeout as sleep } from 'node:timers/promises';
import { inSlots } from '../push/in-slots.ts';
import type { Dice } from '../seeded.ts';

/** In which rhythm wishes are sent. */
export interface Pace {
  readonly label: string;
  /** Of each side. */
  readonly wishesEachTurn: number;
  /** Counted ones. */
  readonly turns: number;
  send<T, R>(subjects: readonly T[], work: (subject: T) => Promise<R>): Promise<R[]>;
}

const wishesATime = 20;
/** In which the provider's notifications arrive. */
const pauseMs = 50;
/** Not half of the scheduler's ten seconds: its ticks would then always fall on the same side. */
const secondsATime = 6;

/** Each once the one before is booked and nothing is left to do about it. */
export function oneAfterAnother(wishes: number, settled: () => Promise<void>): Pace {
  return {
    label: 'one after another',
    wishesEachTurn: wishesATime,
    turns: Math.ceil(wishes / wishesATime),
    send: async (subjects, work) => {
      const results = [];
      for (const subject of subjects) {
        results.push(await work(subject));
        await sleep(pauseMs);
        await settled();
      }
      return results;
    },
  };
}

/** So many a second, whether or not those before are booked. */
export function soManyASecond(perSecond: number, seconds: number, dice: Dice): Pace {
  return {
    label: `${perSecond} a second`,
    wishesEachTurn: perSecond * secondsATime,
    turns: Math.ceil(seconds / secondsATime),
    send: (subjects, work) =>
      inSlots({ count: subjects.length, perSecond, dice }, (slot) => work(subjects[slot] as never)),
  };
}
