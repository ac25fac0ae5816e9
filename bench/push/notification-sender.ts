import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Destination } from './vendor-orders.ts';

/** Sends notifications in the vendors' words. */
export interface NotificationSender {
  /** Gives how long the answer took, in milliseconds. Throws where it is not a success. */
  send(destination: Destination): Promise<number>;
  close(): Promise<void>;
}

/** Above all that the simulators have counted: a number that was seen is a replay. */
const firstMessageNumber = 1_000_000_000;

export function startNotificationSender(sockets: number): NotificationSender {
  const dispatcher = new Agent({ connections: sockets, pipelining: 1 });
  let sent = 0;
  return {
    send: async (destination) => {
      sent += 1;
      const message = messageOf(destination, firstMessageNumber + sent);
      const startedAt = performance.now();
      const answer = await request(destination.url, { method: 'POST', dispatcher, ...message });
      const text = await answer.body.text();
      const tookMs = performance.now() - startedAt;
      if (answer.statusCode >= 200 && answer.statusCode < 300) return tookMs;
      throw new Error(
        `a notification of ${destination.person.vendor} was answered ${answer.statusCode}: ${text}`,
      );
    },
    close: () => dispatcher.close(),
  };
}

function messageOf(
  destination: Destination,
  number: number,
): { headers: Record<string, string>; body?: string } {
  switch (destination.person.vendor) {
    case 'google':
      return googleMessage(destination, number);
    case 'microsoft':
      return microsoftMessage(destination);
  }
}

/** developers.google.com/workspace/calendar/api/guides/push: no body, all in headers. */
function googleMessage({ watchId, secret, resourceId, resourceUri }: Destination, number: number) {
  return {
    headers: {
      'X-Goog-Channel-ID': watchId,
      'X-Goog-Channel-Token': secret,
      'X-Goog-Message-Number': String(number),
      'X-Goog-Resource-ID': resourceId,
      'X-Goog-Resource-State': 'exists',
      'X-Goog-Resource-URI': resourceUri,
      'X-Goog-Channel-Expiration': new Date(Date.now() + 86_400_000).toUTCString(),
    },
  };
}

const tenantId = randomUUID();

function microsoftMessage({ watchId, secret, resourceUri }: Destination) {
  const item = {
    subscriptionId: watchId,
    subscriptionExpirationDateTime: new Date(Date.now() + 86_400_000).toISOString(),
    clientState: secret,
    tenantId,
    changeType: 'updated',
    resource: resourceUri,
    resourceData: { '@odata.type': '#Microsoft.Graph.Event', id: 'an-event' },
  };
  return {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ value: [item] }),
  };
}
