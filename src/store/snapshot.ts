import { setTimeout as sleep } from 'node:timers/promises';
import { mongo, type ClientSession } from 'mongoose';
import type { Database } from './mongodb.ts';

/**
 * Runs `work` with a session in which everything is read as of one moment: that of its first question, which has to be
 * answered before the next ones are asked. What a majority had acknowledged before is in it. `work` must keep nothing from
 * an earlier try.
 */
export async function inSnapshot<T>(
  { connection }: Database,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const session = await connection.startSession({ snapshot: true });
    try {
      return await work(session);
    } catch (error) {
      if (tries === maxTries || !isMomentGone(error)) throw error;
    } finally {
      await session.endSession();
    }
    await sleep(pauseMs * tries);
  }
}

const maxTries = 5;
const pauseMs = 20;

/** An index or a collection has been made since, and there is no going back behind that; or the moment is too long ago. */
function isMomentGone(error: unknown): boolean {
  return (
    error instanceof mongo.MongoServerError &&
    (error.code === snapshotUnavailable || error.code === snapshotTooOld)
  );
}

const snapshotUnavailable = 246;
const snapshotTooOld = 239;
