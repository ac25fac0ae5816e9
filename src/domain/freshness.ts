import type { Interval } from './interval.ts';

/** How far the store knows one calendar that counts. */
export interface CalendarCoverage {
  readonly calendarId: string;
  readonly lastSyncedAt?: Date | undefined;
  readonly window?: Interval | undefined;
}

/** How far the store knows one connection of a person. */
export interface ConnectionCoverage {
  readonly connectionId: string;
  readonly status: 'active' | 'reauth_required' | 'disconnecting';
  /** Calendars that count; an unsynced connection has none yet. */
  readonly calendars: readonly CalendarCoverage[];
  readonly lastSyncedAt?: Date | undefined;
}

export const freshnessReasons = [
  'not_connected',
  'reauth_required',
  'never_synced',
  'no_calendar_selected',
  'outside_window',
  'too_old',
] as const;

export interface Freshness {
  readonly state: FreshnessState;
  readonly reason?: (typeof freshnessReasons)[number] | undefined;
  readonly connectionId?: string | undefined;
  readonly calendarId?: string | undefined;
  /** When the oldest of the person's calendars was last read whole. */
  readonly lastSyncedAt?: Date | undefined;
}

export interface FreshnessQuery {
  readonly range: Interval;
  readonly now: Date;
  readonly maxAgeMs: number;
}

/**
 * How far an answer about this person can be relied on (I7): the worst of all connections and calendars counts,
 * because one calendar that was not read may hold the entry that matters.
 */
export function freshnessOf(connections: readonly ConnectionCoverage[], query: FreshnessQuery): Freshness {
  const live = connections.filter((connection) => connection.status !== 'disconnecting');
  if (live.length === 0) return { state: 'unknown', reason: 'not_connected' };
  const verdicts = live.flatMap((connection) => connectionVerdicts(connection, query));
  if (live.every(({ calendars, status }) => status === 'active' && calendars.length === 0)) {
    verdicts.push({ state: 'unknown', reason: 'no_calendar_selected' });
  }
  const worst = verdicts.toSorted((a, b) => rank[b.state] - rank[a.state])[0];
  return { ...(worst ?? { state: 'fresh' }), lastSyncedAt: oldest(live) };
}

export const freshnessStates = ['fresh', 'stale', 'unknown'] as const;
export type FreshnessState = (typeof freshnessStates)[number];

/** Whether somebody of whom this is known is known well enough. */
export function isFreshEnough({ state }: Freshness, least: FreshnessState): boolean {
  return rank[state] <= rank[least];
}

const rank: Readonly<Record<FreshnessState, number>> = { fresh: 0, stale: 1, unknown: 2 };

/** The calendars for which an answer cannot be relied on, and which their vendor can be asked for: they are known by name. */
export function calendarsToAsk<C extends CalendarCoverage>(
  {
    status,
    lastSyncedAt,
    calendars,
  }: Pick<ConnectionCoverage, 'status' | 'lastSyncedAt'> & {
    readonly calendars: readonly C[];
  },
  query: FreshnessQuery,
): C[] {
  // Until the first sync has ended, nobody knows whether these are all of them.
  if (status !== 'active' || lastSyncedAt === undefined) return [];
  return calendars.filter((calendar) => calendarVerdict(calendar, query).state !== 'fresh');
}

function connectionVerdicts(connection: ConnectionCoverage, query: FreshnessQuery): Freshness[] {
  const { connectionId } = connection;
  if (connection.status === 'reauth_required') {
    return [{ state: 'unknown', reason: 'reauth_required', connectionId }];
  }
  if (connection.lastSyncedAt === undefined) {
    return [{ state: 'unknown', reason: 'never_synced', connectionId }];
  }
  // Nothing here counts, but what was known of that has an age as well.
  if (connection.calendars.length === 0) {
    return [{ ...ageVerdict(connection.lastSyncedAt, query), connectionId }];
  }
  return connection.calendars.map((calendar) => ({
    ...calendarVerdict(calendar, query),
    connectionId,
    calendarId: calendar.calendarId,
  }));
}

function calendarVerdict({ lastSyncedAt, window }: CalendarCoverage, query: FreshnessQuery): Freshness {
  if (lastSyncedAt === undefined || window === undefined) return { state: 'unknown', reason: 'never_synced' };
  if (query.range.start < window.start || query.range.end > window.end) {
    return { state: 'unknown', reason: 'outside_window' };
  }
  return ageVerdict(lastSyncedAt, query);
}

function ageVerdict(lastSyncedAt: Date, query: FreshnessQuery): Freshness {
  const age = query.now.getTime() - lastSyncedAt.getTime();
  return age > query.maxAgeMs ? { state: 'stale', reason: 'too_old' } : { state: 'fresh' };
}

function oldest(connections: readonly ConnectionCoverage[]): Date | undefined {
  const times = connections.flatMap((connection) =>
    connection.calendars.length === 0
      ? [connection.lastSyncedAt]
      : connection.calendars.map((calendar) => calendar.lastSyncedAt),
  );
  if (times.includes(undefined)) return undefined;
  return times.reduce((a, b) => (a !== undefined && b !== undefined && b < a ? b : a), times[0]);
}
