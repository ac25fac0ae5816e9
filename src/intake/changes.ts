import { z } from '@hono/zod-openapi';
import { changeMessage, changeTypes, maxNamedIds, type Change } from '../domain/change.ts';
import { failure } from '../domain/failure.ts';
import type { Reads } from '../store/store.ts';
import { invalid } from './failures.ts';
import { provider, recordId, time, userId } from './fields.ts';
import { createRoutes, json, operation, type Routes } from './operation.ts';
import { Problem } from './problem.ts';

export interface ChangeDeps {
  readonly reads: Pick<Reads, 'changes'>;
  readonly now: () => Date;
}

export function changeRoutes({ reads, now }: ChangeDeps): Routes {
  return createRoutes().openapi(listChanges, async (c) => {
    const { after, limit } = c.req.valid('query');
    const from = after === undefined ? undefined : readCursor(after);
    if (from !== undefined && from.completeUntil <= now()) throw new Problem('changes_lost');
    const page = await reads.changes({ after: from?.position ?? 0, limit, now: now() });
    if (page.type === 'unknown_position') throw new Problem('changes_lost');
    const answer = {
      changes: page.changes.map((change) => asJson(change) as z.input<typeof changeSchema>),
      more: page.more,
      nextCursor: writeCursor(page),
    };
    return c.json(answer, 200);
  });
}

const maxLimit = 500;
const limitMessage = `must be a whole number from 1 to ${maxLimit}`;
const cursorMessage = 'must be a `nextCursor` of an earlier answer';

const changesQuery = z.strictObject({
  after: z
    .string('must be one text')
    .max(200, cursorMessage)
    .optional()
    .openapi({ description: 'The `nextCursor` of the answer before. Opaque. Without it: the oldest kept.' }),
  limit: z
    .string(limitMessage)
    .regex(/^\d{1,3}$/, limitMessage)
    .transform(Number)
    .refine((n) => n >= 1 && n <= maxLimit, limitMessage)
    .default(100)
    .openapi({
      type: 'integer',
      minimum: 1,
      maximum: maxLimit,
      description: 'Changes on a page.',
      example: 100,
    }),
});

const connectedData = z.object({
  provider,
  reconnected: z.boolean().openapi({
    description: 'Of `connection.connected`: the account was connected already and was authorized anew.',
  }),
});
const reauthData = z.object({
  reason: z
    .object({ code: z.string(), message: z.string(), hint: z.string() })
    .openapi({ description: 'Of `connection.reauth_required`: why, and what to do about it.' }),
});
const disconnectedData = z.object({ provider });
const eventsData = z.object({
  calendarId: recordId('the calendar; it may be gone itself'),
  eventIds: z
    .array(z.string())
    .optional()
    .openapi({
      description: `The provider’s ids of what is new or different. Absent, like \`removedIds\`, where both together are more than ${maxNamedIds}.`,
    }),
  removedIds: z.array(z.string()).optional().openapi({ description: 'Of what is not stored any more.' }),
  range: z
    .object({ start: time, end: time })
    .openapi({ description: 'From the earliest start to the latest end, as they were and as they are.' }),
  count: z.int().openapi({ description: 'How many events.' }),
});

const id = '66f1a2b3c4d5e6f708192a3b';
const connectionId = '66f1a2c0c4d5e6f708192a3c';
const calendarId = '66f1a2c9c4d5e6f708192a3d';
const common = { id, userId: 'user-1024', connectionId, at: new Date('2026-11-23T09:00:00Z') };
const examples: Readonly<Record<Change['type'], Change>> = {
  'connection.connected': {
    ...common,
    type: 'connection.connected',
    sequence: 1,
    data: { provider: 'google', reconnected: false },
  },
  'connection.reauth_required': {
    ...common,
    type: 'connection.reauth_required',
    sequence: 7,
    data: { reason: failure('grant_revoked', 'google refused the refresh token.') },
  },
  'connection.disconnected': {
    ...common,
    type: 'connection.disconnected',
    sequence: 9,
    data: { provider: 'google' },
  },
  'events.changed': {
    ...common,
    type: 'events.changed',
    sequence: 8,
    data: {
      calendarId,
      eventIds: ['7eo3p2v4k9'],
      removedIds: [],
      range: { start: new Date('2026-11-24T13:00:00Z'), end: new Date('2026-11-24T15:00:00Z') },
      count: 1,
    },
  },
};

const changeSchema = z
  .object({
    id: recordId('the change; also its `webhook-id`'),
    type: z.enum(changeTypes),
    timestamp: time,
    userId,
    connectionId: recordId('the connection'),
    sequence: z.int().openapi({
      description:
        'Counts the changes of the connection from 1. Without a gap, except before `connection.disconnected`: what was not read by then is removed.',
    }),
    data: z
      .union([eventsData, connectedData, reauthData, disconnectedData])
      .openapi({ description: 'By `type`. Ids and times, never a title or an attendee.' }),
  })
  .openapi('Change', { example: asJson(examples['events.changed']) });

const pageSchema = z
  .object({
    changes: z.array(changeSchema),
    more: z.boolean().openapi({ description: 'Whether there are more at once.' }),
    nextCursor: z.string().openapi({ description: 'Always there: for the next call, now or later.' }),
  })
  .openapi('ChangePage');

const listChanges = operation(
  {
    method: 'get',
    path: '/v1/changes',
    operationId: 'listChanges',
    tags: ['Changes'],
    summary: 'Read what changed',
    description:
      'The change feed: what happened to all connections and their events, in an order in which nothing is ever added ' +
      'before what was read. Keep `nextCursor` with what you made of the page, and call again with it. The same changes ' +
      'are posted to WEBHOOK_URL, signed, where that is configured.',
    request: { query: changesQuery },
    responses: { 200: withExamples(json(pageSchema, 'One page; empty where nothing is new.')) },
  },
  'changes_lost',
);

function withExamples(answer: ReturnType<typeof json<typeof pageSchema>>) {
  const pages = Object.entries(examples).map(([type, change]) => [
    type,
    { value: { changes: [asJson(change)], more: false, nextCursor: 'MS40Mi4xNzk2MDMwNDAwMDAw' } },
  ]);
  const { schema } = answer.content['application/json'];
  return {
    ...answer,
    content: { 'application/json': { schema, examples: Object.fromEntries(pages) } },
  };
}

interface Cursor {
  readonly position: number;
  readonly completeUntil: Date;
}

function writeCursor({ position, completeUntil }: Cursor): string {
  return Buffer.from(`1.${position}.${completeUntil.getTime()}`).toString('base64url');
}

function readCursor(cursor: string): Cursor {
  const parts = /^1\.(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const [, position, completeUntilMs] = parts ?? [];
  if (position === undefined || completeUntilMs === undefined) {
    throw invalid([{ field: 'after', message: cursorMessage }]);
  }
  return { position: Number(position), completeUntil: new Date(Number(completeUntilMs)) };
}

/** As JSON has it: the very text that webhooks bring. */
function asJson(change: Change): unknown {
  return JSON.parse(JSON.stringify(changeMessage(change)));
}
