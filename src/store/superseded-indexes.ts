import { mongo, type Model } from 'mongoose';

/**
 * Drops what earlier versions had for the same questions. To be called when its successors are there, so that no question
 * is ever without an index. Idempotent, and safe for any number of processes at once; one of an earlier version that
 * starts meanwhile makes it again, and the next start of this one drops it again.
 */
export async function dropSuperseded<T>(
  { collection }: Model<T>,
  keys: readonly mongo.IndexSpecification[],
): Promise<void> {
  const superseded = new Set(keys.map((key) => JSON.stringify(key)));
  for (const { key, name } of await collection.indexes()) {
    if (name === undefined || !superseded.has(JSON.stringify(key))) continue;
    await collection.dropIndex(name).catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
  }
}

/** Another process was quicker. */
function isGone(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === 27;
}
