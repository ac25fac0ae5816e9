/** The delivery of changes over a real store, a real queue and a real receiver, on a clock that the test sets. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Outcome } from '../../../src/domain/outcome.ts';
import { createLog } from '../../../src/log.ts';
import { createProducer, type Producer } from '../../../src/queue/producer.ts';
import { connectRedis } from '../../../src/redis.ts';
import { storeOver } from '../../../src/store/index.ts';
import { openDatabase, type Database } from '../../../src/store/mongodb.ts';
import type { Store } from '../../../src/store/store.ts';
import { createWebhook, type Webhook, type WebhookOptions } from '../../../src/webhook.ts';
import { deliverChanges } from '../../../workers/jobs/deliver-changes.ts';
import { enqueueDue, type DueCounts } from '../../../workers/steps/enqueue-due.ts';
import {
  aCalendar,
  anEvent,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { scanForSecrets } from '../../support/secret-scan.ts';
import { testServices } from '../../support/services.ts';
import { webhookSecret } from '../../support/standard-webhooks.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';

export const secret = webhookSecret(1);

export interface Deliveries {
  readonly store: Store;
  readonly database: Database;
  readonly producer: Producer;
  /** Of this test alone. */
  receiver: WebhookReceiver;
  readonly logged: string[];
  /** Connections that were announced as having a change. */
  readonly announced: string[];
  /** How the attempts went, as the metrics are told. Of this test alone. */
  outcomes: string[];
  clock: Date;
  webhook(over?: Partial<WebhookOptions>): Webhook;
  deliver(connectionId: string, instead?: Instead): Promise<Outcome>;
  /** Whether the scheduler would queue the connection now. */
  isDue(connectionId: string): Promise<boolean>;
  tick(): Promise<DueCounts>;
}

export interface Instead {
  readonly webhook?: Webhook | undefined;
  readonly facts?: Partial<Store['facts']>;
  readonly signal?: AbortSignal;
}

/** For one test file. Closing fails where a secret lies open in Redis, in a log or with a change (I9). */
export function ownDeliveries(): Deliveries {
  let opened: (Deliveries & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    opened!.receiver = await startWebhookReceiver();
    opened!.clock = testNow;
    opened!.outcomes = [];
  });
  afterEach(() => opened?.receiver.close());
  afterAll(() => opened?.close());
  return new Proxy({} as Deliveries, {
    get: (_, name) => Reflect.get(opened ?? {}, name),
    set: (_, name, value) => Reflect.set(opened ?? {}, name, value),
  });
}

async function open() {
  const { mongodbUri, redisUrl, queuePrefix: prefix } = testServices();
  const own = { clock: testNow, outcomes: new Array<string>(), receiver: await startWebhookReceiver() };
  await own.receiver.close();
  const now = (): Date => own.clock;
  const logged: string[] = [];
  const announced: string[] = [];
  const destination = { write: (line: string) => void logged.push(line) };
  const log = createLog({ level: 'debug', role: 'test', destination });
  const recording = { deliver: true, onRecorded: (id: string) => void announced.push(id) };
  const database = await openDatabase({ mongodbUri, recording });
  const store = storeOver(database);
  const listeners = { onAway: () => undefined, onBack: () => undefined };
  const { redis, close: closeRedis } = await connectRedis(redisUrl, 'producer', listeners);
  const producer = createProducer({ connection: redis, prefix, onError: () => undefined });
  const webhooks: Webhook[] = [];
  const webhook = (over: Partial<WebhookOptions> = {}): Webhook => {
    const made = createWebhook({
      url: own.receiver.url,
      secrets: [secret],
      allowPrivateAddresses: true,
      now,
      ...over,
    });
    webhooks.push(made);
    return made;
  };
  return Object.assign(own, {
    store,
    database,
    producer,
    logged,
    announced,
    webhook,
    deliver: (connectionId: string, instead: Instead = {}) =>
      deliverChanges({
        facts: { ...store.facts, ...instead.facts },
        webhook: 'webhook' in instead ? instead.webhook : webhook(),
        producer,
        now,
        random: () => 0,
        onDelivery: ({ outcome }) => void own.outcomes.push(outcome),
      })({
        payload: { v: 1, connectionId },
        log,
        signal: instead.signal ?? new AbortController().signal,
        lastAttempt: false,
        urgency: 'interactive',
        starts: 1,
      }),
    isDue: async (id: string) => (await store.facts.dueDeliveries(now(), 10_000)).includes(id),
    tick: () =>
      enqueueDue({
        facts: store.facts,
        producer,
        now,
        random: () => 0,
        audit: undefined,
        publicUrl: undefined,
        kindLimitMs: 60_000,
        onFailed: (_, error) => {
          throw error;
        },
        delivers: true,
      }),
    async close() {
      const changes = (await database.changes.find().lean()).map((change) => JSON.stringify(change));
      const secrets = [secret, secret.slice('whsec_'.length)];
      const found = await scanForSecrets({ secrets, redisUrl, prefix, texts: [...logged, ...changes] });
      await Promise.all(webhooks.map((made) => made.close()));
      await producer.close();
      await closeRedis();
      await store.close();
      expect(found).toEqual([]);
    },
  });
}

let users = 0;

/** A connection with so many changes that nobody has told yet: that it was connected, and then events. */
export async function withChanges({ store }: Deliveries, changes: number) {
  users += 1;
  const { id } = await connectedAccount(store, { userId: `user-${users}` });
  const turn = await syncTurn(store, id);
  const [calendar] = await store.facts.replaceCalendars(turn, [aCalendar('a')], testNow);
  const change = async (n: number): Promise<void> => {
    const upserts = [fingerprinted(anEvent('e', { title: `title ${n}` }))];
    await store.facts.applyPage(turn, calendar!.id, { upserts, deletes: [] }, testNow, minutesLater(60));
  };
  for (let n = 1; n < changes; n += 1) await change(n);
  return { id, change };
}

/** What the receiver was told of, by the numbers of the changes. */
export function sequences({ receiver }: Deliveries): number[] {
  return receiver.calls.map(({ body }) => (JSON.parse(body) as { sequence: number }).sequence);
}

/** How the changes of a connection stand. */
export async function states({ database }: Deliveries, connectionId: string) {
  const found = await database.changes.find({ connectionId }).sort({ seq: 1 }).lean();
  return found.map(({ delivery }) => delivery?.state);
}
