import { connectionRecord } from './connections.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, Intents, SyncEnd, SyncTurn, SyncTurnAnswer } from './store.ts';
import { heldBy } from './sync-fence.ts';

/** Who may sync a connection, until when, and when it is due again. */
export function syncTurnFacts(
  database: Database,
): Pick<Facts, 'takeSyncTurn' | 'finishSync' | 'keepSyncTurn' | 'dropSyncTurn' | 'dueConnections'> {
  return {
    takeSyncTurn: (connectionId, now, leaseUntil) => takeSyncTurn(database, connectionId, now, leaseUntil),
    finishSync: (turn, end) => finishSync(database, turn, end),
    keepSyncTurn: async (turn, leaseUntil) => {
      const kept = await database.connections.updateOne(heldBy(turn), {
        $max: { 'sync.leaseUntil': leaseUntil },
      });
      return kept.matchedCount === 1;
    },
    dropSyncTurn: async (turn) => {
      await database.connections.updateOne(heldBy(turn), { $set: { 'sync.leaseUntil': null } });
    },
    dueConnections: async (now, limit) => {
      const due = await database.connections
        .find({ status: 'active', nextSyncAt: { $lte: now }, ...unheld(now) }, { _id: 1 })
        .sort({ nextSyncAt: 1 })
        .limit(limit)
        .lean();
      return due.map(({ _id }) => _id.toHexString());
    },
  };
}

export function syncRequestIntents({ connections }: Database): Pick<Intents, 'requestSync'> {
  return {
    requestSync: async (connectionId, now) => {
      const marked = await connections.updateOne(
        { _id: objectId(connectionId) ?? null, status: { $ne: 'disconnecting' } },
        dirtyAndDue(now),
      );
      return marked.matchedCount === 1;
    },
  };
}

/** `$min`, so that one which has been due for longer keeps its place. */
export function dirtyAndDue(now: Date) {
  return { $set: { 'sync.dirty': true }, $min: { nextSyncAt: now } } as const;
}

/** No lease, or one that has run out. */
function unheld(now: Date) {
  return { 'sync.leaseUntil': { $not: { $gt: now } } };
}

async function takeSyncTurn(
  { connections }: Database,
  connectionId: string,
  now: Date,
  leaseUntil: Date,
): Promise<SyncTurnAnswer> {
  const _id = objectId(connectionId) ?? null;
  // `nextSyncAt` stays: a run that dies leaves the connection due.
  const taken = await connections
    .findOneAndUpdate(
      { _id, status: 'active', ...unheld(now) },
      { $inc: { 'sync.run': 1 }, $set: { 'sync.leaseUntil': leaseUntil, 'sync.dirty': false } },
      { returnDocument: 'after' },
    )
    .lean();
  if (taken !== null) {
    const { _id: takenId, userId, sync } = taken;
    const turn = { connectionId: takenId.toHexString(), userId, run: sync.run, startedAt: now };
    return { type: 'taken', turn, connection: connectionRecord(taken) };
  }
  const other = await connections.findById(_id).lean();
  if (other === null) return { type: 'unknown' };
  if (other.status !== 'active') return { type: 'not_active', status: other.status };
  return { type: 'held', until: other.sync.leaseUntil ?? now };
}

/**
 * Two tries, each atomic: a mark that is set between them cannot be overlooked, because only the next run takes it
 * away. The connection's status does not matter: also a run that found the grant revoked must give its turn back.
 */
async function finishSync(
  { connections }: Database,
  turn: SyncTurn,
  end: SyncEnd,
): Promise<{ dirty: boolean }> {
  for (const dirty of [false, true]) {
    // After a failure the time that it asks for stands, also against a trigger: a vendor may have named it.
    const nextSyncAt = dirty && end.failure === undefined ? end.now : end.nextSyncAt;
    const finished = await connections.updateOne(
      { ...heldBy(turn), 'sync.dirty': dirty },
      finalState(nextSyncAt, end),
    );
    if (finished.matchedCount === 1) return { dirty };
  }
  return { dirty: false };
}

function finalState(nextSyncAt: Date, { now, failure }: SyncEnd) {
  const common = { nextSyncAt, 'sync.leaseUntil': null, updatedAt: now };
  if (failure !== undefined) {
    return { $set: { ...common, lastFailure: failure }, $inc: { consecutiveFailures: 1 } };
  }
  return {
    $set: { ...common, lastSyncedAt: now, consecutiveFailures: 0 },
    $unset: { lastFailure: 1 },
  } as const;
}
