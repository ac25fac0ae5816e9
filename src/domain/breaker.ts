import type { Interval } from './interval.ts';

/**
 * The breaker (I11): a listing that would remove a large share of what is stored is not believed at once. Vendors have
 * bad days on which they answer, with every sign of success, that a calendar is empty. Such removals are held; they are
 * obeyed when a second full reading, a while later, demands exactly the same ones.
 */

/** From this share of what is stored … */
export const largeShare = 0.5;

/** … and this many entries on, removals are held. Below it they are everyday: somebody cleared their week. */
export const largeCount = 10;

/** Of entries: all within the window, and those of them that are not over yet. Only these can make somebody look free. */
export interface EntryCount {
  readonly all: number;
  readonly upcoming: number;
}

/** What a reading would remove of what is stored. */
export interface Removal {
  readonly stored: EntryCount;
  readonly removed: EntryCount;
  /**
   * Nobody said that these are gone; they were only not named any more. Then also a few that are all there is are
   * suspicious: an empty answer is the commonest form of a wrong one.
   */
  readonly byAbsence: boolean;
}

/** Whether a removal is large enough to be held. Entries beyond the window are not counted: nobody relies on them. */
export function isLargeRemoval({ stored, removed, byAbsence }: Removal): boolean {
  return (['all', 'upcoming'] as const).some((kind) => {
    const [gone, before] = [removed[kind], stored[kind]];
    if (byAbsence && gone > 0 && gone >= before) return true;
    return gone >= largeCount && gone >= before * largeShare;
  });
}

/** Removals that were not obeyed yet. */
export interface Hold {
  /** When the first reading demanded them. */
  readonly since: Date;
  /** When they were first demanded in this form: what a second reading has to come so much later than. */
  readonly readAt: Date;
  /** Entries within the window that were stored then. */
  readonly stored: number;
  /** How many of those would be removed. */
  readonly removals: number;
  /** Of the ids of those, in any order. */
  readonly digest: string;
}

/** A reading of a calendar as the breaker sees it. */
export interface Reading extends Removal {
  readonly digest: string;
  /** Everything was listed, not only what changed. */
  readonly full: boolean;
  readonly at: Date;
}

/** How long after a reading a second one may confirm it: long enough for a vendor's hiccup to be over. */
export interface ConfirmPolicy {
  readonly confirmAfterMs: number;
}

export type Verdict = { readonly type: 'obey' } | { readonly type: 'hold'; readonly hold: Hold };

/**
 * Whether to obey a reading's removals. Held ones are obeyed when a full reading, `confirmAfterMs` or more after the
 * one that was held, demands the same. One that demands others is held anew: two wrong answers are seldom wrong alike.
 */
export function judgeRemoval(reading: Reading, before: Hold | undefined, policy: ConfirmPolicy): Verdict {
  if (!isLargeRemoval(reading)) return { type: 'obey' };
  const { stored, removed, digest, full, at } = reading;
  if (before?.digest === digest) {
    return full && mayConfirm(before, at, policy) ? { type: 'obey' } : { type: 'hold', hold: before };
  }
  const since = before?.since ?? at;
  return { type: 'hold', hold: { since, readAt: at, stored: stored.all, removals: removed.all, digest } };
}

/** From when on a full reading can confirm the hold. */
export function confirmableAt({ readAt }: Pick<Hold, 'readAt'>, { confirmAfterMs }: ConfirmPolicy): Date {
  return new Date(readAt.getTime() + confirmAfterMs);
}

export function mayConfirm(hold: Pick<Hold, 'readAt'>, now: Date, policy: ConfirmPolicy): boolean {
  return now >= confirmableAt(hold, policy);
}

/** The part of the window that is still to come. */
export function upcomingOf({ start, end }: Interval, now: Date): Interval {
  return { start: now > start ? now : start, end };
}
