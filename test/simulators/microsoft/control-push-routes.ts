import type { Hono } from 'hono';
import { z } from 'zod';

import type { BehaviourChanges } from './behaviours.ts';
import { body } from './control-body.ts';
import type { MicrosoftOperations } from './operations.ts';

/** Meetings, subscriptions and behaviour; listed with the others in `control-routes.ts`. */
export function addPushRoutes(app: Hono, operations: MicrosoftOperations): void {
  app.get('/users/:email/mail', (c) => c.json(operations.mailTo(c.req.param('email'))));
  app.post('/users/:email/time-zone', async (c) => {
    const { timeZone } = await body(c, z.strictObject({ timeZone: z.string() }));
    operations.setTimeZone(c.req.param('email'), timeZone);
    return c.body(null, 204);
  });
  app.put('/users/:email/mailbox', async (c) => {
    const { enabled } = await body(c, z.strictObject({ enabled: z.boolean() }));
    operations.setMailboxEnabled(c.req.param('email'), enabled);
    return c.body(null, 204);
  });
  app.post('/users/:email/events/:eventId/invite', (c) => {
    operations.sendInvitations(c.req.param('email'), c.req.param('eventId'));
    return c.body(null, 204);
  });
  app.post('/users/:email/events/:eventId/respond', async (c) => {
    const { attendee, response, proposedNewTime } = await body(c, responseSchema);
    const { email, eventId } = c.req.param();
    operations.respond(email, eventId, attendee, response, proposedNewTime);
    return c.body(null, 204);
  });
  app.get('/users/:email/subscriptions', (c) => c.json(operations.subscriptions(c.req.param('email'))));
  app.post('/subscriptions/:subscriptionId/lifecycle', async (c) => {
    operations.sendLifecycle(c.req.param('subscriptionId'), (await body(c, lifecycleSchema)).event);
    return c.body(null, 204);
  });
  app.post('/notifications/deliver', async (c) =>
    c.json({ waiting: await operations.deliverNotifications() }),
  );
  app.patch('/behaviour', async (c) => {
    operations.setBehaviour((await body(c, behaviourSchema)) as BehaviourChanges);
    return c.body(null, 204);
  });
}

const timeSchema = z.strictObject({ dateTime: z.string(), timeZone: z.string() });

const responseSchema = z.strictObject({
  attendee: z.email(),
  response: z.enum(['accepted', 'declined', 'tentativelyAccepted']),
  proposedNewTime: z.strictObject({ start: timeSchema, end: timeSchema }).exactOptional(),
});

const lifecycleSchema = z.strictObject({
  event: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']),
});

export const deltaSchema = z.strictObject({
  masters: z.enum(['first', 'last', 'omitted']).exactOptional(),
  repeats: z.boolean().exactOptional(),
  shuffleSeed: z.int().nullable().exactOptional(),
  pageSizeLimit: z.int().positive().exactOptional(),
  emptyPages: z.boolean().exactOptional(),
  outsideMastersRemoved: z.boolean().exactOptional(),
  occurrenceTombstones: z.boolean().exactOptional(),
  expiredCode: z.string().exactOptional(),
});

const count = z.int().nonnegative();

const behaviourSchema = z.strictObject({
  delta: deltaSchema.exactOptional(),
  writes: z
    .strictObject({ repeatedTransaction: z.enum(['existing', 'conflict']), lostRaces: count })
    .partial()
    .exactOptional(),
  schedule: z
    .strictObject({
      workingElsewhereDigit: z.enum(['4', '0']),
      days: z.enum(['midnights', 'instants']),
    })
    .partial()
    .exactOptional(),
  limits: z
    .strictObject({
      concurrency: count.positive(),
      requestsInTenMinutes: count.positive().nullable(),
      latencyMs: count,
      batchConcurrency: count.positive(),
    })
    .partial()
    .exactOptional(),
  notifications: z
    .strictObject({
      allowHttpLoopback: z.boolean(),
      handshakeMs: count,
      answerMs: count,
      retriedAnswerMs: count,
      judgesEndpoints: z.boolean(),
      createdPlusUpdated: z.boolean(),
      mixed: z.boolean(),
      lost: z.boolean(),
      expirationOffsetHours: z.int().min(-12).max(14),
    })
    .partial()
    .exactOptional(),
  tokens: z
    .strictObject({ accessTokenSeconds: count.positive(), scopeStyle: z.enum(['short', 'long']) })
    .partial()
    .exactOptional(),
});
