import { z } from '@hono/zod-openapi';
import { changeMessage, changeTypes, type Change } from '../domain/change.ts';
import type { Reads } from '../store/store.ts';
import { changeData } from './change-data.ts';
import { changeExamples } from './change-examples.ts';
import { invalid } from './failures.ts';
import { recordId, time, userId } from './fields.ts';
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
    data: changeData.openapi({ description: 'By `type`. Ids and times, never a title or an attendee.' }),
  })
  .openapi('Change', { example: asJson(changeExamples['events.changed']) });

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
      'The change feed: what happened to all connections, their events and interviews, in an order in which nothing is ever added ' +
      'before what was read. Keep `nextCursor` with what you made of the page, and call again with it. The same changes ' +
      'are posted to WEBHOOK_URL, signed, where that is configured.',
    request: { query: changesQuery },
    responses: { 200: withExamples(json(pageSchema, 'One page; empty where nothing is new.')) },
  },
  'changes_lost',
);

function withExamples(answer: ReturnType<typeof json<typeof pageSchema>>) {
  const pages = Object.entries(changeExamples).map(([type, change]) => [
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
