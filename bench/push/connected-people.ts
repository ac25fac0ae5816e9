import type { mongo } from 'mongoose';
import { until } from '../../test/support/until.ts';
import { codeFromConsent } from '../vendors.ts';
import { inParallel } from './in-parallel.ts';
import type { RunningProduct } from './running-product.ts';
import type { Person } from './vendor-orders.ts';

const patienceMs = 600_000;

/** So many at each vendor, by turns. */
export function peopleOf(name: string, count: number): Person[] {
  return Array.from({ length: count }, (_, index) => ({
    vendor: index % 2 === 0 ? 'google' : 'microsoft',
    email: `${name}${index}@company.example`,
  }));
}

/**
 * Connects each of them through the API, as the main app does, and waits until they are synced and watched. A person is
 * the user of the same name.
 */
export async function connectPeople(
  { api }: RunningProduct,
  database: mongo.Db,
  people: readonly Person[],
  say: (line: string) => void,
): Promise<void> {
  say(`connecting ${people.length} accounts …`);
  await inParallel(people, async ({ vendor, email }) => {
    const started = await api.post(`/v1/connect/${vendor}`, { userId: email });
    const { authorizationUrl, state } = started.body as { authorizationUrl: string; state: string };
    const code = await codeFromConsent(vendor, authorizationUrl, email);
    const { status } = await api.post(`/v1/callback/${vendor}`, { userId: email, state, code });
    if (status !== 202) throw new Error(`the callback of ${email} was answered ${status}`);
  });
  say('waiting for their first syncs and watches …');
  await untilCount(database, 'connections', { lastSyncedAt: { $exists: true } }, people.length);
  await untilCount(database, 'watches', { state: 'active' }, people.length);
  await untilQuiet(database);
}

function untilCount(database: mongo.Db, name: string, filter: mongo.Filter<mongo.Document>, wanted: number) {
  const count = (): Promise<number> => database.collection(name).countDocuments(filter);
  return until(
    async () => (await count()) >= wanted,
    () => `${name} are not ${wanted} yet: ${JSON.stringify(filter)}`,
    patienceMs,
  );
}

/** Resolves when nothing is marked, running or due. */
export async function untilQuiet(database: mongo.Db): Promise<void> {
  const busyAt = (now: Date) => ({
    $or: [
      { 'sync.leaseUntil': { $ne: null } },
      { 'sync.dirty': true },
      { 'sync.touched.0': { $exists: true } },
      { nextSyncAt: { $lte: now } },
      { nextWatchAt: { $lte: now } },
    ],
  });
  await until(
    async () => (await database.collection('connections').countDocuments(busyAt(new Date()))) === 0,
    () => 'some connections are still being synced',
    patienceMs,
  );
}

/** Spreads the regular reading over its interval, as it is on any day but the one on which all connect at once. */
export async function spreadSweeps(database: mongo.Db, sweepMs: number): Promise<void> {
  const soon = { $add: ['$$NOW', { $multiply: [{ $rand: {} }, sweepMs] }] };
  await database
    .collection('connections')
    .updateMany({}, [{ $set: { nextSyncAt: soon } }, { $set: { 'sync.sweepAt': '$nextSyncAt' } }]);
}

/** How many turns each connection's syncs have taken, by user. */
export async function syncRuns(database: mongo.Db): Promise<Map<string, number>> {
  const connections = await database
    .collection('connections')
    .find({}, { projection: { userId: 1, 'sync.run': 1 } })
    .toArray();
  return new Map(connections.map(({ userId, sync }) => [String(userId), (sync as { run: number }).run]));
}
