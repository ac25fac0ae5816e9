import { z } from '@hono/zod-openapi';
import {
  busyIntervals,
  freshnessOf,
  lessFresh,
  freshnessReasons,
  type Block,
  type ConnectionCoverage,
  type Freshness,
} from '../domain/availability.ts';
import type { Interval } from '../domain/interval.ts';
import type { Reads } from '../store/store.ts';
import { checkRange, instant, recordId, time, userId } from './fields.ts';
import { createRoutes, json, jsonBody, operation, type Routes } from './operation.ts';

export interface AvailabilityDeps {
  readonly reads: Pick<Reads, 'coverage' | 'blocks' | 'interviewBlocks' | 'holdBlocks'>;
  /** Unless the request names another age. */
  readonly maxAgeMs: number;
  readonly now: () => Date;
}

export function availabilityRoutes(deps: AvailabilityDeps): Routes {
  return createRoutes().openapi(readAvailability, async (c) => {
    const request = c.req.valid('json');
    const range = { start: request.from, end: request.to };
    const participants = await participantsOf(deps, request, range);
    return c.json({ from: range.start.toISOString(), to: range.end.toISOString(), participants }, 200);
  });
}

const maxMembers = 100;

const group = z.strictObject({
  members: z
    .array(z.strictObject({ userId }))
    .min(1, 'must name at least one member')
    .max(maxMembers, `must name at most ${maxMembers} members`)
    .refine((members) => new Set(members.map((member) => member.userId)).size === members.length, {
      error: 'must name nobody twice',
    }),
  required: z.literal('all', { error: 'must be "all"' }).default('all'),
});

const availabilityRequest = z
  .strictObject({
    groups: z.array(group).length(1, 'must hold exactly one group').openapi({ minItems: 1, maxItems: 1 }),
    from: instant.openapi({ description: 'The start of the range.' }),
    to: instant.openapi({
      description: 'The end of the range, at most 92 days later.',
      example: '2026-11-28T09:00:00Z',
    }),
    tentativeIsBusy: z.boolean('must be true or false').default(true),
    maxAgeSeconds: z
      .int('must be a whole number from 1 to 604800')
      .min(1, 'must be a whole number from 1 to 604800')
      .max(604_800, 'must be a whole number from 1 to 604800')
      .optional()
      .openapi({
        description: 'Older data makes a participant `stale`. By default AVAILABILITY_MAX_AGE_SECONDS.',
      }),
  })
  .superRefine(checkRange)
  .openapi('AvailabilityRequest', {
    example: {
      groups: [{ members: [{ userId: 'user-1024' }, { userId: 'user-2048' }], required: 'all' }],
      from: '2026-11-23T09:00:00Z',
      to: '2026-11-28T09:00:00Z',
      tentativeIsBusy: true,
    },
  });

type AvailabilityRequest = z.output<typeof availabilityRequest>;

const freshnessSchema = z
  .object({
    state: z.enum(['fresh', 'stale', 'unknown']).openapi({
      description:
        '`fresh`: every calendar that counts was read recently enough. `stale`: known, but older than asked for. ' +
        '`unknown`: at least one calendar is not known for this range.',
    }),
    reason: z.enum(freshnessReasons).optional().openapi({ description: 'Unless `fresh`.' }),
    lastSyncedAt: time
      .optional()
      .openapi({ description: 'When the oldest of the person’s calendars was last read.' }),
    connectionId: recordId('the connection that it is about').optional(),
    calendarId: recordId('the calendar that it is about').optional(),
  })
  .openapi('Freshness', { example: { state: 'fresh', lastSyncedAt: '2026-11-23T08:58:31.000Z' } });

const participantSchema = z
  .object({
    userId,
    busy: z.array(z.object({ start: time, end: time })).openapi({
      description:
        'Merged, sorted and cut to the range. What lies between is free time **only where `freshness.state` is `fresh`**; ' +
        'otherwise these are the busy times that are known, and there may be more.',
    }),
    freshness: freshnessSchema,
  })
  .openapi('Participant');

const readAvailability = operation({
  method: 'post',
  path: '/v1/availability',
  operationId: 'readAvailability',
  tags: ['Reading'],
  summary: 'See when people are busy',
  description:
    'The merged busy intervals of each member and how far they can be relied on. An empty `busy` list of a participant ' +
    'who is not `fresh` does not mean that they are free: treat their time as not known. Declined, free, working-location ' +
    'and birthday entries do not count, nor do calendars that are not selected. Interviews and the slots of holds count from ' +
    'the moment at which they are asked for, before any calendar shows them; slots also where `tentativeIsBusy` is false. Read from the store; no provider is asked.',
  request: { body: jsonBody(availabilityRequest) },
  responses: {
    200: json(
      z.object({ from: time, to: time, participants: z.array(participantSchema) }).openapi('Availability'),
      'The participants in the order of the request.',
    ),
  },
});

async function participantsOf(deps: AvailabilityDeps, request: AvailabilityRequest, range: Interval) {
  const userIds = request.groups.flatMap(({ members }) => members.map((member) => member.userId));
  // Before the blocks: what is written in between then makes the answer fresher than it says. And after them, because
  // a connection that is purged in between would read as free time.
  const coverage = await deps.reads.coverage(userIds);
  // Holds before interviews: what takes a slot in between is in those. And both before the blocks: what a calendar has come
  // to show in between is in those.
  const holds = await deps.reads.holdBlocks(userIds, range, deps.now());
  const interviews = await deps.reads.interviewBlocks(userIds, range);
  const blocks = await deps.reads.blocks(
    userIds.flatMap((id) => calendarsOf(coverage.get(id) ?? [])),
    range,
  );
  const coverageAfter = await deps.reads.coverage(userIds);
  const maxAgeMs = request.maxAgeSeconds === undefined ? deps.maxAgeMs : request.maxAgeSeconds * 1000;
  const query = { range, now: deps.now(), maxAgeMs };
  return userIds.map((id) => {
    const connections = coverage.get(id) ?? [];
    return {
      userId: id,
      busy: busyOf(
        [...blocksOf(connections, blocks), ...(interviews.get(id) ?? []), ...(holds.get(id) ?? [])],
        range,
        request,
      ),
      freshness: freshnessView(
        lessFresh(freshnessOf(connections, query), freshnessOf(coverageAfter.get(id) ?? [], query)),
      ),
    };
  });
}

/** A connection that is being removed counts for nothing: not for freshness, so not for busy times either. */
function calendarsOf(connections: readonly ConnectionCoverage[]): string[] {
  return connections
    .filter(({ status }) => status !== 'disconnecting')
    .flatMap(({ calendars }) => calendars.map(({ calendarId }) => calendarId));
}

function blocksOf(
  connections: readonly ConnectionCoverage[],
  blocks: ReadonlyMap<string, readonly Block[]>,
): Block[] {
  return calendarsOf(connections).flatMap((id) => blocks.get(id) ?? []);
}

function busyOf(
  blocks: readonly Block[],
  range: Interval,
  { tentativeIsBusy }: AvailabilityRequest,
): z.input<typeof participantSchema>['busy'] {
  return busyIntervals(blocks, range, { tentativeIsBusy }).map(({ start, end }) => ({
    start: start.toISOString(),
    end: end.toISOString(),
  }));
}

function freshnessView(freshness: Freshness): z.input<typeof freshnessSchema> {
  const { state, reason, connectionId, calendarId, lastSyncedAt } = freshness;
  return {
    state,
    reason,
    lastSyncedAt: lastSyncedAt?.toISOString(),
    // Of a participant who is fresh there is no connection to speak of.
    ...(state === 'fresh' ? {} : { connectionId, calendarId }),
  };
}
