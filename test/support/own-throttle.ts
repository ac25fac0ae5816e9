import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from '../../src/redis.ts';
import type { BudgetRequest, RequestBudget } from '../../src/providers/provider.ts';
import { createThrottle, type ProviderLimits, type ThrottleOptions } from '../../src/throttle.ts';

/** What an observer heard, in order. */
export interface Heard {
  readonly what: 'admitted' | 'refused' | 'paused' | 'open' | 'kept again';
  readonly provider?: string;
  readonly urgency?: string;
  readonly waitedMs?: number;
  readonly retryAfterMs?: number;
  readonly ms?: number;
}

export interface OwnThrottle {
  readonly budget: RequestBudget;
  readonly heard: Heard[];
  readonly passings: Passing[];
}

/** A request that passed a pace, in milliseconds of Redis's clock. */
export interface Passing {
  readonly key: string;
  readonly at: number;
}

/** A budget as a process has it, over a connection of its own, that tells what it does. */
export function ownThrottle(
  redis: Redis,
  prefix: string,
  limits: ProviderLimits,
  changes: Partial<ThrottleOptions> = {},
): OwnThrottle {
  const heard: Heard[] = [];
  const passings: Passing[] = [];
  const budget = createThrottle({
    redis: timed(redis, passings),
    prefix,
    limits: { google: limits, microsoft: limits },
    interactiveReserve: 0,
    leaseMs: 10_000,
    every: () => () => undefined,
    wait: async (ms, signal) => void (await sleep(ms, undefined, { signal })),
    now: () => new Date(),
    random: Math.random,
    observer: {
      onAdmitted: (admitted) => void heard.push({ what: 'admitted', ...admitted }),
      onRefused: (refused) => void heard.push({ what: 'refused', ...refused }),
      onPaused: (paused) => void heard.push({ what: 'paused', ...paused }),
      onOpen: () => void heard.push({ what: 'open' }),
      onKeptAgain: () => void heard.push({ what: 'kept again' }),
    },
    ...changes,
  });
  return { budget, heard, passings };
}

export function budgetRequest(changes: Partial<BudgetRequest> = {}): BudgetRequest {
  return {
    provider: 'google',
    operation: 'events.list',
    accountId: 'ada',
    urgency: 'background',
    signal: new AbortController().signal,
    ...changes,
  };
}

/**
 * The same client, which asks Redis for the time together with each admission. A request that had to wait has passed a
 * pace at the time that it was told: what a busy machine adds to that is not the budget's doing.
 */
function timed(redis: Redis, passings: Passing[]): ThrottleOptions['redis'] {
  const run = async (command: 'eval' | 'evalsha', script: string, keyCount: number, rest: Argument[]) => {
    const both = redis.multi();
    both[command](script, keyCount, ...rest).time();
    const [[failure, answer] = [], [, time] = []] = (await both.exec()) ?? [];
    if (failure) throw failure;
    const [seconds, micros] = (time as [number, number]).map(Number) as [number, number];
    const keys = rest.slice(2, keyCount).map(String);
    passings.push(...passed(keys, answer, seconds * 1000 + micros / 1000));
    return answer;
  };
  return {
    zrem: redis.zrem.bind(redis),
    eval: ((lua: string, count: number, ...rest: Argument[]) =>
      run('eval', lua, count, rest)) as Redis['eval'],
    evalsha: ((sha: string, count: number, ...rest: Argument[]) =>
      run('evalsha', sha, count, rest)) as Redis['evalsha'],
  };
}

type Argument = string | number;

function passed(keys: readonly string[], answer: unknown, nowMs: number): Passing[] {
  const [type, us = 0, count = 0] = Array.isArray(answer) ? (answer as [string, number?, number?]) : [''];
  if (type === 'go') return keys.map((key) => ({ key, at: nowMs }));
  if (type !== 'wait') return [];
  return keys.slice(0, count).map((key, n) => ({ key, at: n === count - 1 ? nowMs + us / 1000 : nowMs }));
}
