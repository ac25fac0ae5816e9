import { Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { addStoredGauges, type MetricSources } from './stored-gauges.ts';

export type { MetricSources };

/** What Prometheus reads. No label ever holds an id, a path or an address: labels take a few known values only. */
export interface Metrics {
  observeRequest(request: ObservedRequest): void;
  /** The text format and its content type. Never rejects for a source that is away: its gauge is left out. */
  read(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface ObservedRequest {
  readonly method: string;
  /** The pattern, e.g. `/v1/attempts/:id`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'calendar_sync_http_request_duration_seconds',
    help: 'Time to answer, by method, route pattern and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  addStoredGauges(registry, sources);
  return {
    observeRequest({ method, route, status, seconds }) {
      requests.observe({ method: knownMethod(method), route, status: String(status) }, seconds);
    },
    read: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The method's name is the caller's to choose; the label's values are not. */
function knownMethod(method: string): string {
  return methods.has(method) ? method : 'other';
}
