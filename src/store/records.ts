import type { Drift } from '../domain/audit.ts';
import type { Hold } from '../domain/breaker.ts';
import type { AttemptStatus, ConnectionStatus, StatusReason } from '../domain/connection.ts';
import type { CalendarEvent } from '../domain/event.ts';
import type { Failure } from '../domain/failure.ts';
import type { Interval } from '../domain/interval.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { Sealed } from '../domain/sealed.ts';
import type { SyncScope } from '../domain/sync-scope.ts';
import type { FingerprintedEvent, SyncWindow, UnkeptEntry, UnreadableEvent } from '../domain/sync.ts';
import type { PushFailure } from './watch-records.ts';

// The shapes that go into the store and come out of it: what is read, what the main app wants, what the vendors said.

export interface AttemptRecord {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly redirectUri: string;
  readonly status: AttemptStatus;
  /** Of a `connected` attempt. */
  readonly connectionId?: string | undefined;
  /** Of a `failed` attempt. */
  readonly failure?: Failure | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface ConnectionRecord {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly accountId: string;
  readonly email: string;
  readonly status: ConnectionStatus;
  readonly statusReason?: StatusReason | undefined;
  readonly scopes: readonly string[];
  readonly authorizedAt?: Date | undefined;
  /** When the vendor said that the permission ends. */
  readonly refreshExpiresAt?: Date | undefined;
  readonly lastSyncedAt?: Date | undefined;
  readonly nextSyncAt?: Date | undefined;
  /** When its watches are looked at next; absent: at once. */
  readonly nextWatchAt?: Date | undefined;
  /** Why not all of its watches stand as they should. */
  readonly pushFailure?: PushFailure | undefined;
  readonly consecutiveFailures: number;
  readonly lastFailure?: StatusReason | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface CalendarRecord {
  readonly id: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly providerCalendarId: string;
  readonly name: string;
  readonly timeZone?: string | undefined;
  readonly primary: boolean;
  readonly canWrite: boolean;
  readonly color?: string | undefined;
  readonly selected: boolean;
  readonly sync: CalendarSyncRecord;
  /** Since when the vendor's list leaves it out. It stays until a second reading of the list confirms that (I11). */
  readonly missingSince?: Date | undefined;
  /** What the latest audit found. */
  readonly audit?: CalendarAudit | undefined;
  /** Why the vendor sends no notifications for it, for good. */
  readonly pushUnsupported?: StatusReason | undefined;
}

export interface CalendarAudit extends Drift {
  readonly at: Date;
}

export interface CalendarSyncRecord {
  readonly cursor: string | null;
  readonly window?: SyncWindow | undefined;
  readonly lastSyncedAt?: Date | undefined;
  readonly fullSyncAt?: Date | undefined;
  readonly lastFailure?: StatusReason | undefined;
  /** Named by id, at most twenty, as of the last full listing and everything since … */
  readonly unreadable: readonly UnreadableEvent[];
  /** … of so many, see `UnreadableEntries`. */
  readonly unreadableCount: number;
  /** Removals that the breaker has not obeyed yet (I11); until then the cursor and `lastSyncedAt` stand still. */
  readonly hold?: Hold | undefined;
  /** Pages were written and the cursor did not follow: the store holds more than the cursor speaks of. */
  readonly unfinished?: boolean | undefined;
}

/** For the operators' metrics. */
export interface CalendarHealth {
  /** Calendars with held removals, or missing from the vendor's list and not removed yet. */
  readonly held: number;
  /** Entries that could not be read. */
  readonly unreadable: number;
  /** Calendars that were audited, and what was found in them. */
  readonly audited: number;
  readonly drift: Drift;
}

/** When an entry is. */
export interface EventSpan extends Interval {
  readonly providerEventId: string;
}

export interface EventRecord extends CalendarEvent {
  readonly id: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly calendarId: string;
  /** Of an interview's own event, and of its copies at those who are asked. */
  readonly interviewId?: string | undefined;
  readonly updatedAt: Date;
}

export interface EventsQuery {
  readonly userId: string;
  readonly range: Interval;
  readonly after?: { readonly start: Date; readonly id: string } | undefined;
  readonly limit: number;
}

export interface NewAttempt {
  readonly userId: string;
  readonly provider: ProviderId;
  readonly redirectUri: string;
  /** SHA-256 of the state, hexadecimal. The state itself is kept nowhere. */
  readonly stateHash: string;
  readonly codeVerifier: Sealed;
  /** The connection to be re-authorized, where it is one. */
  readonly reauthorizes?:
    | { readonly connectionId: string; readonly accountId: string; readonly email: string }
    | undefined;
  readonly now: Date;
  readonly expiresAt: Date;
}

export interface Callback {
  readonly provider: ProviderId;
  readonly userId: string;
  readonly stateHash: string;
  /** `codeHash`: SHA-256 of the code, hexadecimal, by which a repeated callback is recognised. */
  readonly result: { readonly code: Sealed; readonly codeHash: string } | { readonly failure: Failure };
  readonly now: Date;
}

export type CallbackVerdict =
  | { readonly type: 'accepted'; readonly attempt: AttemptRecord }
  /** No such state (any more), or one of another provider. */
  | { readonly type: 'unknown' }
  /** The state belongs to another user (403): somebody may be trying to attach a calendar to a stranger's account. */
  | { readonly type: 'foreign' }
  | { readonly type: 'used'; readonly attempt: AttemptRecord }
  | { readonly type: 'expired'; readonly attempt: AttemptRecord };

export interface PendingExchange {
  readonly attempt: AttemptRecord;
  readonly code: Sealed;
  readonly codeVerifier: Sealed;
  readonly reauthorizes?: NewAttempt['reauthorizes'];
}

export interface SealedTokens {
  readonly accessToken: Sealed;
  /** Undefined keeps the stored one. */
  readonly refreshToken?: Sealed | undefined;
  readonly expiresAt: Date;
  /** Absent beside a refresh token: its permission has no end that is known. */
  readonly refreshExpiresAt?: Date | undefined;
  readonly scopes: readonly string[];
}

export interface SealedGrant {
  readonly tokens: SealedTokens;
  readonly accountId: string;
  readonly email: string;
}

export interface SealedCredentials {
  readonly connection: ConnectionRecord;
  readonly accessToken: Sealed;
  readonly refreshToken: Sealed;
  readonly expiresAt: Date;
  readonly scopes: readonly string[];
  readonly version: number;
}

export interface RefreshTurn {
  readonly connectionId: string;
  readonly version: number;
  /** Random, for each try. */
  readonly owner: string;
  readonly until: Date;
}

export interface SyncTurn {
  readonly connectionId: string;
  readonly userId: string;
  readonly run: number;
  readonly startedAt: Date;
  /** What it is to read, by the marks that it has taken away. */
  readonly scope: SyncScope;
  /** What notifications named since the run before began, and when the earliest of them came. */
  readonly notified?: { readonly calendarIds: readonly string[]; readonly at: Date } | undefined;
  /** The connection was dirty when the turn was taken: somebody waits for it. */
  readonly requested: boolean;
}

export type SyncTurnAnswer =
  | { readonly type: 'taken'; readonly turn: SyncTurn; readonly connection: ConnectionRecord }
  /** Nothing is due, and only what is due was asked for. */
  | { readonly type: 'idle' }
  | { readonly type: 'held'; readonly until: Date }
  | { readonly type: 'not_active'; readonly status: ConnectionStatus }
  | { readonly type: 'unknown' };

export interface NewCalendar {
  readonly providerCalendarId: string;
  readonly name: string;
  readonly timeZone?: string | undefined;
  readonly primary: boolean;
  readonly canWrite: boolean;
  readonly color?: string | undefined;
  readonly owned: boolean;
}

export interface PageWrite {
  readonly upserts: readonly FingerprintedEvent[];
  readonly deletes: readonly string[];
  /** Of what is not stored and stays so: the event of an interview may be among it. */
  readonly unkept?: readonly UnkeptEntry[] | undefined;
}

export interface CursorAdvance {
  readonly expectedCursor: string | null;
  readonly cursor: string;
  readonly window: SyncWindow;
  readonly full: boolean;
  /** What cannot be read by now, at most twenty … */
  readonly unreadable: readonly UnreadableEvent[];
  /** … of so many. Absent: these are all. */
  readonly unreadableCount?: number | undefined;
}

export interface SyncEnd {
  readonly now: Date;
  /** Where all went well this is also when everything is to be read next (`sweepAt`). */
  readonly nextSyncAt: Date;
  /** Absent where all went well: then `lastSyncedAt` moves and the failures are forgotten. */
  readonly failure?: StatusReason | undefined;
  /** The failure is noted and not counted: the vendor asked to wait, and nothing is wrong with the connection. */
  readonly isPassing?: boolean | undefined;
}
