import { Schema, type Types } from 'mongoose';
import { attemptStatuses, type AttemptStatus } from '../domain/connection.ts';
import type { Failure } from '../domain/failure.ts';
import { providerIds, type ProviderId } from '../domain/provider-id.ts';
import type { Sealed } from '../domain/sealed.ts';
import {
  documentOptions,
  oneOf,
  partOptions,
  requiredDate,
  requiredId,
  requiredText,
  text,
} from './schema.ts';
import { failureCodes } from './status-reason.ts';
import type { AttemptRecord } from './store.ts';

/** One authorization round trip. */
export interface AttemptDocument {
  _id: Types.ObjectId;
  userId: string;
  provider: ProviderId;
  redirectUri: string;
  stateHash: string;
  /** Forgotten as soon as the attempt has come to its end, like `code`. */
  codeVerifier?: Sealed;
  code?: Sealed;
  /** Kept, to recognise a repeated callback. */
  codeHash?: string;
  reauthorizes?: ReauthorizedPart;
  status: AttemptStatus;
  exchangingSince?: Date;
  connectionId?: Types.ObjectId;
  failure?: Failure;
  createdAt: Date;
  updatedAt: Date;
  expiresAt: Date;
}

export interface ReauthorizedPart {
  connectionId: Types.ObjectId;
  accountId: string;
  email: string;
}

/** The main app can read how an attempt went for this long after it has run out. */
const keptForSeconds = 24 * 60 * 60;

export const attemptSchema = new Schema<AttemptDocument>(
  {
    userId: requiredText,
    provider: oneOf(providerIds),
    redirectUri: requiredText,
    stateHash: requiredText,
    codeVerifier: String,
    code: String,
    codeHash: String,
    reauthorizes: new Schema<ReauthorizedPart>(
      {
        connectionId: requiredId,
        accountId: requiredText,
        email: text,
      },
      partOptions,
    ),
    status: oneOf(attemptStatuses),
    exchangingSince: Date,
    connectionId: { type: requiredId.type },
    failure: new Schema<Failure>({ code: oneOf(failureCodes), message: text, hint: text }, partOptions),
    createdAt: requiredDate,
    updatedAt: requiredDate,
    expiresAt: requiredDate,
  },
  { ...documentOptions, collection: 'attempts' },
);

attemptSchema.index({ stateHash: 1 }, { unique: true });
attemptSchema.index({ expiresAt: 1 }, { expireAfterSeconds: keptForSeconds });
attemptSchema.index({ exchangingSince: 1 }, { partialFilterExpression: { status: 'exchanging' } });
attemptSchema.index({ connectionId: 1 }, { sparse: true });
attemptSchema.index({ 'reauthorizes.connectionId': 1 }, { sparse: true });

export function attemptRecord(document: AttemptDocument): AttemptRecord {
  return {
    id: document._id.toHexString(),
    userId: document.userId,
    provider: document.provider,
    redirectUri: document.redirectUri,
    status: document.status,
    connectionId: document.connectionId?.toHexString(),
    failure: document.failure,
    createdAt: document.createdAt,
    expiresAt: document.expiresAt,
  };
}
