import type { WatchRecord } from '../../src/store/store.ts';
import { fill } from './calendar-contents.ts';
import { newUser, type ConnectedUser } from './connected-user.ts';
import type { Workers } from './own-workers.ts';
import type { SimulatedVendor } from './simulated-vendors.ts';

/** Somebody whose calendars were read, and who is watched by nobody yet. */
export async function syncedUser(workers: Workers, vendor: SimulatedVendor): Promise<ConnectedUser> {
  const user = await newUser(workers, vendor);
  fill(user, 2);
  await workers.sync(user.connectionId);
  return user;
}

export async function watchedUser(workers: Workers, vendor: SimulatedVendor): Promise<ConnectedUser> {
  const user = await syncedUser(workers, vendor);
  await workers.keepWatches(user.connectionId);
  return user;
}

export function watchesOf({ store }: Workers, { connectionId }: ConnectedUser): Promise<WatchRecord[]> {
  return store.reads.watchesOf(connectionId);
}

/** The only one there is. */
export async function watchOf(workers: Workers, user: ConnectedUser): Promise<WatchRecord> {
  const [watch, ...rest] = await watchesOf(workers, user);
  if (watch === undefined || rest.length > 0) throw new Error(`${rest.length} watches beside ${watch?.id}`);
  return watch;
}

/** The vendor's names of what stands there, and of what we count on: they have to be the same. */
export async function standing(workers: Workers, user: ConnectedUser) {
  const active = (await watchesOf(workers, user)).filter(({ state }) => state === 'active');
  return {
    atVendor: user.vendor.watches(user.email).toSorted(),
    active: active.map(({ providerWatchId = '' }) => providerWatchId).toSorted(),
  };
}
