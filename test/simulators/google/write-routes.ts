import { type Context, Hono } from 'hono';

import { toAnswer } from './api-routes.ts';
import { answer, authorize, bodyOf, findCalendar, type SessionDependencies } from './api-session.ts';
import { invalidParameter } from './errors.ts';
import type { EventWriter, WriteContext } from './event-writer.ts';
import type { Item } from './items.ts';
import { viewOf } from './list-events.ts';
import type { SendUpdates } from './mail.ts';
import { renderEvent } from './render-event.ts';
import { ACCEPTED } from './scopes.ts';
import type { GoogleEvent } from './wire.ts';

export interface WriteDependencies extends SessionDependencies {
  writer: EventWriter;
}

/** `events.insert`, `update`, `patch` and `delete`. */
export function writeRoutes(dependencies: WriteDependencies): Hono {
  const { writer } = dependencies;
  const contextOf = (c: Context): WriteContext => {
    const { account } = authorize(c, dependencies, ACCEPTED.eventsWrite);
    return {
      account,
      calendar: findCalendar(account, c.req.param('calendarId') ?? ''),
      sendUpdates: sendUpdatesOf(c),
      conferenceVersion: Number(c.req.query('conferenceDataVersion') ?? 0),
      ifMatch: c.req.header('if-match'),
    };
  };

  return new Hono()
    .post('/calendar/v3/calendars/:calendarId/events', async (c) => {
      const context = contextOf(c);
      return written(c, context, writer.insert(context, (await bodyOf(c)) as GoogleEvent));
    })
    .put('/calendar/v3/calendars/:calendarId/events/:eventId', async (c) => {
      const context = contextOf(c);
      const body = (await bodyOf(c)) as GoogleEvent;
      return written(c, context, writer.update(context, c.req.param('eventId'), body));
    })
    .patch('/calendar/v3/calendars/:calendarId/events/:eventId', async (c) => {
      const context = contextOf(c);
      const body = (await bodyOf(c)) as GoogleEvent;
      return written(c, context, writer.patch(context, c.req.param('eventId'), body));
    })
    .delete('/calendar/v3/calendars/:calendarId/events/:eventId', (c) => {
      writer.remove(contextOf(c), c.req.param('eventId'));
      return c.body(null, 204);
    })
    .onError(toAnswer);
}

/** The older `sendNotifications=true` means all of them. */
function sendUpdatesOf(c: Context): SendUpdates {
  const asked = c.req.query('sendUpdates');
  if (asked === undefined) return c.req.query('sendNotifications') === 'true' ? 'all' : 'none';
  const known = (['all', 'externalOnly', 'none'] as const).find((choice) => choice === asked);
  if (!known) throw invalidParameter('sendUpdates', `Invalid value for: ${asked} is not a valid value`);
  return known;
}

function written(c: Context, { calendar }: WriteContext, item: Item): Response {
  const asked = c.req.query('maxAttendees');
  const maxAttendees = asked === undefined ? undefined : Number(asked);
  const view = viewOf(calendar, { timeZone: undefined, maxAttendees, cancelledDetails: true });
  return answer(c, renderEvent(item, view));
}
