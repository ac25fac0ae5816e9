import { z } from '@hono/zod-openapi';
import { connectionStatuses } from '../domain/connection.ts';
import type { ConnectionRecord, Intents, Reads } from '../store/store.ts';
import { ownerQuery, provider, reasonOf, reasonView, recordId, time, userId } from './fields.ts';
import type { HandOver } from './handing-over.ts';
import { createRoutes, json, operation, type Routes } from './operation.ts';
import { owned } from './ownership.ts';
import { Problem } from './problem.ts';

export interface ConnectionDeps {
  readonly reads: Pick<Reads, 'connection' | 'connectionsOf'>;
  readonly intents: Pick<Intents, 'requestSync' | 'requestDisconnect'>;
  readonly handOver: HandOver;
  readonly now: () => Date;
}

export function connectionRoutes({ reads, intents, handOver, now }: ConnectionDeps): Routes {
  const find = async ({ id }: { id: string }, { userId: user }: { userId?: string | undefined }) =>
    owned('connection', id, await reads.connection(id), user);

  return createRoutes()
    .openapi(listConnections, async (c) => {
      const connections = await reads.connectionsOf(c.req.valid('param').userId);
      return c.json({ connections: connections.map(connectionView) }, 200);
    })
    .openapi(showConnection, async (c) =>
      c.json(connectionView(await find(c.req.valid('param'), c.req.valid('query'))), 200),
    )
    .openapi(removeConnection, async (c) => {
      const { id } = await find(c.req.valid('param'), c.req.valid('query'));
      if (!(await intents.requestDisconnect(id, now()))) throw gone(id);
      const payload = { v: 1, connectionId: id, requestId: c.get('requestId') } as const;
      await handOver('maintenance', 'disconnect-connection', payload, { deduplicate: 'while-queued' });
      return c.json({ connectionId: id, status: 'disconnecting' } as const, 202);
    })
    .openapi(syncConnection, async (c) => {
      const connection = await find(c.req.valid('param'), c.req.valid('query'));
      refuseUnsyncable(connection);
      if (!(await intents.requestSync(connection.id, now()))) throw gone(connection.id);
      const payload = { v: 1, connectionId: connection.id, requestId: c.get('requestId') } as const;
      await handOver('sync', 'sync-connection', payload, {
        deduplicate: 'keep-last',
        urgency: 'interactive',
      });
      return c.json({ connectionId: connection.id, status: 'queued' } as const, 202);
    });
}

const connectionSchema = z
  .object({
    id: recordId('the connection'),
    userId,
    provider,
    accountId: z
      .string()
      .openapi({ description: 'The provider’s stable subject.', example: '108012345678901234567' }),
    email: z.string().openapi({ example: 'ada@example.com' }),
    status: z.enum(connectionStatuses).openapi({
      description:
        '`reauth_required`: only the user can mend it, by POST /v1/connect/{provider} with this connectionId.',
    }),
    statusReason: reasonView.optional(),
    scopes: z.array(z.string()).openapi({ description: 'As granted.' }),
    lastSyncedAt: time.optional().openapi({ description: 'Absent until the first sync has ended.' }),
    nextSyncAt: time.optional(),
    consecutiveFailures: z.int(),
    lastFailure: reasonView.optional().openapi({ description: 'Of the last sync, where it failed.' }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi('Connection', {
    example: {
      id: '66f1a2c0c4d5e6f708192a3c',
      userId: 'user-1024',
      provider: 'google',
      accountId: '108012345678901234567',
      email: 'ada@example.com',
      status: 'active',
      scopes: ['openid', 'email', 'https://www.googleapis.com/auth/calendar'],
      lastSyncedAt: '2026-11-23T09:00:04.120Z',
      nextSyncAt: '2026-11-23T09:05:11.000Z',
      consecutiveFailures: 0,
      createdAt: '2026-11-23T09:00:00.000Z',
      updatedAt: '2026-11-23T09:00:04.120Z',
    },
  });

const byId = { params: z.object({ id: recordId('the connection') }), query: ownerQuery };
const tag = { tags: ['Connections'] as ['Connections'] };

const listConnections = operation({
  ...tag,
  method: 'get',
  path: '/v1/users/{userId}/connections',
  operationId: 'listConnections',
  summary: 'List a user’s connections',
  description: 'In the order in which they were connected. A user who is not known has none.',
  request: { params: z.object({ userId }) },
  responses: {
    200: json(
      z.object({ connections: z.array(connectionSchema) }).openapi('ConnectionList'),
      'The user’s connections.',
    ),
  },
});

const showConnection = operation(
  {
    ...tag,
    method: 'get',
    path: '/v1/connections/{id}',
    operationId: 'showConnection',
    summary: 'Show a connection',
    description: 'Its state, its last sync and what is wrong, if anything is. Never its credentials.',
    request: byId,
    responses: { 200: json(connectionSchema, 'The connection.') },
  },
  'unknown_record',
);

const removeConnection = operation(
  {
    ...tag,
    method: 'delete',
    path: '/v1/connections/{id}',
    operationId: 'removeConnection',
    summary: 'Disconnect',
    description:
      'Revokes the grant at the provider and removes the connection, its calendars and its events. From now on it counts ' +
      'for nothing; once all is gone, its id is unknown. May be repeated.',
    request: byId,
    responses: {
      202: json(
        z
          .object({ connectionId: recordId('the connection'), status: z.literal('disconnecting') })
          .openapi('Disconnecting'),
        'Recorded; a worker does the rest.',
      ),
    },
  },
  'unknown_record',
);

const syncConnection = operation(
  {
    ...tag,
    method: 'post',
    path: '/v1/connections/{id}/sync',
    operationId: 'syncConnection',
    summary: 'Sync now',
    description:
      'Marks the connection as due and queues a sync. Any number of calls lead to at most one running and one waiting ' +
      'sync; one that comes while a sync runs leads to another after it.',
    request: byId,
    responses: {
      202: json(
        z
          .object({ connectionId: recordId('the connection'), status: z.literal('queued') })
          .openapi('SyncQueued'),
        'Recorded; `lastSyncedAt` of the connection moves when it is done.',
      ),
    },
  },
  'unknown_record',
  'reauth_required',
  'disconnecting',
);

function refuseUnsyncable({ id, status, statusReason }: ConnectionRecord): void {
  switch (status) {
    case 'active':
      return;
    case 'reauth_required':
      throw new Problem('reauth_required', {
        detail: statusReason?.message ?? `Connection ${id} needs a new authorization.`,
      });
    case 'disconnecting':
      throw new Problem('disconnecting', { detail: `Connection ${id} is being removed.` });
  }
}

/** It went away between two looks at it. */
function gone(id: string): Problem {
  return new Problem('unknown_record', { detail: `There is no connection ${id}.` });
}

/** Field by field, so that what a record may hold one day is not in an answer by itself. */
function connectionView(connection: ConnectionRecord): z.input<typeof connectionSchema> {
  return {
    id: connection.id,
    userId: connection.userId,
    provider: connection.provider,
    accountId: connection.accountId,
    email: connection.email,
    status: connection.status,
    statusReason: reasonOf(connection.statusReason),
    scopes: [...connection.scopes],
    lastSyncedAt: connection.lastSyncedAt?.toISOString(),
    nextSyncAt: connection.nextSyncAt?.toISOString(),
    consecutiveFailures: connection.consecutiveFailures,
    lastFailure: reasonOf(connection.lastFailure),
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
  };
}
