import { draw } from './draw.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import { type RequestMatch, requestMatcher } from './request-match.ts';
import type { FaultAction } from './simulator.ts';

/** A random stream of faults that the same seed repeats exactly. */
export interface SeededFaults {
  seed: number;
  /** The share of matching requests that is hit, from 0 to 1. */
  rate: number;
  /** What happens to those, chosen evenly: one that is named twice happens twice as often. */
  kinds: readonly (FaultKind | FaultAction)[];
  /** All requests unless given. */
  match?: RequestMatch;
  /** Ends after so many hits. */
  limit?: number;
}

export interface FaultStream {
  /** Undefined lets the request through. */
  take(method: string, path: string, query?: URLSearchParams): FaultAction | undefined;
}

/**
 * What befalls a request follows from the seed, its method and path, and how many of the same came before it. So two
 * runs agree on it however their requests interleave; a stream over all requests in order would not.
 * @throws SyntaxError when path or query is no regular expression; RangeError for a rate outside 0 to 1 or without kinds.
 */
export function createFaultStream(plan: SeededFaults): FaultStream {
  if (!(plan.rate >= 0 && plan.rate <= 1))
    throw new RangeError(`a rate of ${plan.rate} is not within 0 to 1`);
  if (plan.kinds.length === 0) throw new RangeError('a stream of faults needs at least one kind');
  const actions = plan.kinds.map((kind) => (typeof kind === 'string' ? faultKinds[kind] : kind));
  const isMeant = requestMatcher(plan.match ?? { path: '' });
  const seen = new Map<string, number>();
  let left = plan.limit ?? Infinity;

  return {
    take: (method, path, query = new URLSearchParams()) => {
      if (left <= 0 || !isMeant(method, path, query)) return undefined;
      const key = `${method} ${path}`;
      const count = seen.get(key) ?? 0;
      seen.set(key, count + 1);
      if (draw(plan.seed, key, count, 'hit') >= plan.rate) return undefined;
      left -= 1;
      return actions[Math.floor(draw(plan.seed, key, count, 'kind') * actions.length)];
    },
  };
}
