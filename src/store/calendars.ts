import { Schema, type Types } from 'mongoose';
import type { Hold } from '../domain/breaker.ts';
import type { StatusReason } from '../domain/connection.ts';
import type { SyncWindow, UnreadableEvent } from '../domain/sync.ts';
import {
  count,
  documentOptions,
  partOptions,
  requiredDate,
  requiredFlag,
  requiredId,
  requiredText,
  text,
} from './schema.ts';
import { statusReasonSchema } from './status-reason.ts';
import type { CalendarAudit, CalendarRecord } from './store.ts';

export interface CalendarDocument {
  _id: Types.ObjectId;
  userId: string;
  connectionId: Types.ObjectId;
  providerCalendarId: string;
  name: string;
  timeZone?: string;
  primary: boolean;
  canWrite: boolean;
  color?: string;
  /** Counts for availability. */
  selected: boolean;
  sync: CalendarSyncPart;
  missingSince?: Date;
  audit?: CalendarAudit;
  /** Why the vendor sends no notifications for it, for good. */
  pushUnsupported?: StatusReason;
  createdAt: Date;
  updatedAt: Date;
}

export interface CalendarSyncPart {
  cursor: string | null;
  window?: SyncWindow;
  lastSyncedAt?: Date;
  /** When the run began that last read it to the end: what a vendor held before that is stored. */
  readFrom?: Date;
  fullSyncAt?: Date;
  lastFailure?: StatusReason;
  unreadable: UnreadableEvent[];
  unreadableCount?: number;
  hold?: Hold;
  unfinished?: boolean;
}

/** Of a calendar that was never read, or whose reading no longer counts. */
export const neverSynced = { cursor: null, unreadable: [] } as const satisfies CalendarSyncPart;

export const calendarSchema = new Schema<CalendarDocument>(
  {
    userId: requiredText,
    connectionId: requiredId,
    providerCalendarId: requiredText,
    name: text,
    timeZone: String,
    primary: requiredFlag,
    canWrite: requiredFlag,
    color: String,
    selected: requiredFlag,
    sync: {
      type: new Schema<CalendarSyncPart>(
        {
          cursor: { type: String, default: null },
          window: new Schema<SyncWindow>({ start: requiredDate, end: requiredDate }, partOptions),
          lastSyncedAt: Date,
          readFrom: Date,
          fullSyncAt: Date,
          lastFailure: statusReasonSchema,
          unreadable: [
            new Schema<UnreadableEvent>(
              { providerEventId: requiredText, reason: text, recurringEventId: String },
              partOptions,
            ),
          ],
          unreadableCount: Number,
          unfinished: Boolean,
          hold: new Schema<Hold>(
            {
              since: requiredDate,
              readAt: requiredDate,
              stored: count,
              removals: count,
              digest: requiredText,
            },
            partOptions,
          ),
        },
        partOptions,
      ),
      required: true,
    },
    missingSince: Date,
    audit: new Schema<CalendarAudit>(
      { at: requiredDate, missing: count, extra: count, different: count },
      partOptions,
    ),
    pushUnsupported: statusReasonSchema,
    createdAt: requiredDate,
    updatedAt: requiredDate,
  },
  { ...documentOptions, collection: 'calendars' },
);

calendarSchema.index({ connectionId: 1, providerCalendarId: 1 }, { unique: true });
calendarSchema.index({ userId: 1 });
// For the metrics, which are read every few seconds: of the few that are held or hold what cannot be
// read, and by the time of the audit.
calendarSchema.index(
  { 'sync.hold.since': 1 },
  { partialFilterExpression: { 'sync.hold.since': { $exists: true } } },
);
calendarSchema.index(
  { 'sync.unreadableCount': 1 },
  { partialFilterExpression: { 'sync.unreadableCount': { $gt: 0 } } },
);
calendarSchema.index({ missingSince: 1 }, { partialFilterExpression: { missingSince: { $exists: true } } });
calendarSchema.index({ 'audit.at': 1 }, { partialFilterExpression: { 'audit.at': { $exists: true } } });

export function calendarRecord(document: CalendarDocument): CalendarRecord {
  return {
    id: document._id.toHexString(),
    userId: document.userId,
    connectionId: document.connectionId.toHexString(),
    providerCalendarId: document.providerCalendarId,
    name: document.name,
    timeZone: document.timeZone,
    primary: document.primary,
    canWrite: document.canWrite,
    color: document.color,
    selected: document.selected,
    sync: {
      cursor: document.sync.cursor,
      window: document.sync.window,
      lastSyncedAt: document.sync.lastSyncedAt,
      fullSyncAt: document.sync.fullSyncAt,
      lastFailure: document.sync.lastFailure,
      unreadable: document.sync.unreadable,
      unreadableCount: document.sync.unreadableCount ?? document.sync.unreadable.length,
      hold: document.sync.hold,
      unfinished: document.sync.unfinished,
    },
    missingSince: document.missingSince,
    audit: document.audit,
    pushUnsupported: document.pushUnsupported,
  };
}
