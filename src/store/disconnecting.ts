import type { Types } from 'mongoose';
import { recordChange } from './changes.ts';
import { livingStatuses } from './connections.ts';
import { disconnectInterviews } from './interview-disconnecting.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, Intents } from './store.ts';
import { inTransaction } from './transaction.ts';

/**
 * `disconnecting` is final: an account that is connected anew gets a connection of its own, so that the purge of the
 * old one, however late, cannot reach it.
 */
export function disconnectIntents({ connections }: Database): Pick<Intents, 'requestDisconnect'> {
  return {
    requestDisconnect: async (connectionId, now) => {
      const marked = await connections.updateOne(
        { _id: objectId(connectionId) ?? null },
        { $set: { status: 'disconnecting', updatedAt: now } },
      );
      return marked.matchedCount === 1;
    },
  };
}

export function disconnectFacts(
  database: Database,
): Pick<Facts, 'disconnectingConnections' | 'isAccountConnected' | 'purgeConnection'> {
  return {
    disconnectingConnections: async (limit) => {
      const found = await database.connections
        .find({ status: 'disconnecting' }, { _id: 1 })
        .sort({ updatedAt: 1 })
        .limit(limit)
        .lean();
      return found.map(({ _id }) => _id.toHexString());
    },
    isAccountConnected: async (provider, accountId) => {
      const living = await database.connections.exists({
        provider,
        accountId,
        status: { $in: livingStatuses },
      });
      return living !== null;
    },
    purgeConnection: (connectionId, now) => purgeConnection(database, connectionId, now),
  };
}

/**
 * Not one transaction, for there may be any number of events. The status comes first, because the fence lets no run
 * write from then on; the connection goes last, so that a purge which was killed is found and repeated. With it comes
 * the one change that stays, to be told and to end by itself: that there is no connection any more.
 */
async function purgeConnection(database: Database, id: string, now: Date): Promise<void> {
  const connectionId = objectId(id);
  if (connectionId === undefined) return;
  const { attempts, connections, calendars, events, watches, changes } = database;
  const leaving = await connections.findOneAndUpdate(
    { _id: connectionId },
    { $set: { status: 'disconnecting' } },
    { projection: { userId: 1 } },
  );
  await disconnectInterviews(database, { connectionId, userId: leaving?.userId }, now);
  await events.deleteMany({ connectionId });
  await calendars.deleteMany({ connectionId });
  await watches.deleteMany({ connectionId });
  await attempts.deleteMany({ $or: [{ connectionId }, { 'reauthorizes.connectionId': connectionId }] });
  await changes.deleteMany({ connectionId, type: { $ne: 'connection.disconnected' } });
  if (await removeConnection(database, connectionId, now)) database.recording.onRecorded(id);
}

/** False where another has done it: then it is recorded already. */
async function removeConnection(database: Database, _id: Types.ObjectId, now: Date): Promise<boolean> {
  return inTransaction(database, async (session) => {
    const removed = await database.connections.findOneAndDelete({ _id }, { session }).lean();
    if (removed === null) return false;
    const { userId, provider, changes: last } = removed;
    const at = new Date(Math.max(now.getTime(), last?.at.getTime() ?? 0));
    const number = { _id, userId, changes: { seq: (last?.seq ?? 0) + 1, at } };
    await recordChange(database, session, number, { type: 'connection.disconnected', data: { provider } });
    return true;
  });
}
