import { z } from '@hono/zod-openapi';
import { webhookPaths } from '../domain/webhook-paths.ts';
import { limitBody } from './body-limit.ts';
import type { Context } from './environment.ts';
import { readGoogleMessage } from './google-message.ts';
import { createHandOver } from './handing-over.ts';
import { readMicrosoftBatch } from './microsoft-batch.ts';
import { createNotificationIntake, type NotificationDeps } from './notifications.ts';
import { createRoutes, publicOperation, type Routes } from './operation.ts';
import { Problem } from './problem.ts';
import type { Producer } from '../queue/producer.ts';

export interface WebhookDeps extends Omit<NotificationDeps, 'handOver'> {
  readonly producer: Pick<Producer, 'enqueue'>;
}

/** Where anybody may knock: no API key, and limits of their own. */
export const publicPaths: string[] = Object.values(webhookPaths);

/** What is left of Graph's three seconds. */
const queuedWithinMs = 500;

/**
 * The addresses that the providers' notifications are sent to. Whatever comes, genuine or not, gets the same answer, and
 * gets it after what it says is recorded and before anything is done about it.
 */
export function webhookRoutes(deps: WebhookDeps): Routes {
  const handOver = createHandOver(deps.producer, deps.log, queuedWithinMs);
  const take = createNotificationIntake({ ...deps, handOver });
  const takeMicrosoft = async (c: Context): Promise<void> => {
    const presented = readMicrosoftBatch(await c.req.text());
    await take({ provider: 'microsoft', presented, requestId: c.get('requestId') });
  };

  const routes = createRoutes();
  routes.use(webhookPaths.google, limitBody(googleBytes));
  routes.use(webhookPaths.microsoft, limitBody(microsoftBytes));
  routes.use(webhookPaths.microsoftLifecycle, limitBody(microsoftBytes));
  return routes
    .openapi(receiveGoogle, async (c) => {
      const presented = [readGoogleMessage((name) => c.req.header(name))];
      await take({ provider: 'google', presented, requestId: c.get('requestId') });
      return c.body(null, 204);
    })
    .openapi(receiveMicrosoft, async (c) => {
      const token = validationToken(c);
      if (token !== undefined) return c.text(token, 200);
      await takeMicrosoft(c);
      return c.body(null, 202);
    })
    .openapi(receiveMicrosoftLifecycle, async (c) => {
      const token = validationToken(c);
      if (token !== undefined) return c.text(token, 200);
      await takeMicrosoft(c);
      return c.body(null, 202);
    });
}

/** A message of Google's has no body at all. */
const googleBytes = 4 * 1024;
/** Graph puts many notifications into one request, of half a kilobyte or so each. */
const microsoftBytes = 1024 * 1024;

/** Graph's are a few hundred characters long. */
const longestToken = 2048;

/**
 * Of the handshake with which Graph makes sure of the address, while the subscription is being created: it wants its token
 * back, decoded, as plain text (learn.microsoft.com/graph/change-notifications-delivery-webhooks).
 */
function validationToken(c: Context): string | undefined {
  const token = c.req.query('validationToken');
  if (token !== undefined && token.length > longestToken)
    throw new Problem('invalid_request', { detail: 'validationToken: is too long' });
  return token;
}

const tag = { tags: ['Push'] as ['Push'] };
const alike =
  'Answers alike whether it knows what came or not: a forged, replayed or unknown notification changes nothing and is ' +
  'only counted (`calendar_sync_notifications_total`). 503 asks the provider to deliver again.';

const receiveGoogle = publicOperation(
  {
    ...tag,
    method: 'post',
    path: webhookPaths.google,
    operationId: 'receiveGoogle',
    summary: 'A message of a Google channel',
    description:
      'For Google alone: let it through to intake from the internet, with its `X-Goog-*` headers, over HTTPS. It has no ' +
      `body; one of more than ${googleBytes / 1024} kB is refused. ${alike}`,
    responses: { 204: { description: 'Taken, or of no interest.' } },
  },
  'payload_too_large',
  'internal',
  'unavailable',
);

const microsoft = {
  ...tag,
  method: 'post',
  request: {
    query: z.object({
      validationToken: z.string().optional().openapi({
        description: 'Of the handshake: comes back decoded, as plain text, and nothing else happens.',
      }),
    }),
  },
  responses: {
    200: {
      description: 'The answer to the handshake.',
      content: { 'text/plain': { schema: z.string(), example: 'Validation: Testing client application …' } },
    },
    202: { description: 'Taken, or of no interest.' },
  },
} as const;

const microsoftDescription =
  'For Microsoft Graph alone: let it through to intake from the internet, with its query string and a body of up to ' +
  `${microsoftBytes / 1024} kB, over HTTPS. Every item of a batch is judged on its own. ${alike}`;

const receiveMicrosoft = publicOperation(
  {
    ...microsoft,
    path: webhookPaths.microsoft,
    operationId: 'receiveMicrosoft',
    summary: 'Notifications of Graph subscriptions',
    description: microsoftDescription,
  },
  'invalid_request',
  'payload_too_large',
  'internal',
  'unavailable',
);

const receiveMicrosoftLifecycle = publicOperation(
  {
    ...microsoft,
    path: webhookPaths.microsoftLifecycle,
    operationId: 'receiveMicrosoftLifecycle',
    summary: 'What Graph tells of the subscriptions themselves',
    description: `Missed notifications, an authorization that runs out, a subscription that was removed. ${microsoftDescription}`,
  },
  'invalid_request',
  'payload_too_large',
  'internal',
  'unavailable',
);
