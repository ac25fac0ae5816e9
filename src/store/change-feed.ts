import type { ClientSession } from 'mongoose';
import { changeOf, type ChangeDocument } from './changes.ts';
import type { Database } from './mongodb.ts';
import type { ChangePage, ChangesQuery, Reads } from './store.ts';
import { inTransaction } from './transaction.ts';

/**
 * The feed is in the order of `position`, which only grows and is given by whoever reads: transactions commit in another
 * order than the one in which they looked at the clock, so an order by time or id would put a late change before one that
 * was read already, and it would never be seen. See docs/decisions/0017-telling-the-main-app.md.
 */
export function changeReads(database: Database): Pick<Reads, 'changes'> {
  return {
    changes: async (query) => {
      await placeChanges(database);
      return readPage(database, query);
    },
  };
}

/** A reader that another one, or one that was killed, keeps from giving places reads what has them. */
async function placeChanges(database: Database): Promise<void> {
  if ((await database.changes.exists(unplaced)) === null) return;
  let tries = 0;
  const work = async (session: ClientSession): Promise<void> => {
    tries += 1;
    if (tries > maxTries) throw kept;
    await place(database, session);
  };
  try {
    await inTransaction(database, work);
  } catch (error) {
    if (error !== kept) throw error;
  }
}

const unplaced = { position: 0 } as const;
/** With the driver's waits between them: some two seconds. */
const maxTries = 12;
const kept = new Error('store: the feed is being written by somebody else');

/** More than a page can hold, so that a page which is not full has come to the end. */
const placedAtOnce = 1000;

/**
 * One after another, because all write the feed's document. Of two changes of one connection the earlier has the lower
 * time or, at the same time, number; and whoever sees the later one sees the earlier one, too.
 */
async function place({ changes, feed }: Database, session: ClientSession): Promise<void> {
  const found = await changes
    .find(unplaced, { _id: 1 }, { session, limit: placedAtOnce })
    .sort({ at: 1, connectionId: 1, seq: 1 })
    .lean();
  if (found.length === 0) return;
  const last = await feed
    .findOneAndUpdate(
      { _id: 'feed' },
      { $inc: { position: found.length } },
      { session, upsert: true, returnDocument: 'after' },
    )
    .lean();
  const first = last.position - found.length + 1;
  await changes.bulkWrite(
    found.map(({ _id }, n) => ({
      updateOne: { filter: { _id }, update: { $set: { position: first + n } } },
    })),
    { session },
  );
}

/**
 * From the majority's view: a place that a new primary would not know must not be passed on, for it would be given again.
 */
async function readPage({ changes, feed, recording }: Database, query: ChangesQuery): Promise<ChangePage> {
  const { after, limit, now } = query;
  const found = await changes
    .find({ position: { $gt: after } })
    .sort({ position: 1 })
    .limit(limit)
    .read('primary')
    .readConcern('majority')
    .lean<ChangeDocument[]>();
  const last = found.at(-1);
  const atEnd = found.length < limit;
  if (last === undefined) {
    // A database that was taken back to an earlier state gives the same places to other changes.
    const end = await feed.findById('feed').readConcern('majority').lean();
    if (after > (end?.position ?? 0)) return { type: 'unknown_position' };
  }
  const completeUntil =
    atEnd || last === undefined ? now.getTime() + recording.retentionMs : last.expiresAt.getTime();
  return {
    type: 'page',
    changes: found.map(changeOf),
    position: last?.position ?? after,
    more: !atEnd,
    completeUntil: new Date(completeUntil - lateMs),
  };
}

/** A change that is committed late, or by a clock that is behind, ends this much earlier at most. */
const lateMs = 3_600_000;
