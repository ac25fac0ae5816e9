import { OpenAPIHono } from '@hono/zod-openapi';
import type { Hono } from 'hono';
import { except } from 'hono/combine';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Producer } from '../queue/producer.ts';
import type { Intents, Reads } from '../store/store.ts';
import { adminRoutes, type AdminDeps } from './admin.ts';
import { requireApiKey } from './api-keys.ts';
import { answerWithin } from './answer-within.ts';
import { attemptRoutes } from './attempts.ts';
import { availabilityPath, availabilityRoutes, type AvailabilityDeps } from './availability.ts';
import { limitBody } from './body-limit.ts';
import { calendarRoutes } from './calendars.ts';
import { callbackRoutes } from './callback.ts';
import { changeRoutes } from './changes.ts';
import { connectRoutes, type ConnectDeps } from './connect.ts';
import { connectionRoutes } from './connections.ts';
import { diagnosisRoutes, type DiagnosisDeps } from './diagnosis.ts';
import { docsRoutes } from './docs.ts';
import type { IntakeEnv, Middleware } from './environment.ts';
import { eventRoutes } from './events.ts';
import { answerErrors } from './failures.ts';
import { freeBusyRoutes } from './free-busy.ts';
import { createHandOver } from './handing-over.ts';
import { healthRoutes, type HealthDeps } from './health.ts';
import { holdPath, holdRoutes } from './holds.ts';
import { interviewPath, interviewRoutes } from './interviews.ts';
import { refuseUnrouted } from './not-found.ts';
import { limitRate, type RateLimiter } from './rate-limit.ts';
import { logRequests } from './request-log.ts';
import { checkUrl } from './url-limits.ts';
import { publicPaths, webhookRoutes } from './webhooks.ts';

/** Everything that the app stands on. Each route group declares the part of it that it needs. */
export interface IntakeDeps extends Omit<ConnectDeps, 'reads' | 'intents'>, AdminDeps {
  readonly reads: Reads;
  readonly intents: Intents;
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly checks: HealthDeps['checks'];
  readonly metrics: Metrics;
  readonly limiter: RateLimiter;
  readonly apiKeys: readonly string[];
  readonly availabilityMaxAgeMs: number;
  readonly askLive?: AvailabilityDeps['askLive'];
  readonly diagnose: DiagnosisDeps['diagnose'];
  readonly log: Logger;
}

/** The HTTP intake. Opens nothing and closes nothing: that is whoever gave the dependencies. */
export function createApp(deps: IntakeDeps): Hono<IntakeEnv> {
  const app = new OpenAPIHono<IntakeEnv>();
  app.onError(answerErrors(deps.log));
  app.notFound(refuseUnrouted(app));
  addGuards(app, deps);
  addApi(app, deps);
  app.route('/', adminRoutes(deps));
  app.route('/', docsRoutes(app));
  return app;
}

const bodyLimitBytes = 64 * 1024;
const answerWithinMs = 15_000;

/** The providers' notifications are proved by secrets of their own, and are limited where they are served. */
const exceptPublic = (guard: Middleware): Middleware => except(publicPaths, guard);

function addGuards(app: OpenAPIHono<IntakeEnv>, { log, metrics, apiKeys, limiter, now }: IntakeDeps): void {
  const authenticate = requireApiKey(apiKeys);
  app.use('*', requestId({ limitLength: 128 }));
  app.use('*', logRequests(log, metrics));
  app.use('*', secureHeaders());
  app.use('*', checkUrl);
  app.use('/metrics', authenticate);
  app.use('/v1/*', exceptPublic(authenticate));
  app.use('/v1/*', exceptPublic(limitRate(limiter, log, new Set([availabilityPath]))));
  app.use(
    '*',
    except([...publicPaths, interviewPath, holdPath, availabilityPath], limitBody(bodyLimitBytes)),
  );
  app.use('/v1/*', answerWithin(answerWithinMs, now));
  // Answers hold personal data, and some hold a state that works once.
  app.use('/v1/*', async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  });
}

function addApi(app: OpenAPIHono<IntakeEnv>, deps: IntakeDeps): void {
  const handOver = createHandOver(deps.producer, deps.log);
  const withHandOver = { ...deps, handOver };
  app.route('/', connectRoutes(deps));
  app.route('/', callbackRoutes(withHandOver));
  app.route('/', attemptRoutes(deps));
  app.route('/', connectionRoutes(withHandOver));
  app.route('/', diagnosisRoutes(deps));
  app.route('/', calendarRoutes(withHandOver));
  app.route('/', eventRoutes(deps));
  app.route('/', changeRoutes(deps));
  app.route('/', interviewRoutes(withHandOver));
  app.route('/', holdRoutes(deps));
  const withMaxAge = { ...deps, maxAgeMs: deps.availabilityMaxAgeMs };
  app.route('/', availabilityRoutes(withMaxAge));
  app.route('/', freeBusyRoutes(withMaxAge));
  app.route('/', webhookRoutes(deps));
  app.route('/', healthRoutes(deps));
}
