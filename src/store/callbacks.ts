import type { Types } from 'mongoose';
import { failure } from '../domain/failure.ts';
import { attemptRecord, type AttemptDocument } from './attempts.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Callback, CallbackVerdict, Intents, NewAttempt } from './store.ts';

/** The browser's side of an authorization: it is sent away with a state and comes back with it, once. */
export function callbackIntents(database: Database): Pick<Intents, 'createAttempt' | 'acceptCallback'> {
  return {
    createAttempt: async (attempt) => {
      const created = await database.attempts.create(newDocument(attempt));
      return attemptRecord(created.toObject());
    },
    acceptCallback: (callback) => acceptCallback(database, callback),
  };
}

function newDocument({ now, reauthorizes, ...attempt }: NewAttempt): Omit<AttemptDocument, '_id'> {
  return {
    ...attempt,
    ...(reauthorizes && {
      reauthorizes: { ...reauthorizes, connectionId: requiredObjectId(reauthorizes.connectionId) },
    }),
    status: 'pending',
    createdAt: now,
    updatedAt: now,
  };
}

function requiredObjectId(id: string): Types.ObjectId {
  const found = objectId(id);
  if (found === undefined) throw new Error('store: the connection to be re-authorized has no valid id');
  return found;
}

async function acceptCallback({ attempts }: Database, callback: Callback): Promise<CallbackVerdict> {
  const { provider, userId, stateHash, now } = callback;
  const known = await attempts.findOne({ stateHash }).lean();
  if (known === null || known.provider !== provider) return { type: 'unknown' };
  if (known.userId !== userId) return { type: 'foreign' };

  const taken = await attempts
    .findOneAndUpdate({ _id: known._id, status: 'pending', expiresAt: { $gt: now } }, step(callback), {
      returnDocument: 'after',
    })
    .lean();
  if (taken !== null) return { type: 'accepted', attempt: attemptRecord(taken) };

  await attempts.updateOne({ _id: known._id, status: 'pending' }, expired(now));
  const settled = await attempts.findById(known._id).lean();
  return settled === null ? { type: 'unknown' } : repeatedVerdict(settled, callback);
}

/** What the first callback makes of a pending attempt. */
function step({ result, now }: Callback) {
  if ('failure' in result) return failed(result.failure, now);
  const { code, codeHash } = result;
  return { $set: { status: 'exchanging', code, codeHash, exchangingSince: now, updatedAt: now } } as const;
}

function expired(now: Date) {
  return failed(failure('attempt_expired', 'the authorization came back after its time had run out'), now);
}

/** The end of an attempt, after which its secrets are of no use. */
export function failed(reason: NonNullable<AttemptDocument['failure']>, now: Date) {
  return {
    $set: { status: 'failed', failure: reason, updatedAt: now },
    $unset: { code: 1, codeVerifier: 1 },
  } as const;
}

/** Of a callback for an attempt that is past `pending`. */
function repeatedVerdict(settled: AttemptDocument, { result }: Callback): CallbackVerdict {
  const attempt = attemptRecord(settled);
  if (settled.failure?.code === 'attempt_expired') return { type: 'expired', attempt };
  const same =
    'failure' in result
      ? settled.codeHash === undefined && settled.failure?.code === result.failure.code
      : settled.codeHash === result.codeHash;
  return { type: same ? 'accepted' : 'used', attempt };
}
