import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { latenciesOf, type Latencies } from '../push/latencies.ts';
import { startLivingVendors } from '../push/living-vendors.ts';
import { startProduct, type RunningProduct } from '../push/running-product.ts';
import type { PushStage } from '../push/stage.ts';
import type { GoogleAnswers } from '../push/vendor-orders.ts';
import { seedConnections } from './overdue-people.ts';

export interface QuotaSize {
  /** Connections that are due at once. */
  readonly due: number;
}

export interface CatchUp extends QuotaSize, GoogleAnswers {
  /** How often what the quota allows for the requests that were made. */
  readonly ratio: number;
  readonly seconds: number;
  /** From the request of somebody who is not due to the end of their sync. */
  readonly interactive: Latencies;
}

/** What Google publishes for a new project. */
const published = { perMinutePerProject: 10_000, perMinutePerUser: 600 };
/** Judged where so many are due: in a shorter run the burst weighs more, and the machine's other work as well. */
const ratioAtMost = 1.2;
const judgedFromDue = 10_000;
const eventsEach = 2;
const workerProcesses = 2;
/** One person in so many asks for a sync meanwhile, one after another. */
const askingShare = 50;
const askEveryMs = 500;
const lookEveryMs = 1000;
const hourMs = 3_600_000;

/**
 * Everybody is overdue and has an access token that is over, as after an outage of an hour, and a few people ask for a
 * sync. From the first request that reaches Google to the last. Throws where Google had to refuse one, where somebody was
 * not synced or did without a refresh, and, at full size, where it took too long.
 */
export async function measureCatchUp(stage: PushStage, { due }: QuotaSize): Promise<CatchUp> {
  await using opened = new AsyncDisposableStack();
  const { databases, services, say } = stage;
  const vendors = await startLivingVendors();
  opened.defer(() => vendors.close());
  const name = databases.freshName();
  const database = databases.client.db(name);
  const overdue = emailsOf('overdue', due);
  const asking = emailsOf('asking', Math.max(1, Math.floor(due / askingShare)));
  const everybody = [...overdue, ...asking];
  const people = everybody.map((email) => ({ vendor: 'google', email }) as const);
  await vendors.orders.addPeople(people, eventsEach);
  const credentialKeys = `${randomBytes(32).toString('base64url')}=`;
  const own = { ...services, mongodbUri: databases.uriOf(name) };
  say(`authorizing ${everybody.length} accounts …`);
  await seedConnections({ ...own, database, vendorEnv: vendors.env, credentialKeys }, everybody);
  const product = await startProduct(own, vendors.env, stage.profileInto, {
    workers: workerProcesses,
    // Without push, which would add requests of its own; and nobody falls due a second time meanwhile.
    over: { CREDENTIAL_KEYS: credentialKeys, PUBLIC_URL: '', SYNC_INTERVAL_MINUTES: '1440' },
  });
  opened.defer(() => product.stop());
  await vendors.orders.limitGoogle(published);
  say('first syncs …');
  await fallDue(database, {});
  await untilSynced(stage, database, { count: everybody.length, since: new Date(0) });
  await vendors.orders.expireAccessTokens(people);
  await database.collection('connections').updateMany({}, { $set: { 'credentials.expiresAt': new Date() } });
  await vendors.orders.takeGoogleAnswers();
  say('everybody is due …');
  const since = new Date();
  await fallDue(database, isOverdue);
  const asked = await withWishes(stage, { product, database, asking }, () =>
    untilSynced(stage, database, { count: due, since }, isOverdue),
  );
  const waits = await waitsOf(database, asked);
  return resultOf(due, await vendors.orders.takeGoogleAnswers(), waits);
}

function emailsOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}${index}@company.example`);
}

const isOverdue = { email: /^overdue/ };

/** Since some time within the last hour. */
async function fallDue(database: mongo.Db, which: mongo.Filter<mongo.Document>): Promise<void> {
  const lately = { $subtract: ['$$NOW', { $multiply: [{ $rand: {} }, hourMs] }] };
  await database.collection('connections').updateMany(which, [{ $set: { nextSyncAt: lately } }]);
}

async function untilSynced(
  { signal }: PushStage,
  database: mongo.Db,
  { count, since }: { readonly count: number; readonly since: Date },
  which: mongo.Filter<mongo.Document> = {},
): Promise<void> {
  const isSynced = { ...which, lastSyncedAt: { $gt: since } };
  while ((await database.collection('connections').countDocuments(isSynced)) < count) {
    await sleep(lookEveryMs, undefined, { signal });
  }
}

interface Scene {
  readonly product: RunningProduct;
  readonly database: mongo.Db;
  readonly asking: readonly string[];
}

/** Until the work is done, one person after another asks for a sync. Gives when each of them did. */
async function withWishes(
  stage: PushStage,
  scene: Scene,
  work: () => Promise<void>,
): Promise<Map<string, number>> {
  const done = new AbortController();
  const signal = AbortSignal.any([stage.signal, done.signal]);
  const wishes = makeWishes(scene, signal);
  // Told when the work is over.
  wishes.catch(() => {});
  try {
    await work();
  } finally {
    done.abort();
  }
  return wishes;
}

async function makeWishes({ product, database, asking }: Scene, signal: AbortSignal) {
  const asked = new Map<string, number>();
  const wanted = { email: { $in: [...asking] } };
  const connections = await database.collection('connections').find(wanted).toArray();
  for (const { _id, email } of connections) {
    await sleep(askEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    asked.set(String(email), Date.now());
    const { status } = await product.api.post(`/v1/connections/${String(_id)}/sync`, {});
    if (status !== 202) throw new Error(`a wish for a sync was answered ${status}`);
  }
  return asked;
}

const lastOneMs = 60_000;

async function waitsOf(database: mongo.Db, asked: ReadonlyMap<string, number>): Promise<number[]> {
  const wanted = { email: { $in: [...asked.keys()] }, lastSyncedAt: { $exists: true } };
  for (let waitedMs = 0; waitedMs < lastOneMs; waitedMs += askEveryMs) {
    const synced = await database.collection('connections').find(wanted).toArray();
    if (synced.length === asked.size) {
      return synced.map(
        ({ email, lastSyncedAt }) => lastSyncedAt.getTime() - (asked.get(email) ?? Number.NaN),
      );
    }
    await sleep(askEveryMs);
  }
  throw new Error('somebody who asked for a sync was not synced within a minute');
}

function resultOf(due: number, answers: GoogleAnswers, waits: readonly number[]): CatchUp {
  if (answers.refused > 0)
    throw new Error(`google refused ${answers.refused} of ${answers.requests} requests`);
  if (answers.refreshes < due)
    throw new Error(`only ${answers.refreshes} of ${due} needed a new access token`);
  const seconds = (answers.lastAt - answers.firstAt) / 1000;
  const allowedSeconds = (answers.requests / published.perMinutePerProject) * 60;
  const ratio = seconds / allowedSeconds;
  if (due >= judgedFromDue && ratio > ratioAtMost)
    throw new Error(
      `${answers.requests} requests took ${seconds.toFixed(1)} s: × ${ratio.toFixed(2)} of what the quota allows, and × ${ratioAtMost} is the most`,
    );
  return { due, ...answers, seconds, ratio, interactive: latenciesOf(waits) };
}
