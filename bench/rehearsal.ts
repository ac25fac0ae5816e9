import { mongo } from 'mongoose';
import type { ProviderId } from '../src/domain/provider-id.ts';
import type { Grant } from '../src/providers/provider.ts';
import type { Databases } from './databases.ts';
import { bareListing, type BareListing } from './listing.ts';
import { openWarmStore, type Syncing } from './product.ts';
import { ownerOf, takeListingRequests, type Vendors } from './vendors.ts';

/** What the measurements of syncs work with. */
export interface Stage {
  /** Aborted where somebody wants it to end. */
  readonly signal: AbortSignal;
  readonly vendors: Vendors;
  readonly syncing: Syncing;
  readonly databases: Databases;
}

/** What one sync beforehand tells: how our adapter asks, and what our store keeps of it. */
export interface Rehearsal {
  readonly vendor: ProviderId;
  readonly size: number;
  readonly owner: string;
  readonly grant: Grant;
  readonly listing: BareListing;
  readonly documents: readonly mongo.Document[];
  readonly averageBytes: number;
}

/** The caller closes the listing. Throws where the sync stored anything but exactly `size` events. */
export async function rehearse(stage: Stage, vendor: ProviderId, size: number): Promise<Rehearsal> {
  const { vendors, syncing, databases } = stage;
  const owner = ownerOf(size);
  const grant = await syncing.grantOf(vendor, owner);
  const name = databases.freshName();
  const store = await openWarmStore(databases.uriOf(name));
  try {
    await takeListingRequests(vendors, vendor);
    await syncing.sync(store, await syncing.connect(store, vendor, grant));
    const [first] = await takeListingRequests(vendors, vendor);
    if (first === undefined) throw new Error(`no listing request reached ${vendor}`);
    const documents = await databases.client.db(name).collection('events').find().toArray();
    if (documents.length !== size) throw new Error(`${documents.length} of ${size} events were stored`);
    const bytes = documents.reduce((sum, document) => sum + mongo.BSON.calculateObjectSize(document), 0);
    const listing = bareListing(vendor, first);
    return { vendor, size, owner, grant, listing, documents, averageBytes: Math.round(bytes / size) };
  } finally {
    await store.close();
    await databases.drop(name);
  }
}
