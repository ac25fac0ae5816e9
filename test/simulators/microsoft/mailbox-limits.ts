import { setTimeout as delay } from 'node:timers/promises';

import { createMiddleware } from 'hono/factory';

import { GraphError } from './graph-errors.ts';
import type { GraphEnv } from './graph-session.ts';

/** Outlook's limits for one application and one mailbox (fact sheet, section 10). */
export interface MailboxLimits {
  /** Requests at the same time. They meet only where `latencyMs` makes them last, or within a batch. */
  concurrency: number;
  /** In a sliding window of 10 minutes of the simulator's clock; the service has 10,000. Null for no limit. */
  requestsInTenMinutes: number | null;
  /** Real milliseconds that each request at a mailbox takes. */
  latencyMs: number;
  /** How many items of a batch run at a time. More than `concurrency` are throttled one by one. */
  batchConcurrency: number;
}

export const defaultMailboxLimits: MailboxLimits = {
  concurrency: 4,
  requestsInTenMinutes: null,
  latencyMs: 0,
  batchConcurrency: 4,
};

interface Load {
  running: number;
  /** Epoch milliseconds of the requests in the window, refused ones included: they count against the caller. */
  recent: number[];
}

const WINDOW_MS = 10 * 60_000;
/** As in the published sample: seconds with a fraction. */
const CONCURRENCY_RETRY_AFTER = '2.128';

/** @throws GraphError 429 with Retry-After, 404 for a mailbox that is not enabled */
export function limitMailbox(limits: () => MailboxLimits, now: () => Date) {
  const loads = new Map<string, Load>();
  return createMiddleware<GraphEnv>(async (c, next) => {
    if (!isMailboxPath(c.req.path)) return next();
    const { user, mailbox } = c.get('session');
    if (!mailbox.isEnabled) throw notEnabled();
    const { oid } = user;
    const load = loads.get(oid) ?? { running: 0, recent: [] };
    loads.set(oid, load);
    const { concurrency, requestsInTenMinutes, latencyMs } = limits();
    if (requestsInTenMinutes !== null) countRequest(load, requestsInTenMinutes, now().getTime());
    if (load.running >= concurrency) throw overConcurrency();
    load.running += 1;
    try {
      if (latencyMs > 0) await delay(latencyMs, undefined, { ref: false });
      await next();
    } finally {
      load.running -= 1;
    }
  });
}

/** Users and subscriptions are not kept in a mailbox. */
function isMailboxPath(path: string): boolean {
  return /\/me\/(calendar|event|mailboxSettings)/i.test(path);
}

function countRequest({ recent }: Load, limit: number, at: number): void {
  while (recent[0] !== undefined && recent[0] <= at - WINDOW_MS) recent.shift();
  recent.push(at);
  if (recent.length <= limit) return;
  const leaves = recent[recent.length - limit] ?? at;
  const seconds = (leaves + WINDOW_MS - at) / 1000;
  throw new GraphError(429, 'TooManyRequests', 'Too many requests. Try again later.', {
    'Retry-After': seconds.toFixed(3),
  });
}

function notEnabled(): GraphError {
  const message = 'REST API is not yet supported for this mailbox.';
  return new GraphError(404, 'MailboxNotEnabledForRESTAPI', message);
}

function overConcurrency(): GraphError {
  const message = 'Application is over its MailboxConcurrency limit.';
  return new GraphError(429, 'ApplicationThrottled', message, { 'Retry-After': CONCURRENCY_RETRY_AFTER });
}
