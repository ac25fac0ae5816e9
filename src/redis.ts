import { Redis } from 'ioredis';

export type { Redis };

/**
 * - `producer`: fails at once while Redis is away, so that a request can answer; intents are in MongoDB by then.
 * - `worker`: waits for Redis to come back, as BullMQ's blocking reads need it.
 */
export type RedisProfile = 'producer' | 'worker';

export interface RedisConnection {
  readonly redis: Redis;
  close(): Promise<void>;
}

/**
 * Connects and waits until Redis answers, at most `timeoutMs`; then reconnects by itself for ever.
 * `onError` hears of every lost connection; the errors hold addresses, never a password.
 */
export async function connectRedis(
  url: string,
  profile: RedisProfile,
  onError: (error: Error) => void,
  timeoutMs = 10_000,
): Promise<RedisConnection> {
  const redis = new Redis(url, { ...profiles[profile], lazyConnect: true });
  redis.on('error', onError);
  try {
    await within(timeoutMs, redis.connect());
    await within(timeoutMs, redis.ping());
  } catch (cause) {
    redis.disconnect();
    throw new Error(`Redis does not answer at ${placeOf(url)}: is it running, and is REDIS_URL right?`, {
      cause,
    });
  }
  return { redis, close: () => quit(redis) };
}

const reconnectDelayMs = (times: number): number => Math.min(times * 100, 2000);

const profiles = {
  producer: { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy: reconnectDelayMs },
  worker: { enableOfflineQueue: true, maxRetriesPerRequest: null, retryStrategy: reconnectDelayMs },
} as const;

/** Says goodbye where somebody listens; a Redis that is away is simply left. */
async function quit(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await within(1000, redis.quit()).catch(() => redis.disconnect());
  else redis.disconnect();
}

function placeOf(url: string): string {
  const { host } = new URL(url);
  return host;
}

/** Rejects where the promise takes longer than `ms`. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
