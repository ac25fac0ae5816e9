import type { Random } from './random.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Everything is laid out from midnight (UTC) of the day on which the run began. */
export type Anchor = Date;

export function anchorAt(now: Date): Anchor {
  return new Date(Math.floor(now.getTime() / dayMs) * dayMs);
}

/** `YYYY-MM-DD`, so many days after the anchor. */
export function dateOn(anchor: Anchor, days: number): string {
  return new Date(anchor.getTime() + days * dayMs).toISOString().slice(0, 10);
}

/** A wall-clock time, `YYYY-MM-DDThh:mm:ss`, in whatever zone it will be read. */
export function wallClock(anchor: Anchor, days: number, minutes: number): string {
  return new Date(anchor.getTime() + days * dayMs + minutes * minuteMs).toISOString().slice(0, 19);
}

/**
 * A day of an appointment: mostly in the weeks around today; some far away, so that they lie outside the window, and
 * some near its edges (30 days back, 187 ahead).
 */
export function someDay(random: Random): number {
  const where = random.weighted({ near: 8, ahead: 4, edges: 1, outside: 1 });
  switch (where) {
    case 'near':
      return random.int(-10, 30);
    case 'ahead':
      return random.int(30, 170);
    case 'edges':
      return random.pick([random.int(-33, -27), random.int(184, 190)]);
    case 'outside':
      return random.pick([random.int(-90, -40), random.int(200, 420)]);
  }
}

export interface Times {
  readonly allDay: boolean;
  readonly day: number;
  /** Of the day at which it starts; 0 for one that fills days. */
  readonly startMinute: number;
  /** Of a timed one: minutes. */
  readonly minutes: number;
  /** Of an all-day one. */
  readonly days: number;
}

/** When something is: within a day, without length, over several days, or filling days. */
export function someTimes(random: Random, allDay = random.chance(0.25)): Times {
  const length = random.weighted({ usual: 12, none: 1, days: 1, weeks: 1 });
  const minutes = { usual: random.int(1, 12) * 15, none: 0, days: random.int(1, 4) * 1440, weeks: 30_240 };
  return {
    allDay,
    day: someDay(random),
    startMinute: random.int(0, 95) * 15,
    minutes: minutes[length],
    days: random.weighted({ 1: 6, 2: 2, 5: 1, 21: 1 }) === '1' ? 1 : random.int(2, 21),
  };
}

export function wordsFor(random: Random): string {
  return `${random.pick(['Review', 'Interview', 'Lunch', 'Planning', 'Dentist', 'Ünïcode ☕'])} ${random.int(1, 9999)}`;
}
