import type { FailureCode } from '../domain/failure.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { Sealed } from '../domain/sealed.ts';
import type { CalendarRecord, ConnectionRecord } from './records.ts';
import type { WatchRecord } from './watch-records.ts';

// What the store tells operators: for diagnosis, metrics and the command line.

/** What a diagnosis looks at: never a token. */
export interface ConnectionState {
  readonly connection: ConnectionRecord;
  readonly credential: {
    readonly expiresAt: Date;
    readonly refreshExpiresAt?: Date | undefined;
    readonly version: number;
    readonly scopes: readonly string[];
  };
  readonly turn: {
    /** Of the run that was the last to begin; null when it has ended. */
    readonly leaseUntil: Date | null;
    readonly dirty: boolean;
    readonly touched: readonly string[];
  };
  readonly calendars: readonly CalendarRecord[];
  readonly watches: readonly WatchRecord[];
}

export interface MisconfiguredConnections {
  readonly provider: ProviderId;
  readonly code: FailureCode;
  readonly connections: number;
}

/** What is sealed of a connection. */
export interface StoredTokens {
  readonly connectionId: string;
  readonly accessToken: Sealed;
  readonly refreshToken: Sealed;
  readonly version: number;
}
