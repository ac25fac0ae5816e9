import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCipher } from '../../../src/cipher.ts';
import { failure } from '../../../src/domain/failure.ts';
import { giveUp } from '../../../src/domain/outcome.ts';
import { createLog } from '../../../src/log.ts';
import { createProducer, type Producer } from '../../../src/queue/producer.ts';
import { createQueuedJobs } from '../../../src/queue/queued-jobs.ts';
import { connectRedis } from '../../../src/redis.ts';
import { openStore } from '../../../src/store/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { startRunner } from '../../../workers/runtime/runner.ts';
import { connectedAccount, someTokens } from '../../support/builders.ts';
import { cli, cliProcess } from '../../support/cli.ts';
import { newCipherKey } from '../../support/own-workers.ts';
import { testServices } from '../../support/services.ts';
import { until } from '../../support/until.ts';

const [newKey, oldKey, lostKey] = [newCipherKey(), newCipherKey(), newCipherKey()] as const;
const log = createLog({ level: 'silent', role: 'test' });

let env: Record<string, string>;
let store: Store;
let producer: Producer;
let closeRedis: () => Promise<void>;

beforeAll(async () => {
  const { mongodbUri, redisUrl, queuePrefix } = testServices();
  env = {
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: queuePrefix,
    INTAKE_API_KEYS: 'not-used-by-the-command-line',
    CREDENTIAL_KEYS: `${newKey},${oldKey}`,
  };
  store = await openStore({ mongodbUri });
  const connection = await connectRedis(redisUrl, 'producer', { onAway: () => {}, onBack: () => {} });
  closeRedis = connection.close;
  producer = createProducer({ connection: connection.redis, prefix: queuePrefix, onError: () => {} });
});
afterAll(async () => {
  await producer.close();
  await closeRedis();
  await store.close();
});

describe('the command line', () => {
  it('explains itself, and ends with 2 for what it does not understand', async () => {
    const help = await cli({}, 'help');
    expect(help).toMatchObject({ status: 0, err: '' });
    for (const name of ['failed-jobs', 'retry-failed', 'reseal', 'replay-changes', 'help'])
      expect(help.out).toContain(name);
    expect(await cli({})).toMatchObject({ status: 2, out: help.out });
    expect(await cli({}, 'do-something')).toMatchObject({ status: 2, out: '' });
    const wrongQueue = await cli(env, 'retry-failed', '--queue', 'snyc');
    expect(wrongQueue).toMatchObject({ status: 2, out: '' });
    expect(wrongQueue.err).toContain('connect, sync');
    expect(await cli(env, 'failed-jobs', '--limit', 'all')).toMatchObject({ status: 2 });
    expect(await cli(env, 'reseal', 'everything')).toMatchObject({ status: 2 });
  });

  it('ends with 1 and says why where it cannot be done', async () => {
    const unconfigured = await cliProcess({}, 'failed-jobs');
    expect(unconfigured).toMatchObject({ status: 1, out: '' });
    expect(unconfigured.err).toContain('MONGODB_URI is required');
    const away = await cli({ ...env, REDIS_URL: 'redis://127.0.0.1:1' }, 'failed-jobs');
    expect(away).toMatchObject({ status: 1, out: '' });
    expect(away.err).toContain('Redis does not answer at 127.0.0.1:1');
  });
});

describe('failed jobs', () => {
  const ids = ['a', 'b', 'c'].map((digit) => digit.repeat(24));
  /** Runs the sync queue until none of its jobs is left, and every job answers this. */
  const workOff = async (
    answer: (id: string) => ReturnType<typeof giveUp> | { type: 'done' },
  ): Promise<void> => {
    const { redis, close } = await connectRedis(env['REDIS_URL']!, 'worker', {
      onAway: () => {},
      onBack: () => {},
    });
    const runner = startRunner({
      queue: 'sync',
      handlers: { 'sync-connection': async ({ payload }) => answer(payload.connectionId) },
      concurrency: 5,
      lockMs: 30_000,
      connection: redis,
      prefix: env['QUEUE_PREFIX']!,
      log,
      now: () => new Date(),
      random: () => 0.5,
    });
    await until(async () => {
      const { waiting = 0, active = 0, delayed = 0 } = (await producer.counts()).sync;
      return waiting + active + delayed === 0;
    });
    await runner.close(10_000);
    await close();
  };

  it('are listed with their reasons and put back with all their attempts', async () => {
    expect(await cliProcess(env, 'failed-jobs')).toEqual({ status: 0, out: 'No job has failed.\n', err: '' });
    const payloads = ids.map(
      (connectionId) => ({ v: 1, connectionId, requestId: `of-${connectionId[0]}` }) as const,
    );
    await producer.enqueueAll('sync', 'sync-connection', payloads, { deduplicate: 'while-queued' });
    await workOff(() => giveUp(failure('provider_refused', 'google: events.list: no.')));

    const listed = await cli(env, 'failed-jobs', '--queue', 'sync');
    expect(listed.status).toBe(3);
    expect(listed.out.trim().split('\n')).toHaveLength(3);
    expect(listed.out).toContain(`connectionId=${ids[0]} requestId=of-a (1 attempt) provider_refused`);
    const { out } = await cli(env, 'failed-jobs', '--json', '--limit', '2');
    expect(JSON.parse(out)).toEqual(
      Array.from({ length: 2 }, () => ({
        queue: 'sync',
        id: expect.any(String),
        job: 'sync-connection',
        ids: { connectionId: expect.any(String), requestId: expect.any(String) },
        attempts: 1,
        reason: expect.stringContaining('provider_refused'),
        failedAt: expect.any(String),
      })),
    );

    expect(await cli(env, 'retry-failed', '--queue', 'connect')).toMatchObject({
      out: 'connect: 0 jobs queued again\n',
    });
    // One is queued anew already: it stands for the failed one.
    await producer.enqueue('sync', 'sync-connection', payloads[0]!, { deduplicate: 'while-queued' });
    const retried = await cli(env, 'retry-failed');
    expect(retried).toMatchObject({ status: 0 });
    expect(retried.out).toContain('sync: 3 jobs queued again');
    expect((await producer.counts()).sync).toMatchObject({ waiting: 3, failed: 0 });
    expect(await createQueuedJobs(producer.queues).find('sync', 'sync-connection', ids[1]!)).toMatchObject({
      state: 'waiting',
      attempts: 0,
    });
    await workOff(() => ({ type: 'done' }));
    expect(await cli(env, 'failed-jobs')).toMatchObject({ status: 0 });
    expect(await createQueuedJobs(producer.queues).find('sync', 'sync-connection', ids[1]!)).toBeUndefined();
  });

  it('that another producer named with control characters cannot move the reader’s cursor', async () => {
    const queue = producer.queues.find(({ name }) => name === 'sync')!;
    await queue.add('sync\u001b[2J\u001b[1;1H', { v: 1, connectionId: '\u001b]0;title\u0007' });
    await workOff(() => ({ type: 'done' }));
    const { out } = await cli(env, 'failed-jobs');
    expect(out).toContain('invalid_payload');
    expect(out).not.toMatch(/[^\P{C}\n]/u);
    await cli(env, 'retry-failed');
    await workOff(() => ({ type: 'done' }));
  });
});

describe('reseal', () => {
  const connected = (user: string, key: string) => {
    const cipher = createCipher([key]);
    const tokens = someTokens(user, {
      accessToken: cipher.seal(`access token of ${user}`),
      refreshToken: cipher.seal(`refresh token of ${user}`),
    });
    return connectedAccount(store, { userId: user, grant: { tokens } });
  };
  const tokensWith = async (key: string, connectionId: string) => {
    const { accessToken, refreshToken, version } = (await store.facts.credentials(connectionId))!;
    const cipher = createCipher([key]);
    return [cipher.open(accessToken), cipher.open(refreshToken), version];
  };

  it('seals what other keys sealed with the first one, and then these can be taken out', async () => {
    const old = await connected('user-old', oldKey);
    const current = await connected('user-new', newKey);
    const before = await store.facts.credentials(current.id);
    expect(await cli(env, 'reseal')).toMatchObject({
      status: 0,
      out: expect.stringContaining('2 connections: 1 sealed anew, 1 were so already, 0 cannot be opened'),
    });
    const tokens = ['access token of user-old', 'refresh token of user-old', 1];
    expect(await tokensWith(newKey, old.id)).toEqual(tokens);
    expect(await store.facts.credentials(current.id)).toEqual(before);
    expect((await cli(env, 'reseal')).out).toContain('0 sealed anew, 2 were so already');
  });

  it('names what no key opens, leaves it as it is and ends with 3', async () => {
    const lost = await connected('user-lost', lostKey);
    const answer = await cli(env, 'reseal');
    expect(answer).toMatchObject({ status: 3 });
    expect(answer.out).toContain(`${lost.id}: no key in CREDENTIAL_KEYS opens its tokens`);
    expect(answer.out).toContain('1 cannot be opened');
    expect(await tokensWith(lostKey, lost.id)).toEqual([
      'access token of user-lost',
      'refresh token of user-lost',
      1,
    ]);
  });

  it('I5: tokens that were refreshed meanwhile are kept, and sealed anew after that', async () => {
    const { id } = await connected('user-busy', oldKey);
    const [stored] = (await store.facts.storedTokens(undefined, 100)).filter(
      ({ connectionId }) => connectionId === id,
    );
    const old = createCipher([oldKey]);
    const turn = {
      connectionId: id,
      version: 1,
      owner: 'a worker that has not the new key',
      until: new Date(0),
    };
    const refreshed = someTokens('busy', {
      accessToken: old.seal('newer'),
      refreshToken: old.seal('rotated'),
    });
    expect(await store.facts.saveRefreshed(turn, refreshed, new Date())).toBe(true);
    const late = createCipher([newKey]);
    const anew = { accessToken: late.seal('older'), refreshToken: late.seal('retired') };
    expect(await store.facts.resealTokens(stored!, anew)).toBe(false);
    await cli(env, 'reseal');
    expect(await tokensWith(newKey, id)).toEqual(['newer', 'rotated', 2]);
  });
});
