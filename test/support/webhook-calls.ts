/** What the vendors send to our webhooks, genuine unless a test replaces a part of it. */
import { webhookPaths } from '../../src/domain/webhook-paths.ts';
import type { MadeWatch } from './watches.ts';

export interface WebhookCall {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** A message of a Google channel. Undefined takes a header away. */
export function googleMessage(
  watch: MadeWatch,
  over: Readonly<Record<string, string | undefined>> = {},
): WebhookCall {
  const headers: Record<string, string | undefined> = {
    'User-Agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
    'X-Goog-Channel-ID': watch.id,
    'X-Goog-Channel-Token': watch.secret,
    'X-Goog-Resource-ID': watch.resourceId,
    'X-Goog-Resource-State': 'exists',
    'X-Goog-Message-Number': '7',
    'X-Goog-Resource-URI': 'https://www.googleapis.com/calendar/v3/calendars/a/events?alt=json',
    ...over,
  };
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { path: webhookPaths.google, headers: Object.fromEntries(given) };
}

/** One item of Graph's. Undefined takes a field away. */
export function graphItem(watch: MadeWatch, over: Readonly<Record<string, unknown>> = {}) {
  return {
    subscriptionId: watch.providerWatchId,
    subscriptionExpirationDateTime: '2040-11-29T09:00:00Z',
    clientState: `${watch.id}.${watch.secret}`,
    changeType: 'updated',
    resource: 'Users/1/Events/2',
    resourceData: { '@odata.type': '#Microsoft.Graph.Event', id: '2' },
    tenantId: '0f1c2a3b-4d5e-4f60-8a7b-9c0d1e2f3a4b',
    ...over,
  };
}

/** Of the subscription itself: without change type, resource and data. */
export function lifecycleItem(watch: MadeWatch, lifecycleEvent: string) {
  const none = { changeType: undefined, resource: undefined, resourceData: undefined };
  return graphItem(watch, { ...none, lifecycleEvent });
}

export function graphBatch(items: readonly unknown[], path: string = webhookPaths.microsoft): WebhookCall {
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  return { path, headers, body: JSON.stringify({ value: items }) };
}

export async function send(intake: string, { path, headers, body }: WebhookCall): Promise<Response> {
  return fetch(`${intake}${path}`, { method: 'POST', headers, ...(body !== undefined && { body }) });
}
