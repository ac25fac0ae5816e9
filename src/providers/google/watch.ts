import type { Access, ProviderWatch, Push, StandingWatch, WatchRequest } from '../provider.ts';
import type { GoogleClient } from './client.ts';
import { isChannelGone, malformed, type Attempt } from './failures.ts';
import { textOf, type JsonObject } from './wire.ts';

/**
 * developers.google.com/workspace/calendar/api/guides/push. A channel watches one calendar, bears our watch id as its
 * own and cannot be renewed: another one is opened before it ends.
 */
export function createGooglePush(client: GoogleClient, now: () => Date): Push {
  return {
    scope: 'calendar',
    watch: (access, request) => openChannel(client, access, request, now()),
    renewWatch: () => Promise.resolve(undefined),
    stopWatch: (access, watch) => stopChannel(client, access, watch),
  };
}

async function openChannel(
  client: GoogleClient,
  access: Access,
  { watchId, secret, providerCalendarId: calendarId, addresses, until }: WatchRequest,
  now: Date,
): Promise<ProviderWatch> {
  if (calendarId === undefined) throw new Error('a Google channel watches one calendar, and none was named');
  const attempt: Attempt = { operation: 'events.watch', calendarId };
  const requestBody = {
    id: watchId,
    type: 'web_hook',
    address: addresses.notifications,
    token: secret,
    // A length and no date, so that a clock of ours that is wrong does not shorten it.
    params: { ttl: String(Math.floor((until.getTime() - now.getTime()) / 1000)) },
  };
  const channel = await client.call(attempt, access, (api, options) =>
    api.events.watch({ calendarId, requestBody }, options),
  );
  return { providerWatchId: watchId, ...read(channel, watchId, attempt) };
}

function read(
  channel: JsonObject,
  watchId: string,
  attempt: Attempt,
): Omit<ProviderWatch, 'providerWatchId'> {
  if (channel['id'] !== watchId) throw malformed(attempt, 'another channel');
  const resourceId = textOf(channel['resourceId']);
  if (resourceId === undefined) throw malformed(attempt, 'a channel that cannot be stopped');
  // Milliseconds since the epoch: a text by the Discovery document, a number in Google's examples.
  const expiration = channel['expiration'];
  const expiresAt = new Date(
    typeof expiration === 'number' ? expiration : Number.parseInt(textOf(expiration) ?? ''),
  );
  if (Number.isNaN(expiresAt.getTime())) throw malformed(attempt, 'a channel without an end');
  return { resourceId, expiresAt };
}

async function stopChannel(
  client: GoogleClient,
  access: Access,
  { providerWatchId: id, resourceId }: StandingWatch,
): Promise<'stopped' | 'unstoppable'> {
  if (resourceId === undefined) return 'unstoppable';
  try {
    await client.command({ operation: 'channels.stop' }, access, (api, options) =>
      api.channels.stop({ requestBody: { id, resourceId } }, options),
    );
  } catch (error) {
    if (!isChannelGone(error)) throw error;
  }
  return 'stopped';
}
