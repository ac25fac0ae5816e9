import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis, type Redis, type RedisConnection } from '../../src/redis.ts';
import { testServices } from '../support/services.ts';
import { outages, startTcpProxy, through, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const quiet = { onAway: () => undefined, onBack: () => undefined };

let proxy: TcpProxy;
/** Through the proxy. */
let url: string;
let connection: RedisConnection;
/** As BullMQ makes itself one for its blocking reads. */
let blocking: Redis;

beforeEach(async () => {
  const { redisUrl } = testServices();
  proxy = await startTcpProxy(redisUrl);
  url = through(proxy, redisUrl);
  connection = await connectRedis(url, 'worker', quiet);
  blocking = connection.redis.duplicate();
  blocking.on('error', () => undefined);
  await blocking.connect();
});
afterEach(async () => {
  connection.cut();
  await proxy.close();
});

/** A read that Redis answers after a minute, if at all. */
const read = (): Promise<unknown> =>
  blocking.blpop('never', 60).catch((error: unknown) => (error instanceof Error ? error.message : error));

const triesAgain = (client: Redis): Promise<unknown> => until(() => client.status === 'reconnecting');

describe('a client that is told to end ends', () => {
  it.each(outages)('while Redis is away: %s', async (outage) => {
    const answer = read();
    await proxy.fail(outage);
    if (outage === 'cut' || outage === 'refused') await triesAgain(blocking);
    const ended = once(blocking, 'end');
    blocking.disconnect();
    await ended;
    expect(await answer).toBe('Connection is closed.');
    expect(blocking.status).toBe('end');
  });

  it('between two tries to connect, and the command that was under way when the connection broke is refused', async () => {
    const answer = read();
    await proxy.fail('cut');
    // The second try is accepted and broken: from then on ioredis itself remembers the command no more.
    await new Promise((resolve) => blocking.once('connect', () => resolve(undefined)));
    await triesAgain(blocking);
    blocking.disconnect();
    expect(await answer).toBe('Connection is closed.');
  });

  it('and may connect again, with Redis back and lost once more: it tries for as long as it takes', async () => {
    await proxy.fail('cut');
    await triesAgain(blocking);
    blocking.disconnect();
    await proxy.mend();
    await blocking.connect();
    expect(await blocking.ping()).toBe('PONG');
    await proxy.fail('cut');
    await triesAgain(blocking);
    await proxy.mend();
    expect(await blocking.ping()).toBe('PONG');
  });
});

describe('a connection that is cut', () => {
  it.each(outages)('ends with all its duplicates, and none connects again: %s', async (outage) => {
    const answers = [read(), connection.redis.blpop('never', 60).catch(() => 'refused')];
    await proxy.fail(outage);
    const ended = [connection.redis, blocking].map((client) => once(client, 'end'));
    connection.cut();
    await Promise.all(ended);
    expect(await Promise.all(answers)).toEqual(['Connection is closed.', 'refused']);
    await proxy.mend();
    await expect(blocking.connect()).rejects.toThrow('Connection is closed.');
    await expect(connection.redis.ping()).rejects.toThrow('Connection is closed.');
  });
});

describe('a connection of which the network has lost track', () => {
  it(
    'is given up: producers are refused, and workers get their answer over another one',
    { timeout: 60_000 },
    async () => {
      const producer = await connectRedis(url, 'producer', quiet);
      await proxy.fail('lost');
      const answers = [producer.redis.ping().catch(() => 'refused'), connection.redis.ping()];
      await proxy.mend();
      expect(await Promise.all(answers)).toEqual(['refused', 'PONG']);
      await until(() => producer.redis.status === 'ready');
      expect(await producer.redis.ping()).toBe('PONG');
      await producer.close();
    },
  );
});
