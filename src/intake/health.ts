import { z } from '@hono/zod-openapi';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { checkStores, type StoreChecks } from '../readiness.ts';
import { createRoutes, json, operation, publicOperation, type Routes } from './operation.ts';

export interface HealthDeps {
  readonly checks: StoreChecks;
  readonly metrics: Pick<Metrics, 'read'>;
  readonly log: Logger;
}

export function healthRoutes({ checks, metrics, log }: HealthDeps): Routes {
  return createRoutes()
    .openapi(showHealth, (c) => c.json({ status: 'ok' } as const, 200))
    .openapi(showReadiness, async (c) => {
      const readiness = await checkStores(checks, (err, store) =>
        log.warn({ err, store }, 'a store does not answer'),
      );
      return readiness.status === 'ready' ? c.json(readiness, 200) : c.json(readiness, 503);
    })
    .openapi(showMetrics, async (c) => {
      const { contentType, body } = await metrics.read();
      return c.text(body, 200, { 'Content-Type': contentType });
    });
}

const tag = { tags: ['Operating'] as ['Operating'] };
const storeState = z.enum(['ok', 'failed']);
const readinessSchema = z
  .object({ status: z.enum(['ready', 'not_ready']), mongodb: storeState, redis: storeState })
  .openapi('Readiness');

const showHealth = publicOperation({
  ...tag,
  method: 'get',
  path: '/healthz',
  operationId: 'showHealth',
  summary: 'The process is up',
  description: 'Asks nobody else: a store that is away is no reason to restart this process.',
  responses: { 200: json(z.object({ status: z.literal('ok') }).openapi('Health'), 'Up.') },
});

const showReadiness = publicOperation({
  ...tag,
  method: 'get',
  path: '/readyz',
  operationId: 'showReadiness',
  summary: 'The process can serve',
  description: 'Asks MongoDB and Redis, each with a short time limit, and says which one does not answer.',
  responses: {
    200: json(readinessSchema, 'Both answer.'),
    503: json(readinessSchema, 'At least one does not answer.'),
  },
});

const showMetrics = operation({
  ...tag,
  method: 'get',
  path: '/metrics',
  operationId: 'showMetrics',
  summary: 'Metrics for Prometheus',
  description:
    'Request durations, queue depths by state, connections by status and the process itself. Behind the API key, because ' +
    'the numbers tell how large the business is; Prometheus sends it with `authorization.credentials`.',
  responses: {
    200: {
      description: 'The text format.',
      content: {
        'text/plain': { schema: z.string(), example: 'calendar_sync_connections{status="active"} 2' },
      },
    },
  },
});
