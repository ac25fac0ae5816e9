import type { Types } from 'mongoose';
import { allCalendars } from '../domain/sync-scope.ts';
import { silentSweepsLimit } from '../domain/watch.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, Intents, NewWatch, Reads, SilentChange, WatchRecord } from './store.ts';
import { inTransaction } from './transaction.ts';
import { watchRecord, type WatchDocument } from './watches.ts';

type WatchFacts = Pick<
  Facts,
  | 'createWatch'
  | 'markUntold'
  | 'activateWatch'
  | 'renewedWatch'
  | 'retireWatch'
  | 'failWatch'
  | 'forgetWatch'
  | 'rememberPushUnsupported'
  | 'noteSweep'
>;

export function watchReads({ watches }: Database): Pick<Reads, 'watch' | 'watchesOf'> {
  return {
    watch: async (id) => {
      const found = await watches.findById(objectId(id) ?? null).lean();
      return found === null ? undefined : watchRecord(found);
    },
    watchesOf: async (connectionId) => {
      const found = await watches
        .find({ connectionId: objectId(connectionId) ?? null })
        .sort({ createdAt: 1, _id: 1 })
        .lean();
      return found.map(watchRecord);
    },
  };
}

export function watchIntents({ connections }: Database): Pick<Intents, 'requestWatches'> {
  return {
    requestWatches: async (connectionId, now) => {
      await connections.updateOne(
        { _id: objectId(connectionId) ?? null, status: { $ne: 'disconnecting' } },
        { $set: { nextWatchAt: now } },
      );
    },
  };
}

/** The channels and subscriptions as far as we know of them. When they are looked at: see watch-times.ts. */
export function watchFacts(database: Database): WatchFacts {
  const { watches, calendars } = database;
  const withId = (id: string) => ({ _id: objectId(id) ?? null });
  return {
    createWatch: (watch) => createWatch(database, watch),
    markUntold: async ({ connectionId, calendarId = allCalendars }, now) => {
      await database.connections.updateOne(
        { _id: objectId(connectionId) ?? null, status: 'active' },
        { $addToSet: { 'sync.touched': calendarId }, $min: { nextSyncAt: now } },
      );
    },
    activateWatch: async (id, { renewAt, providerWatchId, resourceId, expiresAt }) => {
      const atVendor = { providerWatchId, expiresAt, ...(resourceId !== undefined && { resourceId }) };
      const active = await watches.updateOne(
        { ...withId(id), state: 'creating' },
        { $set: { ...atVendor, renewAt, state: 'active' }, $unset: { lastFailure: 1 } },
      );
      // Given up meanwhile: then it is stopped, for which its name at the vendor is needed.
      if (active.matchedCount === 0) await watches.updateOne(withId(id), { $set: atVendor });
      return active.matchedCount === 1;
    },
    renewedWatch: async (id, { expiresAt, renewAt }) => {
      const renewed = { $set: { expiresAt, renewAt }, $unset: { lastFailure: 1 } } as const;
      await watches.updateOne({ ...withId(id), state: 'active' }, renewed);
    },
    retireWatch: async (id, retireAt, reason) => {
      const lastFailure = reason && { lastFailure: reason };
      await watches.updateOne(withId(id), { $set: { state: 'retiring', retireAt, ...lastFailure } });
    },
    failWatch: async (id, reason) => {
      await watches.updateOne(withId(id), { $set: { lastFailure: reason } });
    },
    forgetWatch: async (id) => {
      await watches.deleteOne(withId(id));
    },
    rememberPushUnsupported: async (calendarId, reason) => {
      await calendars.updateOne(withId(calendarId), { $set: { pushUnsupported: reason } });
    },
    noteSweep: (connectionId, changes, now) => noteSweep(database, connectionId, changes, now),
  };
}

/**
 * The write to the connection is what keeps a disconnect out: of the two one waits or starts again, and so the purge
 * finds every watch that was recorded.
 */
async function createWatch(
  database: Database,
  { connectionId, calendarId, now, ...watch }: NewWatch,
): Promise<WatchRecord | undefined> {
  const _id = objectId(connectionId) ?? null;
  const calendar = calendarId === undefined ? undefined : objectId(calendarId);
  return inTransaction(database, async (session) => {
    const held = await database.connections
      .findOneAndUpdate({ _id, status: 'active' }, { $inc: { 'sync.writes': 1 } }, { session })
      .lean();
    if (held === null) return undefined;
    const fresh: Omit<WatchDocument, '_id'> = {
      ...watch,
      userId: held.userId,
      provider: held.provider,
      connectionId: held._id,
      ...(calendar && { calendarId: calendar }),
      state: 'creating',
      createdAt: now,
      silentSweeps: 0,
    };
    const [created] = await database.watches.create([fresh], { session });
    if (created === undefined) throw new Error('store: the new watch was not created');
    return watchRecord(created.toObject());
  });
}

/** Only those that had been there for the change to tell, and did not. */
async function noteSweep(
  database: Database,
  connectionId: string,
  changes: readonly SilentChange[],
  now: Date,
): Promise<void> {
  const connection = objectId(connectionId);
  const [first] = changes.map(({ since }) => since).toSorted((a, b) => a.getTime() - b.getTime());
  if (connection === undefined || first === undefined) return;
  const silent = [
    ...changes.map(({ calendarId, since }) => untoldOf(objectId(calendarId), since)),
    // One for the account has told something if it told of any of them.
    untoldOf(undefined, first),
  ];
  const noted = await database.watches.updateMany(
    { connectionId: connection, state: 'active', $or: silent },
    { $inc: { silentSweeps: 1 } },
  );
  if (noted.modifiedCount === 0) return;
  const replaceable = {
    connectionId: connection,
    state: 'active',
    silentSweeps: { $gte: silentSweepsLimit },
  } as const;
  if ((await database.watches.exists(replaceable)) === null) return;
  await database.connections.updateOne({ _id: connection }, { $set: { nextWatchAt: now } });
}

function untoldOf(calendarId: Types.ObjectId | undefined, since: Date) {
  return {
    calendarId: calendarId ?? null,
    createdAt: { $lte: since },
    lastNotifiedAt: { $not: { $gt: since } },
  };
}
