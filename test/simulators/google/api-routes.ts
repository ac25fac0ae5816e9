import { type Context, Hono } from 'hono';

import type { Account, Accounts, CalendarRecord } from './accounts.ts';
import { renderCalendar } from './calendar-entry.ts';
import type { createCalendarListing } from './list-calendars.ts';
import {
  ApiError,
  insufficientPermissions,
  invalidCredentials,
  invalidParameter,
  loginRequired,
  notFound,
} from './errors.ts';
import type { AccessToken, Grants } from './grants.ts';
import { type createEventListing, viewOf } from './list-events.ts';
import { readListQuery } from './list-query.ts';
import { parseFields, selectFields } from './partial-fields.ts';
import { renderEvent } from './render-event.ts';
import { ACCEPTED } from './scopes.ts';

export interface ApiDependencies {
  accounts: Accounts;
  grants: Grants;
  listEvents: ReturnType<typeof createEventListing>;
  listCalendars: ReturnType<typeof createCalendarListing>;
  now: () => Date;
}

/** The resources that ask for an access token. Watch channels and writes get route files of their own beside this. */
export function apiRoutes(dependencies: ApiDependencies): Hono {
  const { listEvents, listCalendars, now } = dependencies;
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
      const { account } = authorize(c, dependencies, ACCEPTED.events);
      const calendar = findCalendar(account, c.req.param('calendarId'));
      return answer(c, listEvents(account, calendar, readListQuery(parametersOf(c), now())));
    })
    .get('/calendar/v3/calendars/:calendarId/events/:eventId', (c) => {
      const { account } = authorize(c, dependencies, ACCEPTED.events);
      return answer(c, getEvent(c, findCalendar(account, c.req.param('calendarId')), c.req.param('eventId')));
    })
    .all('/calendar/v3/*', () => {
      throw notFound();
    })
    .onError((error) => {
      if (error instanceof ApiError) return error.toResponse();
      throw error;
    });
}

function authorize(c: Context, { accounts, grants }: ApiDependencies, accepted: readonly string[]) {
  const [, header] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  const value = header ?? c.req.query('oauth_token');
  if (!value) throw loginRequired();
  const token = grants.accessToken(value);
  const account = token && accounts.all().find(({ sub }) => sub === token.grant.sub);
  if (!account) throw invalidCredentials();
  if (!accepted.some((scope) => token.scopes.includes(scope))) throw insufficientPermissions();
  return { account, token };
}

function parametersOf(c: Context): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

function findCalendar(account: Account, id: string): CalendarRecord {
  const calendar = account.calendars.get(id === 'primary' ? account.email : id);
  if (!calendar || calendar.shown.deleted) throw notFound();
  return calendar;
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

/** JSON, cut down to `fields=` where that is given; 304 where the client holds this version already. */
function answer(c: Context, body: object): Response {
  const { etag } = body as { etag?: string };
  if (etag !== undefined && c.req.header('if-none-match') === etag) return c.body(null, 304);
  if (etag !== undefined) c.header('etag', etag);
  const alt = c.req.query('alt') ?? 'json';
  if (alt !== 'json') throw invalidParameter('alt', `Invalid value for: ${alt} is not a valid value`);
  const fields = c.req.query('fields');
  return c.json(fields === undefined ? body : (selectFields(body, parseFields(fields)) as object));
}
