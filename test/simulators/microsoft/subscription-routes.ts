import { Hono } from 'hono';

import { jsonBody } from './event-body.ts';
import { pageAnswer } from './graph-pages.ts';
import { pagingOf, preferencesOf, refuseOptions, select } from './graph-request.ts';
import { type GraphContext, type GraphEnv, READ_CALENDARS, requireScope } from './graph-session.ts';
import type { NotificationBehaviour } from './notification-behaviour.ts';
import { invalid, requireExpiration, subscriptionWish } from './subscription-request.ts';
import type { Subscription, SubscriptionStore } from './subscriptions.ts';
import { shakeHands } from './webhook-calls.ts';

export interface SubscriptionDependencies {
  subscriptions: SubscriptionStore;
  behaviour: NotificationBehaviour;
  applicationId: string;
  now: () => Date;
  closing: AbortSignal;
}

/** `/subscriptions` on the events of the signed-in user (fact sheet, section 9). */
export function subscriptionRoutes(dependencies: SubscriptionDependencies): Hono<GraphEnv> {
  const { subscriptions } = dependencies;
  const named = (c: GraphContext) => {
    requireScope(c, READ_CALENDARS);
    return subscriptions.require(c.get('session').user, c.req.param('subscriptionId') ?? '');
  };
  return new Hono<GraphEnv>()
    .post('/subscriptions', (c) => subscribe(c, dependencies))
    .get('/subscriptions', (c) => {
      refuseOptions(c, ['$filter', '$orderby', '$search', '$expand']);
      const own = subscriptions.of(c.get('session').user);
      return pageAnswer(c, own, pagingOf(c, 100), 'subscriptions', (page) =>
        page.map((entry) => subscriptionAnswer(dependencies, entry)),
      );
    })
    .get('/subscriptions/:subscriptionId', (c) => {
      const [answer] = select(c, 'subscription', [subscriptionAnswer(dependencies, named(c))]);
      return c.json({ '@odata.context': context(c), ...answer });
    })
    .patch('/subscriptions/:subscriptionId', async (c) => {
      const subscription = named(c);
      const { expirationDateTime, ...rest } = await jsonBody(c);
      const [other] = Object.keys(rest).filter((name) => !name.includes('@'));
      if (other !== undefined) throw invalid(`The property '${other}' of a subscription cannot be changed.`);
      subscription.expiresAt = requireExpiration(expirationDateTime, dependencies.now());
      authorize(subscription, c);
      return c.json({ '@odata.context': context(c), ...subscriptionAnswer(dependencies, subscription) });
    })
    .delete('/subscriptions/:subscriptionId', (c) => {
      subscriptions.remove(named(c).id);
      return c.body(null, 204);
    })
    .post('/subscriptions/:subscriptionId/reauthorize', (c) => {
      authorize(named(c), c);
      return c.body(null, 204);
    });
}

/** Also with the token that it stands on already: of that one's lapse the subscriber is told again. */
function authorize(subscription: Subscription, c: GraphContext): void {
  subscription.accessToken = c.get('session').accessToken;
  delete subscription.toldOfLapse;
}

/** Both addresses have to answer the handshake before there is a subscription. */
async function subscribe(c: GraphContext, dependencies: SubscriptionDependencies): Promise<Response> {
  requireScope(c, READ_CALENDARS);
  const { subscriptions, behaviour, now, closing } = dependencies;
  const { user, accessToken } = c.get('session');
  const wish = subscriptionWish(await jsonBody(c), user, now(), behaviour.allowHttpLoopback);
  const { immutableIds } = preferencesOf(c);
  await shakeHands(wish.notificationUrl, behaviour.handshakeMs, closing);
  if (wish.lifecycleNotificationUrl !== undefined)
    await shakeHands(wish.lifecycleNotificationUrl, behaviour.handshakeMs, closing);
  const subscription = subscriptions.add({ ...wish, user, immutableIds, accessToken });
  return c.json({ '@odata.context': context(c), ...subscriptionAnswer(dependencies, subscription) }, 201);
}

function subscriptionAnswer(
  { applicationId, behaviour }: SubscriptionDependencies,
  subscription: Subscription,
) {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId,
    changeType: subscription.changeTypes.join(','),
    clientState: subscription.clientState ?? null,
    notificationUrl: subscription.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl ?? null,
    expirationDateTime: expirationOf(subscription, behaviour),
    creatorId: subscription.user.oid,
    includeResourceData: null,
    latestSupportedTlsVersion: 'v1_2',
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}

/** The same instant, with another offset than Z where told so (fact sheet, section 9). */
export function expirationOf(
  { expiresAt }: Subscription,
  { expirationOffsetHours }: NotificationBehaviour,
): string {
  if (expirationOffsetHours === 0) return new Date(expiresAt).toISOString().replace('Z', '0000Z');
  const hours = String(Math.abs(expirationOffsetHours)).padStart(2, '0');
  const local = new Date(expiresAt + expirationOffsetHours * 3_600_000).toISOString();
  return local.replace('Z', `0000${expirationOffsetHours < 0 ? '-' : '+'}${hours}:00`);
}

function context(c: GraphContext): string {
  return `${new URL(c.req.url).origin}/v1.0/$metadata#subscriptions/$entity`;
}
