import { z } from '@hono/zod-openapi';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { within } from '../deadline.ts';
import { createRoutes, json, operation, publicOperation, type Routes } from './operation.ts';

/** Rejects where the store does not answer in time. */
export type Ping = (timeoutMs: number) => Promise<void>;

export interface HealthDeps {
  readonly checks: { readonly mongodb: Ping; readonly redis: Ping };
  readonly metrics: Pick<Metrics, 'read'>;
  readonly log: Logger;
}

const patienceMs = 1500;

export function healthRoutes({ checks, metrics, log }: HealthDeps): Routes {
  const answers = async (name: 'mongodb' | 'redis'): Promise<'ok' | 'failed'> => {
    try {
      await within(patienceMs, checks[name](patienceMs));
      return 'ok';
    } catch (err) {
      log.warn({ err, store: name }, 'a store does not answer');
      return 'failed';
    }
  };
  return createRoutes()
    .openapi(showHealth, (c) => c.json({ status: 'ok' } as const, 200))
    .openapi(showReadiness, async (c) => {
      const [mongodb, redis] = await Promise.all([answers('mongodb'), answers('redis')]);
      const ready = mongodb === 'ok' && redis === 'ok';
      return ready
        ? c.json({ status: 'ready', mongodb, redis } as const, 200)
        : c.json({ status: 'not_ready', mongodb, redis } as const, 503);
    })
    .openapi(showMetrics, async (c) => {
      const { contentType, body } = await metrics.read();
      return c.text(body, 200, { 'Content-Type': contentType });
    });
}

const tag = { tags: ['Operating'] as ['Operating'] };
const storeState = z.enum(['ok', 'failed']);
const readiness = z
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
  responses: { 200: json(readiness, 'Both answer.'), 503: json(readiness, 'At least one does not answer.') },
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
