import { z } from '@hono/zod-openapi';
import { freshnessReasons, freshnessStates } from '../domain/freshness.ts';
import { failureHints, type FailureCode } from '../domain/failure.ts';
import { recordId, time } from './fields.ts';
import type { KnownTime } from './known-times.ts';

/** How far the answer about somebody's time can be relied on, as it is told. */

const failureCodes = Object.keys(failureHints) as [FailureCode, ...FailureCode[]];

const liveSchema = z
  .object({
    askedAt: time.optional().openapi({ description: 'When it was asked, of several calendars the first.' }),
    failed: z.enum(failureCodes).optional().openapi({ description: 'Why it could not be asked.' }),
    message: z.string().optional(),
  })
  .openapi({
    description:
      'Where the provider was asked: with `failed`, what the store knows counts; without, what the provider said.',
  });

export const freshnessSchema = z
  .object({
    state: z.enum(freshnessStates).openapi({
      description:
        '`fresh`: every calendar that counts was read recently enough. `stale`: known, but older than asked for. ' +
        '`unknown`: at least one calendar is not known for this range.',
    }),
    reason: z.enum(freshnessReasons).optional().openapi({ description: 'Unless `fresh`.' }),
    lastSyncedAt: time
      .optional()
      .openapi({ description: 'When the oldest of the person’s calendars was last read.' }),
    ageSeconds: z.int().optional().openapi({ description: 'How long ago that was.' }),
    connectionId: recordId('the connection that it is about').optional(),
    calendarId: recordId('the calendar that it is about').optional(),
    live: liveSchema.optional(),
  })
  .openapi('Freshness', {
    example: { state: 'fresh', lastSyncedAt: '2026-11-23T08:58:31.000Z', ageSeconds: 89 },
  });

export function freshnessView({ freshness, live, now }: KnownTime): z.input<typeof freshnessSchema> {
  const { state, reason, connectionId, calendarId, lastSyncedAt } = freshness;
  return {
    state,
    reason,
    lastSyncedAt: lastSyncedAt?.toISOString(),
    ageSeconds: lastSyncedAt && Math.max(0, Math.floor((now.getTime() - lastSyncedAt.getTime()) / 1000)),
    // Of a participant who is fresh there is no connection to speak of.
    ...(state === 'fresh' ? {} : { connectionId, calendarId }),
    live: live && liveView(live),
  };
}

function liveView(live: NonNullable<KnownTime['live']>): z.input<typeof liveSchema> {
  if ('askedAt' in live) return { askedAt: live.askedAt.toISOString() };
  return { failed: live.failure.code, message: live.failure.message };
}
