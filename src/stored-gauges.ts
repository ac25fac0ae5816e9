import { Gauge, type Registry } from 'prom-client';
import { within } from './deadline.ts';

/** Asked at each reading. */
export interface MetricSources {
  readonly queueDepths: () => Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  readonly connections: () => Promise<Readonly<Record<string, number>>>;
  readonly misconfigured: () => Promise<readonly MisconfiguredCount[]>;
  readonly calendars: () => Promise<CalendarHealthCounts>;
  readonly onError: (error: unknown, source: string) => void;
}

export interface CalendarHealthCounts {
  readonly held: number;
  readonly unreadable: number;
  readonly audited: number;
  /** Entries, by kind. */
  readonly drift: Readonly<Record<'missing' | 'extra' | 'different', number>>;
}

export interface MisconfiguredCount {
  readonly provider: string;
  readonly code: string;
  readonly connections: number;
}

/** Gauges of what MongoDB and Redis hold: every process that serves them says the same. */
export function addStoredGauges(registry: Registry, sources: MetricSources): void {
  addQueueDepths(registry, sources);
  addConnections(registry, sources);
  addMisconfigured(registry, sources);
  addCalendarHealth(registry, sources);
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
  addGauge(registry, () => answerOf(connections(), 'connections', onError), {
    name: 'calendar_sync_connections',
    help: 'Connected calendar accounts, by status.',
    labels: ['status'],
    valuesOf: (counts) => Object.entries(counts).map(([status, count]) => [{ status }, count]),
  });
}

function addMisconfigured(registry: Registry, { misconfigured, onError }: MetricSources): void {
  addGauge(registry, () => answerOf(misconfigured(), 'misconfigured', onError), {
    name: 'calendar_sync_misconfigured_connections',
    help: 'Connections that an operator has to mend, by provider and failure code: no user is at fault.',
    labels: ['provider', 'code'],
    valuesOf: (counts) => counts.map(({ provider, code, connections }) => [{ provider, code }, connections]),
  });
}

async function answerOf<T>(
  reading: Promise<T>,
  source: string,
  onError: MetricSources['onError'],
): Promise<T | undefined> {
  try {
    return await inTime(reading);
  } catch (error) {
    onError(error, source);
    return undefined;
  }
}

/** Four gauges that are read at once share one question. */
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
    name: 'calendar_sync_unreadable_entries',
    help: 'Entries that the providers sent and that could not be read.',
    valuesOf: ({ unreadable }) => [[{}, unreadable]],
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

function inTime<T>(reading: Promise<T>): Promise<T> {
  return within(patienceMs, reading);
}
