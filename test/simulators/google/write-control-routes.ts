import { Hono } from 'hono';
import { z } from 'zod';

import { controlRoute, endlessIfNull, withoutUndefined } from './control-routes.ts';
import type { GoogleEvent } from './wire.ts';
import type { GoogleWriteOperations } from './write-operations.ts';

const email = z.string().min(1);
const sendUpdates = z.enum(['all', 'externalOnly', 'none']).optional();
const inCalendar = { email, calendarId: z.string().default('primary') };
const ofEvent = { ...inCalendar, eventId: z.string(), sendUpdates };
const members = z.looseObject({});
const share = z.number().min(0).max(1);
const wholeMs = z.int().nonnegative();

const schemas = {
  create: z.strictObject({ ...inCalendar, sendUpdates, event: members }),
  edit: z.strictObject({ ...ofEvent, patch: members }),
  remove: z.strictObject(ofEvent),
  respond: z.strictObject({
    email,
    eventId: z.string(),
    responseStatus: z.enum(['needsAction', 'declined', 'tentative', 'accepted']),
    comment: z.string().optional(),
  }),
  split: z.strictObject({
    ...inCalendar,
    seriesId: z.string(),
    originalStart: z.string(),
    change: members.default({}),
  }),
  freeBusy: z.strictObject({
    calendarId: z.string(),
    reason: z.enum(['notFound', 'groupTooBig', 'tooManyCalendarsRequested', 'internalError']).nullable(),
  }),
  push: z
    .strictObject({
      allowHttpLoopback: z.boolean(),
      sync: z.enum(['before', 'after', 'never']),
      loseNext: wholeMs,
      lossRate: share,
      lossSeed: z.int(),
      coalesceMs: wholeMs,
      retryDelaysMs: z.array(wholeMs),
      maxTtlSeconds: z.int().positive(),
    })
    .partial(),
  quota: z
    .strictObject({
      perMinutePerProject: endlessIfNull(wholeMs),
      perMinutePerUser: endlessIfNull(wholeMs),
      status: z.literal([403, 429]),
    })
    .partial(),
  nothing: z.strictObject({}),
};

/** The operations of `GoogleWriteOperations` under `/_control`; see `controlRoutes`. */
export function writeControlRoutes(google: GoogleWriteOperations): Hono {
  const app = new Hono();
  const route = controlRoute(app);
  route('/events/create', schemas.create, ({ event, ...at }) =>
    google.createEvent(at.email, at.calendarId, event as GoogleEvent, withoutUndefined(telling(at))),
  );
  route('/events/edit', schemas.edit, ({ patch, ...at }) =>
    google.editEvent(
      at.email,
      at.calendarId,
      at.eventId,
      patch as GoogleEvent,
      withoutUndefined(telling(at)),
    ),
  );
  route('/events/remove', schemas.remove, (at) =>
    google.removeEvent(at.email, at.calendarId, at.eventId, withoutUndefined(telling(at))),
  );
  route('/events/respond', schemas.respond, ({ email: guest, eventId, ...answer }) =>
    google.respond(guest, eventId, withoutUndefined(answer)),
  );
  route('/series/split', schemas.split, (at) =>
    google.splitSeries(at.email, at.calendarId, at.seriesId, at.originalStart, at.change as GoogleEvent),
  );
  route('/conferences/settle', schemas.nothing, () => google.settleConferences());
  route('/free-busy/fail', schemas.freeBusy, ({ calendarId, reason }) =>
    google.failFreeBusy(calendarId, reason ?? undefined),
  );
  route('/push', schemas.push, (changes) => Object.assign(google.push, changes), 'PATCH');
  route('/quota', schemas.quota, (changes) => Object.assign(google.quota, changes), 'PATCH');
  route('/channels', schemas.nothing, () => google.channels(), 'GET');
  route('/pushes', schemas.nothing, () => google.pushes, 'GET');
  route('/mail', z.strictObject({ to: z.string().optional() }), ({ to }) => mailTo(google, to), 'GET');
  app.delete('/mail', (c) => {
    google.mail.length = 0;
    return c.body(null, 204);
  });
  return app;
}

function telling({ sendUpdates: wish }: { sendUpdates?: 'all' | 'externalOnly' | 'none' | undefined }) {
  return { sendUpdates: wish };
}

function mailTo({ mail }: GoogleWriteOperations, to: string | undefined) {
  return to === undefined ? mail : mail.filter((one) => one.to === to);
}
