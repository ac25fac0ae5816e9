import { z } from '@hono/zod-openapi';
import type { PresentedNotification } from './notifications.ts';

/** The headers of a channel's message; it has no body (developers.google.com/workspace/calendar/api/guides/push). */
const headers = {
  watchId: 'X-Goog-Channel-ID',
  secret: 'X-Goog-Channel-Token',
  resourceId: 'X-Goog-Resource-ID',
  state: 'X-Goog-Resource-State',
  messageNumber: 'X-Goog-Message-Number',
} as const;

/** Bounds are those of the channel: anything longer is none of ours. */
const message = z.object({
  watchId: z.string().regex(/^[0-9a-f]{24}$/),
  secret: z.string().min(1).max(256),
  resourceId: z.string().min(1).max(256),
  state: z.enum(['sync', 'exists', 'not_exists']),
  messageNumber: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
});

/** Undefined where it cannot be one of ours. */
export function readGoogleMessage(
  header: (name: string) => string | undefined,
): PresentedNotification | undefined {
  const values = Object.entries(headers).map(([field, name]) => [field, header(name)]);
  const read = message.safeParse(Object.fromEntries(values));
  if (!read.success) return undefined;
  const { secret, state, ...named } = read.data;
  return {
    secret,
    notification: {
      ...named,
      provider: 'google',
      kind: state === 'sync' ? 'confirmed' : 'changed',
      // The channel's id at Google is the one that we gave it.
      providerWatchId: named.watchId,
    },
  };
}
