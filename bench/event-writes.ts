import type { mongo } from 'mongoose';

/** What the server says that was written to one collection. */
export interface EventWrites {
  /** Insert, update, replace and delete operations that reached it, whether they changed anything or not. */
  readonly operations: number;
  /** Documents that were inserted, changed or removed. */
  readonly documents: number;
}

const profileBytes = 32 * 1024 * 1024;

/**
 * Has the server's own profiler (https://www.mongodb.com/docs/manual/reference/database-profiler/) write down whatever
 * reaches a database while `work` runs, and counts the writes to its events. Needs the right to set the profiling
 * level, and a mongod: a mongos has no profiler.
 */
export async function countEventWrites(
  database: mongo.Db,
  work: () => Promise<unknown>,
): Promise<EventWrites> {
  await database.createCollection('system.profile', { capped: true, size: profileBytes });
  await database.command({ profile: 2 });
  try {
    await work();
  } finally {
    await database.command({ profile: 0 });
  }
  const profile = database.collection<ProfiledOperation>('system.profile');
  const reached = await profile.find({ ns: `${database.databaseName}.events` }).toArray();
  await profile.drop();
  const writes = reached.filter((entry) => writingOps.has(entry.op) || documentsOf(entry) > 0);
  return {
    operations: writes.length,
    documents: writes.reduce((sum, write) => sum + documentsOf(write), 0),
  };
}

const writingOps = new Set(['insert', 'update', 'remove']);

interface ProfiledOperation {
  readonly ns: string;
  readonly op: string;
  readonly ninserted?: number;
  readonly nModified?: number;
  readonly nUpserted?: number;
  readonly ndeleted?: number;
}

function documentsOf({
  ninserted = 0,
  nModified = 0,
  nUpserted = 0,
  ndeleted = 0,
}: ProfiledOperation): number {
  return ninserted + nModified + nUpserted + ndeleted;
}
