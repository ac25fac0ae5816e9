import { z } from '@hono/zod-openapi';
import { attemptStatuses } from '../domain/connection.ts';
import { failure } from '../domain/failure.ts';
import type { AttemptRecord, Reads } from '../store/store.ts';
import { ownerQuery, provider, recordId, time, userId } from './fields.ts';
import { createRoutes, json, operation, type Routes } from './operation.ts';
import { owned } from './ownership.ts';

export interface AttemptDeps {
  readonly reads: Pick<Reads, 'attempt'>;
  readonly now: () => Date;
}

export function attemptRoutes({ reads, now }: AttemptDeps): Routes {
  return createRoutes().openapi(showAttempt, async (c) => {
    const { id } = c.req.valid('param');
    const attempt = owned('attempt', id, await reads.attempt(id), c.req.valid('query').userId);
    return c.json(attemptView(attempt, now()), 200);
  });
}

const attemptSchema = z
  .object({
    id: recordId('the attempt'),
    userId,
    provider,
    status: z.enum(attemptStatuses).openapi({ example: 'connected' }),
    connectionId: recordId('the connection, once `connected`').optional(),
    failure: z
      .object({
        code: z.string().openapi({ description: 'Stable: branch on this.', example: 'consent_denied' }),
        message: z.string(),
        hint: z.string().openapi({ description: 'What to do about it.' }),
      })
      .optional()
      .openapi({ description: 'Once `failed`.' }),
    createdAt: time,
    expiresAt: time,
  })
  .openapi('Attempt', {
    example: {
      id: '66f1a2b3c4d5e6f708192a3b',
      userId: 'user-1024',
      provider: 'google',
      status: 'connected',
      connectionId: '66f1a2c0c4d5e6f708192a3c',
      createdAt: '2026-11-23T09:00:00.000Z',
      expiresAt: '2026-11-23T09:10:00.000Z',
    },
  });

const showAttempt = operation(
  {
    method: 'get',
    path: '/v1/attempts/{id}',
    operationId: 'showAttempt',
    tags: ['Connecting'],
    summary: 'See how an authorization went',
    description:
      '`pending` until the callback, `exchanging` while the code is exchanged, then `connected` with the connection or ' +
      '`failed` with the reason and what to do. Attempts are forgotten some time after they expire.',
    request: { params: z.object({ id: recordId('the attempt') }), query: ownerQuery },
    responses: { 200: json(attemptSchema, 'The attempt as it stands.') },
  },
  'unknown_record',
);

/** One that nobody came back for is told as failed: it will never be anything else. */
function attemptView(attempt: AttemptRecord, now: Date): z.input<typeof attemptSchema> {
  const { id, userId: user, provider: providerId, connectionId, createdAt, expiresAt } = attempt;
  const lapsed = attempt.status === 'pending' && expiresAt <= now;
  return {
    id,
    userId: user,
    provider: providerId,
    status: lapsed ? 'failed' : attempt.status,
    connectionId,
    failure: lapsed
      ? failure('attempt_expired', `The user did not come back before ${expiresAt.toISOString()}.`)
      : attempt.failure,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
