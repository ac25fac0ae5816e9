import type { StatusReason } from '../domain/connection.ts';
import type { ActiveWatch, NewWatch, SilentChange, WatchPlan, WatchRecord } from './watch-records.ts';

/** The part of `Facts` that is about watches: what stands at the vendors, and when it is looked at. */
export interface WatchFacts {
  /**
   * Records a watch that is about to be created, as `creating`. Undefined, and nothing written, where the connection is
   * not `active`: a purge finds every watch that was recorded (I10).
   */
  createWatch(watch: NewWatch): Promise<WatchRecord | undefined>;
  /**
   * A watch tells of nothing that changed before it began: marks what it covers to be read, at `now`. To be called once
   * the vendor has made it.
   */
  markUntold(watch: Pick<WatchRecord, 'connectionId' | 'calendarId'>, now: Date): Promise<void>;
  /**
   * `creating` → `active`. False where it is not `creating` any more; then, as long as it is there, only the vendor's
   * names for it are kept, and the caller stops it.
   */
  activateWatch(id: string, watch: ActiveWatch): Promise<boolean>;
  /** An active watch lasts longer. */
  renewedWatch(id: string, watch: Pick<ActiveWatch, 'expiresAt' | 'renewAt'>): Promise<void>;
  /** Whatever its state: it counts no more, and is to be stopped at `retireAt`. */
  retireWatch(id: string, retireAt: Date, reason?: StatusReason): Promise<void>;
  failWatch(id: string, reason: StatusReason): Promise<void>;
  /** It is over at the vendor, or never was. Idempotent. */
  forgetWatch(id: string): Promise<void>;
  /** The vendor sends no notifications for this calendar, however often it is asked. */
  rememberPushUnsupported(calendarId: string, reason: StatusReason): Promise<void>;
  /**
   * A sweep found changes. Counts it for each active watch of these calendars (or of the account) that was made before
   * its calendar was last read and has told nothing since; where that makes one silent, the watches are due at `now`.
   */
  noteSweep(connectionId: string, changes: readonly SilentChange[], now: Date): Promise<void>;
  /** Ids of active connections whose watches are due at `now`, the longest due first. */
  dueWatches(now: Date, limit: number): Promise<string[]>;
  /**
   * The same where nobody wants to be notified: only those that have watches which have not run out, and at once where
   * none of these is being ended yet. However many watches of others there are, which cannot be ended.
   */
  unwantedWatches(now: Date, limit: number): Promise<string[]>;
  /** Makes the watches due at `until`, for whoever looks after them meanwhile. False where the connection is not active. */
  claimWatches(connectionId: string, until: Date): Promise<boolean>;
  /** Says when they are due next; nothing where they have become due since the claim, or were claimed by another. */
  planWatches(connectionId: string, claim: Date, plan: WatchPlan): Promise<void>;
}
