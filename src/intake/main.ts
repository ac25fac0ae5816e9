import { randomBytes } from 'node:crypto';
import { compose, type Live } from '../compose.ts';
import type { Config } from '../config.ts';
import { createDiagnose } from '../diagnosis.ts';
import { createLiveBusy } from '../live-busy.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { createQueuedJobs } from '../queue/queued-jobs.ts';
import { runProcess, type Running } from '../process.ts';
import { createApp, type IntakeDeps } from './app.ts';
import { createRateLimiter } from './rate-limit.ts';
import { serve } from './serve.ts';

export interface RunningIntake extends Running {
  /** The one taken, where the configuration says 0. */
  readonly port: number;
}

/** The HTTP intake as a process: it answers as soon as this resolves. Closes what it opened where a part fails. */
export async function startIntake(config: Config): Promise<RunningIntake> {
  const live = await compose(config, 'intake');
  try {
    const app = createApp(intakeDeps(live));
    const { host, port } = config.http;
    const { shutdownMs } = config;
    const served = await serve(app.fetch, { host, port, shutdownMs });
    live.closeWith('the HTTP server', () => served.close(), shutdownMs + cutMs);
    live.log.info({ host, port: served.port, providers: live.providersOn }, 'intake started');
    return { log: live.log, port: served.port, close: () => live.close() };
  } catch (error) {
    await live.close();
    throw error;
  }
}

/** How long requests may take to end that are cut off. */
const cutMs = 1_000;

function intakeDeps(live: Live): IntakeDeps {
  const { config, log, store, producer, redis, cipher, provider, now, wait } = live;
  return {
    reads: store.reads,
    intents: store.intents,
    producer,
    queues: producer.queues,
    provider,
    seal: (plain) => cipher.seal(plain),
    checks: {
      mongodb: (timeoutMs) => store.ping(timeoutMs),
      redis: (timeoutMs) => producer.ping(timeoutMs),
    },
    metrics: intakeMetrics(live),
    limiter: createRateLimiter(redis, config.queuePrefix, config.http.rateLimitPerMinute),
    apiKeys: config.http.apiKeys,
    admin: config.admin,
    redirectUris: config.redirectUris,
    attemptTtlMs: config.attemptTtlMs,
    availabilityMaxAgeMs: config.availabilityMaxAgeMs,
    // The one thing for which a vendor is asked while the main app waits: docs/decisions/0021.
    askLive: createLiveBusy({ reads: store.reads, facts: store.facts, cipher, provider, now, wait, log }),
    diagnose: createDiagnose({
      reads: store.reads,
      jobs: createQueuedJobs(producer.queues),
      provider,
      pushOn: config.publicUrl !== undefined,
      maxAgeMs: config.availabilityMaxAgeMs,
      now,
    }),
    log,
    now,
    randomBytes: (size) => randomBytes(size),
  };
}

/** A night's audits are seen until the next night's. */
const auditedWithinMs = 24 * 3_600_000;

function intakeMetrics({
  producer,
  store,
  log,
  now,
}: Pick<Live, 'producer' | 'store' | 'log' | 'now'>): Metrics {
  return createMetrics({
    queueDepths: () => producer.counts(),
    connections: () => store.reads.countConnections(),
    misconfigured: () => store.reads.countMisconfigured(),
    calendars: () => store.reads.calendarHealth(new Date(now().getTime() - auditedWithinMs)),
    onError: (err, source) => log.warn({ err, source }, 'a metric could not be read'),
  });
}

if (import.meta.main) await runProcess('intake', startIntake);
