/** Who waits for an answer: a person, or nobody. Budgets keep room for the first. */
export type Urgency = 'interactive' | 'background';

/**
 * How many requests of a piece of work are still a person's; the rest of it goes in the background. One for all that is
 * asked in the course of the work.
 */
export interface Haste {
  left: number;
}

/** Of the next request, which is counted. Where there is no end to the haste, all of them are alike. */
export function urgencyOfNext(urgency: Urgency, haste: Haste | undefined): Urgency {
  if (urgency === 'background' || haste === undefined) return urgency;
  haste.left -= 1;
  return haste.left < 0 ? 'background' : urgency;
}

/** What a vendor allows: so many requests in any span of this length. */
export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/**
 * A limit as the generic cell rate algorithm keeps it (GCRA, ITU-T I.371): one request in each interval, of which some
 * may come early, together by no more than the tolerance. One number is all that has to be remembered of the past.
 */
export interface Pace {
  readonly intervalUs: number;
  readonly toleranceUs: number;
}

/**
 * In a span of length w, `1 + (tolerance + w) / interval` requests can go at most. A steady pace of 96 % of the limit and a
 * burst of 3 % leave one in a hundred, for what is delayed on its way to the vendor and meets what goes after it.
 */
const steadyShare = 0.96;
const burstShare = 0.03;

/** `share`: how much of the limit may be used, from 0 (exclusive) to 1. */
export function paceOf({ requests, windowMs }: RateLimit, share = 1): Pace {
  const usable = requests * share;
  const intervalUs = (windowMs * 1000) / (usable * steadyShare);
  return { intervalUs, toleranceUs: Math.max(0, usable * burstShare - 1) * intervalUs };
}
