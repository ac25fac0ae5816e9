import type { ConnectionStatus, StatusReason } from './connection.ts';
import type { ProviderId } from './provider-id.ts';
import type { SyncWindow, UnreadableEvent } from './sync.ts';
import type { WatchState } from './watch.ts';

// What a diagnosis is made from: a part of what is stored, of what lies on the queue, and of the configuration.

export interface DiagnosedConnection {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly email: string;
  readonly status: ConnectionStatus;
  readonly statusReason?: StatusReason | undefined;
  readonly authorizedAt?: Date | undefined;
  readonly lastSyncedAt?: Date | undefined;
  readonly nextSyncAt?: Date | undefined;
  readonly consecutiveFailures: number;
  readonly lastFailure?: StatusReason | undefined;
  /** Why not all of its watches stand. */
  readonly pushFailure?: StatusReason | undefined;
}

export interface DiagnosedCredential {
  readonly expiresAt: Date;
  readonly refreshExpiresAt?: Date | undefined;
  readonly version: number;
  readonly scopes: readonly string[];
}

export interface DiagnosedTurn {
  /** Of the run that was the last to begin; null when it has ended. */
  readonly leaseUntil: Date | null;
  readonly dirty: boolean;
  /** Calendars that notifications named. */
  readonly touched: readonly string[];
}

export interface DiagnosedCalendar {
  readonly id: string;
  readonly name: string;
  readonly primary: boolean;
  readonly selected: boolean;
  readonly sync: {
    readonly cursor: string | null;
    readonly window?: SyncWindow | undefined;
    readonly lastSyncedAt?: Date | undefined;
    readonly fullSyncAt?: Date | undefined;
    readonly lastFailure?: StatusReason | undefined;
    readonly unreadable: readonly UnreadableEvent[];
    readonly unreadableCount: number;
    readonly hold?: DiagnosedHold | undefined;
  };
  readonly missingSince?: Date | undefined;
  readonly pushUnsupported?: StatusReason | undefined;
}

export interface DiagnosedHold {
  readonly since: Date;
  readonly stored: number;
  readonly removals: number;
}

export interface DiagnosedJob {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly reason?: string | undefined;
}

/** How the service is configured, as far as it matters to this connection. */
export interface DiagnosedSetup {
  readonly providerOn: boolean;
  readonly pushOn: boolean;
  readonly neededScopes: readonly string[];
  readonly scopesImpliedBy: Readonly<Record<string, readonly string[]>>;
  /** Beyond this age availability calls a person stale. */
  readonly maxAgeMs: number;
}

export interface DiagnosedState {
  readonly connection: DiagnosedConnection;
  readonly credential: DiagnosedCredential;
  readonly turn: DiagnosedTurn;
  readonly calendars: readonly DiagnosedCalendar[];
  readonly watches: readonly DiagnosedWatch[];
  /** Undefined: the queue could not be asked. */
  readonly queue: { readonly job?: DiagnosedJob | undefined } | undefined;
  readonly setup: DiagnosedSetup;
}

export interface DiagnosedWatch {
  /** Absent where it covers the account. */
  readonly calendarId?: string | undefined;
  readonly state: WatchState;
  readonly expiresAt: Date;
  readonly lastNotifiedAt?: Date | undefined;
  readonly silentSweeps: number;
  readonly lastFailure?: StatusReason | undefined;
}
