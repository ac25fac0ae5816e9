import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { createCipher } from '../../../src/cipher.ts';
import { createApp, type IntakeDeps } from '../../../src/intake/app.ts';
import { createRateLimiter } from '../../../src/intake/rate-limit.ts';
import { serve } from '../../../src/intake/serve.ts';
import { createLog } from '../../../src/log.ts';
import { createDiagnose } from '../../../src/diagnosis.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { createQueuedJobs } from '../../../src/queue/queued-jobs.ts';
import { createProducer, type Producer } from '../../../src/queue/producer.ts';
import { connectRedis } from '../../../src/redis.ts';
import { storeOver } from '../../../src/store/index.ts';
import { openDatabase, type Database } from '../../../src/store/mongodb.ts';
import type { Store } from '../../../src/store/store.ts';
import { apiClient, type ApiClient } from '../../support/api-client.ts';
import { testNow } from '../../support/builders.ts';
import { testServices } from '../../support/services.ts';

export const apiKey = 'a-key-for-the-intake-tests';

/** The intake on a real server, store and queue, with a clock that the test sets. */
export interface OwnIntake {
  readonly api: ApiClient;
  readonly store: Store;
  /** To look at what the store does not show. */
  readonly database: Database;
  readonly producer: Producer;
  readonly port: number;
  readonly logged: string[];
  clock: Date;
  /** The jobs that wait on a queue, oldest first. */
  jobs(queue: string): Promise<{ name: string; data: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export interface Options {
  readonly mongodbUri?: string;
  readonly redisUrl?: string;
  readonly perMinute?: number;
  readonly queuePrefix?: string;
  readonly deps?: Partial<IntakeDeps>;
}

/** One for the test file, opened before its first test and closed after its last. */
export function ownIntake(options: Options = {}): OwnIntake {
  let opened: OwnIntake | undefined;
  beforeAll(async () => {
    opened = await openIntake(options);
  });
  afterAll(() => opened?.close());
  return new Proxy({} as OwnIntake, {
    get: (_, name) => Reflect.get(opened ?? {}, name),
    set: (_, name, value) => Reflect.set(opened ?? {}, name, value),
  });
}

export async function openIntake({ perMinute = 1_000_000, deps = {}, ...over }: Options): Promise<OwnIntake> {
  const { mongodbUri, redisUrl, queuePrefix } = { ...testServices(), ...over };
  const logged: string[] = [];
  const log = createLog({
    level: 'debug',
    role: 'intake',
    destination: { write: (line) => void logged.push(line) },
  });
  const onError = (err: Error): void => log.warn({ err }, 'Redis is away');
  const database = await openDatabase({ mongodbUri });
  const store = storeOver(database);
  const { redis, close: closeRedis } = await connectRedis(redisUrl, 'producer', {
    onAway: onError,
    onBack: () => log.info('Redis is back'),
  });
  const producer = createProducer({ connection: redis, prefix: queuePrefix, onError });
  const cipher = createCipher([`${randomBytes(32).toString('base64url')}=`]);
  const own: { clock: Date } = { clock: testNow };
  const app = createApp({
    reads: store.reads,
    intents: store.intents,
    producer,
    queues: producer.queues,
    provider: () => ({ getAuthUrl: ({ state }) => `https://provider.example/authorize?state=${state}` }),
    seal: (plain) => cipher.seal(plain),
    checks: { mongodb: (ms) => store.ping(ms), redis: (ms) => producer.ping(ms) },
    metrics: createMetrics({
      queueDepths: () => producer.counts(),
      connections: () => store.reads.countConnections(),
      misconfigured: () => store.reads.countMisconfigured(),
      calendars: () => store.reads.calendarHealth(new Date(0)),
      onError: (err, source) => log.warn({ err, source }, 'a metric could not be read'),
    }),
    limiter: createRateLimiter(redis, queuePrefix, perMinute),
    apiKeys: [apiKey],
    admin: undefined,
    redirectUris: ['http://localhost:3000/settings'],
    attemptTtlMs: 600_000,
    availabilityMaxAgeMs: 900_000,
    diagnose: createDiagnose({
      reads: store.reads,
      jobs: createQueuedJobs(producer.queues),
      provider: () => ({ neededScopes: [], scopesImpliedBy: {} }),
      pushOn: true,
      maxAgeMs: 900_000,
      now: () => own.clock,
    }),
    log,
    now: () => own.clock,
    randomBytes: (size) => randomBytes(size),
    ...deps,
  });
  const served = await serve(app.fetch, { host: '127.0.0.1', port: 0, shutdownMs: 20_000 });
  return Object.assign(own, {
    api: apiClient(`http://127.0.0.1:${served.port}`, apiKey),
    store,
    database,
    producer,
    port: served.port,
    logged,
    async jobs(name: string) {
      const queue = producer.queues.find((candidate) => candidate.name === name);
      const waiting = (await queue?.getJobs(['waiting', 'prioritized', 'delayed'], 0, -1, true)) ?? [];
      return waiting.map(({ name: job, data }) => ({ name: job, data: data as Record<string, unknown> }));
    },
    async close() {
      await served.close();
      await producer.close();
      await closeRedis();
      await store.close();
    },
  });
}
