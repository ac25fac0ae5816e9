import { randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import { guardProcesses } from '../../scripts/processes/guarded-processes.ts';
import { withDatabase } from '../../scripts/services/mongodb-uri.ts';
import { freePort } from '../../scripts/services/ports.ts';
import { createProducer, type Producer } from '../../src/queue/producer.ts';
import { connectRedis } from '../../src/redis.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { deployOn, type Deployment, type Role } from '../support/deployed-product.ts';
import { anchorAt, type Anchor } from './dates.ts';
import { googleWriter } from './google-writer.ts';
import { microsoftWriter } from './microsoft-writer.ts';
import { startMainAppWebhook, type MainAppWebhook } from './main-app-webhook.ts';
import type { Account, Writer } from './model.ts';
import { emptyCalendar } from './operations.ts';
import { allowLocalPush } from './push-behaviour.ts';
import { startServers, type Servers } from './servers.ts';

/** Everything that a run plays on: people, providers, the product in its processes, and their servers. */
export interface World {
  readonly anchor: Anchor;
  readonly servers: Servers;
  readonly product: Deployment;
  readonly producer: Producer;
  readonly webhook: MainAppWebhook;
  /** The product's own, read beside it. */
  readonly database: mongo.Db;
  readonly accounts: readonly Account[];
  readonly writers: Readonly<Record<ProviderId, Writer>>;
  /**
   * Fails where a provider saw a violation of its contract, or a secret lies open (I9). Everything is gone then, also
   * after a failure.
   */
  close(): Promise<void>;
}

const shortTimes = {
  PROVIDER_TIMEOUT_SECONDS: '4',
  SHUTDOWN_SECONDS: '5',
  // A large removal is confirmed by a second reading this much later (I11).
  SYNC_CONFIRM_SECONDS: '1',
  // An audit would mend what this run is there to find.
  AUDIT_SAMPLE_PERCENT: '0',
};

/** Two people with one account each, and one with an account at both providers. */
const people = [
  { provider: 'google', userId: 'user-ada', email: 'ada@soak.example' },
  { provider: 'microsoft', userId: 'user-grace', email: 'grace@soak.example' },
  { provider: 'google', userId: 'user-kim', email: 'kim.g@soak.example' },
  { provider: 'microsoft', userId: 'user-kim', email: 'kim.m@soak.example' },
] as const;

/** `processes`: the product's, beside intake. */
export async function createWorld(
  say: (line: string) => void,
  processes: readonly Role[] = ['all', 'all', 'scheduler'],
): Promise<World> {
  const opened = new AsyncDisposableStack();
  try {
    return await open(opened, say, processes);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function open(
  opened: AsyncDisposableStack,
  say: (line: string) => void,
  roles: readonly Role[],
): Promise<World> {
  const servers = await startServers(say);
  opened.defer(() => servers.close());
  const processes = guardProcesses(8_000);
  opened.defer(() => processes.stop());
  const name = `soak-${randomBytes(4).toString('hex')}`;
  const mongodbUri = withDatabase(servers.mongodbUri, name);
  const services = { mongodbUri, redisUrl: servers.redisUrl, queuePrefix: name };
  const webhook = await startMainAppWebhook();
  opened.defer(() => webhook.close());
  const over = { ...shortTimes, ...(await pushTo(webhook)) };
  const product = await deployOn(services, roles, { over, processes });
  allowLocalPush(product);
  opened.defer(async () => void (await Promise.all([product.google.close(), product.microsoft.close()])));
  opened.defer(() => product.close());
  const producer = await ownProducer(opened, servers.redisUrl, name);
  const client = new mongo.MongoClient(withDatabase(servers.directMongodbUri, name), {
    socketTimeoutMS: 60_000,
  });
  opened.defer(() => client.close());
  const anchor = anchorAt(new Date());
  return {
    anchor,
    servers,
    product,
    producer,
    webhook,
    database: client.db(),
    accounts: people.map((person) => createAccount(person, product)),
    writers: {
      google: googleWriter(product.google, anchor),
      microsoft: microsoftWriter(product.microsoft, anchor),
    },
    close: () => opened.disposeAsync(),
  };
}

/** Intake keeps its address when it is started again: the providers were told it. */
async function pushTo({ url, secret }: MainAppWebhook): Promise<Record<string, string>> {
  const port = String(await freePort());
  return {
    PORT: port,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    WEBHOOK_URL: url,
    WEBHOOK_SECRETS: secret,
    WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
  };
}

async function ownProducer(opened: AsyncDisposableStack, url: string, prefix: string): Promise<Producer> {
  const quiet = { onAway: () => undefined, onBack: () => undefined };
  const { redis, close } = await connectRedis(url, 'producer', quiet);
  opened.defer(close);
  const producer = createProducer({ connection: redis, prefix, onError: () => undefined });
  opened.defer(() => producer.close());
  return producer;
}

function createAccount(person: (typeof people)[number], { google, microsoft }: Deployment): Account {
  const { provider, email } = person;
  const calendarId =
    provider === 'google'
      ? google.addUser({ email, timeZone: 'Europe/Berlin' }).email
      : microsoft.addUser({ email, name: email }).calendarId;
  const calendars = new Map([[calendarId, emptyCalendar(calendarId, true)]]);
  return { ...person, calendars, connectionIds: new Set(), attemptIds: [] };
}

const everyRole: readonly Role[] = ['intake', 'all', 'write', 'scheduler'];

/** What all processes logged so far, those of before too. */
export function linesOf({ product }: World): Record<string, unknown>[] {
  return everyRole.flatMap((role) => product.instances(role).flatMap(({ lines }) => lines));
}
