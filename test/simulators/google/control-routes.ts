import { Hono } from 'hono';
import { z } from 'zod';

import type { GoogleOperations } from './operations.ts';
import type { CalendarInput, GoogleEventInput } from './wire.ts';

const email = z.string().min(1);
const instant = z.iso.datetime({ offset: true });
const ofUser = z.strictObject({ email });
const inCalendar = { email, calendarId: z.string().default('primary') };
const event = z.looseObject({ start: z.looseObject({}), end: z.looseObject({}) });
const ofInstance = { ...inCalendar, seriesId: z.string(), originalStart: z.string() };

/** JSON has no infinity. */
export const endlessIfNull = (limit: z.ZodNumber) => limit.nullable().transform((given) => given ?? Infinity);

const schemas = {
  user: z.strictObject({
    email,
    name: z.string().optional(),
    timeZone: z.string().optional(),
    sub: z.string().optional(),
  }),
  calendar: z.strictObject({ email, calendar: z.looseObject({}) }),
  calendarId: z.strictObject(inCalendar),
  event: z.strictObject({ ...inCalendar, event }),
  events: z.strictObject({ ...inCalendar, events: z.array(event) }),
  eventId: z.strictObject({ ...inCalendar, eventId: z.string() }),
  instance: z.strictObject(ofInstance),
  instanceChange: z.strictObject({ ...ofInstance, change: z.looseObject({}) }),
  window: z.strictObject({ ...inCalendar, from: instant, to: instant }),
  consent: z.strictObject({
    url: z.url(),
    email,
    grant: z.array(z.string()).optional(),
    deny: z.boolean().optional(),
  }),
  behaviour: z
    .strictObject({
      ignoreWindow: z.boolean(),
      forgetCancelledBeyondDays: endlessIfNull(z.number().positive()),
      pageSizeLimit: z.int().positive(),
      emptyFirstPage: z.boolean(),
      meetOutcome: z.enum(['success', 'failure']),
      meetPendingReads: z.int().nonnegative(),
      missedCollisions: z.int().nonnegative(),
      accessTokenLifetimeS: z.int().positive(),
      refreshTokenLifetimeS: endlessIfNull(z.int().positive()),
    })
    .partial(),
};

/**
 * The operations of `GoogleOperations` under `/_control`, so that another process can drive this Google. Bodies are
 * JSON; `calendarId` is `primary` unless given. What does not fit or does not exist is 400 `{error}`.
 */
export function controlRoutes(google: GoogleOperations): Hono {
  const app = new Hono();
  const route = controlRoute(app);

  route('/users', schemas.user, (user) => google.addUser(withoutUndefined(user)));
  route('/calendars', schemas.calendar, (c) => google.addCalendar(c.email, c.calendar as CalendarInput));
  route('/calendars', schemas.calendarId, (c) => google.removeCalendar(c.email, c.calendarId), 'DELETE');
  route('/events', z.union([schemas.events, schemas.event]), (input) =>
    'events' in input
      ? { ids: google.putEvents(input.email, input.calendarId, input.events as GoogleEventInput[]) }
      : google.putEvent(input.email, input.calendarId, input.event as GoogleEventInput),
  );
  route('/events', schemas.eventId, (e) => google.deleteEvent(e.email, e.calendarId, e.eventId), 'DELETE');
  route('/instances/cancel', schemas.instance, (i) =>
    google.cancelInstance(i.email, i.calendarId, i.seriesId, i.originalStart),
  );
  route('/instances/move', schemas.instanceChange, (i) =>
    google.moveInstance(i.email, i.calendarId, i.seriesId, i.originalStart, i.change),
  );
  route(
    '/truth',
    schemas.window,
    (w) => google.truth(w.email, w.calendarId, new Date(w.from), new Date(w.to)),
    'GET',
  );
  route('/sync-tokens/expire', ofUser, (user) => google.expireSyncTokens(user.email));
  route('/access-tokens/expire', ofUser, (user) => google.expireAccessTokens(user.email));
  route('/grants/revoke', ofUser, (user) => google.revokeGrant(user.email));
  route('/authorize', schemas.consent, async ({ url, ...consent }) => ({
    redirect: (await google.authorize(url, withoutUndefined(consent))).href,
  }));
  route('/behaviour', schemas.behaviour, (changes) => Object.assign(google.behaviour, changes), 'PATCH');
  route('/counts', z.strictObject({}), () => google.counts, 'GET');
  return app;
}

/** Adds a POST (or the method named) whose body fits the schema; 200 with what it gives, 204 for nothing. */
export function controlRoute(app: Hono) {
  app.onError((error, c) => c.json({ error: error.message }, 400));
  return <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    run: (input: z.output<Schema>) => unknown,
    method = 'POST',
  ): void => {
    app.on(method, path, async (c) => {
      const text = method === 'GET' ? '' : await c.req.text();
      const given = method === 'GET' ? c.req.query() : parseBody(text);
      const input = schema.safeParse(given);
      if (!input.success) return c.json({ error: z.prettifyError(input.error) }, 400);
      const result = await run(input.data);
      return result === undefined ? c.body(null, 204) : c.json(result as object);
    });
  };
}

/** No body at all is an empty object. */
function parseBody(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return undefined;
  }
}

/** The optional members of our inputs are absent, never undefined. */
export function withoutUndefined<Given extends object>(given: Given) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Member in keyof Given]: Exclude<Given[Member], undefined>;
  };
}
