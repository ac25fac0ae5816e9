import type { ClientSession, UpdateQuery } from 'mongoose';
import type { ChangeBody } from '../domain/change.ts';
import { LostTurnError } from '../domain/sync.ts';
import { nextChange, recordChange, type ChangedConnection } from './changes.ts';
import type { ConnectionDocument } from './connections.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { SyncTurn } from './store.ts';
import { inTransactionOf } from './transaction.ts';

/**
 * Runs `work` in one transaction with the proof that the turn is still this run's (I5). The proof is a write to the connection's document: a run that takes over writes there too, so of the
 * two one waits or starts again and then sees what the other did. `$inc`, because an update that changes nothing is
 * no write and would stand in nobody's way. See docs/decisions/0005-fencing-by-transaction.md.
 * Throws `LostTurnError` where another run has taken over or the connection is not active; then nothing is written.
 */
export async function fenced<T>(
  database: Database,
  turn: SyncTurn,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  return inTransactionOf(database, turn.connectionId, async (session) => {
    await proveTurn(database, session, turn, { $inc: { 'sync.writes': 1 } });
    return work(session);
  });
}

/** What work under the fence has come to. */
export interface FencedWork {
  /** False: there was nothing to write, and nothing was. */
  readonly written: boolean;
  /** Absent where what was written is told otherwise, or is no news. */
  readonly change?: ChangeBody | undefined;
  /** Interviews that it has made due. */
  readonly interviewIds?: readonly string[] | undefined;
}

/**
 * The same for work that changes what the main app reads, and that says what it changed: that is recorded in the same
 * transaction, and the proof takes its number. False where it turns out that nothing changed: then nothing is written.
 */
export async function fencedChange(
  database: Database,
  turn: SyncTurn,
  { now, leaseUntil }: { readonly now: Date; readonly leaseUntil?: Date },
  work: (session: ClientSession) => Promise<FencedWork>,
): Promise<boolean> {
  const update = { ...nextChange(now), ...(leaseUntil && { $set: { 'sync.leaseUntil': leaseUntil } }) };
  try {
    const { change, interviewIds = [] } = await inTransactionOf(
      database,
      turn.connectionId,
      async (session) => {
        const connection = await proveTurn(database, session, turn, update);
        const done = await work(session);
        // Given back with the transaction, so that the next one has no gap before it.
        if (!done.written) throw nothingChanged;
        if (done.change === undefined) await giveNumberBack(database, session, connection);
        else await recordChange(database, session, connection, done.change);
        return done;
      },
    );
    if (change !== undefined) database.recording.onRecorded(turn.connectionId);
    if (interviewIds.length > 0) database.recording.onInterviewsDue(interviewIds);
    return true;
  } catch (error) {
    if (error === nothingChanged) return false;
    throw error;
  }
}

const nothingChanged = new Error('store: nothing changed');

/** The same that `nextChange` has taken. Still a write, so the fence stands. */
async function giveNumberBack(
  { connections }: Database,
  session: ClientSession,
  { _id }: ChangedConnection,
): Promise<void> {
  await connections.updateOne({ _id }, { $inc: { 'changes.seq': -1, 'sync.writes': 1 } }, { session });
}

async function proveTurn(
  { connections }: Database,
  session: ClientSession,
  turn: SyncTurn,
  update: UpdateQuery<ConnectionDocument>,
): Promise<ChangedConnection> {
  const held = await connections
    .findOneAndUpdate({ ...heldBy(turn), status: 'active' }, update, {
      session,
      returnDocument: 'after',
      projection: { userId: 1, changes: 1 },
    })
    .lean();
  if (held === null) throw new LostTurnError(turn.connectionId, turn.run);
  return held;
}

/** The connection as long as this run has not ended and no other has begun. A lease that has run out is still held. */
export function heldBy(turn: SyncTurn) {
  return {
    _id: objectId(turn.connectionId) ?? null,
    'sync.run': turn.run,
    'sync.leaseUntil': { $ne: null },
  };
}
