import type { mongo } from 'mongoose';
import type { Store } from '../src/store/store.ts';
import { alternate, type Comparison, type Contender } from './alternate.ts';
import type { Databases } from './databases.ts';
import { openWarmStore, type Syncing } from './product.ts';
import type { Rehearsal, Stage } from './rehearsal.ts';

export interface FirstSync extends Comparison {
  readonly averageBytes: number;
  /** Of the floor's time, the driver's part. */
  readonly insertShare: number;
}

/**
 * The sync job of a new connection, against fetching the same pages, parsing them and inserting documents of the same
 * size with the driver, page by page, into a collection without an index of its own. Each into a fresh database.
 */
export async function measureFirstSync(
  { syncing, databases, signal }: Stage,
  rehearsal: Rehearsal,
  rounds: number,
): Promise<FirstSync> {
  const floor = bareInsertion(databases, rehearsal);
  const ours = firstSync(syncing, databases, rehearsal);
  const comparison = await alternate(floor.contender, ours, { warmUps: 1, rounds, signal });
  return { ...comparison, averageBytes: rehearsal.averageBytes, insertShare: floor.insertShare() };
}

interface FreshConnection {
  readonly name: string;
  readonly store: Store;
  readonly connectionId: string;
}

function firstSync(
  syncing: Syncing,
  databases: Databases,
  { vendor, grant, size }: Rehearsal,
): Contender<FreshConnection> {
  return {
    prepare: async () => {
      const name = databases.freshName();
      const store = await openWarmStore(databases.uriOf(name));
      return { name, store, connectionId: await syncing.connect(store, vendor, grant) };
    },
    run: async ({ store, connectionId }) => {
      const { written } = await syncing.sync(store, connectionId);
      if (written !== size) throw new Error(`the first sync wrote ${written} of ${size} events`);
    },
    cleanUp: async ({ name, store }) => {
      await store.close();
      await databases.drop(name);
    },
  };
}

interface FreshCollection {
  readonly name: string;
  readonly collection: mongo.Collection;
}

function bareInsertion(databases: Databases, { listing, documents }: Rehearsal) {
  let insertMs = 0;
  let totalMs = 0;

  async function run({ collection }: FreshCollection): Promise<void> {
    const startedAt = performance.now();
    let inserted = 0;
    for await (const items of listing.pages()) {
      const page = documents.slice(inserted, inserted + items);
      const before = performance.now();
      if (page.length > 0) await collection.insertMany(page);
      insertMs += performance.now() - before;
      inserted += page.length;
    }
    totalMs += performance.now() - startedAt;
    if (inserted !== documents.length) {
      throw new Error(`the bare listing had room for ${inserted} of ${documents.length} documents`);
    }
  }

  const contender: Contender<FreshCollection> = {
    prepare: async () => {
      const name = databases.freshName();
      return { name, collection: await databases.client.db(name).createCollection('events') };
    },
    run,
    cleanUp: ({ name }) => databases.drop(name),
  };
  return { contender, insertShare: () => insertMs / totalMs };
}
