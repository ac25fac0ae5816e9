import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Logger } from '../log.ts';
import type { Redis } from '../redis.ts';
import { within } from '../deadline.ts';
import type { Context, Middleware } from './environment.ts';
import { Problem } from './problem.ts';

export interface RateLimiter {
  readonly perMinute: number;
  /** Takes one from the key's minute. Rejects where the count cannot be kept. */
  take(key: string): Promise<Allowance>;
}

export interface Allowance {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
}

/** One count for all intake processes. A fixed minute: what a key left over is not carried on. */
export function createRateLimiter(redis: Redis, prefix: string, perMinute: number): RateLimiter {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${prefix}:rate`,
    points: perMinute,
    duration: 60,
    rejectIfRedisNotReady: true,
  });
  return {
    perMinute,
    async take(key) {
      try {
        return allowance(await limiter.consume(key), true);
      } catch (error) {
        if (error instanceof RateLimiterRes) return allowance(error, false);
        throw error;
      }
    },
  };
}

function allowance(result: RateLimiterRes, allowed: boolean): Allowance {
  return { allowed, remaining: Math.max(0, result.remainingPoints), resetMs: result.msBeforeNext };
}

/** How long a request waits for the count: a slow Redis must not make a slow intake. */
const patienceMs = 250;

/**
 * Counts the requests of each API key and says so (draft-ietf-httpapi-ratelimit-headers). Open where Redis is away:
 * the limit protects from loops and storms, and a service that refuses everybody would be the greater harm. The paths in
 * `onlyReads` are answered beside the count, and not after it: one request too many costs a reading there, and from then on
 * this process knows.
 */
export function limitRate(limiter: RateLimiter, log: Logger, onlyReads: ReadonlySet<string>): Middleware {
  let open = false;
  const take = async (c: Context): Promise<Allowance | undefined> => {
    const taken = await within(patienceMs, limiter.take(c.get('apiKeyId'))).catch(
      (err: unknown): undefined => {
        // Once for each outage: a busy service would drown its log.
        if (!open)
          log.warn(
            { err, requestId: c.get('requestId') },
            'the rate limit is open: its count cannot be kept',
          );
        open = true;
      },
    );
    if (taken !== undefined && open) {
      log.info('the rate limit is kept again');
      open = false;
    }
    return taken;
  };
  /** By key: until when nothing is left of its minute, as far as this process knows. */
  const usedUpUntil = new Map<string, number>();
  return async (c, next) => {
    const key = c.get('apiKeyId');
    const waits = !onlyReads.has(c.req.path) || (usedUpUntil.get(key) ?? 0) > performance.now();
    const [taken] = waits ? [await take(c)] : await Promise.all([take(c), next()]);
    if (taken?.remaining === 0) usedUpUntil.set(key, performance.now() + taken.resetMs);
    admit(c, limiter, taken);
    if (waits) await next();
  };
}

function admit(c: Context, { perMinute }: RateLimiter, taken: Allowance | undefined): void {
  if (taken === undefined) return;
  const resetSeconds = Math.ceil(taken.resetMs / 1000);
  c.header('RateLimit-Policy', `"per-key";q=${perMinute};w=60`);
  c.header('RateLimit', `"per-key";r=${taken.remaining};t=${resetSeconds}`);
  if (!taken.allowed) throw new Problem('rate_limited', { headers: { 'Retry-After': `${resetSeconds}` } });
}
