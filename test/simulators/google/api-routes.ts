import { type Context, Hono } from 'hono';

import type { Account, CalendarRecord } from './accounts.ts';
import { answer, authorize, findCalendar, parametersOf, type SessionDependencies } from './api-session.ts';
import { renderCalendar } from './calendar-entry.ts';
import type { createCalendarListing } from './list-calendars.ts';
import { ApiError, notFound } from './errors.ts';
import type { EventWriter } from './event-writer.ts';
import type { AccessToken } from './grants.ts';
import type { createInstanceListing } from './list-instances.ts';
import { type createEventListing, viewOf } from './list-events.ts';
import { readListQuery } from './list-query.ts';
import { renderEvent } from './render-event.ts';
import { ACCEPTED } from './scopes.ts';

export interface ApiDependencies extends SessionDependencies {
  writer: EventWriter;
  listEvents: ReturnType<typeof createEventListing>;
  listInstances: ReturnType<typeof createInstanceListing>;
  listCalendars: ReturnType<typeof createCalendarListing>;
  now: () => Date;
}

/** What is read with an access token, and what is not there; goes last. */
export function apiRoutes(dependencies: ApiDependencies): Hono {
  const { listEvents, listInstances, listCalendars, now } = dependencies;
  const open = (c: Context) => {
    const { account } = authorize(c, dependencies, ACCEPTED.events);
    const calendar = findCalendar(account, c.req.param('calendarId') ?? '');
    dependencies.writer.beforeReading(calendar);
    return { account, calendar };
  };
  return new Hono()
    .get('/oauth2/v2/userinfo', (c) => {
      const { account, token } = authorize(c, dependencies, ACCEPTED.userinfo);
      return answer(c, userinfo(account, token));
    })
    .get('/calendar/v3/users/me/calendarList', (c) => {
      const { account } = authorize(c, dependencies, ACCEPTED.calendarList);
      return answer(c, listCalendars(account, parametersOf(c)));
    })
    .get('/calendar/v3/calendars/:calendarId', (c) => {
      const { account } = authorize(c, dependencies, ACCEPTED.calendars);
      return answer(c, renderCalendar(findCalendar(account, c.req.param('calendarId'))));
    })
    .get('/calendar/v3/calendars/:calendarId/events', (c) => {
      const { account, calendar } = open(c);
      return answer(c, listEvents(account, calendar, readListQuery(parametersOf(c), now())));
    })
    .get('/calendar/v3/calendars/:calendarId/events/:eventId', (c) =>
      answer(c, getEvent(c, open(c).calendar, c.req.param('eventId'))),
    )
    .get('/calendar/v3/calendars/:calendarId/events/:eventId/instances', (c) => {
      const { account, calendar } = open(c);
      return answer(c, listInstances(account, calendar, c.req.param('eventId'), parametersOf(c)));
    })
    .all('/calendar/v3/*', () => {
      throw notFound();
    })
    .onError(toAnswer);
}

export function toAnswer(error: Error): Response {
  if (error instanceof ApiError) return error.toResponse();
  throw error;
}

/** Deleted events are found too. */
function getEvent(c: Context, calendar: CalendarRecord, eventId: string): object {
  const item = calendar.store.find(eventId);
  if (!item) throw notFound();
  const { timeZone, maxAttendees } = readListQuery(onlyViewParameters(parametersOf(c)), new Date(0));
  return renderEvent(item, viewOf(calendar, { timeZone, maxAttendees, cancelledDetails: true }));
}

function onlyViewParameters(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    [...parameters].filter(([name]) => name === 'timeZone' || name === 'maxAttendees'),
  );
}

function userinfo({ sub, email, name }: Account, { scopes }: AccessToken): object {
  const [givenName = name, ...familyName] = name.split(' ');
  const domain = email.split('@')[1] ?? '';
  const profile = { name, given_name: givenName, family_name: familyName.join(' ') };
  return {
    id: sub,
    ...(scopes.some((scope) => scope.endsWith('/userinfo.email')) ? { email, verified_email: true } : {}),
    ...(scopes.some((scope) => scope.endsWith('/userinfo.profile')) ? profile : {}),
    ...(domain === 'gmail.com' ? {} : { hd: domain }),
  };
}
