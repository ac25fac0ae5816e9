import { Schema, type Types } from 'mongoose';
import { connectionStatuses, type ConnectionStatus, type StatusReason } from '../domain/connection.ts';
import { providerIds, type ProviderId } from '../domain/provider-id.ts';
import type { Sealed } from '../domain/sealed.ts';
import {
  documentOptions,
  count,
  oneOf,
  partOptions,
  requiredDate,
  requiredFlag,
  requiredText,
  text,
} from './schema.ts';
import { statusReasonSchema } from './status-reason.ts';
import type { ConnectionRecord, PushFailure } from './store.ts';

/** One account of a user at a vendor. */
export interface ConnectionDocument {
  _id: Types.ObjectId;
  userId: string;
  provider: ProviderId;
  accountId: string;
  email: string;
  status: ConnectionStatus;
  statusReason?: StatusReason;
  credentials: CredentialsPart;
  sync: SyncPart;
  nextSyncAt: Date;
  /** Absent: not drawn yet. */
  nextAuditAt?: Date;
  /** When its watches are looked at next; absent: at once. */
  nextWatchAt?: Date;
  pushFailure?: PushFailure;
  /** When its user last authorized it; absent where that was before this was kept. */
  authorizedAt?: Date;
  /** Of its latest change: see changes.ts. */
  changes?: { seq: number; at: Date };
  lastSyncedAt?: Date;
  consecutiveFailures: number;
  lastFailure?: StatusReason;
  createdAt: Date;
  updatedAt: Date;
}

export interface CredentialsPart {
  accessToken: Sealed;
  refreshToken: Sealed;
  expiresAt: Date;
  /** When the vendor said that the permission itself ends. */
  refreshExpiresAt?: Date;
  scopes: string[];
  /** Grows with every change of the tokens: what compare-and-set compares. */
  version: number;
  /** Who is refreshing, and until when that holds. */
  turn?: { owner: string; until: Date };
}

export interface SyncPart {
  /** The number of the latest run. Only grows. */
  run: number;
  /** Until when that run keeps others out; null when it has ended. */
  leaseUntil: Date | null;
  /** A trigger came in after the latest run began. A mark and no time: times can be equal. */
  dirty: boolean;
  /**
   * Calendars that a notification named since the latest run began: ids of ours, or `*` for all of them without their list.
   * Like `dirty`, but a run that is about nothing else leaves out the rest.
   */
  touched?: string[];
  /** When the earliest notification came that no run has served yet. For the measure of freshness alone. */
  touchedAt?: Date;
  /** When the latest notification came, to the second. See notifications.ts. */
  notifiedAt?: Date;
  /** When all of the connection is to be read next, whatever notifications say meanwhile. */
  sweepAt?: Date;
  /** Counts the fenced writes, so that each of them changes this document. See sync-fence.ts. */
  writes: number;
}

/** Those that a user has; one that is being disconnected only waits to be purged. */
export const livingStatuses = ['active', 'reauth_required'] as const satisfies ConnectionStatus[];

/** Letters' case makes no difference, accents do. */
export const anyCase = { locale: 'en', strength: 2 } as const;

export const connectionSchema = new Schema<ConnectionDocument>(
  {
    userId: requiredText,
    provider: oneOf(providerIds),
    accountId: requiredText,
    email: text,
    status: oneOf(connectionStatuses),
    statusReason: statusReasonSchema,
    credentials: {
      type: new Schema<CredentialsPart>(
        {
          accessToken: requiredText,
          refreshToken: requiredText,
          expiresAt: requiredDate,
          refreshExpiresAt: Date,
          scopes: { type: [String], required: true },
          version: count,
          turn: new Schema<NonNullable<CredentialsPart['turn']>>(
            { owner: requiredText, until: requiredDate },
            partOptions,
          ),
        },
        partOptions,
      ),
      required: true,
    },
    sync: {
      type: new Schema<SyncPart>(
        {
          run: count,
          leaseUntil: { type: Date, default: null },
          dirty: requiredFlag,
          touched: { type: [String], default: undefined },
          touchedAt: Date,
          notifiedAt: Date,
          sweepAt: Date,
          writes: count,
        },
        partOptions,
      ),
      required: true,
    },
    nextSyncAt: requiredDate,
    nextAuditAt: Date,
    nextWatchAt: Date,
    pushFailure: new Schema<PushFailure>(
      { code: requiredText, message: text, at: requiredDate, count },
      partOptions,
    ),
    authorizedAt: Date,
    changes: new Schema<NonNullable<ConnectionDocument['changes']>>(
      { seq: count, at: requiredDate },
      partOptions,
    ),
    lastSyncedAt: Date,
    consecutiveFailures: count,
    lastFailure: statusReasonSchema,
    createdAt: requiredDate,
    updatedAt: requiredDate,
  },
  { ...documentOptions, collection: 'connections' },
);

// Unique among the living only, so that an account can be connected anew while its old connection is being purged.
connectionSchema.index(
  { userId: 1, provider: 1, accountId: 1 },
  { unique: true, partialFilterExpression: { status: { $in: [...livingStatuses] } } },
);
connectionSchema.index({ userId: 1, createdAt: 1, _id: 1 });
connectionSchema.index({ provider: 1, accountId: 1 });
// An address is somebody's whatever its capitals.
connectionSchema.index({ email: 1 }, { collation: anyCase });
connectionSchema.index({ status: 1, nextSyncAt: 1 });
// Not by status first: the planner would then weigh it for what is due to be synced.
connectionSchema.index({ nextAuditAt: 1 });
connectionSchema.index({ nextWatchAt: 1 });
// For the metrics: of the few that fail.
connectionSchema.index(
  { 'lastFailure.code': 1 },
  { partialFilterExpression: { 'lastFailure.code': { $exists: true } } },
);
connectionSchema.index(
  { 'pushFailure.code': 1 },
  { partialFilterExpression: { 'pushFailure.code': { $exists: true } } },
);

export function connectionRecord(document: ConnectionDocument): ConnectionRecord {
  return {
    id: document._id.toHexString(),
    userId: document.userId,
    provider: document.provider,
    accountId: document.accountId,
    email: document.email,
    status: document.status,
    statusReason: document.statusReason,
    scopes: document.credentials.scopes,
    authorizedAt: document.authorizedAt,
    refreshExpiresAt: document.credentials.refreshExpiresAt,
    lastSyncedAt: document.lastSyncedAt,
    nextSyncAt: document.nextSyncAt,
    nextWatchAt: document.nextWatchAt,
    pushFailure: document.pushFailure,
    consecutiveFailures: document.consecutiveFailures,
    lastFailure: document.lastFailure,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
  };
}
