import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

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

/** Asked at each reading. */
export interface MetricSources {
  readonly queueDepths: () => Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  readonly connections: () => Promise<Readonly<Record<string, number>>>;
  readonly calendars: () => Promise<CalendarHealthCounts>;
  readonly onError: (error: unknown, source: string) => void;
}

export interface CalendarHealthCounts {
  readonly held: number;
  readonly audited: number;
  /** Entries, by kind. */
  readonly drift: Readonly<Record<'missing' | 'extra' | 'different', number>>;
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
  addQueueDepths(registry, sources);
  addConnections(registry, sources);
  addCalendarHealth(registry, sources);
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

function addQueueDepths(registry: Registry, { queueDepths, onError }: MetricSources): void {
  const gauge: Gauge<'queue' | 'state'> = new Gauge({
    name: 'calendar_sync_queue_jobs',
    help: 'Jobs on each queue, by state.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      gauge.reset();
      const depths = await inTime(queueDepths()).catch((error: unknown) => onError(error, 'queues'));
      for (const [queue, states] of Object.entries(depths ?? {})) {
        for (const [state, count] of Object.entries(states)) gauge.set({ queue, state }, count);
      }
    },
  });
}

function addConnections(registry: Registry, { connections, onError }: MetricSources): void {
  const gauge: Gauge<'status'> = new Gauge({
    name: 'calendar_sync_connections',
    help: 'Connected calendar accounts, by status.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      gauge.reset();
      const counts = await inTime(connections()).catch((error: unknown) => onError(error, 'connections'));
      for (const [status, count] of Object.entries(counts ?? {})) gauge.set({ status }, count);
    },
  });
}

/** Three gauges that are read at once share one question. */
function addCalendarHealth(registry: Registry, { calendars, onError }: MetricSources): void {
  let asked: Promise<CalendarHealthCounts | undefined> | undefined;
  const health = (): Promise<CalendarHealthCounts | undefined> =>
    (asked ??= inTime(calendars())
      .catch((error: unknown) => void onError(error, 'calendars'))
      .finally(() => (asked = undefined)));
  addGauge(registry, health, {
    name: 'calendar_sync_held_calendars',
    help: 'Calendars with removals that wait for a second reading.',
    valuesOf: ({ held }) => [[{}, held]],
  });
  addGauge(registry, health, {
    name: 'calendar_sync_audited_calendars',
    help: 'Calendars that were compared with a plain reading within the last 24 hours.',
    valuesOf: ({ audited }) => [[{}, audited]],
  });
  addGauge(registry, health, {
    name: 'calendar_sync_drift_entries',
    help: 'Entries that differed in the audits of the last 24 hours, by kind.',
    labels: ['kind'],
    valuesOf: ({ drift }) => Object.entries(drift).map(([kind, entries]) => [{ kind }, entries]),
  });
}

interface GaugeOf<T> {
  readonly name: string;
  readonly help: string;
  readonly labels?: string[];
  readonly valuesOf: (source: T) => [Record<string, string>, number][];
}

function addGauge<T>(
  registry: Registry,
  source: () => Promise<T | undefined>,
  { name, help, labels = [], valuesOf }: GaugeOf<T>,
): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    async collect() {
      const found = await source();
      // One without labels would read 0 after a reset, although nobody knows.
      if (labels.length === 0) gauge.remove();
      else gauge.reset();
      for (const [of, value] of found === undefined ? [] : valuesOf(found)) gauge.set(of, value);
    },
  });
}

/** Prometheus gives up after ten seconds and then has nothing; better most of it in two. */
const patienceMs = 2000;

async function inTime<T>(reading: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
