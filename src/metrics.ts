import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import {
  notificationKinds,
  notificationVerdicts,
  type NotificationKind,
  type NotificationVerdict,
} from './domain/notification.ts';
import { providerIds, type ProviderId } from './domain/provider-id.ts';
import { addStoredGauges, type MetricSources } from './stored-gauges.ts';

export type { MetricSources };

/** What Prometheus reads. No label ever holds an id, a path or an address: labels take a few known values only. */
export interface Metrics {
  observeRequest(request: ObservedRequest): void;
  countNotification(notification: CountedNotification): void;
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

export interface CountedNotification {
  readonly provider: ProviderId;
  readonly verdict: NotificationVerdict;
  /** Of one that could be read. */
  readonly kind?: NotificationKind | undefined;
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
  const countNotification = notificationCounter(registry);
  addStoredGauges(registry, sources);
  return {
    observeRequest({ method, route, status, seconds }) {
      requests.observe({ method: knownMethod(method), route, status: String(status) }, seconds);
    },
    countNotification,
    read: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** All label values from the start: a rate over a series that has only just appeared misses its first one. */
function notificationCounter(registry: Registry): Metrics['countNotification'] {
  const received = new Counter({
    name: 'calendar_sync_notifications_total',
    help: 'Notifications from the providers, by what was made of them.',
    labelNames: ['provider', 'verdict'],
    registers: [registry],
  });
  const lifecycle = new Counter({
    name: 'calendar_sync_lifecycle_notifications_total',
    help: 'Accepted notifications about the watches themselves, by kind.',
    labelNames: ['provider', 'kind'],
    registers: [registry],
  });
  const lifecycleKinds = notificationKinds.filter((kind) => kind !== 'changed');
  for (const provider of providerIds) {
    for (const verdict of notificationVerdicts) received.inc({ provider, verdict }, 0);
    for (const kind of lifecycleKinds) lifecycle.inc({ provider, kind }, 0);
  }
  return ({ provider, verdict, kind }) => {
    received.inc({ provider, verdict });
    if (verdict === 'accepted' && kind !== undefined && kind !== 'changed') lifecycle.inc({ provider, kind });
  };
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The method's name is the caller's to choose; the label's values are not. */
function knownMethod(method: string): string {
  return methods.has(method) ? method : 'other';
}
