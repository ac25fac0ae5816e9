import type { QueryFilter, Types } from 'mongoose';
import { changeOf, type ChangeDocument, type DeliveryPart } from './changes.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { DeliveryResult, Facts, PendingDelivery, Replay } from './store.ts';

type DeliveryFacts = Pick<
  Facts,
  | 'nextDelivery'
  | 'claimDelivery'
  | 'settleDelivery'
  | 'holdDeliveries'
  | 'dueDeliveries'
  | 'replayDeliveries'
>;

const pending = { 'delivery.state': 'pending' } as const;

/** Which changes are still to be told to the main app, and when: in MongoDB, so that Redis may lose the jobs (I1). */
export function deliveryFacts(database: Database): DeliveryFacts {
  const { changes } = database;
  return {
    nextDelivery: async (connectionId) => {
      const found = await changes
        .findOne({ ...pending, connectionId: objectId(connectionId) ?? null })
        .sort({ seq: 1 })
        // Not by the connection's other index, which leads past all that was delivered already.
        .hint({ 'delivery.state': 1, connectionId: 1, seq: 1 })
        .lean<ChangeDocument>();
      return found?.delivery === undefined ? undefined : pendingDelivery(found, found.delivery);
    },
    claimDelivery: async ({ change, attempts, nextAt }, until) => {
      const claimed = await changes.updateOne(
        {
          _id: objectId(change.id) ?? null,
          ...pending,
          'delivery.attempts': attempts,
          'delivery.nextAt': nextAt,
        },
        { $inc: { 'delivery.attempts': 1 }, $set: { 'delivery.nextAt': until } },
      );
      return claimed.matchedCount === 1;
    },
    settleDelivery: (changeId, result) => settleDelivery(database, changeId, result),
    holdDeliveries: async ({ change, nextAt }) => {
      await changes.updateMany(
        {
          ...pending,
          connectionId: objectId(change.connectionId) ?? null,
          seq: { $gt: change.sequence },
          'delivery.nextAt': { $lt: nextAt },
        },
        { $set: { 'delivery.nextAt': nextAt } },
      );
    },
    dueDeliveries: (now, limit) => dueDeliveries(database, now, limit),
    replayDeliveries: (replay, now) => replayDeliveries(database, replay, now),
  };
}

function pendingDelivery(
  document: ChangeDocument,
  { attempts, since, nextAt }: DeliveryPart,
): PendingDelivery {
  return { change: changeOf(document), attempts, since, nextAt };
}

/**
 * What was delivered was delivered, whoever did it. A failure counts only for the attempt that was claimed last: it must
 * not put off what another worker, or an operator, has taken up meanwhile.
 */
async function settleDelivery({ changes }: Database, id: string, result: DeliveryResult): Promise<void> {
  const of = { _id: objectId(id) ?? null, ...pending };
  if (result.type === 'delivered') {
    await changes.updateOne(of, {
      $set: { 'delivery.state': 'delivered', 'delivery.deliveredAt': result.at },
      $unset: { 'delivery.lastFailure': 1 },
    });
    return;
  }
  const { attempts, failure, nextAt } = result;
  const next = nextAt === undefined ? { 'delivery.state': 'failed' } : { 'delivery.nextAt': nextAt };
  await changes.updateOne(
    { ...of, 'delivery.attempts': attempts },
    { $set: { ...next, 'delivery.lastFailure': failure } },
  );
}

/** So many are looked at, however many wait behind each other: the rest is due at the next tick. */
const lookedAt = 10_000;

async function dueDeliveries({ changes }: Database, now: Date, limit: number): Promise<string[]> {
  const due = await changes
    .aggregate<Pick<ChangeDocument, '_id'>>([
      { $match: { ...pending, 'delivery.nextAt': { $lte: now } } },
      { $sort: { 'delivery.nextAt': 1 } },
      { $limit: lookedAt },
      { $group: { _id: '$connectionId', nextAt: { $min: '$delivery.nextAt' } } },
      { $sort: { nextAt: 1 } },
      { $limit: limit },
    ])
    .hint({ 'delivery.nextAt': 1 });
  return due.map(({ _id }) => _id.toHexString());
}

/** So many changes are gone through with one command: all of them at once could last longer than a connection may be silent. */
const replayedAtOnce = 10_000;

/**
 * No index leads to what was delivered or given up since a time: every change would pay for a command that is hardly ever
 * given. So the changes of all connections are gone through, in parts. May be given again where it was cut off.
 */
async function replayDeliveries(database: Database, replay: Replay, now: Date): Promise<number> {
  if (replay.connectionId !== undefined) {
    return replayIn(database, { connectionId: objectId(replay.connectionId) ?? null }, replay, now);
  }
  let count = 0;
  for (let after: Types.ObjectId | undefined = firstId; after !== undefined;) {
    const upTo: Types.ObjectId | undefined = await lastOfPart(database, after);
    const part = { $gt: after, ...(upTo && { $lte: upTo }) };
    count += await replayIn(database, { _id: part }, replay, now);
    after = upTo;
  }
  return count;
}

const firstId = objectId('0'.repeat(24));

/** Undefined where fewer than a part are left. */
async function lastOfPart({ changes }: Database, after: Types.ObjectId): Promise<Types.ObjectId | undefined> {
  const last = await changes
    .findOne({ _id: { $gt: after } }, { _id: 1 })
    .sort({ _id: 1 })
    .skip(replayedAtOnce - 1)
    .lean();
  return last?._id;
}

async function replayIn(
  { changes }: Database,
  part: Pick<QueryFilter<ChangeDocument>, '_id' | 'connectionId'>,
  { since, states }: Replay,
  now: Date,
): Promise<number> {
  const found = await changes.updateMany(
    { ...part, at: { $gte: since }, 'delivery.state': { $in: [...states] } },
    {
      $set: {
        'delivery.state': 'pending',
        'delivery.attempts': 0,
        'delivery.since': now,
        'delivery.nextAt': now,
      },
    },
  );
  return found.matchedCount;
}
