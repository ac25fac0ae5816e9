import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { becomePrimary } from '../../scripts/services/replica-set.ts';
import { startOwnRedis, startServices } from '../../scripts/services/start-services.ts';
import { startTcpProxy, through, type Outage, type TcpProxy } from '../support/tcp-proxy.ts';

/** A MongoDB and a Redis of the run's own, because it treats them badly. */
export interface Servers {
  readonly mongodbUri: string;
  /** The way past whatever it does to MongoDB. */
  readonly directMongodbUri: string;
  readonly redisUrl: string;
  /** The only node gives up being primary and is elected again some seconds later. */
  stepDownPrimary(): Promise<void>;
  flushRedis(): Promise<void>;
  /** Stops it and starts another: with its append-only file, or with nothing. */
  restartRedis(keepData: boolean): Promise<void>;
  /** It is away for so long, in this way, and back as it was. */
  redisAway(outage: Outage, ms: number): Promise<void>;
  mongodbAway(outage: Outage, ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Closes what it opened where a part cannot be started. */
export async function startServers(say: (line: string) => void): Promise<Servers> {
  const opened = new AsyncDisposableStack();
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'calendar-sync-soak-'));
    opened.defer(() => rm(dataDir, { recursive: true, force: true }));
    let redis = await startOwnRedis({ dataDir, say });
    opened.defer(() => redis.stop());
    const proxy = await startTcpProxy(redis.redisUrl);
    opened.defer(() => proxy.close());
    const { mongodbUri: ownUri, stop } = await startServices({ redisUrl: redis.redisUrl, say });
    opened.defer(stop);
    const mongodbProxy = await startTcpProxy(ownUri);
    opened.defer(() => mongodbProxy.close());
    const mongodbUri = await memberBehind(mongodbProxy, ownUri);
    await withAdmin(directly(ownUri), (admin) => admin.command(shortTransactions));
    const oneAtATime = inTurn();
    return {
      mongodbUri,
      directMongodbUri: directly(ownUri),
      redisUrl: through(proxy, redis.redisUrl),
      stepDownPrimary: () => stepDown(directly(ownUri)),
      flushRedis: () => oneAtATime(() => flush(redis.redisUrl)),
      restartRedis: (keepData) =>
        oneAtATime(async () => {
          await proxy.fail('cut');
          if (!keepData) await flush(redis.redisUrl);
          await redis.stop();
          redis = await startOwnRedis({ dataDir, say: () => undefined });
          proxy.lead(redis.redisUrl);
          await proxy.mend();
        }),
      redisAway: (outage, ms) => oneAtATime(() => away(proxy, outage, ms)),
      mongodbAway: (outage, ms) => away(mongodbProxy, outage, ms),
      close: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/**
 * The replica set knows its only member by the proxy's address: so a driver that asks the set where its members are comes
 * through the proxy, and still waits for a primary as it does in production.
 */
async function memberBehind(proxy: TcpProxy, uri: string): Promise<string> {
  await becomePrimary(directly(uri), `127.0.0.1:${proxy.port}`);
  const member = new URL(uri);
  member.port = String(proxy.port);
  return member.href;
}

function directly(uri: string): string {
  const direct = new URL(uri);
  direct.search = 'directConnection=true';
  return direct.href;
}

async function away(proxy: TcpProxy, outage: Outage, ms: number): Promise<void> {
  await proxy.fail(outage);
  await sleep(ms);
  await proxy.mend();
}

/** One after another: a Redis that is being restarted cannot be emptied, and has no address yet. */
function inTurn(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

/**
 * The transaction of a process that was killed or stands still keeps its documents from everybody else until the server
 * ends it, after 60 seconds unless told otherwise. A run that kills a process every few seconds has no time for that.
 */
const shortTransactions = { setParameter: 1, transactionLifetimeLimitSeconds: 3 };

const notPrimary = 10_107;

async function stepDown(mongodbUri: string): Promise<void> {
  try {
    await withAdmin(mongodbUri, (admin) => admin.command({ replSetStepDown: 5, force: true }));
  } catch (error) {
    // Some versions close the connection instead of answering. And it may have given up a moment ago.
    const isUnelected = error instanceof mongo.MongoServerError && error.code === notPrimary;
    if (!isUnelected && !(error instanceof mongo.MongoNetworkError)) throw error;
  }
}

async function withAdmin(mongodbUri: string, use: (admin: mongo.Db) => Promise<unknown>): Promise<void> {
  const client = new mongo.MongoClient(mongodbUri);
  try {
    await use(client.db('admin'));
  } finally {
    await client.close();
  }
}

async function flush(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}
