import { setTimeout as sleep } from 'node:timers/promises';
import { createAlarms } from './alarms.ts';
import { createCipher, type Cipher } from './cipher.ts';
import { createClosers, type Closers } from './closers.ts';
import type { Config } from './config.ts';
import { dayMs, type Random } from './domain/due.ts';
import type { ProviderId } from './domain/provider-id.ts';
import { createLog, type Logger } from './log.ts';
import { observedCipher } from './observed-cipher.ts';
import { observedProvider } from './observed-provider.ts';
import { createProviders } from './providers/index.ts';
import type { Provider, RequestBudget } from './providers/provider.ts';
import { createProducer, type Producer } from './queue/producer.ts';
import { connectRedis, type Redis, type RedisProfile } from './redis.ts';
import { openStore, type ChangeRecording } from './store/index.ts';
import type { Store } from './store/store.ts';
import { createThrottle } from './throttle.ts';
import { createWorkMetrics, type WorkMetrics } from './work-metrics.ts';
import { createWebhook, type Webhook } from './webhook.ts';

/** The live objects of a process. Entries hand out of it what a part needs; nobody is given the whole. */
export interface Live {
  readonly config: Config;
  readonly log: Logger;
  readonly store: Store;
  readonly cipher: Cipher;
  readonly producer: Producer;
  /** Of the producer's profile: fails at once while Redis is away. */
  readonly redis: Redis;
  /** What this process counts of its own work. */
  readonly workMetrics: WorkMetrics;
  /** Undefined where the provider has no client id: it is off. */
  readonly provider: (id: ProviderId) => Provider | undefined;
  readonly providersOn: readonly ProviderId[];
  readonly now: () => Date;
  readonly random: Random;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Does the work again and again, every `ms`, until what it gives is called. */
  readonly every: (ms: number, work: () => void) => () => void;
  /** Adds something to be closed before all that is open by now; it is waited for no longer than `limitMs`. */
  readonly closeWith: Closers['add'];
  /** Closes everything, the last opened first. What hangs is named and left. Idempotent. */
  close(): Promise<void>;
}

export interface WorkerLive extends Live {
  /** Of the worker's profile: waits for Redis to come back. */
  readonly workerRedis: Redis;
  /** Ends it and what BullMQ made of it at once. */
  readonly cutWorkerRedis: () => void;
  /** Undefined where none is configured. */
  readonly webhook: Webhook | undefined;
}

/** For intake and scheduler: they put jobs on queues and take none. Closes what it opened where a part fails. */
export async function compose(config: Config, role: string): Promise<Live> {
  const opened = createClosers();
  try {
    return await open(config, role, opened);
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}

/** For workers. */
export async function composeWorkers(config: Config, role: string): Promise<WorkerLive> {
  const live = await compose(config, role);
  try {
    const { redis, close, cut } = await connect(live, 'worker');
    live.closeWith('the connection of the workers to Redis', close);
    const webhook = config.webhook && createWebhook({ ...config.webhook, now: live.now });
    live.closeWith('the sockets to the main app', async () => webhook?.close());
    return { ...live, workerRedis: redis, cutWorkerRedis: cut, webhook };
  } catch (error) {
    await live.close();
    throw error;
  }
}

async function open(config: Config, role: string, opened: Closers): Promise<Live> {
  const log = createLog({ level: config.logLevel, role });
  const now = (): Date => new Date();
  const store = await openStore({
    mongodbUri: config.mongodbUri,
    recording: {
      ...recordingFor(config, (connectionId) => queueDelivery(producer, log, connectionId)),
      onInterviewsDue: (interviewIds) => queueInterviews(producer, log, interviewIds),
    },
  });
  opened.add('the store', () => store.close());
  const { redis, close } = await connect({ config, log }, 'producer');
  opened.add('the connection to Redis', close);
  // Each queue repeats every error of the connection that they share, which has spoken by itself.
  const onError = (error: Error): void => log.debug({ err: error }, 'queue error');
  const producer = createProducer({ connection: redis, prefix: config.queuePrefix, onError });
  opened.add('the queues', () => producer.close());
  const workMetrics = createWorkMetrics();
  const throttle = budgetOf({ config, log, redis, now, workMetrics });
  const providers = createProviders({ google: config.google, microsoft: config.microsoft }, now, throttle);
  opened.add('the providers', async () => {
    await Promise.all([...providers.values()].map((provider) => provider.close()));
  });
  const alarms = createAlarms(log);
  const observers = { alarms, metrics: workMetrics };
  const observed = new Map(
    [...providers].map(([id, provider]) => [id, observedProvider(provider, observers)]),
  );
  return {
    config,
    log,
    store,
    cipher: observedCipher(createCipher(config.credentialKeys, now), alarms),
    producer,
    redis,
    workMetrics,
    provider: (id) => observed.get(id),
    providersOn: [...providers.keys()],
    now,
    random: Math.random,
    wait,
    every,
    closeWith: opened.add,
    close: opened.closeAll,
  };
}

function recordingFor(config: Config, onRecorded: (connectionId: string) => void): Partial<ChangeRecording> {
  const retentionMs = config.changesRetentionDays * dayMs;
  return config.webhook === undefined ? { retentionMs } : { retentionMs, deliver: true, onRecorded };
}

/** Nobody waits for it: the change is in MongoDB, and what is not queued now is queued by the scheduler (I1). */
function queueDelivery(producer: Producer, log: Logger, connectionId: string): void {
  producer
    .enqueue('notify', 'deliver-changes', { v: 1, connectionId }, { deduplicate: 'keep-last' })
    .catch((err: unknown) => log.debug({ err, connectionId }, 'a delivery is left to the scheduler'));
}

/** The same: they are due in MongoDB. A job that runs meanwhile is followed by another. */
function queueInterviews(producer: Producer, log: Logger, interviewIds: readonly string[]): void {
  const payloads = interviewIds.map((interviewId) => ({ v: 1, interviewId }) as const);
  producer
    .enqueueAll('write', 'reconcile-interview', payloads, { deduplicate: 'keep-last', urgency: 'notified' })
    .catch((err: unknown) => log.debug({ err, interviewIds }, 'interviews are left to the scheduler'));
}

function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms);
  return () => clearInterval(timer);
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

/** How long what a killed worker held of an account's few requests at a time is missing. */
const requestLeaseMs = 5000;

function budgetOf({
  config,
  log,
  redis,
  now,
  workMetrics,
}: Pick<Live, 'config' | 'log' | 'redis' | 'now' | 'workMetrics'>): RequestBudget {
  return createThrottle({
    redis,
    prefix: config.queuePrefix,
    limits: config.budgets,
    interactiveReserve: config.interactiveReserve,
    leaseMs: requestLeaseMs,
    every,
    wait,
    now,
    random: Math.random,
    observer: {
      onAdmitted: workMetrics.observeRequest,
      onRefused: workMetrics.observeHeldBack,
      onPaused: ({ provider, ms }) => {
        workMetrics.observePause({ provider });
        log.warn({ provider, ms }, 'the provider asked to wait');
      },
      onOpen: (err) => log.warn({ err }, 'budgets of requests are not kept: Redis gives no answer'),
      onKeptAgain: () => log.info('budgets of requests are kept again'),
    },
  });
}

function connect({ config, log }: Pick<Live, 'config' | 'log'>, profile: RedisProfile) {
  return connectRedis(config.redisUrl, profile, {
    onAway: (error) => log.warn({ err: error, profile }, 'Redis is away'),
    onBack: () => log.info({ profile }, 'Redis is back'),
  });
}
