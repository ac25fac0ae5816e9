import { Hono } from 'hono';

import { type Instance, calendarView } from './calendar-view.ts';
import { PERSONAL_TENANT } from './directory.ts';
import { type EventReader, fullEvent } from './event-answers.ts';
import { jsonBody, requireKnownZone } from './event-body.ts';
import { GraphError, badRequest } from './graph-errors.ts';
import { contextUrl } from './graph-pages.ts';
import { applyPreferences, preferencesOf, readerOf } from './graph-request.ts';
import { type GraphContext, type GraphEnv, READ_CALENDARS, requireScope } from './graph-session.ts';
import { type Mailbox, findCalendar } from './mailbox.ts';
import type { TimeWindow } from './time-window.ts';
import { type DateTimeTimeZone, instantOf } from './wall-clock.ts';
import { workingHoursOf } from './working-hours.ts';

export interface ScheduleBehaviour {
  /** The reference page has 4 for working elsewhere, the concept page folds it into 0. */
  workingElsewhereDigit: '4' | '0';
  /** How days are written, which no page says: as events write them, or when they begin and end where they were made. */
  days: 'midnights' | 'instants';
}

export const defaultScheduleBehaviour: ScheduleBehaviour = {
  workingElsewhereDigit: '4',
  days: 'midnights',
};

export interface ScheduleDependencies {
  mailboxAt: (address: string) => Mailbox | undefined;
  behaviour: ScheduleBehaviour;
}

interface ScheduleRequest extends TimeWindow {
  schedules: string[];
  intervalMs: number;
}

const MAX_SCHEDULES = 20;
const MAX_DAYS = 62;

/** `POST /me/calendar/getSchedule` (fact sheet, section 8). Knows the mailboxes of the caller's own tenant. */
export function scheduleRoutes(dependencies: ScheduleDependencies): Hono<GraphEnv> {
  return new Hono<GraphEnv>().post('/me/calendar/getSchedule', async (c) => {
    requireScope(c, READ_CALENDARS);
    const { user } = c.get('session');
    if (user.tid === PERSONAL_TENANT)
      throw new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
    const request = await scheduleRequest(c);
    const preferences = preferencesOf(c);
    applyPreferences(c, preferences.applied);
    const value = request.schedules.map((address) => {
      const mailbox = dependencies.mailboxAt(address);
      if (!mailbox || mailbox.user.tid !== user.tid) return unknownMailbox(address);
      return scheduleOf(mailbox, address, request, readerOf(preferences, mailbox.user, ''), dependencies);
    });
    const context = contextUrl(c, '').replace(/users.*/, 'Collection(microsoft.graph.scheduleInformation)');
    return c.json({ '@odata.context': context, value });
  });
}

/** Names have no case here. @throws GraphError 400 */
async function scheduleRequest(c: GraphContext): Promise<ScheduleRequest> {
  const body = await jsonBody(c);
  const given = Object.fromEntries(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  const { schedules, availabilityviewinterval: interval = 30 } = given;
  if (!Array.isArray(schedules) || schedules.length === 0)
    throw badRequest('ErrorInvalidParameter', 'At least one schedule is needed.');
  if (schedules.length > MAX_SCHEDULES)
    throw badRequest('ErrorInvalidParameter', `At most ${MAX_SCHEDULES} schedules can be asked for at once.`);
  if (typeof interval !== 'number' || interval < 5 || interval > 1440)
    throw badRequest('ErrorInvalidParameter', 'The interval of an availability view is 5 to 1440 minutes.');
  const [from, to] = [boundOf(given['starttime']), boundOf(given['endtime'])];
  if (to <= from || to - from >= MAX_DAYS * 86_400_000)
    throw badRequest(
      'ErrorInvalidTimeInterval',
      'The requested time duration specified for FreeBusyViewOptions.TimeWindow is not within the allowed limits.',
    );
  return { schedules: schedules.map(String), from, to, intervalMs: interval * 60_000 };
}

function boundOf(given: unknown): number {
  const { dateTime = '', timeZone = 'UTC' } = (given ?? {}) as Partial<DateTimeTimeZone>;
  requireKnownZone(timeZone);
  try {
    return instantOf({ dateTime, timeZone });
  } catch {
    throw badRequest('ErrorInvalidParameter', `The value '${dateTime}' of a time is not valid.`);
  }
}

function scheduleOf(
  mailbox: Mailbox,
  scheduleId: string,
  request: ScheduleRequest,
  reader: EventReader,
  { behaviour }: ScheduleDependencies,
) {
  const calendar = findCalendar(mailbox, 'default');
  const instances = calendar ? calendarView(calendar, request.from, request.to) : [];
  const entries = instances.map((instance) => ({ instance, event: fullEvent(reader, instance) }));
  const items = entries.filter(({ event }) => event['showAs'] !== 'free');
  return {
    scheduleId,
    availabilityView: viewOf(request, items, behaviour),
    scheduleItems: items.map(({ instance, event }) =>
      scheduleItem({ ...event, ...spanOf(instance, event, behaviour) }),
    ),
    workingHours: workingHoursOf(mailbox.user),
  };
}

/** Details only of what is not private (fact sheet, section 8). */
function scheduleItem({ showAs, start, end, sensitivity, subject, location }: Record<string, unknown>) {
  const isPrivate = sensitivity === 'private' || sensitivity === 'confidential';
  const place = (location as { displayName?: string } | null)?.displayName ?? '';
  return { isPrivate, status: showAs, ...(isPrivate ? {} : { subject, location: place }), start, end };
}

function spanOf({ timing }: Instance, { isAllDay }: Record<string, unknown>, { days }: ScheduleBehaviour) {
  if (isAllDay !== true || days === 'midnights') return {};
  const inUtc = (at: number) => ({
    dateTime: new Date(at).toISOString().replace('Z', '0000'),
    timeZone: 'UTC',
  });
  return { start: inUtc(timing.start), end: inUtc(timing.end) };
}

/** The weightiest status of each interval. */
const WEIGHT = ['free', 'unknown', 'workingElsewhere', 'tentative', 'busy', 'oof'];

function viewOf(
  { from, to, intervalMs }: TimeWindow & { intervalMs: number },
  items: readonly { instance: Instance; event: Record<string, unknown> }[],
  { workingElsewhereDigit }: ScheduleBehaviour,
): string {
  const digits: Record<string, string> = {
    tentative: '1',
    busy: '2',
    oof: '3',
    workingElsewhere: workingElsewhereDigit,
  };
  const count = Math.ceil((to - from) / intervalMs);
  const weights = Array.from({ length: count }, () => 0);
  for (const { instance, event } of items) {
    const weight = WEIGHT.indexOf(String(event['showAs']));
    const first = Math.max(0, Math.floor((instance.timing.start - from) / intervalMs));
    const last = Math.min(count, Math.ceil((instance.timing.end - from) / intervalMs));
    for (let index = first; index < last; index++) weights[index] = Math.max(weights[index] ?? 0, weight);
  }
  return weights.map((weight) => digits[WEIGHT[weight] ?? ''] ?? '0').join('');
}

/** Inside a 200 (fact sheet, section 8). */
function unknownMailbox(scheduleId: string) {
  return {
    scheduleId,
    availabilityView: '',
    scheduleItems: [],
    error: {
      responseCode: 'ErrorMailRecipientNotFound',
      message: 'Unable to resolve email address to an Active Directory object.',
    },
  };
}
