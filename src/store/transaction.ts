import type { ClientSession } from 'mongoose';
import type { Database } from './mongodb.ts';

/**
 * Runs `work` in a transaction and gives what it gives. The driver runs it again where the server says that another
 * transaction was in the way or the primary stepped down, so `work` must keep nothing from an earlier try.
 */
export async function inTransaction<T>(
  database: Database,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const session = await database.connection.startSession();
  try {
    return await session.withTransaction(() => work(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
    });
  } finally {
    await session.endSession();
  }
}
