import type { mongo } from 'mongoose';
import type { Store } from '../src/store/store.ts';
import { alternate, plain, type Comparison, type Contender } from './alternate.ts';
import { countEventWrites, type EventWrites } from './event-writes.ts';
import { openWarmStore, type Syncing } from './product.ts';
import type { Rehearsal, Stage } from './rehearsal.ts';
import { expireCursors } from './vendors.ts';

export interface FullResync extends Comparison {
  /** By a full resync that finds nothing changed. */
  readonly writes: EventWrites;
  /** By the first sync before it, so that nobody has to believe a counter that has only ever shown nothing. */
  readonly firstSyncWrites: EventWrites;
}

/**
 * The sync job of a connection whose cursor the vendor has forgotten, where nothing has changed; against fetching the
 * same pages, parsing them and finding the stored marks of the same ids with the driver, in one find.
 */
export async function measureFullResync(
  { vendors, syncing, databases, signal }: Stage,
  rehearsal: Rehearsal,
  rounds: number,
): Promise<FullResync> {
  const { vendor, size, owner, grant } = rehearsal;
  const name = databases.freshName();
  const database = databases.client.db(name);
  const store = await openWarmStore(databases.uriOf(name));
  try {
    const connectionId = await syncing.connect(store, vendor, grant);
    const firstSyncWrites = await countEventWrites(database, () => syncing.sync(store, connectionId));
    if (firstSyncWrites.documents !== size) {
      throw new Error(
        `the server counted ${firstSyncWrites.documents} writes of ${size}: no counter to rely on`,
      );
    }
    const floor = await bareReading(database.collection('events'), rehearsal);
    const expire = () => expireCursors(vendors, vendor, owner);
    const ours = resync(syncing, { store, connectionId, size, expire });
    const comparison = await alternate(floor, ours, { warmUps: 1, rounds, signal });
    await ours.prepare();
    const writes = await countEventWrites(database, () => ours.run());
    return { ...comparison, writes, firstSyncWrites };
  } finally {
    await store.close();
    await databases.drop(name);
  }
}

interface StoredConnection {
  readonly store: Store;
  readonly connectionId: string;
  readonly size: number;
  readonly expire: () => Promise<void>;
}

function resync(
  syncing: Syncing,
  { store, connectionId, size, expire }: StoredConnection,
): Contender<void> & { run(): Promise<void> } {
  return {
    prepare: expire,
    run: async () => {
      const { written, deleted, unchanged } = await syncing.sync(store, connectionId);
      if (unchanged === size && written === 0 && deleted === 0) return;
      throw new Error(`a resync of ${size} unchanged events: ${written} written, ${deleted} deleted`);
    },
    cleanUp: async () => {},
  };
}

async function bareReading(events: mongo.Collection, { listing }: Rehearsal): Promise<Contender<void>> {
  const stored = await events.find({}, { projection: { calendarId: 1, providerEventId: 1 } }).toArray();
  const ids = stored.map((event) => event['providerEventId'] as string);
  const sameIds = { calendarId: stored[0]?.['calendarId'] as unknown, providerEventId: { $in: ids } };
  const projection = { _id: 0, providerEventId: 1, recurringEventId: 1, fingerprint: 1 };
  return plain(async () => {
    let items = 0;
    for await (const count of listing.pages()) items += count;
    const found = await events.find(sameIds, { projection }).toArray();
    if (found.length !== ids.length || items < ids.length) throw new Error('the bare reading fell short');
  });
}
