import { Hono } from 'hono';

import type { Account, Accounts, CalendarRecord } from './accounts.ts';
import { toAnswer } from './api-routes.ts';
import { answer, authorize, bodyOf, type SessionDependencies } from './api-session.ts';
import { collectAll } from './collect-items.ts';
import { invalid, required, timeRangeEmpty, timeRangeTooLong } from './errors.ts';
import type { Item } from './items.ts';
import { readListQuery } from './list-query.ts';
import { ACCEPTED } from './scopes.ts';
import { assertTimeZone, renderDateTime } from './zoned-time.ts';

/** Why one calendar of an otherwise successful answer is unknown. */
export type FreeBusyFailure = 'notFound' | 'groupTooBig' | 'tooManyCalendarsRequested' | 'internalError';

export interface FreeBusyDependencies extends SessionDependencies {
  /** By calendar id, for everybody who asks. */
  failures: ReadonlyMap<string, FreeBusyFailure>;
  now: () => Date;
}

interface FreeBusyRequest {
  timeMin?: string;
  timeMax?: string;
  timeZone?: string;
  items?: { id?: string }[];
  calendarExpansionMax?: number;
}

/** The observed edge is about three months. */
const LONGEST_MS = 92 * 86_400_000;
const MOST_CALENDARS = 50;

/** `freebusy.query`. One calendar that cannot be told is an error within a 200 (trap 23). */
export function freeBusyRoutes(dependencies: FreeBusyDependencies): Hono {
  return new Hono()
    .post('/calendar/v3/freeBusy', async (c) => {
      const { account } = authorize(c, dependencies, ACCEPTED.freeBusy);
      return answer(c, freeBusy(dependencies, account, (await bodyOf(c)) as FreeBusyRequest));
    })
    .onError(toAnswer);
}

function freeBusy(
  { accounts, failures, now }: FreeBusyDependencies,
  account: Account,
  request: FreeBusyRequest,
): object {
  const { from, to, zone } = readRequest(request);
  const ids = (request.items ?? []).map(({ id = '' }) => id);
  const most = Math.min(request.calendarExpansionMax ?? MOST_CALENDARS, MOST_CALENDARS);
  const entries = ids.map((id, index) => {
    if (index >= most) return [id, failed('tooManyCalendarsRequested')];
    const failure = failures.get(id === 'primary' ? account.email : id);
    if (failure) return [id, failed(failure)];
    const calendar = visibleCalendar(accounts, account, id);
    if (!calendar) return [id, failed('notFound')];
    const busy = busyTimes(calendar, from, to, now()).map(([start, end]) => ({
      start: renderDateTime(zone, start),
      end: renderDateTime(zone, end),
    }));
    return [id, { busy }];
  });
  return {
    kind: 'calendar#freeBusy',
    timeMin: new Date(from).toISOString(),
    timeMax: new Date(to).toISOString(),
    calendars: Object.fromEntries(entries) as object,
  };
}

function failed(reason: FreeBusyFailure): object {
  return { errors: [{ domain: reason === 'notFound' ? 'global' : 'calendar', reason }], busy: [] };
}

function readRequest({ timeMin, timeMax, timeZone = 'UTC' }: FreeBusyRequest) {
  if (timeMin === undefined || timeMax === undefined) throw required('Missing timeMin or timeMax parameter.');
  const [from, to] = [Date.parse(timeMin), Date.parse(timeMax)];
  if (Number.isNaN(from) || Number.isNaN(to)) throw invalid('Invalid value for: timeMin or timeMax');
  if (from >= to) throw timeRangeEmpty();
  if (to - from > LONGEST_MS) throw timeRangeTooLong();
  try {
    assertTimeZone(timeZone);
  } catch {
    throw invalid('Invalid time zone definition.');
  }
  return { from, to, zone: timeZone };
}

/** One's own calendars, and the primary ones of the same organization's people, who share it unless told otherwise. */
function visibleCalendar(accounts: Accounts, account: Account, id: string): CalendarRecord | undefined {
  const own = account.calendars.get(id === 'primary' ? account.email : id);
  if (own) return own.shown.deleted ? undefined : own;
  const other = accounts.find(id);
  const domain = domainOf(id);
  return domain !== 'gmail.com' && domain === domainOf(account.email) ? other?.calendars.get(id) : undefined;
}

function domainOf(email: string): string {
  return email.split('@')[1]?.toLowerCase() ?? '';
}

type Span = [startMs: number, endMs: number];

/** Ascending and merged; cut at the edges of what was asked for. */
function busyTimes(calendar: CalendarRecord, from: number, to: number, now: Date): Span[] {
  const parameters = new URLSearchParams({
    timeMin: new Date(from).toISOString(),
    timeMax: new Date(to).toISOString(),
    singleEvents: 'true',
    orderBy: 'startTime',
  });
  const merged: Span[] = [];
  for (const item of collectAll(calendar.store, readListQuery(parameters, now), now)) {
    if (!blocksTime(item)) continue;
    const [start, end]: Span = [Math.max(item.startMs, from), Math.min(item.endMs, to)];
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (start < end) merged.push([start, end]);
  }
  return merged;
}

function blocksTime({ wire, cancelled }: Item): boolean {
  const declined = wire.attendees?.some(({ self, responseStatus }) => self && responseStatus === 'declined');
  const kind = wire.eventType ?? 'default';
  const isMarker = kind === 'workingLocation' || kind === 'birthday';
  return !cancelled && wire.transparency !== 'transparent' && !declined && !isMarker;
}
