import { failure, ProviderError, type Failure, type FailureCode } from '../../domain/failure.ts';
import type { Interval } from '../../domain/interval.ts';
import { eachCalendar, orFailure } from '../each-calendar.ts';
import {
  anonymousBlock,
  blockOf,
  spansOf,
  type CalendarFreeBusy,
  type FreeBusyAnswers,
  type FreeBusyCalendar,
  type FreeBusyQuery,
  type LiveBlock,
} from '../free-busy.ts';
import type { Access } from '../provider.ts';
import type { GoogleClient } from './client.ts';
import { readSpan, UnreadableTimeError } from './event-time.ts';
import { listEvents } from './events.ts';
import { malformed } from './failures.ts';
import { isObject, listOf, objectOf, textOf, type JsonObject } from './wire.ts';

const operation = 'freebusy.query';

/** `calendarExpansionMax` (discovery document). */
const mostCalendars = 50;
/** The end is nowhere published; about three months were seen. */
const longestDays = 60;

export function freeBusy(
  client: GoogleClient,
  access: Access,
  query: FreeBusyQuery,
): Promise<FreeBusyAnswers> {
  if (query.detail === 'times') return busyTimes(client, access, query);
  return eachCalendar(query.calendars, (calendar) => readEvents(client, access, calendar, query.range));
}

/** The entries of a full listing, in which nothing may be missing. */
async function readEvents(
  client: GoogleClient,
  access: Access,
  { providerCalendarId, timeZone }: FreeBusyCalendar,
  range: Interval,
): Promise<LiveBlock[]> {
  const query = { providerCalendarId, timeZone, window: range, cursor: null };
  const living = new Map<string, LiveBlock>();
  for await (const { changes, unreadable } of listEvents(client, access, query)) {
    if (unreadable.length > 0) {
      throw malformed(
        { operation: 'events.list', calendarId: providerCalendarId },
        'an entry that cannot be read',
      );
    }
    for (const change of changes) {
      if (change.type === 'upsert') living.set(change.event.providerEventId, blockOf(change.event));
      else if (change.type === 'delete') living.delete(change.providerEventId);
    }
  }
  return [...living.values()];
}

/** developers.google.com/workspace/calendar/api/v3/reference/freebusy/query */
async function busyTimes(
  client: GoogleClient,
  access: Access,
  query: FreeBusyQuery,
): Promise<FreeBusyAnswers> {
  const answers = new Map<string, CalendarFreeBusy>();
  const ids = [...new Set(query.calendars.map(({ providerCalendarId }) => providerCalendarId))];
  for (let first = 0; first < ids.length; first += mostCalendars) {
    const some = ids.slice(first, first + mostCalendars);
    const answered = await orFailure(() => throughout(client, access, some, query.range));
    for (const id of some) answers.set(id, 'failure' in answered ? answered : calendarIn(answered, id));
  }
  return answers;
}

/** The answers about each span of the range. Where Google finds one too long, about its halves. */
async function throughout(
  client: GoogleClient,
  access: Access,
  ids: readonly string[],
  range: Interval,
): Promise<{ readonly told: readonly JsonObject[] }> {
  const told: JsonObject[] = [];
  const spans = spansOf(range, longestDays);
  for (let span = spans.shift(); span !== undefined; span = spans.shift()) {
    const { start: timeMin, end: timeMax } = span;
    const requestBody = {
      timeMin: timeMin.toISOString(),
      timeMax: timeMax.toISOString(),
      items: ids.map((id) => ({ id })),
    };
    try {
      const body = await client.call({ operation }, access, (api, options) =>
        api.freebusy.query({ requestBody }, options),
      );
      if (!isObject(body['calendars'])) throw malformed({ operation }, 'no calendars');
      told.push(body['calendars']);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      spans.unshift(...halvesOf(span, error));
    }
  }
  return { told };
}

function isTooLong(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.detail.vendorCode === 'timeRangeTooLong';
}

function halvesOf({ start, end }: Interval, refusal: ProviderError): Interval[] {
  const days = (end.getTime() - start.getTime()) / 86_400_000;
  if (days <= 1) throw refusal;
  return spansOf({ start, end }, days / 2);
}

/** Trap 23: a success may hold errors of single calendars, which are unknown then and not free. */
function calendarIn({ told }: { readonly told: readonly JsonObject[] }, id: string): CalendarFreeBusy {
  const blocks: LiveBlock[] = [];
  for (const calendars of told) {
    const answer = calendarAnswer(Object.hasOwn(calendars, id) ? calendars[id] : undefined, id);
    if ('failure' in answer) return answer;
    blocks.push(...answer.blocks);
  }
  return { blocks };
}

function calendarAnswer(told: unknown, id: string): CalendarFreeBusy {
  if (!isObject(told)) return misread(id, 'without a calendar that was asked for');
  const errors = listOf(told['errors']);
  if (errors === undefined || errors.length > 0) return { failure: calendarFailure(errors?.[0], id) };
  const busy = listOf(told['busy']);
  // An empty list says that nobody is busy; no list says nothing.
  if (busy === undefined || !Array.isArray(told['busy'])) return misread(id, 'without a list of busy times');
  const blocks = busy.map(readBusy);
  return blocks.includes(undefined)
    ? misread(id, 'with a busy time that cannot be read')
    : { blocks: blocks.filter((block) => block !== undefined) };
}

function readBusy(busy: unknown): LiveBlock | undefined {
  const { start, end } = objectOf(busy);
  try {
    return anonymousBlock(readSpan({ dateTime: start }, { dateTime: end }, 'UTC'), 'busy');
  } catch (error) {
    if (error instanceof UnreadableTimeError) return undefined;
    throw error;
  }
}

const reasons: Readonly<Record<string, FailureCode>> = {
  notFound: 'calendar_unreachable',
  internalError: 'provider_unavailable',
};

function calendarFailure(error: unknown, id: string): Failure {
  const reason = textOf(objectOf(error)['reason']) ?? '';
  const isShort = /^[A-Za-z]{1,50}$/.test(reason);
  const code = isShort && Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  const what = isShort ? reason : 'an error';
  return failure(code ?? 'provider_refused', `Google answered ${operation} with ${what} for calendar ${id}`);
}

function misread(id: string, how: string): CalendarFreeBusy {
  return {
    failure: failure('malformed_answer', `Google answered ${operation} ${how} (calendar ${id})`),
  };
}
