import type { DiagnosedState } from './diagnosed-state.ts';
import type { CalendarReport } from './diagnosis-reports.ts';
import { failureHints, whoMends, type FailureCode, type MendedBy } from './failure.ts';

/** One thing that is not as it should be, or that explains what one sees. */
export interface Finding {
  readonly code: FindingCode;
  /** `error`: because of it the data is not up to date. `warning`: it will be, or a part is. `info`: explains. */
  readonly severity: Severity;
  readonly mendedBy: MendedBy;
  /** A sentence: what is so. */
  readonly message: string;
  /** A sentence: what to do about it. */
  readonly hint: string;
  readonly calendarId?: string | undefined;
  readonly since?: Date | undefined;
}

export const severities = ['error', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** Codes beside those of failures, with the advice that goes with each. */
export const findingHints = {
  provider_off: 'Set the provider’s client id and client secret in the configuration and restart.',
  disconnecting: 'Nothing needs to be done. Have the user connect again if they want it back.',
  sync_overdue:
    'Nobody takes up what is due: see whether the scheduler and the sync workers run, and whether Redis answers.',
  sync_waiting: 'Wait; if it lasts, start more sync workers or raise SYNC_CONCURRENCY.',
  sync_running: 'Nothing needs to be done.',
  change_pending: 'Nothing needs to be done: it is read within seconds where sync workers run.',
  queue_unknown: 'Redis does not answer: see whether it runs.',
  never_synced: 'Wait for the first sync to end. Until then the person counts as unknown.',
  no_calendar_selected:
    'Choose a calendar by PATCH /v1/calendars/{id}; until then the person counts as unknown.',
  grant_ends_soon: 'Send the user through the authorization again before then.',
  calendar_never_read: 'Wait for the next sync. Until then the person counts as unknown.',
  calendar_stale: 'See the failures named here; where there is none, more sync workers are needed.',
  removals_held:
    'Nothing needs to be done: a second reading decides within minutes. Many at once are a provider that answers wrongly.',
  calendar_missing: 'Nothing needs to be done: a second list of calendars decides within minutes.',
  unreadable_entries: 'Everything else is in sync. Report the ids and reasons as a defect.',
  push_off: 'Changes are found by polling. For push, set PUBLIC_URL.',
  push_missing:
    'The calendar is polled. See whether watch workers run; POST /v1/connections/{id}/sync reads it now.',
  push_silent:
    'The calendar is polled. See whether PUBLIC_URL leads to intake; a new watch is made by itself.',
} as const;

export type FindingCode = FailureCode | keyof typeof findingHints;

export interface Found {
  readonly state: DiagnosedState;
  readonly missingScopes: readonly string[];
  readonly calendars: readonly CalendarReport[];
  readonly now: Date;
}

export function findingsOf(found: Found): Finding[] {
  const { status } = found.state.connection;
  const findings =
    status === 'active'
      ? [
          ...ofSetup(found),
          ...ofGrant(found),
          ...ofSyncs(found),
          ...found.calendars.flatMap((calendar) => ofCalendar(calendar, found)),
          ...ofPush(found),
        ]
      : [...ofStatus(found), ...ofSetup(found), ...found.calendars.flatMap(unreadable)];
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/** Within a severity first what an operator has to mend, since until then there is nothing for the user to do. */
function rank({ severity, mendedBy }: Finding): number {
  return severities.indexOf(severity) * 3 + ['operator', 'user', 'itself'].indexOf(mendedBy);
}

type Details = Partial<Pick<Finding, 'calendarId' | 'since' | 'mendedBy'>>;

function finding(
  severity: Severity,
  code: keyof typeof findingHints,
  message: string,
  details: Details = {},
): Finding {
  return { code, severity, mendedBy: 'itself', message, hint: findingHints[code], ...details };
}

function failed(severity: Severity, code: FailureCode, message: string, details: Details = {}): Finding {
  return { code, severity, mendedBy: whoMends[code], message, hint: failureHints[code], ...details };
}

function ofStatus({ state: { connection } }: Found): Finding[] {
  const { status, statusReason } = connection;
  if (status === 'disconnecting') {
    return [finding('info', 'disconnecting', 'The user disconnected; a worker is removing what is stored.')];
  }
  const { code, message, at } = statusReason ?? {
    code: 'grant_revoked',
    message: 'The user’s permission is dead.',
    at: undefined,
  };
  // Whoever else has a part in it, it takes the user to come back.
  return [failed('error', code, message, { mendedBy: 'user', since: at })];
}

function ofSetup({ state: { connection, setup, queue } }: Found): Finding[] {
  const { provider } = connection;
  const off = `${provider} has no client id in this configuration.`;
  return [
    ...(setup.providerOn ? [] : [finding('error', 'provider_off', off, { mendedBy: 'operator' })]),
    ...(queue === undefined
      ? [finding('warning', 'queue_unknown', 'The queue could not be asked.', { mendedBy: 'operator' })]
      : []),
  ];
}

/** What the vendor named as its end is warned of so long before. */
const grantWarningMs = 48 * 3_600_000;

function ofGrant({ state: { connection, credential }, missingScopes, now }: Found): Finding[] {
  const { refreshExpiresAt: end } = credential;
  const endsSoon = end !== undefined && end.getTime() - now.getTime() < grantWarningMs;
  return [
    ...(missingScopes.length > 0
      ? [
          failed(
            'error',
            'scope_missing',
            `${connection.provider} granted everything but: ${missingScopes.join(', ')}.`,
          ),
        ]
      : []),
    ...(endsSoon
      ? [
          finding('warning', 'grant_ends_soon', `The user’s permission ends at ${end.toISOString()}.`, {
            mendedBy: 'user',
          }),
        ]
      : []),
  ];
}

/** What is due for longer than this is being overlooked: ticks come every few seconds. */
const overdueMs = 2 * 60_000;

function ofSyncs({ state: { connection, turn, queue }, calendars, now }: Found): Finding[] {
  const { lastFailure, consecutiveFailures, lastSyncedAt, nextSyncAt } = connection;
  const running = turn.leaseUntil !== null && turn.leaseUntil > now;
  const overdue = !running && nextSyncAt !== undefined && now.getTime() - nextSyncAt.getTime() > overdueMs;
  const hasChanges = turn.dirty || turn.touched.length > 0;
  return [
    ...(lastFailure === undefined
      ? []
      : [
          failed('error', lastFailure.code, inARow(lastFailure.message, consecutiveFailures), {
            since: lastFailure.at,
          }),
        ]),
    ...(lastSyncedAt === undefined ? [finding('error', 'never_synced', 'No sync has ended yet.')] : []),
    ...(overdue ? [ofOverdue(nextSyncAt, queue?.job?.state)] : []),
    ...(running ? [finding('info', 'sync_running', 'A sync is running.')] : []),
    ...(hasChanges && !running
      ? [finding('info', 'change_pending', 'Something came in that no sync has read yet.')]
      : []),
    ...(calendars.length > 0 && calendars.every(({ selected }) => !selected)
      ? [
          finding('warning', 'no_calendar_selected', 'No calendar counts for availability.', {
            mendedBy: 'user',
          }),
        ]
      : []),
  ];
}

function inARow(message: string, failures: number): string {
  return failures > 1 ? `${message} (${failures} failures in a row)` : message;
}

function ofOverdue(nextSyncAt: Date, jobState: string | undefined): Finding {
  const due = `A sync is due since ${nextSyncAt.toISOString()}`;
  const details = { since: nextSyncAt };
  return jobState === undefined
    ? finding('error', 'sync_overdue', `${due}, and no job stands for it.`, {
        ...details,
        mendedBy: 'operator',
      })
    : finding('error', 'sync_waiting', `${due}; its job is ${jobState} on the queue.`, details);
}

function ofCalendar(calendar: CalendarReport, { state, now }: Found): Finding[] {
  const { id: calendarId, selected, lastSyncedAt, lastFailure, hold, missingSince } = calendar;
  if (!selected) return [];
  const isStale = lastSyncedAt !== undefined && now.getTime() - lastSyncedAt.getTime() > state.setup.maxAgeMs;
  const everSynced = state.connection.lastSyncedAt !== undefined;
  return [
    ...(lastFailure === undefined
      ? []
      : [failed('error', lastFailure.code, lastFailure.message, { calendarId, since: lastFailure.at })]),
    ...(hold === undefined
      ? []
      : [
          finding(
            'error',
            'removals_held',
            `The provider no longer lists ${hold.removals} of ${hold.stored} events; they are kept until a second reading says the same.`,
            { calendarId, since: hold.since },
          ),
        ]),
    ...(missingSince === undefined
      ? []
      : [
          finding('error', 'calendar_missing', 'The provider’s list of calendars leaves it out.', {
            calendarId,
            since: missingSince,
          }),
        ]),
    ...(lastSyncedAt === undefined && everSynced
      ? [finding('error', 'calendar_never_read', 'It has not been read yet.', { calendarId })]
      : []),
    ...(isStale
      ? [
          finding('error', 'calendar_stale', `It was last read at ${lastSyncedAt.toISOString()}.`, {
            calendarId,
            since: lastSyncedAt,
          }),
        ]
      : []),
    ...unreadable(calendar),
  ];
}

function unreadable(calendar: CalendarReport): Finding[] {
  const { id: calendarId, unreadable: named, unreadableCount: count } = calendar;
  if (count === 0) return [];
  const entries = count === 1 ? 'One entry' : `${count} entries`;
  const names = named.map(({ providerEventId, reason }) => `${providerEventId} (${reason})`).join('; ');
  const message = `${entries} could not be read${namedOf(named.length, count)}${names}.`;
  return [finding('warning', 'unreadable_entries', message, { calendarId, mendedBy: 'operator' })];
}

function namedOf(named: number, count: number): string {
  if (named === count) return ': ';
  // Those that had a name can be read by now.
  if (named === 0) return '; the next full listing names them';
  return named === 1 ? ', one of which is named: ' : `, ${named} of which are named: `;
}

/** How long watches may take to be made after the user has connected. */
const settlingMs = 10 * 60_000;

function ofPush({ state: { connection, setup }, calendars, now }: Found): Finding[] {
  if (!setup.pushOn) return [finding('info', 'push_off', 'The providers are not asked to tell of changes.')];
  const { authorizedAt } = connection;
  const settling = authorizedAt !== undefined && now.getTime() - authorizedAt.getTime() < settlingMs;
  return calendars.flatMap(({ id: calendarId, push }): Finding[] => {
    const { lastFailure } = push;
    switch (push.state) {
      case 'active':
      case 'off':
      case 'not_selected':
        return [];
      case 'unsupported':
        return [
          failed('info', 'push_unsupported', lastFailure?.message ?? '', {
            calendarId,
            since: lastFailure?.at,
          }),
        ];
      case 'silent': {
        const message = 'Changes were found of which the provider had not told.';
        return [finding('warning', 'push_silent', message, { calendarId, mendedBy: 'operator' })];
      }
      case 'creating':
      case 'expired':
      case 'missing':
        if (lastFailure !== undefined) {
          return [
            failed('warning', lastFailure.code, lastFailure.message, { calendarId, since: lastFailure.at }),
          ];
        }
        if (settling || push.state === 'creating') return [];
        return [
          finding('warning', 'push_missing', 'The provider does not tell of its changes.', {
            calendarId,
            mendedBy: 'operator',
          }),
        ];
    }
  });
}
