import { Schema, type Types } from 'mongoose';
import type { StatusReason } from '../domain/connection.ts';
import { providerIds, type ProviderId } from '../domain/provider-id.ts';
import { watchStates, type WatchState } from '../domain/watch.ts';
import { count, documentOptions, oneOf, requiredDate, requiredId, requiredText } from './schema.ts';
import { statusReasonSchema } from './status-reason.ts';
import type { WatchRecord } from './store.ts';

export interface WatchDocument {
  _id: Types.ObjectId;
  userId: string;
  connectionId: Types.ObjectId;
  provider: ProviderId;
  calendarId?: Types.ObjectId;
  state: WatchState;
  secretHash: string;
  providerWatchId?: string;
  resourceId?: string;
  createdAt: Date;
  expiresAt: Date;
  renewAt: Date;
  retireAt?: Date;
  lastNotifiedAt?: Date;
  lastMessageNumber?: number;
  silentSweeps: number;
  lastFailure?: StatusReason;
}

export const watchSchema = new Schema<WatchDocument>(
  {
    userId: requiredText,
    connectionId: requiredId,
    provider: oneOf(providerIds),
    calendarId: Schema.Types.ObjectId,
    state: oneOf(watchStates),
    secretHash: requiredText,
    providerWatchId: String,
    resourceId: String,
    createdAt: requiredDate,
    expiresAt: requiredDate,
    renewAt: requiredDate,
    retireAt: Date,
    lastNotifiedAt: Date,
    lastMessageNumber: Number,
    silentSweeps: count,
    lastFailure: statusReasonSchema,
  },
  { ...documentOptions, collection: 'watches' },
);

watchSchema.index({ connectionId: 1 });
watchSchema.index({ expiresAt: 1 });

export function watchRecord(document: WatchDocument): WatchRecord {
  const { _id, connectionId, calendarId, ...rest } = document;
  return {
    ...rest,
    id: _id.toHexString(),
    connectionId: connectionId.toHexString(),
    calendarId: calendarId?.toHexString(),
  };
}
