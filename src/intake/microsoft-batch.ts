import { z } from '@hono/zod-openapi';
import type { NotificationKind } from '../domain/notification.ts';
import type { PresentedNotification } from './notifications.ts';

/** What is given to Graph as `clientState` and comes back with each notification. */
const clientState = z
  .string()
  .regex(/^[0-9a-f]{24}\.[\w-]{1,100}$/)
  .transform((text) => ({ watchId: text.slice(0, 24), secret: text.slice(25) }));

/** Tells of a change, or of the subscription itself: then there is no change type. */
const item = z.object({
  subscriptionId: z.string().min(1).max(256),
  clientState,
  changeType: z.string().optional(),
  lifecycleEvent: z.enum(['missed', 'reauthorizationRequired', 'subscriptionRemoved']).optional(),
});

const batch = z.object({ value: z.array(z.unknown()) });

const lifecycleKinds = {
  missed: 'missed',
  reauthorizationRequired: 'reauthorization_required',
  subscriptionRemoved: 'removed',
} as const satisfies Record<string, NotificationKind>;

/**
 * One for each item, of any number of subscriptions; undefined where an item, or the whole, cannot be ours. By their
 * content and not by the address at which they came: both take both.
 */
export function readMicrosoftBatch(body: string): (PresentedNotification | undefined)[] {
  const read = batch.safeParse(parse(body));
  return read.success ? read.data.value.map(readItem) : [undefined];
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function readItem(value: unknown): PresentedNotification | undefined {
  const read = item.safeParse(value);
  if (!read.success) return undefined;
  const { subscriptionId, changeType, lifecycleEvent } = read.data;
  const { watchId, secret } = read.data.clientState;
  if (changeType === undefined && lifecycleEvent === undefined) return undefined;
  const kind = lifecycleEvent === undefined ? 'changed' : lifecycleKinds[lifecycleEvent];
  return {
    secret,
    notification: { provider: 'microsoft', kind, watchId, providerWatchId: subscriptionId },
  };
}
