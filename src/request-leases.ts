import { createScript } from './redis-script.ts';
import type { Redis } from './redis.ts';
import { renewal } from './throttle-script.ts';

export interface RequestLeases {
  /** Keeps a lease that was given until what this returns is called, once or more. */
  keep(key: string, lease: string): () => void;
}

export interface RequestLeasesOptions {
  readonly redis: Pick<Redis, 'eval' | 'evalsha' | 'zrem'>;
  readonly leaseMs: number;
  /** Does the work again and again, every `ms`, until what it gives is called. */
  readonly every: (ms: number, work: () => void) => () => void;
  /** Asks Redis for something that nobody waits for. */
  readonly send: (ask: () => Promise<unknown>) => void;
}

/**
 * The slots of this process at Redis. They are short, so that what a killed process held is soon free, and are
 * prolonged for as long as the request lasts; most have ended before that. One that ran out because Redis or the
 * process stood still is not taken again: it may be somebody else's by now.
 */
export function createRequestLeases({ redis, leaseMs, every, send }: RequestLeasesOptions): RequestLeases {
  const held = new Map<string, Set<string>>();
  const renew = createScript(redis, renewal);
  let stop: (() => void) | undefined;

  function renewAll(): void {
    for (const [key, leases] of held) send(() => renew([key], [leaseMs * 1000, ...leases]));
  }

  function letGo(key: string, lease: string): void {
    const leases = held.get(key);
    if (leases?.delete(lease) !== true) return;
    if (leases.size === 0) held.delete(key);
    if (held.size === 0) {
      stop?.();
      stop = undefined;
    }
    send(() => redis.zrem(key, lease));
  }

  return {
    keep(key, lease) {
      held.set(key, (held.get(key) ?? new Set()).add(lease));
      stop ??= every(leaseMs / 3, renewAll);
      return () => letGo(key, lease);
    },
  };
}
