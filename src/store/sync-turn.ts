import { allCalendars, scopeOf } from '../domain/sync-scope.ts';
import { connectionRecord, type ConnectionDocument } from './connections.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, Intents, SyncEnd, SyncTurn, SyncTurnAnswer } from './store.ts';
import { heldBy } from './sync-fence.ts';

/** Who may sync a connection, until when, and when it is due again. */
export function syncTurnFacts(
  database: Database,
): Pick<
  Facts,
  'takeSyncTurn' | 'finishSync' | 'keepSyncTurn' | 'dropSyncTurn' | 'dueConnections' | 'requestedConnections'
> {
  return {
    takeSyncTurn: (connectionId, now, leaseUntil, options) =>
      takeSyncTurn(database, connectionId, { now, leaseUntil, ...options }),
    finishSync: (turn, end) => finishSync(database, turn, end),
    keepSyncTurn: async (turn, leaseUntil) => {
      const kept = await database.connections.updateOne(heldBy(turn), {
        $max: { 'sync.leaseUntil': leaseUntil },
      });
      return kept.matchedCount === 1;
    },
    dropSyncTurn: async (turn) => {
      const marks = turn.requested ? { 'sync.dirty': true } : {};
      await database.connections.updateOne(heldBy(turn), {
        ...unserved(turn, { 'sync.leaseUntil': null, ...marks }),
      });
    },
    dueConnections: (now, limit) => due(database, now, limit),
    requestedConnections: (now, limit) => due(database, now, limit, { 'sync.dirty': true }),
  };
}

async function due(
  { connections }: Database,
  now: Date,
  limit: number,
  of: { 'sync.dirty'?: true } = {},
): Promise<string[]> {
  const found = await connections
    .find({ status: 'active', nextSyncAt: { $lte: now }, ...unheld(now), ...of }, { _id: 1 })
    .sort({ nextSyncAt: 1 })
    .limit(limit)
    .lean();
  return found.map(({ _id }) => _id.toHexString());
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

interface Taking {
  readonly now: Date;
  readonly leaseUntil: Date;
  readonly onlyDue?: boolean | undefined;
}

async function takeSyncTurn(
  { connections }: Database,
  connectionId: string,
  { now, leaseUntil, onlyDue }: Taking,
): Promise<SyncTurnAnswer> {
  const _id = objectId(connectionId) ?? null;
  // `nextSyncAt` stays: a run that dies leaves the connection due.
  const before = await connections
    .findOneAndUpdate(
      { _id, status: 'active', ...unheld(now), ...(onlyDue === true && asksToBeRead(now)) },
      {
        $inc: { 'sync.run': 1 },
        $set: { 'sync.leaseUntil': leaseUntil, 'sync.dirty': false },
        $unset: { 'sync.touched': 1, 'sync.touchedAt': 1 },
      },
      { returnDocument: 'before' },
    )
    .lean();
  if (before !== null) return taken(before, now, onlyDue === true);
  const other = await connections.findById(_id).lean();
  if (other === null) return { type: 'unknown' };
  if (other.status !== 'active') return { type: 'not_active', status: other.status };
  const { leaseUntil: until } = other.sync;
  if (until !== null && until > now) return { type: 'held', until };
  // Whoever sets a mark from here on queues a job for it. Otherwise it has become free since it was asked for.
  return onlyDue === true && !isToBeRead(other, now) ? { type: 'idle' } : { type: 'held', until: now };
}

/** Of the connection as it was before the turn was taken: its marks are gone by now. */
function taken(before: ConnectionDocument, now: Date, onlyDue: boolean): SyncTurnAnswer {
  const { dirty, touched = [], touchedAt, sweepAt, run, leaseUntil } = before.sync;
  // Whoever ends a run, well or not, takes its lease away.
  const marks = { dirty, touched, sweepAt, abandoned: leaseUntil !== null };
  // A run of everything that failed leaves of the notifications only since when they wait.
  const named = touched.length === 0 ? [allCalendars] : touched;
  return {
    type: 'taken',
    turn: {
      connectionId: before._id.toHexString(),
      userId: before.userId,
      run: run + 1,
      startedAt: now,
      requested: dirty,
      scope: onlyDue ? scopeOf(marks, now) : { type: 'everything' },
      notified: touchedAt && { calendarIds: named, at: touchedAt },
    },
    connection: connectionRecord(before),
  };
}

/** Nobody has asked for anything. Also true of documents without the field. */
const unmarked = { 'sync.dirty': false, 'sync.touched.0': { $exists: false } } as const;

/** A run that failed is retried before the time that its end named, and finds by its marks that it has something to do. */
function asksToBeRead(now: Date) {
  const marked = [{ 'sync.dirty': true }, { 'sync.touched.0': { $exists: true } }];
  return { $or: [...marked, { 'sync.sweepAt': { $lte: now } }, { nextSyncAt: { $lte: now } }] };
}

/** The same of a document. */
function isToBeRead({ sync, nextSyncAt }: ConnectionDocument, now: Date): boolean {
  const isMarked = sync.dirty || (sync.touched ?? []).length > 0;
  return isMarked || nextSyncAt <= now || (sync.sweepAt !== undefined && sync.sweepAt <= now);
}

/**
 * Two tries, each atomic: a mark that is set between them cannot be overlooked, because only the next run takes it
 * away. The connection's status does not matter: also a run that found the grant revoked must give its turn back.
 */
async function finishSync(
  { connections }: Database,
  turn: SyncTurn,
  end: SyncEnd,
): Promise<{ dirty: boolean; requested?: true }> {
  for (const dirty of [false, true]) {
    // After a failure the time that it asks for stands, also against a trigger: a vendor may have named it.
    const nextSyncAt = dirty && end.failure === undefined ? end.now : end.nextSyncAt;
    const before = await connections
      .findOneAndUpdate({ ...heldBy(turn), ...(dirty ? {} : unmarked) }, finalState(turn, nextSyncAt, end), {
        returnDocument: 'before',
        projection: { sync: 1 },
      })
      .lean();
    if (before !== null) return { dirty, ...(before.sync.dirty && { requested: true }) };
  }
  return { dirty: false };
}

function finalState(turn: SyncTurn, nextSyncAt: Date, end: SyncEnd) {
  const { now, failure, isPassing = false } = end;
  const common = { nextSyncAt, 'sync.leaseUntil': null, updatedAt: now };
  if (failure !== undefined) {
    return {
      ...unserved(turn, { ...common, lastFailure: failure }),
      $inc: { consecutiveFailures: isPassing ? 0 : 1 },
    };
  }
  return {
    $set: { ...common, 'sync.sweepAt': end.nextSyncAt, lastSyncedAt: now, consecutiveFailures: 0 },
    $unset: { lastFailure: 1 },
  } as const;
}

/**
 * Puts back what a run was to serve and did not: the marks of notifications, or that everything is to be read. How long
 * notifications have waited goes on counting.
 */
function unserved({ scope, notified, startedAt }: SyncTurn, set: Record<string, unknown>) {
  const waitingSince = notified && { 'sync.touchedAt': notified.at };
  return scope.type === 'touched'
    ? {
        $set: set,
        $addToSet: { 'sync.touched': { $each: [...scope.calendarIds] } },
        ...(waitingSince && { $min: waitingSince }),
      }
    : { $set: set, $min: { 'sync.sweepAt': startedAt, ...waitingSince } };
}
