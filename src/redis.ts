import { Redis, type Command } from 'ioredis';
import { within } from './deadline.ts';

export type { Redis };

/**
 * - `producer`: fails at once while Redis is away, so that a request can answer; intents are in MongoDB by then.
 * - `worker`: waits for Redis to come back, as BullMQ's blocking reads need it.
 * Both notice a Redis that is connected and says nothing.
 */
export type RedisProfile = 'producer' | 'worker';

export interface RedisConnection {
  readonly redis: Redis;
  /** Says goodbye where somebody listens. Then the same as `cut`. */
  close(): Promise<void>;
  /**
   * Ends the client and every duplicate of it for good, within a few seconds whatever Redis does: what waits for an
   * answer is refused, and nothing connects again. Idempotent.
   */
  cut(): void;
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
  const { redis, cut } = endable(new Redis(url, { ...profiles[profile], lazyConnect: true }));
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
    cut();
    throw new Error(`Redis does not answer at ${placeOf(url)}: is it running, and is REDIS_URL right?`, {
      cause,
    });
  }
  return { redis, close: () => quit(redis, cut), cut };
}

const reconnectDelayMs = (times: number): number => Math.min(times * 100, 2000);

const profiles = {
  producer: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: reconnectDelayMs,
    commandTimeout: 10_000,
    socketTimeout: 10_000,
  },
  // Longer than BullMQ's longest blocking read, which is 10 seconds. No limit for a command: one that is given up may
  // have been carried out, and a job would count as failed that has succeeded.
  worker: {
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    retryStrategy: reconnectDelayMs,
    socketTimeout: 20_000,
  },
} as const;

const closedMessage = 'Connection is closed.';

/**
 * ioredis has ends that never come. Between two tries to connect, `disconnect()` stops the tries, and as there is no
 * socket that could close, there is no `end` either (github.com/redis/ioredis/pull/2169); and a command that was under
 * way when the connection broke is refused by nobody if the client ends before it was back (.../pull/2197). BullMQ waits
 * for both, for ever (github.com/taskforcesh/bullmq/issues/4656). Here both come, for the client and for the duplicates
 * that BullMQ makes of it.
 */
function endable(first: Redis): { redis: Redis; cut: () => void } {
  const clients = new Set<Redis>();
  let isOver = false;

  function adopt(client: Redis): Redis {
    const { disconnect, duplicate, connect } = bound(client);
    client.disconnect = (reconnect = false) => {
      // Where there is no socket it is as it was before the first try, and ioredis ends from there.
      if (client.status === 'reconnecting' && !reconnect) client.status = 'wait';
      disconnect(reconnect);
    };
    client.connect = (callback) => (isOver ? Promise.reject(new Error(closedMessage)) : connect(callback));
    client.duplicate = ((override) => adopt(duplicate(override) as Redis)) as Redis['duplicate'];
    refuseAtEnd(client);
    clients.add(client);
    if (isOver) end(client);
    return client;
  }

  return {
    redis: adopt(first),
    cut: () => {
      isOver = true;
      clients.forEach(end);
    },
  };
}

/** One that has ended would only arm a timer for its socket, which is gone. */
function end(client: Redis): void {
  if (client.status !== 'end') client.disconnect();
}

function bound(client: Redis): Pick<Redis, 'disconnect' | 'duplicate' | 'connect' | 'sendCommand'> {
  return {
    disconnect: client.disconnect.bind(client),
    duplicate: client.duplicate.bind(client),
    connect: client.connect.bind(client),
    sendCommand: client.sendCommand.bind(client),
  };
}

/** Whatever waits for an answer when the client ends is told that none will come. */
function refuseAtEnd(client: Redis): void {
  const waiting = new Set<Command>();
  const { sendCommand } = bound(client);
  client.sendCommand = (command, stream) => {
    if (!waiting.has(command)) {
      waiting.add(command);
      const forget = (): unknown => waiting.delete(command);
      command.promise.then(forget, forget);
    }
    return sendCommand(command, stream);
  };
  client.on('end', () => {
    for (const command of waiting) command.reject(new Error(closedMessage));
  });
}

/** Says goodbye where somebody listens; a Redis that is away is simply left. */
async function quit(redis: Redis, cut: () => void): Promise<void> {
  if (redis.status === 'ready') await within(1000, redis.quit()).catch(() => undefined);
  cut();
}

function placeOf(url: string): string {
  const { host } = new URL(url);
  return host;
}
