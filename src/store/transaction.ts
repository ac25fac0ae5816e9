import type { ClientSession } from 'mongoose';
import type { Database } from './mongodb.ts';

/**
 * The same for a transaction that writes to the document of a connection. Those of one process wait for one another here,
 * where waiting costs nothing: in the server all but one of them would be refused, and begin again until it is done.
 */
export function inTransactionOf<T>(
  database: Database,
  connectionId: string,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  return database.lines.inLine(connectionId, () => inTransaction(database, work));
}

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
