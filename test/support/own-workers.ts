/**
 * The jobs of the workers over a real store, a real queue, the real adapters and both simulated vendors, all in this
 * process and on a clock that the test sets.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createCipher, type Cipher } from '../../src/cipher.ts';
import { readConfig, type Config } from '../../src/config.ts';
import type { Urgency } from '../../src/domain/budget.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { WindowPolicy } from '../../src/domain/sync.ts';
import { createLog } from '../../src/log.ts';
import { createProviders } from '../../src/providers/index.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { JobName, Payload, QueueName } from '../../src/queue/contracts.ts';
import { createProducer, type Producer } from '../../src/queue/producer.ts';
import { connectRedis } from '../../src/redis.ts';
import { storeOver } from '../../src/store/index.ts';
import { openDatabase, type Database } from '../../src/store/mongodb.ts';
import type { Store } from '../../src/store/store.ts';
import { auditConnection } from '../../workers/jobs/audit-connection.ts';
import { disconnectConnection } from '../../workers/jobs/disconnect-connection.ts';
import { exchangeCode } from '../../workers/jobs/exchange-code.ts';
import { keepWatches } from '../../workers/jobs/keep-watches.ts';
import { reconcileInterview } from '../../workers/jobs/reconcile-interview.ts';
import { syncConnection } from '../../workers/jobs/sync-connection.ts';
import type { JobContext } from '../../workers/runtime/executor.ts';
import { accessToken, type VersionedAccess } from '../../src/access/access-token.ts';
import { enqueueDue, type DueCounts } from '../../workers/steps/enqueue-due.ts';
import { assertContractsKept, watchContracts } from './contracts-kept.ts';
import { noBudget } from './no-budget.ts';
import { startNotified } from './notified.ts';
import { scanForSecrets, secretsSeenBy } from './secret-scan.ts';
import { testServices } from './services.ts';
import { startVendors, type SimulatedVendor, type SimulatedVendors } from './simulated-vendors.ts';

/**
 * Far ahead, because the server removes attempts that have run out by its own clock; in March, so that the window
 * crosses a change of the clocks.
 */
export const start = new Date('2040-03-05T09:00:00.000Z');

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** So long after the start of the tests. */
export const after = (ms: number, from: Date = start): Date => new Date(from.getTime() + ms);

/** What a test puts in the place of the real thing, for one run of a job. */
export interface Instead {
  readonly provider?: Provider | undefined;
  readonly facts?: Partial<Store['facts']>;
  readonly cipher?: Cipher;
  readonly detail?: 'full' | 'busy';
  readonly window?: WindowPolicy;
  readonly lastAttempt?: boolean;
  readonly urgency?: Urgency;
  readonly starts?: number;
  readonly signal?: AbortSignal;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly every?: (ms: number, work: () => void) => () => void;
  /** As the jobs of the scheduler and of notifications are. */
  readonly onlyDue?: true;
  readonly onFresh?: (freshness: { provider: ProviderId; ms: number }) => void;
  /** Undefined: push is off. */
  readonly publicUrl?: string | undefined;
}

interface TokenOwner {
  readonly vendor: SimulatedVendor;
  readonly connectionId: string;
}

export interface Workers {
  readonly store: Store;
  readonly database: Database;
  readonly producer: Producer;
  readonly cipher: Cipher;
  readonly config: Config;
  readonly vendors: SimulatedVendors;
  readonly redisUrl: string;
  readonly prefix: string;
  /** Where the vendors' notifications come in, and what came; nothing is made of them. */
  readonly notified: Awaited<ReturnType<typeof startNotified>>;
  clock: Date;
  provider(id: ProviderId): Provider;
  sync(connectionId: string, instead?: Instead): Promise<Outcome>;
  audit(connectionId: string, instead?: Instead): Promise<Outcome>;
  keepWatches(connectionId: string, instead?: Instead): Promise<Outcome>;
  exchange(attemptId: string, instead?: Instead): Promise<Outcome>;
  disconnect(connectionId: string, instead?: Instead): Promise<Outcome>;
  reconcile(interviewId: string, instead?: Instead): Promise<Outcome>;
  accessToken(user: TokenOwner, instead?: Instead, rejected?: number): Promise<VersionedAccess | undefined>;
  /** Push is off unless an address is given. */
  tick(publicUrl?: string): Promise<DueCounts>;
  close(): Promise<void>;
}

/**
 * For one test file, opened before its first test and closed after its last. A test in which a request or answer broke a
 * vendor's contract fails; closing fails where a secret lies open in Redis or in the logs (I9).
 */
export function ownWorkers(): Workers {
  let opened: Workers | undefined;
  beforeAll(async () => {
    opened = await openWorkers();
  });
  afterEach(() => {
    opened!.clock = start;
    for (const { simulator } of Object.values(opened!.vendors)) simulator.clearFaults();
    opened!.vendors.google.simulator.behaviour.pageSizeLimit = 2500;
  });
  afterAll(() => opened?.close());
  return new Proxy({} as Workers, {
    get: (_, name) => Reflect.get(opened ?? {}, name),
    set: (_, name, value) => Reflect.set(opened ?? {}, name, value),
  });
}

async function openWorkers(): Promise<Workers> {
  const { mongodbUri, redisUrl, queuePrefix: prefix } = testServices();
  const own = { clock: start };
  const now = (): Date => own.clock;
  const vendors = await startVendors(now);
  watchContracts([vendors.google.simulator, vendors.microsoft.simulator]);
  const notified = await startNotified();
  const config = readConfig({
    ...vendors.google.simulator.env,
    ...vendors.microsoft.simulator.env,
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: prefix,
    INTAKE_API_KEYS: 'not-used-by-workers',
    CREDENTIAL_KEYS: newCipherKey(),
  });
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    role: 'test',
    destination: { write: (line) => void lines.push(line) },
  });
  const onError = (err: Error): void => log.warn({ err }, 'Redis is away');
  const database = await openDatabase({ mongodbUri });
  const store = storeOver(database);
  const { redis, close: closeRedis } = await connectRedis(redisUrl, 'producer', {
    onAway: onError,
    onBack: () => log.info('Redis is back'),
  });
  const producer = createProducer({ connection: redis, prefix, onError });
  const providers = createProviders(config, now, noBudget);
  const cipher = createCipher(config.credentialKeys, now);

  const dependencies = (instead: Instead) => ({
    reads: store.reads,
    facts: { ...store.facts, ...instead.facts },
    provider: (id: ProviderId) => ('provider' in instead ? instead.provider : providers.get(id)),
    producer,
    cipher: instead.cipher ?? cipher,
    now,
    random: () => 0.5,
    wait: instead.wait ?? (() => nextTurn()),
    every: instead.every ?? (() => () => undefined),
    onFresh: instead.onFresh,
    publicUrl: 'publicUrl' in instead ? instead.publicUrl : notified.url,
    ...config.sync,
    detail: instead.detail ?? config.sync.detail,
    window: instead.window ?? config.sync.window,
  });
  const context = <Q extends QueueName, J extends JobName<Q>>(
    _queue: Q,
    _job: J,
    payload: Payload<Q, J>,
    {
      signal = new AbortController().signal,
      lastAttempt = false,
      urgency = 'background',
      starts = 1,
    }: Instead,
  ): JobContext<Payload<Q, J>> => ({ payload, log, signal, lastAttempt, urgency, starts });

  return Object.assign(own, {
    store,
    database,
    producer,
    cipher,
    config,
    vendors,
    redisUrl,
    prefix,
    notified,
    provider: (id: ProviderId) => providers.get(id)!,
    sync: (connectionId: string, instead: Instead = {}) =>
      syncConnection(dependencies(instead))(
        context('sync', 'sync-connection', { v: 1, connectionId, onlyDue: instead.onlyDue }, instead),
      ),
    audit: (connectionId: string, instead: Instead = {}) =>
      auditConnection({ ...dependencies(instead), audit: config.audit })(
        context('maintenance', 'audit-connection', { v: 1, connectionId }, instead),
      ),
    keepWatches: (connectionId: string, instead: Instead = {}) =>
      keepWatches(dependencies(instead))(context('watch', 'keep-watches', { v: 1, connectionId }, instead)),
    exchange: (attemptId: string, instead: Instead = {}) =>
      exchangeCode(dependencies(instead))(context('connect', 'exchange-code', { v: 1, attemptId }, instead)),
    disconnect: (connectionId: string, instead: Instead = {}) =>
      disconnectConnection(dependencies(instead))(
        context('maintenance', 'disconnect-connection', { v: 1, connectionId }, instead),
      ),
    reconcile: (interviewId: string, instead: Instead = {}) =>
      reconcileInterview(dependencies(instead))(
        context('write', 'reconcile-interview', { v: 1, interviewId }, instead),
      ),
    accessToken: ({ vendor, connectionId }: TokenOwner, instead: Instead = {}, rejected?: number) => {
      const provider = instead.provider ?? providers.get(vendor.id)!;
      const { signal = new AbortController().signal } = instead;
      return accessToken(
        dependencies(instead),
        provider,
        connectionId,
        { urgency: 'background', signal },
        rejected,
      );
    },
    tick: (publicUrl?: string) =>
      enqueueDue({
        facts: store.facts,
        producer,
        now,
        random: () => 0.5,
        audit: config.audit,
        delivers: true,
        publicUrl,
        kindLimitMs: 60_000,
        onFailed: (_, error) => {
          throw error;
        },
      }),
    close: async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
      const simulators = [vendors.google.simulator, vendors.microsoft.simulator];
      await Promise.all(simulators.map((simulator) => simulator.close()));
      await notified.close();
      const secrets = [...secretsSeenBy(simulators), ...config.credentialKeys];
      const open = await scanForSecrets({ secrets, redisUrl, prefix, texts: lines });
      await producer.close();
      await closeRedis();
      await store.close();
      assertContractsKept(simulators);
      expect(open).toEqual([]);
    },
  });
}

export function newCipherKey(): string {
  return `${randomBytes(32).toString('base64url')}=`;
}
