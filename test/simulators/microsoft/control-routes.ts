import { type Context, Hono } from 'hono';
import { z } from 'zod';

import type { EventInput } from './calendar-item.ts';
import { body } from './control-body.ts';
import { addPushRoutes, deltaSchema } from './control-push-routes.ts';
import type { MicrosoftOperations, OccurrenceTimes } from './operations.ts';

/**
 * The operations over HTTP, under `/_control`. A body that does not fit, a name that does not exist and an event that
 * cannot be are answered 400 `{error}`; operations without a result 204.
 *
 * - `POST /authorize` `{url, email, grant?, deny?}` → `{redirect}`
 * - `POST /users` · `GET /users/{email}/counts` · `POST /users/{email}/expire-delta-tokens`
 * - `POST /users/{email}/expire-access-tokens` · `POST /users/{email}/revoke-grant` `{reason?}`
 * - `POST /users/{email}/calendars` → `{id}` · `DELETE` of one by its id; below a calendar (its id or `default`):
 * - `PUT /events` an event → as seen · `DELETE /events/{id}` · `GET /truth?from&to`
 * - `POST /events/{id}/cancel-occurrence` `{originalStart}` · `POST /events/{id}/move-occurrence` `{originalStart, start, end, …}`
 * - `POST /events/{id}/move-to` `{calendarId}` → as seen there
 * - `POST /users/{email}/time-zone` `{timeZone}` · `PUT /users/{email}/mailbox` `{enabled}`
 * - `GET /users/{email}/mail` what that address was sent by meetings
 * - `POST /users/{email}/events/{id}/invite` its attendees · `POST /users/{email}/events/{id}/respond` `{attendee, response, proposedNewTime?}`, the event being that user's own meeting
 * - `GET /users/{email}/subscriptions` · `POST /subscriptions/{id}/lifecycle` `{event}`
 * - `POST /notifications/deliver` → `{waiting}`
 * - `PUT /client-secret` `{expired}` · `PATCH /delta` the delta behaviour
 * - `PATCH /behaviour` `{delta?, writes?, schedule?, limits?, notifications?, tokens?}`, each with the members to change
 */
export function controlRoutes(operations: MicrosoftOperations): Hono {
  const app = new Hono();
  app.onError((error, c) =>
    c.json({ error: error instanceof z.ZodError ? z.prettifyError(error) : error.message }, 400),
  );
  app.post('/users', async (c) => c.json(operations.addUser(await body(c, userSchema))));
  app.get('/users/:email/counts', (c) => c.json(operations.counts(c.req.param('email'))));
  app.put('/client-secret', async (c) => {
    operations.setClientSecretExpired((await body(c, z.strictObject({ expired: z.boolean() }))).expired);
    return c.body(null, 204);
  });
  app.patch('/delta', async (c) => {
    operations.setDeltaBehaviour(await body(c, deltaSchema));
    return c.body(null, 204);
  });
  addGrantRoutes(app, operations);
  addPushRoutes(app, operations);
  addCalendarRoutes(app, operations);
  return app;
}

function addGrantRoutes(app: Hono, operations: MicrosoftOperations): void {
  app.post('/authorize', async (c) => {
    const { url, ...consent } = await body(c, consentSchema);
    return c.json({ redirect: (await operations.authorize(url, consent)).href });
  });
  app.post('/users/:email/expire-delta-tokens', (c) => {
    operations.expireDeltaTokens(c.req.param('email'));
    return c.body(null, 204);
  });
  app.post('/users/:email/expire-access-tokens', (c) => {
    operations.expireAccessTokens(c.req.param('email'));
    return c.body(null, 204);
  });
  app.post('/users/:email/revoke-grant', async (c) => {
    const { reason } = await body(c, z.strictObject({ reason: z.literal([50173, 65001]).optional() }));
    operations.revokeGrant(c.req.param('email'), reason);
    return c.body(null, 204);
  });
}

function addCalendarRoutes(app: Hono, operations: MicrosoftOperations): void {
  const calendar = '/users/:email/calendars/:calendarId';
  app.post('/users/:email/calendars', async (c) =>
    c.json({ id: operations.addCalendar(c.req.param('email'), await body(c, calendarSchema)) }),
  );
  app.delete(calendar, (c) => {
    const { email, calendarId } = pathOf(c);
    operations.removeCalendar(email, calendarId);
    return c.body(null, 204);
  });
  app.put(`${calendar}/events`, async (c) => {
    const { email, calendarId } = pathOf(c);
    return c.json(operations.putEvent(email, calendarId, (await body(c, eventSchema)) as EventInput));
  });
  app.delete(`${calendar}/events/:eventId`, (c) => {
    const { email, calendarId, eventId } = pathOf(c);
    operations.deleteEvent(email, calendarId, eventId);
    return c.body(null, 204);
  });
  app.post(`${calendar}/events/:eventId/cancel-occurrence`, async (c) => {
    const { email, calendarId, eventId } = pathOf(c);
    const { originalStart } = await body(c, z.strictObject({ originalStart: z.string() }));
    operations.cancelOccurrence(email, calendarId, eventId, originalStart);
    return c.body(null, 204);
  });
  app.post(`${calendar}/events/:eventId/move-occurrence`, async (c) => {
    const { email, calendarId, eventId } = pathOf(c);
    const { originalStart, ...changes } = await body(c, moveSchema);
    const times = changes as OccurrenceTimes;
    return c.json(operations.moveOccurrence(email, calendarId, eventId, originalStart, times));
  });
  app.post(`${calendar}/events/:eventId/move-to`, async (c) => {
    const { email, calendarId, eventId } = pathOf(c);
    const target = await body(c, z.strictObject({ calendarId: z.string() }));
    return c.json(operations.moveEvent(email, calendarId, eventId, target.calendarId));
  });
  app.get(`${calendar}/truth`, (c) => {
    const { email, calendarId } = pathOf(c);
    const { from, to } = windowSchema.parse(c.req.query());
    return c.json(operations.truth(email, calendarId, from, to));
  });
}

function pathOf(c: Context) {
  const { email = '', calendarId = '', eventId = '' } = c.req.param() as Record<string, string>;
  return { email, calendarId, eventId };
}

const userSchema = z.strictObject({
  email: z.email(),
  name: z.string(),
  timeZone: z.string().exactOptional(),
  oid: z.guid().exactOptional(),
  tid: z.guid().exactOptional(),
  mail: z.boolean().exactOptional(),
});

const consentSchema = z.strictObject({
  url: z.url(),
  email: z.email(),
  grant: z.array(z.string()).exactOptional(),
  deny: z.boolean().exactOptional(),
});

const calendarSchema = z.strictObject({
  name: z.string(),
  color: z.string().exactOptional(),
  hexColor: z.string().exactOptional(),
  canEdit: z.boolean().exactOptional(),
  owner: z.strictObject({ name: z.string(), address: z.string() }).exactOptional(),
  allowedOnlineMeetingProviders: z.array(z.string()).exactOptional(),
});

const timeSchema = z.object({ dateTime: z.string(), timeZone: z.string() });

/** Times are read here; whatever else an event has is taken as it comes and judged by the contract when it is answered. */
const eventSchema = z.looseObject({
  id: z.string().optional(),
  start: timeSchema.optional(),
  end: timeSchema.optional(),
  isAllDay: z.boolean().optional(),
});

const moveSchema = z.looseObject({ originalStart: z.string(), start: timeSchema, end: timeSchema });

const windowSchema = z.object({ from: z.coerce.date(), to: z.coerce.date() });
