import type { StatusReason } from './connection.ts';
import { missingScopes, needsRefresh } from './credential.ts';
import type { DiagnosedCalendar, DiagnosedHold, DiagnosedJob, DiagnosedState } from './diagnosed-state.ts';
import { failureHints, type Failure } from './failure.ts';
import { pushOf, type PushReport } from './push-report.ts';
import type { SyncWindow, UnreadableEvent } from './sync.ts';

// The facts of a diagnosis, field by field, so that what a record may hold one day is not in an answer by itself.

export const credentialStates = ['valid', 'to_be_refreshed', 'dead'] as const;

export interface CredentialReport {
  /** `to_be_refreshed`: the access token has run out, which the next sync mends by itself. */
  readonly state: (typeof credentialStates)[number];
  /** Of the access token. */
  readonly expiresAt: Date;
  /** When the permission itself ends, where the provider said so. */
  readonly refreshExpiresAt?: Date | undefined;
  readonly authorizedAt?: Date | undefined;
  /** Grows with each refresh. */
  readonly version: number;
  readonly scopes: readonly string[];
  readonly missingScopes: readonly string[];
}

export interface SyncReport {
  readonly lastSyncedAt?: Date | undefined;
  readonly nextAttemptAt?: Date | undefined;
  /** A run holds the turn until then. */
  readonly runningUntil?: Date | undefined;
  /** What is to be read that no run has read yet: everything, or calendars by their ids. */
  readonly pending?: 'everything' | readonly string[] | undefined;
  readonly consecutiveFailures: number;
  readonly lastFailure?: ReasonReport | undefined;
  /** The job that stands for it on the queue. */
  readonly job?: DiagnosedJob | undefined;
  /** Whether the queue could be asked. */
  readonly queueAnswers: boolean;
}

export interface ReasonReport extends Failure {
  readonly at: Date;
}

export interface CalendarReport {
  readonly id: string;
  readonly name: string;
  readonly primary: boolean;
  /** Counts for availability; the others are not read. */
  readonly selected: boolean;
  readonly lastSyncedAt?: Date | undefined;
  readonly fullSyncAt?: Date | undefined;
  /** Absent: the next reading is a full one. */
  readonly cursorAgeSeconds?: number | undefined;
  readonly window?: SyncWindow | undefined;
  readonly lastFailure?: ReasonReport | undefined;
  /** At most twenty … */
  readonly unreadable: readonly UnreadableEvent[];
  /** … of so many. */
  readonly unreadableCount: number;
  readonly hold?: DiagnosedHold | undefined;
  readonly missingSince?: Date | undefined;
  readonly push: PushReport;
}

export function credentialReport(
  { connection, credential, setup }: DiagnosedState,
  now: Date,
): CredentialReport {
  const { expiresAt, refreshExpiresAt, version, scopes } = credential;
  const isDead = connection.status === 'reauth_required';
  return {
    state: isDead ? 'dead' : needsRefresh(expiresAt, now) ? 'to_be_refreshed' : 'valid',
    expiresAt,
    refreshExpiresAt,
    authorizedAt: connection.authorizedAt,
    version,
    scopes,
    missingScopes: missingScopes(scopes, setup.neededScopes, setup.scopesImpliedBy),
  };
}

export function syncReport({ connection, turn, queue }: DiagnosedState): SyncReport {
  const { lastSyncedAt, nextSyncAt, consecutiveFailures, lastFailure, status } = connection;
  return {
    lastSyncedAt,
    nextAttemptAt: status === 'active' ? nextSyncAt : undefined,
    runningUntil: turn.leaseUntil ?? undefined,
    pending: turn.dirty ? 'everything' : turn.touched.length > 0 ? turn.touched : undefined,
    consecutiveFailures,
    lastFailure: reasonReport(lastFailure),
    job: queue?.job,
    queueAnswers: queue !== undefined,
  };
}

export function calendarReport(
  calendar: DiagnosedCalendar,
  { connection, watches, setup }: DiagnosedState,
  now: Date,
): CalendarReport {
  const { id, name, primary, selected, sync, missingSince } = calendar;
  const { lastSyncedAt, fullSyncAt, window, unreadable, unreadableCount, hold } = sync;
  const cursorAge =
    sync.cursor === null || lastSyncedAt === undefined ? undefined : secondsSince(lastSyncedAt, now);
  return {
    id,
    name,
    primary,
    selected,
    lastSyncedAt,
    fullSyncAt,
    cursorAgeSeconds: cursorAge,
    window: window && { start: window.start, end: window.end },
    lastFailure: reasonReport(sync.lastFailure),
    unreadable: unreadable.map(({ providerEventId, reason }) => ({ providerEventId, reason })),
    unreadableCount,
    hold: hold && { since: hold.since, stored: hold.stored, removals: hold.removals },
    missingSince,
    push: pushOf(calendar, watches, { isOn: setup.pushOn, now, failure: connection.pushFailure }),
  };
}

export function reasonReport(reason: StatusReason | undefined): ReasonReport | undefined {
  if (reason === undefined) return undefined;
  const { code, message, at } = reason;
  return { code, message, hint: failureHints[code], at };
}

export function secondsSince(earlier: Date, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - earlier.getTime()) / 1000));
}
