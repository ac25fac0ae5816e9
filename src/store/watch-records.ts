import type { StatusReason } from '../domain/connection.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { WatchState } from '../domain/watch.ts';

// What is kept of watches, and what is written about them.

/** A channel or subscription at the vendor. It is recorded before it is created there, so that none is unknown to us. */
export interface WatchRecord {
  /** Ours, and what a notification names. */
  readonly id: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly provider: ProviderId;
  /** Absent where it covers the account. */
  readonly calendarId?: string | undefined;
  /**
   * `creating` until the vendor's answer is recorded; `active`; `retiring`: another one has taken its place, or nobody
   * wants it any more, and it is to be stopped at `retireAt`.
   */
  readonly state: WatchState;
  /** SHA-256 of the secret, hexadecimal. The secret itself is kept nowhere. */
  readonly secretHash: string;
  /** Known once the vendor answered, or a notification that holds the secret named it. */
  readonly providerWatchId?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** When it is to be renewed or replaced: around half of its life. */
  readonly renewAt: Date;
  readonly retireAt?: Date | undefined;
  readonly lastNotifiedAt?: Date | undefined;
  /** Google's: grows with each notification, not by one. */
  readonly lastMessageNumber?: number | undefined;
  /** Sweeps in a row that found changes of which it had not told. */
  readonly silentSweeps: number;
  readonly lastFailure?: StatusReason | undefined;
}

export interface PushFailure extends StatusReason {
  /** In a row. */
  readonly count: number;
}

export interface NewWatch {
  readonly connectionId: string;
  /** Absent where it covers the account. */
  readonly calendarId?: string | undefined;
  readonly secretHash: string;
  /** As asked for. */
  readonly expiresAt: Date;
  readonly renewAt: Date;
  readonly now: Date;
}

/** What the vendor gave for a watch, and when it is to be renewed. */
export interface ActiveWatch extends Pick<WatchRecord, 'resourceId' | 'expiresAt' | 'renewAt'> {
  readonly providerWatchId: string;
}

export interface WatchPlan {
  readonly nextWatchAt: Date;
  /** Absent where all went well: then what failed before is forgotten. */
  readonly failure?: StatusReason | undefined;
}

/** A calendar in which a sweep found changes, and when it had been read before. */
export interface SilentChange {
  readonly calendarId: string;
  readonly since: Date;
}
