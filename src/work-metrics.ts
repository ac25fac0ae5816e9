import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ProviderId } from './domain/provider-id.ts';

/**
 * What workers and the scheduler count of their own work. No label ever holds an id or an address: labels take a few
 * known values only. Each process tells its own; Prometheus adds them up.
 */
export interface WorkMetrics {
  /** A job that ended, once for each attempt. */
  observeJob(ended: { queue: string; job: string; outcome: string; seconds: number }): void;
  /** A change became visible so long after its notification. */
  observeFresh(fresh: { provider: ProviderId; ms: number }): void;
  /** A request to a provider went out after waiting for the budget. */
  observeRequest(admitted: { provider: ProviderId; urgency: string; waitedMs: number }): void;
  /** A request was put off, because the budget had no room. */
  observeHeldBack(refused: { provider: ProviderId; urgency: string }): void;
  /** A provider asked to wait. */
  observePause(paused: { provider: ProviderId }): void;
  /** `refreshed`, or the kind of the error. */
  observeRefresh(refresh: { provider: ProviderId; outcome: string }): void;
  /** An attempt to tell the main app of a change. */
  observeDelivery(delivery: { outcome: 'delivered' | 'failed' | 'given_up' }): void;
  /** The scheduler has looked at what is due; without `at` where it could not look at all of it. */
  observeTick(tick: { at: Date | undefined; due: Readonly<Record<string, number>> }): void;
  /** The text format and its content type. */
  read(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export function createWorkMetrics(): WorkMetrics {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Histogram({
    name: 'calendar_sync_job_duration_seconds',
    help: 'Time that jobs took, by queue, job and outcome (done, snooze, giveUp, retry, interrupted).',
    labelNames: ['queue', 'job', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const freshness = new Histogram({
    name: 'calendar_sync_freshness_seconds',
    help: 'Time from a provider’s notification until the change is visible here.',
    labelNames: ['provider'],
    buckets: [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const requests = new Histogram({
    name: 'calendar_sync_provider_wait_seconds',
    help: 'Time that requests to a provider waited for the budget; its count is that of the requests.',
    labelNames: ['provider', 'urgency'],
    buckets: [0.005, 0.05, 0.25, 0.5, 1, 2, 5, 10],
    registers,
  });
  const heldBack = new Counter({
    name: 'calendar_sync_provider_held_back_total',
    help: 'Requests to a provider that were put off, because the budget had no room.',
    labelNames: ['provider', 'urgency'],
    registers,
  });
  const pauses = new Counter({
    name: 'calendar_sync_provider_pauses_total',
    help: 'How often a provider asked to wait.',
    labelNames: ['provider'],
    registers,
  });
  const refreshes = new Counter({
    name: 'calendar_sync_token_refreshes_total',
    help: 'Refreshes of access tokens, by outcome: refreshed, or the kind of the error.',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const deliveries = new Counter({
    name: 'calendar_sync_deliveries_total',
    help: 'Attempts to tell the main app of a change, by outcome (delivered, failed, given_up).',
    labelNames: ['outcome'],
    registers,
  });
  const observeProcess = once(() => collectDefaultMetrics({ register: registry }));
  const scheduler = schedulerMetrics(registry);
  return {
    observeJob: ({ queue, job, outcome, seconds }) => jobs.observe({ queue, job, outcome }, seconds),
    observeFresh: ({ provider, ms }) => freshness.observe({ provider }, ms / 1000),
    observeRequest: ({ provider, urgency, waitedMs }) =>
      requests.observe({ provider, urgency }, waitedMs / 1000),
    observeHeldBack: ({ provider, urgency }) => heldBack.inc({ provider, urgency }),
    observePause: ({ provider }) => pauses.inc({ provider }),
    observeRefresh: ({ provider, outcome }) => refreshes.inc({ provider, outcome }),
    observeDelivery: ({ outcome }) => deliveries.inc({ outcome }),
    observeTick: scheduler,
    read: async () => {
      observeProcess();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** What watches the process itself costs something, and is begun when somebody asks for it. */
function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

/** In processes that are no scheduler the gauge has no value, rather than one that says 1970. */
function schedulerMetrics(registry: Registry): WorkMetrics['observeTick'] {
  const registers = [registry];
  const lastTick = new Gauge({
    name: 'calendar_sync_scheduler_last_tick_timestamp_seconds',
    help: 'When this scheduler last looked at all that is due.',
    registers,
  });
  lastTick.remove();
  const due = new Counter({
    name: 'calendar_sync_scheduler_due_total',
    help: 'What the scheduler found to be due, by kind.',
    labelNames: ['kind'],
    registers,
  });
  return ({ at, due: counts }) => {
    if (at !== undefined) lastTick.set(at.getTime() / 1000);
    for (const [kind, count] of Object.entries(counts)) due.inc({ kind }, count);
  };
}
