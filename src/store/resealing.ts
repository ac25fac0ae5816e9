import { mongo } from 'mongoose';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, StoredTokens } from './store.ts';

/** Tokens as they lie there, of every connection that there is: what a rotation of keys is about. */
export function resealingFacts({ connections }: Database): Pick<Facts, 'storedTokens' | 'resealTokens'> {
  return {
    storedTokens: async (after, limit) => {
      const from = after === undefined ? {} : { _id: { $gt: objectId(after) ?? new mongo.ObjectId() } };
      const found = await connections.find(from, { credentials: 1 }).sort({ _id: 1 }).limit(limit).lean();
      return found.map(({ _id, credentials: { accessToken, refreshToken, version } }): StoredTokens => ({
        connectionId: _id.toHexString(),
        accessToken,
        refreshToken,
        version,
      }));
    },
    resealTokens: async ({ connectionId, version, accessToken, refreshToken }, resealed) => {
      const replaced = await connections.updateOne(
        {
          _id: objectId(connectionId) ?? null,
          'credentials.version': version,
          'credentials.accessToken': accessToken,
          'credentials.refreshToken': refreshToken,
        },
        {
          $set: {
            'credentials.accessToken': resealed.accessToken,
            'credentials.refreshToken': resealed.refreshToken,
          },
        },
      );
      return replaced.matchedCount === 1;
    },
  };
}
