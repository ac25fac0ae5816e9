import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { usualPolicy } from '../domain/blocking.ts';
import { isFreshEnough, type Freshness, type FreshnessState } from '../domain/freshness.ts';
import type { Interval } from '../domain/interval.ts';
import { accept, availabilityLimits } from './availability-fields.ts';
import { liveWithinMs, refuseUnasked, type AvailabilityDeps } from './availability.ts';
import { busySchema, busyView, timeTexts, zoneSchema } from './availability-views.ts';
import { checkRange, instant, time, userId } from './fields.ts';
import { freshnessSchema, freshnessView } from './freshness-views.ts';
import { freeBusyText } from './i-calendar.ts';
import { knownTimes, type KnownTime, type TimeQuestion } from './known-times.ts';
import { createRoutes, operation, type Routes } from './operation.ts';

type FreeBusyDeps = Pick<AvailabilityDeps, 'askLive' | 'maxAgeMs' | 'now'> & {
  readonly reads: Pick<AvailabilityDeps['reads'], 'availability'>;
};

export function freeBusyRoutes(deps: FreeBusyDeps): Routes {
  return createRoutes().openapi(readFreeBusy, async (c) => {
    const { userId: id } = c.req.valid('param');
    const query = c.req.valid('query');
    const range = { start: query.from, end: query.to };
    const known = (await knownTimes(deps, questionOf(id, query, deps))).get(id);
    if (known === undefined) throw new Error(`the store says nothing of the time of ${id}`);
    c.header('Vary', 'Accept');
    const wanted = accepts(c, { header: 'Accept', supports: [calendarType, jsonType], default: jsonType });
    if (wanted === calendarType) {
      const text = calendarText(id, known, range, query.accept);
      return c.body(text, 200, { 'Content-Type': `${calendarType}; charset=utf-8; component=VFREEBUSY` });
    }
    return c.json(freeBusyView(id, known, range), 200);
  });
}

const calendarType = 'text/calendar';
const jsonType = 'application/json';

const ageMessage = `must be a whole number from 1 to ${availabilityLimits.maxAgeSeconds}`;

const freeBusyQuery = z
  .strictObject({
    from: instant.openapi({ description: 'The start of the range.' }),
    to: instant.openapi({
      description: 'The end of the range, at most 92 days later.',
      example: '2026-11-28T09:00:00Z',
    }),
    accept: accept.default('fresh').openapi({
      description: 'As iCalendar: the least freshness with which it says that any time is free.',
    }),
    maxAgeSeconds: z
      .string(ageMessage)
      .regex(/^\d{1,6}$/, ageMessage)
      .transform(Number)
      .refine((seconds) => seconds >= 1 && seconds <= availabilityLimits.maxAgeSeconds, ageMessage)
      .optional()
      .openapi({
        type: 'integer',
        minimum: 1,
        maximum: availabilityLimits.maxAgeSeconds,
        description: 'Older data is `stale`. By default AVAILABILITY_MAX_AGE_SECONDS.',
      }),
    live: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false').openapi({
      description: 'Ask the provider for what is not `fresh`.',
    }),
  })
  .superRefine(checkRange);

const freeBusySchema = z
  .object({
    userId,
    from: time,
    to: time,
    timeZone: zoneSchema,
    busy: busySchema,
    freshness: freshnessSchema,
  })
  .openapi('FreeBusy');

const exampleCalendar = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Calendar Sync//Free-Busy//EN',
  'BEGIN:VFREEBUSY',
  'UID:1f0c3a5d7e9b2c4d6f8091a2b3c4d5e6@calendar-sync',
  'DTSTAMP:20261123T085900Z',
  'DTSTART:20261123T090000Z',
  'DTEND:20261128T090000Z',
  'FREEBUSY;FBTYPE=BUSY:20261123T130000Z/20261123T140000Z',
  'END:VFREEBUSY',
  'END:VCALENDAR',
  '',
].join('\r\n');

const readFreeBusy = operation({
  method: 'get',
  path: '/v1/users/{userId}/free-busy',
  operationId: 'readFreeBusy',
  tags: ['Reading'],
  summary: 'See when one user is busy, also as iCalendar',
  description:
    'What POST /v1/availability tells of one person: as JSON, or, where `Accept` prefers `text/calendar`, as a VFREEBUSY ' +
    '(RFC 5545). iCalendar cannot say that something is not known: of somebody who is less fresh than `accept` the whole range ' +
    'is `BUSY-UNAVAILABLE`, and a COMMENT says why.',
  request: { params: z.object({ userId }), query: freeBusyQuery },
  responses: {
    200: {
      description: 'When they are busy.',
      content: {
        [jsonType]: { schema: freeBusySchema },
        [calendarType]: { schema: z.string().openapi({ example: exampleCalendar }) },
      },
    },
  },
});

function questionOf(
  id: string,
  { from, to, maxAgeSeconds, live }: z.output<typeof freeBusyQuery>,
  { askLive, maxAgeMs }: FreeBusyDeps,
): TimeQuestion {
  if (live === 'true') refuseUnasked(askLive);
  return {
    userIds: [id],
    range: { start: from, end: to },
    policy: usualPolicy,
    excludedInterviews: new Set(),
    excludedHolds: new Set(),
    maxAgeMs: maxAgeSeconds === undefined ? maxAgeMs : maxAgeSeconds * 1000,
    liveWithinMs: live === 'true' ? liveWithinMs : undefined,
  };
}

function freeBusyView(id: string, known: KnownTime, range: Interval): z.input<typeof freeBusySchema> {
  return {
    userId: id,
    from: range.start.toISOString(),
    to: range.end.toISOString(),
    timeZone: known.timeZone ?? 'UTC',
    busy: busyView(known, range, timeTexts()),
    freshness: freshnessView(known),
  };
}

function calendarText(id: string, known: KnownTime, range: Interval, least: FreshnessState): string {
  const isKnown = isFreshEnough(known.freshness, least);
  return freeBusyText({
    uid: uidOf(id, range),
    stamp: known.now,
    range,
    busy: isKnown ? known.busy : [range],
    type: isKnown ? 'BUSY' : 'BUSY-UNAVAILABLE',
    comment: known.freshness.state === 'fresh' ? undefined : commentOn(known.freshness, isKnown),
  });
}

/** Without the user's id, which is nobody's business who is handed the calendar. */
function uidOf(id: string, { start, end }: Interval): string {
  const question = JSON.stringify([id, start, end]);
  return `${createHash('sha256').update(question).digest('hex').slice(0, 32)}@calendar-sync`;
}

const reasonTexts: Readonly<Record<NonNullable<Freshness['reason']>, string>> = {
  not_connected: 'no calendar is connected',
  reauth_required: 'a calendar account has to be authorized again',
  never_synced: 'a calendar has not been read yet',
  no_calendar_selected: 'no calendar is selected',
  outside_window: 'a calendar is not read that far',
  too_old: 'a calendar was not read recently enough',
};

function commentOn({ state, reason }: Freshness, isKnown: boolean): string {
  const why = reason === undefined ? '' : `: ${reasonTexts[reason]} (${reason})`;
  const what = isKnown ? 'There may be more that is busy' : 'It is not known when this person is free';
  return `${what}; the data is ${state}${why}.`;
}
