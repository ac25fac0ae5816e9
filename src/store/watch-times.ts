import type { Types } from 'mongoose';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts } from './store.ts';

type WatchTimes = Pick<Facts, 'dueWatches' | 'unwantedWatches' | 'claimWatches' | 'planWatches'>;

/** When the watches of a connection are looked at. The time stays due until somebody takes it (I1). */
export function watchTimeFacts(database: Database): WatchTimes {
  const { connections } = database;
  return {
    dueWatches: async (now, limit) => {
      const due = await connections
        .find({ status: 'active', ...dueAt(now) }, { _id: 1 })
        .sort({ nextWatchAt: 1 })
        .limit(limit)
        .lean();
      return due.map(({ _id }) => _id.toHexString());
    },
    unwantedWatches: (now, limit) => unwantedWatches(database, now, limit),
    claimWatches: async (connectionId, until) => {
      const claimed = await connections.updateOne(
        { _id: objectId(connectionId) ?? null, status: 'active' },
        { $set: { nextWatchAt: until } },
      );
      return claimed.matchedCount === 1;
    },
    planWatches: async (connectionId, claim, { nextWatchAt, failure }) => {
      await connections.updateOne(
        { _id: objectId(connectionId) ?? null, nextWatchAt: claim },
        failure === undefined
          ? { $set: { nextWatchAt }, $unset: { pushFailure: 1 } }
          : {
              $set: {
                nextWatchAt,
                'pushFailure.code': failure.code,
                'pushFailure.message': failure.message,
                'pushFailure.at': failure.at,
              },
              $inc: { 'pushFailure.count': 1 },
            },
      );
    },
  };
}

/**
 * Of connections that wait for their user nothing can be ended: however many of them there are, they are left out before
 * the limit counts. What has run out by itself needs no end.
 */
async function unwantedWatches(
  { connections, watches }: Database,
  now: Date,
  limit: number,
): Promise<string[]> {
  const found = await watches
    .aggregate<{ _id: Types.ObjectId }>([
      { $match: { expiresAt: { $gt: now } } },
      {
        $lookup: {
          from: connections.collection.name,
          localField: 'connectionId',
          foreignField: '_id',
          as: 'of',
          pipeline: [{ $match: { status: 'active' } }, { $project: { nextWatchAt: 1 } }],
        },
      },
      { $unwind: '$of' },
      // Those that nobody has begun to end are due whatever was planned for them while they were wanted.
      { $match: { $or: [{ state: { $ne: 'retiring' } }, { 'of.nextWatchAt': dueAt(now).nextWatchAt }] } },
      { $limit: limit },
      { $group: { _id: '$connectionId' } },
    ])
    .hint({ expiresAt: 1 });
  return found.map(({ _id }) => _id.toHexString());
}

/** Also those that have no date yet. */
function dueAt(now: Date) {
  return { nextWatchAt: { $not: { $gt: now } } };
}
