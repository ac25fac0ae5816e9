import type { ConnectionStatus } from './connection.ts';
import type { DiagnosedConnection, DiagnosedState } from './diagnosed-state.ts';
import { findingsOf, type Finding } from './diagnosis-findings.ts';
import {
  calendarReport,
  credentialReport,
  syncReport,
  type CalendarReport,
  type CredentialReport,
  type SyncReport,
} from './diagnosis-reports.ts';
import type { ProviderId } from './provider-id.ts';

/**
 * Why somebody is in sync, or is not, in one answer: from what is stored, what lies on the queue and how the service is
 * configured. Names what is wrong in words for a person, and holds neither secrets nor anything out of an event.
 */
export interface Diagnosis {
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly email: string;
  readonly at: Date;
  readonly status: ConnectionStatus;
  readonly verdict: Verdict;
  /** The verdict in a sentence. */
  readonly summary: string;
  /** The most important first. */
  readonly findings: readonly Finding[];
  readonly credential: CredentialReport;
  readonly sync: SyncReport;
  readonly calendars: readonly CalendarReport[];
}

export const verdicts = ['in_sync', 'behind', 'needs_user', 'needs_operator', 'leaving'] as const;

/** `behind`: not up to date, and it mends itself. */
export type Verdict = (typeof verdicts)[number];

export function diagnose(state: DiagnosedState, now: Date): Diagnosis {
  const { connection, calendars } = state;
  const { id, userId, provider, email, status } = connection;
  const credential = credentialReport(state, now);
  const reports = calendars.map((calendar) => calendarReport(calendar, state, now));
  const findings = findingsOf({ state, missingScopes: credential.missingScopes, calendars: reports, now });
  const verdict = verdictOf(status, findings);
  return {
    connectionId: id,
    userId,
    provider,
    email,
    at: now,
    status,
    verdict,
    summary: summaryOf(verdict, findings, connection),
    findings,
    credential,
    sync: syncReport(state),
    calendars: reports,
  };
}

/** What an operator has to mend comes first: as long as they have not, there is nothing for the user to do. */
function verdictOf(status: ConnectionStatus, findings: readonly Finding[]): Verdict {
  if (status === 'disconnecting') return 'leaving';
  const grave = findings.filter(({ severity }) => severity === 'error');
  if (grave.some(({ mendedBy }) => mendedBy === 'operator')) return 'needs_operator';
  if (grave.some(({ mendedBy }) => mendedBy === 'user')) return 'needs_user';
  return grave.length > 0 ? 'behind' : 'in_sync';
}

function summaryOf(
  verdict: Verdict,
  [first]: readonly Finding[],
  { lastSyncedAt, nextSyncAt }: DiagnosedConnection,
): string {
  const asOf = lastSyncedAt === undefined ? '' : ` as of ${lastSyncedAt.toISOString()}`;
  const next = nextSyncAt === undefined ? '' : ` The next sync is due at ${nextSyncAt.toISOString()}.`;
  switch (verdict) {
    case 'in_sync':
      return `In sync${asOf}.${next}`;
    case 'behind':
      return `Behind; nothing needs to be done. ${first?.message ?? ''}${next}`;
    case 'needs_user':
      return `Only the user can mend this. ${first?.message ?? ''}`;
    case 'needs_operator':
      return `An operator has to mend this. ${first?.message ?? ''}`;
    case 'leaving':
      return 'The connection is being removed, with all that is stored of it.';
  }
}
