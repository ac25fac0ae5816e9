import type { Access, ProviderWatch, Push, WatchRequest } from '../provider.ts';
import type { Graph } from './client.ts';
import { isSubscriptionGone, malformedAnswer } from './failures.ts';
import { textAt, type JsonObject } from './json.ts';

/**
 * learn.microsoft.com/graph/change-notifications-overview. One subscription tells of all calendars of the mailbox; a
 * calendar by itself cannot be subscribed to.
 */
export function createMicrosoftPush(graphFor: (access: Access) => Graph, now: () => Date): Push {
  return {
    scope: 'account',
    watch: (access, request) => subscribe(graphFor(access), request, now()),
    renewWatch: async (access, { providerWatchId }, until) =>
      unlessGone(async () => {
        const body = { expirationDateTime: endOf(until, now()) };
        const operation = 'subscriptions.renew';
        return expiryIn(
          await graphFor(access).send(operation, 'PATCH', path(providerWatchId), { body }),
          operation,
        );
      }),
    stopWatch: async (access, { providerWatchId }) => {
      await unlessGone(() => graphFor(access).send('subscriptions.delete', 'DELETE', path(providerWatchId)));
      return 'stopped';
    },
  };
}

async function subscribe(
  graph: Graph,
  { watchId, secret, addresses, until }: WatchRequest,
  now: Date,
): Promise<ProviderWatch> {
  const operation = 'subscriptions.create';
  const body = {
    changeType: 'created,updated,deleted',
    resource: '/me/events',
    notificationUrl: addresses.notifications,
    // Cannot be added later.
    lifecycleNotificationUrl: addresses.lifecycle,
    clientState: `${watchId}.${secret}`,
    expirationDateTime: endOf(until, now),
  };
  const subscription = await graph.send(operation, 'POST', '/subscriptions', { body });
  const providerWatchId = textAt(subscription.id);
  if (providerWatchId === undefined) throw malformedAnswer(operation, 'a subscription without an id');
  return { providerWatchId, expiresAt: expiryIn(subscription, operation) };
}

/**
 * Graph refuses an end more than 10,080 minutes ahead, by its own clock. The last hour is left out, for a clock of ours
 * that is ahead of it.
 */
function endOf(until: Date, now: Date): string {
  const latest = now.getTime() + (10_080 - 60) * 60_000;
  return new Date(Math.min(until.getTime(), latest)).toISOString();
}

/** With any offset, but with one: without it nobody knows which instant is meant. */
function expiryIn(subscription: JsonObject, operation: string): Date {
  const text = textAt(subscription.expirationDateTime) ?? '';
  const expiresAt = new Date(/(Z|[+-]\d\d:\d\d)$/i.test(text) ? text : Number.NaN);
  if (Number.isNaN(expiresAt.getTime())) throw malformedAnswer(operation, 'a subscription without an end');
  return expiresAt;
}

/** Undefined where Graph does not know the subscription any more. */
async function unlessGone<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (isSubscriptionGone(error)) return undefined;
    throw error;
  }
}

function path(providerWatchId: string): `/${string}` {
  return `/subscriptions/${encodeURIComponent(providerWatchId)}`;
}
