import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts } from './store.ts';

type WatchTimes = Pick<Facts, 'dueWatches' | 'unwantedWatches' | 'claimWatches' | 'planWatches'>;

/** When the watches of a connection are looked at. The time stays due until somebody takes it (I1). */
export function watchTimeFacts({ connections, watches }: Database): WatchTimes {
  return {
    dueWatches: async (now, limit) => {
      const due = await connections
        .find({ status: 'active', ...dueAt(now) }, { _id: 1 })
        .sort({ nextWatchAt: 1 })
        .limit(limit)
        .lean();
      return due.map(({ _id }) => _id.toHexString());
    },
    unwantedWatches: async (now, limit) => {
      const left = await watches.find({}, { connectionId: 1, state: 1 }).limit(limit).lean();
      // Those that nobody has begun to end are due whatever was planned for them while they were wanted.
      const standing = left.filter(({ state }) => state !== 'retiring').map((watch) => watch.connectionId);
      const due = await connections
        .find(
          {
            _id: { $in: left.map((watch) => watch.connectionId) },
            status: 'active',
            $or: [{ _id: { $in: standing } }, dueAt(now)],
          },
          { _id: 1 },
        )
        .lean();
      return due.map(({ _id }) => _id.toHexString());
    },
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

/** Also those that have no date yet. */
function dueAt(now: Date) {
  return { nextWatchAt: { $not: { $gt: now } } };
}
