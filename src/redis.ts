import { Redis } from 'ioredis';
import { within } from './deadline.ts';

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

export interface RedisListeners {
  readonly onAway: (error: Error) => void;
  readonly onBack: () => void;
}

/**
 * Connects and waits until Redis answers, at most `timeoutMs`; then reconnects by itself for ever.
 * `onAway` hears of an outage once, however often reconnecting fails, and `onBack` of its end; the errors hold
 * addresses, never a password.
 */
export async function connectRedis(
  url: string,
  profile: RedisProfile,
  { onAway, onBack }: RedisListeners,
  timeoutMs = 10_000,
): Promise<RedisConnection> {
  const redis = new Redis(url, { ...profiles[profile], lazyConnect: true });
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) onAway(error);
    away = true;
  });
  redis.on('ready', () => {
    if (away) onBack();
    away = false;
  });
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
