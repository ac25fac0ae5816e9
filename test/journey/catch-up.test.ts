import { setTimeout as sleep } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncRuns } from '../../bench/push/connected-people.ts';
import { seedConnections } from '../../bench/quota/overdue-people.ts';
import { deployFragile, type FragileDeployment } from '../support/deployment.ts';
import { outageMs } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const due = 120;
const requestsPerMinute = 2400;
const workers = 2;
/** As many as all workers have under way when the server goes: each of them may have to begin anew. */
const inFlight = workers * 10;
const timeout = 2 * outageMs + 200_000;
const emails = Array.from({ length: due }, (_, n) => `overdue${n}@catch-up.example`);

let product: FragileDeployment;
let client: mongo.MongoClient;
const database = (): mongo.Db => client.db();
const connections = () => database().collection('connections');

beforeAll(async () => {
  product = await deployFragile(['all', 'all', 'scheduler'], {
    SYNC_INTERVAL_MINUTES: '1440',
    AUDIT_SAMPLE_PERCENT: '0',
    GOOGLE_REQUESTS_PER_MINUTE: String(requestsPerMinute),
    SYNC_CONCURRENCY: String(inFlight / workers),
  });
  client = new mongo.MongoClient(product.mongodbUri);
  const { env, google, mongodbUri } = product;
  google.quota.perMinutePerProject = requestsPerMinute;
  for (const email of emails) google.addUser({ email });
  const credentialKeys = env['CREDENTIAL_KEYS'] ?? '';
  await seedConnections({ mongodbUri, database: database(), vendorEnv: google.env, credentialKeys }, emails);
  await everybodyIsDue();
  await synced(due, new Date(0));
}, timeout);
afterAll(async () => {
  await client.close();
  await product.close();
});

/** As after an hour without us, in which everybody got another appointment. */
async function everybodyIsDue(): Promise<void> {
  await quiet();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  for (const email of emails) {
    product.google.expireAccessTokens(email);
    const times = { start: { dateTime: tomorrow }, end: { dateTime: tomorrow } };
    product.google.putEvent(email, email, { summary: 'While nobody looked', ...times });
  }
  await connections().updateMany(
    {},
    { $set: { nextSyncAt: new Date(), 'credentials.expiresAt': new Date() } },
  );
}

function synced(count: number, since: Date): Promise<unknown> {
  const found = (): Promise<number> => connections().countDocuments({ lastSyncedAt: { $gt: since } });
  return until(
    async () => (await found()) >= count,
    () => `not ${count} are synced yet`,
    timeout,
  );
}

/** Nobody is read. */
function quiet(): Promise<unknown> {
  const busy = { $or: [{ 'sync.leaseUntil': { $ne: null } }, { 'sync.dirty': true }] };
  return until(async () => (await connections().countDocuments(busy)) === 0);
}

const events = (): Promise<number> => database().collection('events').countDocuments();

describe('a catch-up in which a server goes away', { timeout }, () => {
  it.each(['redis', 'mongodb'] as const)(
    '%s: everybody is synced in the end, the provider refuses nobody, and only what was under way is done twice',
    async (server) => {
      const [since, runsBefore, eventsBefore] = [new Date(), await syncRuns(database()), await events()];
      const requestsBefore = product.google.requests.length;
      await everybodyIsDue();
      await synced(due / 4, since);
      await product[server].fail('cut');
      await sleep(outageMs);
      expect(await connections().countDocuments({ lastSyncedAt: { $lte: since } })).toBeGreaterThan(0);
      await product[server].mend();

      await synced(due, since);
      await quiet();
      const requests = product.google.requests.slice(requestsBefore);
      const refused = requests.filter(({ status }) => status !== 200);
      expect(refused.map(({ path, status }) => `${status} ${path}`)).toEqual([]);
      const refreshes = requests.filter(({ path }) => path === '/token').length;
      expect(refreshes).toBe(due);
      const runsAfter = await syncRuns(database());
      const runs = [...runsAfter].map(([user, count]) => count - (runsBefore.get(user) ?? 0));
      expect(Math.min(...runs)).toBeGreaterThan(0);
      expect(runs.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(due + inFlight);
      expect((await events()) - eventsBefore).toBe(due);
      expect(await connections().countDocuments({ status: 'active', consecutiveFailures: 0 })).toBe(due);
    },
  );
});
