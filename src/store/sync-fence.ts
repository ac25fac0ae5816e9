import type { ClientSession } from 'mongoose';
import { LostTurnError } from '../domain/sync.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { SyncTurn } from './store.ts';
import { inTransaction } from './transaction.ts';

/**
 * Runs `work` in one transaction with the proof that the turn is still this run's (I5), and prolongs its lease where
 * one is given. The proof is a write to the connection's document: a run that takes over writes there too, so of the
 * two one waits or starts again and then sees what the other did. `$inc`, because an update that changes nothing is
 * no write and would stand in nobody's way. See docs/decisions/0005-fencing-by-transaction.md.
 * Throws `LostTurnError` where another run has taken over or the connection is not active; then nothing is written.
 */
export async function fenced<T>(
  database: Database,
  turn: SyncTurn,
  work: (session: ClientSession) => Promise<T>,
  leaseUntil?: Date,
): Promise<T> {
  return inTransaction(database, async (session) => {
    const held = await database.connections.updateOne(
      { ...heldBy(turn), status: 'active' },
      { $inc: { 'sync.writes': 1 }, ...(leaseUntil && { $set: { 'sync.leaseUntil': leaseUntil } }) },
      { session },
    );
    if (held.matchedCount === 0) throw new LostTurnError(turn.connectionId, turn.run);
    return work(session);
  });
}

/** The connection as long as this run has not ended and no other has begun. A lease that has run out is still held. */
export function heldBy(turn: SyncTurn) {
  return {
    _id: objectId(turn.connectionId) ?? null,
    'sync.run': turn.run,
    'sync.leaseUntil': { $ne: null },
  };
}
