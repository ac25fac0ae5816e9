/** Who waits for an answer: a person, or nobody. Budgets keep room for the first. */
export type Urgency = 'interactive' | 'background';

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
