import type { ClientSession } from 'mongoose';
import { failure } from '../domain/failure.ts';
import { attemptRecord, type AttemptDocument } from './attempts.ts';
import { failed } from './callbacks.ts';
import { nextChange, recordChange } from './changes.ts';
import { connectionRecord, livingStatuses, type ConnectionDocument } from './connections.ts';
import { tokenChange } from './credentials.ts';
import { wakeInterviews } from './interview-touches.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { ConnectionRecord, Facts, PendingExchange, SealedGrant } from './store.ts';
import { inTransaction } from './transaction.ts';

type ExchangeFacts = Pick<
  Facts,
  'exchange' | 'failAttempt' | 'completeAttempt' | 'hasRefreshToken' | 'strandedAttempts'
>;

/** The worker's side of an authorization: from a sealed code to a connection. */
export function exchangeFacts(database: Database): ExchangeFacts {
  const { attempts, connections } = database;
  return {
    exchange: async (attemptId) => {
      const document = await attempts.findOne(exchanging(attemptId)).lean();
      return document === null ? undefined : pendingExchange(document);
    },
    failAttempt: async (attemptId, reason, now) => {
      await attempts.updateOne(exchanging(attemptId), failed(reason, now));
    },
    completeAttempt: (attemptId, grant, now) => completeAttempt(database, attemptId, grant, now),
    hasRefreshToken: async (userId, provider, accountId) => {
      const found = await connections.exists({
        userId,
        provider,
        accountId,
        status: { $in: livingStatuses },
      });
      return found !== null;
    },
    strandedAttempts: async (before, limit) => {
      const stranded = await attempts
        .find({ status: 'exchanging', exchangingSince: { $lt: before } }, { _id: 1 })
        .sort({ exchangingSince: 1 })
        .limit(limit)
        .lean();
      return stranded.map(({ _id }) => _id.toHexString());
    },
  };
}

function exchanging(attemptId: string) {
  return { _id: objectId(attemptId) ?? null, status: 'exchanging' } as const;
}

function pendingExchange(document: AttemptDocument): PendingExchange {
  const { code, codeVerifier, reauthorizes } = document;
  if (code === undefined || codeVerifier === undefined) {
    throw new Error(`store: attempt ${document._id.toHexString()} is exchanging and holds no code`);
  }
  return {
    attempt: attemptRecord(document),
    code,
    codeVerifier,
    reauthorizes: reauthorizes && {
      ...reauthorizes,
      connectionId: reauthorizes.connectionId.toHexString(),
    },
  };
}

/**
 * Two attempts may bring the same new account at once. The unique index lets one create it; to the server that is a
 * conflict of transactions, so the other starts again and then finds it.
 */
async function completeAttempt(
  database: Database,
  attemptId: string,
  grant: SealedGrant,
  now: Date,
): Promise<ConnectionRecord | undefined> {
  const completed = await inTransaction(database, (session) =>
    completeIn(database, session, { attemptId, grant, now }),
  );
  if (completed === undefined) return undefined;
  const { connected, interviewIds } = completed;
  const { recording } = database;
  recording.onRecorded(connected._id.toHexString());
  if (interviewIds.length > 0) recording.onInterviewsDue(interviewIds);
  return connectionRecord(connected);
}

async function completeIn(
  database: Database,
  session: ClientSession,
  { attemptId, grant, now }: { attemptId: string; grant: SealedGrant; now: Date },
): Promise<{ connected: ConnectionDocument; interviewIds: string[] } | undefined> {
  const { attempts } = database;
  const attempt = await attempts.findOne(exchanging(attemptId), null, { session }).lean();
  if (attempt === null) return undefined;
  const reconnected = await reconnect(database, session, attempt, grant, now);
  const connected =
    reconnected ??
    (attempt.reauthorizes === undefined
      ? await connectAnew(database, session, attempt, grant, now)
      : undefined);
  if (connected === undefined) {
    await attempts.updateOne({ _id: attempt._id }, failed(disconnectedMeanwhile, now), { session });
    return undefined;
  }
  await attempts.updateOne(
    { _id: attempt._id },
    {
      $set: { status: 'connected', connectionId: connected._id, updatedAt: now },
      $unset: { code: 1, codeVerifier: 1 },
    },
    { session },
  );
  const data = { provider: attempt.provider, reconnected: reconnected !== undefined };
  await recordChange(database, session, connected, { type: 'connection.connected', data });
  return { connected, interviewIds: await wakeInterviews(database, session, connected, now) };
}

/** Whoever disconnects while a re-authorization is on its way wants to be disconnected. */
const disconnectedMeanwhile = failure(
  'unknown_record',
  'the connection to be re-authorized was disconnected in the meantime',
);

/** Only a living connection is taken up again: a disconnected one is purged, and the purge must not meet fresh tokens. */
async function reconnect(
  { connections, watches }: Database,
  session: ClientSession,
  { userId, provider }: AttemptDocument,
  { accountId, email, tokens }: SealedGrant,
  now: Date,
): Promise<ConnectionDocument | undefined> {
  const { set, unset } = tokenChange(tokens);
  const { $inc, $max } = nextChange(now);
  const connected = await connections
    .findOneAndUpdate(
      { userId, provider, accountId, status: { $in: livingStatuses } },
      {
        $set: {
          email,
          status: 'active',
          ...set,
          'sync.dirty': true,
          nextSyncAt: now,
          consecutiveFailures: 0,
          authorizedAt: now,
          nextWatchAt: now,
          updatedAt: now,
        },
        $inc: { 'credentials.version': 1, ...$inc },
        $max,
        $unset: { ...unset, 'credentials.turn': 1, statusReason: 1, lastFailure: 1, pushFailure: 1 },
      },
      { session, returnDocument: 'after' },
    )
    .lean();
  if (connected === null) return undefined;
  // Made under the old grant, which may have taken them with it.
  await watches.updateMany({ connectionId: connected._id }, { $min: { renewAt: now } }, { session });
  return connected;
}

async function connectAnew(
  { connections }: Database,
  session: ClientSession,
  { userId, provider }: AttemptDocument,
  { accountId, email, tokens }: SealedGrant,
  now: Date,
): Promise<ConnectionDocument> {
  const { accessToken, refreshToken, expiresAt, refreshExpiresAt, scopes } = tokens;
  if (refreshToken === undefined) {
    throw new Error('store: a new connection needs a refresh token; ask hasRefreshToken before completing');
  }
  const fresh: Omit<ConnectionDocument, '_id'> = {
    userId,
    provider,
    accountId,
    email,
    status: 'active',
    credentials: {
      accessToken,
      refreshToken,
      expiresAt,
      ...(refreshExpiresAt && { refreshExpiresAt }),
      scopes: [...scopes],
      version: 1,
    },
    sync: { run: 0, leaseUntil: null, dirty: true, writes: 0 },
    nextSyncAt: now,
    consecutiveFailures: 0,
    authorizedAt: now,
    nextWatchAt: now,
    changes: { seq: 1, at: now },
    createdAt: now,
    updatedAt: now,
  };
  const [created] = await connections.create([fresh], { session });
  if (created === undefined) throw new Error('store: the new connection was not created');
  return created.toObject();
}
