/** Watches as the worker that makes them records them, and what the vendors send about them. */
import { createHash, randomBytes } from 'node:crypto';
import { Types } from 'mongoose';
import type { Database } from '../../src/store/mongodb.ts';
import { objectId } from '../../src/store/object-id.ts';
import type { ConnectionRecord, WatchRecord } from '../../src/store/store.ts';
import { watchRecord, type WatchDocument } from '../../src/store/watches.ts';
import { testNow } from './builders.ts';

const day = 86_400_000;

export interface MadeWatch extends WatchRecord {
  readonly secret: string;
}

/** Undefined takes a usual one away. */
type WatchFields = {
  readonly [Name in Exclude<keyof WatchDocument, 'calendarId'>]?: WatchDocument[Name] | undefined;
} & { readonly calendarId?: string | undefined };

/** An active one; `fields` replace what a test is about. */
export async function aWatch(
  database: Pick<Database, 'watches'>,
  connection: Pick<ConnectionRecord, 'id' | 'userId' | 'provider'>,
  { calendarId, ...fields }: WatchFields = {},
  now: Date = testNow,
): Promise<MadeWatch> {
  const _id = new Types.ObjectId();
  const secret = randomBytes(32).toString('base64url');
  const isGoogle = connection.provider === 'google';
  const fresh: WatchDocument = {
    _id,
    userId: connection.userId,
    connectionId: requiredId(connection.id),
    provider: connection.provider,
    state: 'active',
    secretHash: createHash('sha256').update(secret).digest('hex'),
    providerWatchId: isGoogle ? _id.toHexString() : `subscription-${_id.toHexString()}`,
    ...(isGoogle && { resourceId: `resource-${_id.toHexString()}` }),
    createdAt: now,
    expiresAt: new Date(now.getTime() + 7 * day),
    renewAt: new Date(now.getTime() + 3 * day),
    silentSweeps: 0,
    ...(calendarId !== undefined && { calendarId: requiredId(calendarId) }),
  };
  const created = await database.watches.create({ ...fresh, ...fields } as WatchDocument);
  return { ...watchRecord(created.toObject()), secret };
}

function requiredId(id: string): Types.ObjectId {
  const found = objectId(id);
  if (found === undefined) throw new Error(`${id} is no id`);
  return found;
}
