import type { Hold } from '../domain/breaker.ts';
import type { ConnectionStatus, StatusReason } from '../domain/connection.ts';
import type { Failure } from '../domain/failure.ts';
import type { Interval } from '../domain/interval.ts';
import type { Notification } from '../domain/notification.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { StoredMark } from '../domain/sync.ts';
import type { AvailabilityReads } from './availability-contract.ts';
import type { ConnectionState, MisconfiguredConnections, StoredTokens } from './operator-records.ts';
import type { ChangePage, ChangesQuery, DeliveryResult, PendingDelivery, Replay } from './change-records.ts';
import type {
  AttemptRecord,
  CalendarAudit,
  CalendarHealth,
  CalendarRecord,
  Callback,
  CallbackVerdict,
  ConnectionRecord,
  CursorAdvance,
  EventRecord,
  EventSpan,
  EventsQuery,
  NewAttempt,
  NewCalendar,
  PageWrite,
  PendingExchange,
  RefreshTurn,
  SealedCredentials,
  SealedGrant,
  SealedTokens,
  SyncEnd,
  SyncTurn,
  SyncTurnAnswer,
} from './records.ts';
import type { HoldFacts, HoldIntents, HoldReads } from './hold-contract.ts';
import type { InterviewFacts, InterviewIntents, InterviewReads } from './interview-contract.ts';
import type { WatchFacts } from './watch-contract.ts';
import type { WatchRecord } from './watch-records.ts';

export type * from './availability-contract.ts';
export type * from './operator-records.ts';
export type * from './change-records.ts';
export type * from './hold-records.ts';
export type * from './interview-records.ts';
export type * from './records.ts';
export type * from './watch-records.ts';

/**
 * What is kept in MongoDB, as its users see it. Intake is given `Reads` and `Intents`; only workers and the scheduler
 * are given `Facts`. Whatever changes what the main app reads is told in the change feed: the change is recorded in the
 * same transaction, and where nothing changed there is none. All ids are 24 hexadecimal digits; one that has another form finds nothing. All times are given,
 * never read from a clock in here. Every write may run twice. Driver errors are thrown as they are: they are retried.
 */
export interface Store {
  readonly reads: Reads;
  readonly intents: Intents;
  readonly facts: Facts;
  /** Asks the primary. Rejects where it does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What may be asked. A record that is not there is undefined, never an error. */
export interface Reads extends AvailabilityReads, InterviewReads, HoldReads {
  attempt(id: string): Promise<AttemptRecord | undefined>;
  connection(id: string): Promise<ConnectionRecord | undefined>;
  /** In the order in which they were connected. */
  connectionsOf(userId: string): Promise<ConnectionRecord[]>;
  /** The primary first, then by name. */
  calendarsOf(connectionId: string): Promise<CalendarRecord[]>;
  calendar(id: string): Promise<CalendarRecord | undefined>;
  /** Of these watches those that there are, by id, in one look-up. */
  watches(ids: readonly string[]): Promise<Map<string, WatchRecord>>;
  /** All that a diagnosis looks at. */
  connectionState(id: string): Promise<ConnectionState | undefined>;
  /**
   * Entries of the user's selected calendars that overlap the range, by start and id; `after` is the last entry of the
   * page before. At most `limit`.
   */
  events(query: EventsQuery): Promise<EventRecord[]>;
  /**
   * A page of the change feed, in an order in which nothing is ever added before what was read: reading gives those that
   * were committed since their places at its end. Any number may read at once.
   */
  changes(query: ChangesQuery): Promise<ChangePage>;
  /** Also of a connection that is gone or about to go. */
  watch(id: string): Promise<WatchRecord | undefined>;
  /** All of a connection, whatever their state, the oldest first. */
  watchesOf(connectionId: string): Promise<WatchRecord[]>;
  /** For the operators' metrics. */
  countConnections(): Promise<Record<ConnectionStatus, number>>;
  /** The same: active connections, by provider, that fail for a reason which operators have to mend. */
  countMisconfigured(): Promise<MisconfiguredConnections[]>;
  /** The same: which calendars are held now, and what audits since then have found. */
  calendarHealth(auditedSince: Date): Promise<CalendarHealth>;
}

/** What the main app wants. */
export interface Intents extends InterviewIntents, HoldIntents {
  createAttempt(attempt: NewAttempt): Promise<AttemptRecord>;
  /**
   * Takes what the browser brought back, once: `pending` → `exchanging` with the sealed code, or → `failed` with the
   * failure that the provider's redirect carried. The same code for the same state again is `accepted` as well, so that
   * a repeated callback is harmless; another code is `used`.
   */
  acceptCallback(callback: Callback): Promise<CallbackVerdict>;
  /** Marks the connection dirty and due at `now`; a sync that is running is followed by another (I2). */
  requestSync(connectionId: string, now: Date): Promise<boolean>;
  /**
   * Changes whether a calendar counts. One that is taken out forgets its cursor; one that is taken in counts as never
   * synced until it was read. Marks the connection dirty, and its watches due, where anything changed.
   */
  selectCalendar(calendarId: string, selected: boolean, now: Date): Promise<CalendarRecord | undefined>;
  /** Makes the watches of the connection due at `now`, whatever was planned for them. */
  requestWatches(connectionId: string, now: Date): Promise<void>;
  /** Sets `disconnecting`: from here on nobody reads it as a source of free time. False where there is none. */
  requestDisconnect(connectionId: string, now: Date): Promise<boolean>;
  /**
   * Writes down what a notification says that was judged genuine: marks what is to be read, and makes the connection
   * due at `now` (I2); or, where it fails at present, in a minute at most, so that a vendor's storm does not undo its
   * back-off. Then notes it on the watch, and fills in the names of one whose making was never answered. Where the mark
   * is there already nothing is written; either way the mark is safe when this resolves. `marked`: there is a mark that a
   * sync is to be queued for now; `watchesDue`: the watches need attention.
   */
  acceptNotification(
    watch: WatchRecord,
    notification: Notification,
    now: Date,
  ): Promise<{ readonly marked: boolean; readonly watchesDue: boolean }>;
}

/** What the vendors said. */
export interface Facts extends WatchFacts, InterviewFacts, HoldFacts {
  // --- connecting
  /** What is needed to exchange the code of an attempt in state `exchanging`; undefined in any other state. */
  exchange(attemptId: string): Promise<PendingExchange | undefined>;
  /** `exchanging` → `failed`; forgets the sealed code and verifier. Nothing in any other state. */
  failAttempt(attemptId: string, failure: Failure, now: Date): Promise<void>;
  /**
   * In one transaction: creates the connection, or replaces the credentials of the same account's (keeping its refresh
   * token where the grant brought none) and clears `reauth_required`; makes it due at `now`; attempt → `connected`. So are
   * the interviews that have waited for that.
   * A connection that is being disconnected is not taken up again: the account gets a new one beside it, out of the
   * purge's reach, and an attempt that was to re-authorize the old one fails instead.
   * Nothing of it where the attempt is not `exchanging` any more. Undefined where nothing was connected.
   */
  completeAttempt(attemptId: string, grant: SealedGrant, now: Date): Promise<ConnectionRecord | undefined>;
  /** Whether the account has a connection (not `disconnecting`) with a refresh token, for a grant without one. */
  hasRefreshToken(userId: string, provider: ProviderId, accountId: string): Promise<boolean>;

  // --- credentials
  credentials(connectionId: string): Promise<SealedCredentials | undefined>;
  /**
   * The right to refresh these credentials, for one worker at a time (I6). False where somebody else holds it, the
   * version has moved on or the connection waits for its user: read again.
   */
  takeRefreshTurn(turn: RefreshTurn, now: Date): Promise<boolean>;
  /** Stores the new tokens under version + 1, only as long as the version is still the turn's (I5). */
  saveRefreshed(turn: RefreshTurn, tokens: SealedTokens, now: Date): Promise<boolean>;
  /** Gives the turn back after a failure. Idempotent. */
  dropRefreshTurn(turn: RefreshTurn): Promise<void>;
  /** active → reauth_required, only as long as the credentials are still of this version. */
  markReauthRequired(connectionId: string, version: number, reason: StatusReason): Promise<boolean>;
  /** The sealed tokens of all connections after the one of this id, by id; at most `limit`. */
  storedTokens(after: string | undefined, limit: number): Promise<StoredTokens[]>;
  /** Puts the same tokens, sealed anew, in the place of those that were read. False where others are there by now. */
  resealTokens(
    stored: StoredTokens,
    resealed: Pick<StoredTokens, 'accessToken' | 'refreshToken'>,
  ): Promise<boolean>;

  // --- syncing
  /**
   * The right to write this connection's events until `leaseUntil`, under a run number that only grows (I5).
   * Not given while another run's lease lasts, nor for a connection that is not `active`. Takes away the marks of
   * triggers and notifications, for a scope that serves them: everything, or with `onlyDue` what they ask for. Then
   * it is not given either where there is no mark and the connection is not due.
   */
  takeSyncTurn(
    connectionId: string,
    now: Date,
    leaseUntil: Date,
    options?: { readonly onlyDue?: boolean | undefined },
  ): Promise<SyncTurnAnswer>;
  /** All calendars of a connection, in no order. */
  knownCalendars(connectionId: string): Promise<CalendarRecord[]>;
  /**
   * Makes the stored list of calendars equal to this one: new ones are selected where `owned` or `primary`; ones that
   * are gone are removed with their events; one whose time zone changed loses its cursor, for its all-day entries
   * moved. Also removes the events of calendars that are not selected. Answers the selected ones.
   * `keep`: ids of calendars that stay although they are not in the list; since when is noted (`missingSince`).
   * Makes the watches due where a calendar came or went.
   */
  replaceCalendars(
    turn: SyncTurn,
    calendars: readonly NewCalendar[],
    now: Date,
    keep?: readonly string[],
  ): Promise<CalendarRecord[]>;
  /** What is stored of these entries and of the occurrences of these series. */
  marks(
    calendarId: string,
    touched: { ids: readonly string[]; seriesIds: readonly string[] },
  ): Promise<StoredMark[]>;
  /**
   * Writes one page in one transaction with the check of the turn, and prolongs its lease. Throws `LostTurnError`
   * where another run has taken over; then nothing is written. The calendar is `unfinished` from then on until the cursor
   * advances. Where there is nothing to write it checks nothing, and
   * only prolongs a lease of which half has gone by.
   * An entry that belongs to an interview is stored with its id and told by nobody here. Where it is the event itself, and
   * is gone or of another version than the interview knows, the interview is made due in the same transaction.
   */
  applyPage(turn: SyncTurn, calendarId: string, page: PageWrite, now: Date, leaseUntil: Date): Promise<void>;
  /** The provider ids of all stored entries of a calendar. For the end of a full listing. */
  storedIds(calendarId: string): AsyncIterable<string>;
  /** The provider ids of interviews' events that are in this calendar within the span, as far as we know. For the same. */
  placedEventIds(turn: SyncTurn, calendarId: string, span: Interval): Promise<string[]>;
  /** How many stored entries of these calendars overlap the span. */
  countEntries(calendarIds: readonly string[], span: Interval): Promise<number>;
  /** When these entries of a calendar are; of those that are stored. */
  spans(calendarId: string, providerEventIds: readonly string[]): Promise<EventSpan[]>;
  /** Records removals that are not obeyed yet; the next `advanceCursor` forgets them. Throws `LostTurnError`. */
  holdRemovals(turn: SyncTurn, calendarId: string, hold: Hold, now: Date): Promise<void>;
  /**
   * The end of one calendar's listing: advances the cursor from `expectedCursor` and records the window. Throws
   * `LostTurnError` like `applyPage`, also where the cursor is not the expected one any more.
   */
  advanceCursor(turn: SyncTurn, calendarId: string, advance: CursorAdvance, now: Date): Promise<void>;
  /** Records why one calendar could not be read this time; it stays as it is and grows stale. */
  failCalendar(turn: SyncTurn, calendarId: string, reason: StatusReason): Promise<void>;
  /**
   * Ends the turn. `dirty`: a trigger or a notification came in while it ran, so the connection is due again at once
   * (I2), unless the run failed; otherwise it is due at `nextSyncAt`. `requested`: somebody waits for it. After a failure what
   * this run was to read is still to be read. Nothing, and not dirty, where the turn has ended or was lost.
   */
  finishSync(turn: SyncTurn, end: SyncEnd): Promise<{ dirty: boolean; requested?: true }>;
  /** Prolongs the lease. False where the turn has ended or was lost. */
  keepSyncTurn(turn: SyncTurn, leaseUntil: Date): Promise<boolean>;
  /** Gives the turn back without a word on how it went: the connection stays as due as it was, and what was to be read still is. Idempotent. */
  dropSyncTurn(turn: SyncTurn): Promise<void>;

  // --- auditing
  /** Ids of active connections for which no audit was drawn yet. */
  unplannedAudits(limit: number): Promise<string[]>;
  /** Ids of active connections whose audit is due at `now`, the longest due first. */
  dueAudits(now: Date, limit: number): Promise<string[]>;
  isAuditDue(connectionId: string, now: Date): Promise<boolean>;
  /** Sets when a connection is audited next; nothing where that lies ahead already, so that two don't draw twice. */
  planAudit(connectionId: string, next: Date, now: Date): Promise<void>;
  /** What an audit found in one calendar. Throws `LostTurnError`. */
  recordAudit(turn: SyncTurn, calendarId: string, audit: CalendarAudit): Promise<void>;

  // --- what is due (I1)
  /** Ids of active connections that are due at `now` and that no run holds, the longest due first. */
  dueConnections(now: Date, limit: number): Promise<string[]>;
  /** Those of them that are dirty: somebody waits for them. */
  requestedConnections(now: Date, limit: number): Promise<string[]>;
  /** Ids of attempts that have been `exchanging` since before `before`. */
  strandedAttempts(before: Date, limit: number): Promise<string[]>;
  /** Ids of connections in state `disconnecting`. */
  disconnectingConnections(limit: number): Promise<string[]>;

  // --- leaving
  /** Whether anybody's connection (not `disconnecting`) is of this account: then its grant is still needed. */
  isAccountConnected(provider: ProviderId, accountId: string): Promise<boolean>;
  /**
   * Removes the connection, its calendars, events, watches, attempts and changes (I10). Idempotent. What stays, until its
   * retention is over, is the change that tells of it. An interview that is in one of its calendars has failed
   * (`organizer_disconnected`), unless it was to be somewhere else or nowhere by now, and knows nothing of its event any
   * more; which is told where its organizer has another connection.
   */
  purgeConnection(connectionId: string, now: Date): Promise<void>;

  // --- telling the main app
  /** The first change of the connection that is still to be delivered, whether it is due or not. */
  nextDelivery(connectionId: string): Promise<PendingDelivery | undefined>;
  /**
   * Counts an attempt and keeps others from it until `until`. False where another has taken or settled it meanwhile.
   * An attempt whose worker dies is due again then.
   */
  claimDelivery(delivery: PendingDelivery, until: Date): Promise<boolean>;
  settleDelivery(changeId: string, result: DeliveryResult): Promise<void>;
  /** Puts those that come after this one off until it is due. */
  holdDeliveries(delivery: PendingDelivery): Promise<void>;
  /** Ids of connections with a change to be delivered at `now`, the longest due first; also of ones that are purged. */
  dueDeliveries(now: Date, limit: number): Promise<string[]>;
  /** Has changes delivered again, from the first attempt on. Gives how many. */
  replayDeliveries(replay: Replay, now: Date): Promise<number>;
}
