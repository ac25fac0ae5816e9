import type { StatusReason } from '../domain/connection.ts';
import { failure } from '../domain/failure.ts';
import { nextChange, recordChange } from './changes.ts';
import { connectionRecord } from './connections.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, RefreshTurn, SealedTokens } from './store.ts';
import { inTransaction } from './transaction.ts';

type CredentialFacts = Pick<
  Facts,
  'credentials' | 'takeRefreshTurn' | 'saveRefreshed' | 'dropRefreshTurn' | 'markReauthRequired'
>;

/** Tokens change by compare-and-set on their version (I5); who may ask the vendor for new ones is a lease (I6). */
export function credentialFacts(database: Database): CredentialFacts {
  const { connections } = database;
  return {
    credentials: async (connectionId) => {
      const document = await connections.findById(objectId(connectionId) ?? null).lean();
      if (document === null) return undefined;
      const { turn: _turn, ...credentials } = document.credentials;
      return { connection: connectionRecord(document), ...credentials };
    },
    takeRefreshTurn: async (turn, now) => {
      const { owner, until } = turn;
      const taken = await connections.updateOne(
        {
          ...ofVersion(turn),
          // A grant that is marked as dead is not asked for again by those who read it before.
          status: { $ne: 'reauth_required' },
          $or: [{ 'credentials.turn.until': { $not: { $gt: now } } }, { 'credentials.turn.owner': owner }],
        },
        { $set: { 'credentials.turn': { owner, until } } },
      );
      return taken.matchedCount === 1;
    },
    // The owner is not compared: tokens that the vendor has given are worth keeping, even from a worker whose turn ran
    // out, for the vendor may have retired the old refresh token with them. Only one answer for a version is kept.
    saveRefreshed: async (turn, tokens, now) => {
      const { set, unset } = tokenChange(tokens);
      const saved = await connections.updateOne(ofVersion(turn), {
        $set: { ...set, updatedAt: now },
        $inc: { 'credentials.version': 1 },
        $unset: { ...unset, 'credentials.turn': 1 },
      });
      return saved.matchedCount === 1;
    },
    dropRefreshTurn: async (turn) => {
      await connections.updateOne(
        { ...ofVersion(turn), 'credentials.turn.owner': turn.owner },
        { $unset: { 'credentials.turn': 1 } },
      );
    },
    markReauthRequired: (connectionId, version, reason) =>
      markReauthRequired(database, { connectionId, version, reason }),
  };
}

/** The fields that new tokens change. The end of a permission belongs to its refresh token: a new one forgets the old one's. */
export function tokenChange({
  accessToken,
  refreshToken,
  expiresAt,
  refreshExpiresAt,
  scopes,
}: SealedTokens) {
  const isEndless = refreshToken !== undefined && refreshExpiresAt === undefined;
  return {
    set: {
      'credentials.accessToken': accessToken,
      ...(refreshToken && { 'credentials.refreshToken': refreshToken }),
      'credentials.expiresAt': expiresAt,
      ...(refreshExpiresAt && { 'credentials.refreshExpiresAt': refreshExpiresAt }),
      'credentials.scopes': [...scopes],
    },
    unset: isEndless ? ({ 'credentials.refreshExpiresAt': 1 } as const) : {},
  };
}

async function markReauthRequired(
  database: Database,
  { connectionId, version, reason }: { connectionId: string; version: number; reason: StatusReason },
): Promise<boolean> {
  const { code, message, at } = reason;
  const isMarked = await inTransaction(database, async (session) => {
    const marked = await database.connections
      .findOneAndUpdate(
        { ...ofVersion({ connectionId, version }), status: 'active' },
        { $set: { status: 'reauth_required', statusReason: reason, updatedAt: at }, ...nextChange(at) },
        { session, returnDocument: 'after' },
      )
      .lean();
    if (marked === null) return false;
    const data = { reason: failure(code, message) };
    await recordChange(database, session, marked, { type: 'connection.reauth_required', data });
    return true;
  });
  if (isMarked) database.recording.onRecorded(connectionId);
  return isMarked;
}

function ofVersion({ connectionId, version }: Pick<RefreshTurn, 'connectionId' | 'version'>) {
  return { _id: objectId(connectionId) ?? null, 'credentials.version': version };
}
