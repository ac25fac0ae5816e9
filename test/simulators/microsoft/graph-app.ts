import { Hono } from 'hono';

import type { Exchange } from '../contract.ts';
import { batchRoutes } from './batch-routes.ts';
import type { Behaviours } from './behaviours.ts';
import { calendarRoutes } from './calendar-routes.ts';
import { type DeltaObserver, deltaRoutes } from './delta-routes.ts';
import type { DirectoryUser } from './directory.ts';
import { eventRoutes } from './event-routes.ts';
import { eventWriteRoutes } from './event-write-routes.ts';
import { GraphError, badRequest, graphErrorAnswer, requestIds } from './graph-errors.ts';
import { select } from './graph-request.ts';
import {
  type AccessTokenVerdict,
  type GraphEnv,
  READ_MAILBOX_SETTINGS,
  READ_USER,
  authenticate,
  requireScope,
} from './graph-session.ts';
import { limitMailbox } from './mailbox-limits.ts';
import type { Mailbox } from './mailbox.ts';
import type { MeetingDesk } from './meetings.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { subscriptionRoutes } from './subscription-routes.ts';
import type { SubscriptionStore } from './subscriptions.ts';
import { workingHoursOf } from './working-hours.ts';

export interface GraphDependencies {
  inspect: (accessToken: string) => AccessTokenVerdict;
  mailboxOf: (user: DirectoryUser) => Mailbox;
  mailboxAt: (address: string) => Mailbox | undefined;
  behaviours: Behaviours;
  desk: MeetingDesk;
  subscriptions: SubscriptionStore;
  applicationId: string;
  observer: DeltaObserver;
  now: () => Date;
  closing: AbortSignal;
  /** Runs one item of a batch as if it had come alone. */
  run: (request: Request) => Response | Promise<Response>;
  /** Judges one item of a batch and its answer. */
  onExchange: (exchange: Exchange) => void;
}

/** Graph v1.0; to be mounted at `/v1.0`. A later resource is one more file of routes. */
export function createGraphApp(dependencies: GraphDependencies): Hono<GraphEnv> {
  const app = new Hono<GraphEnv>();
  app.use(async (c, next) => {
    requestIds(c);
    await next();
  });
  const { behaviours } = dependencies;
  app.use(authenticate(dependencies.inspect, dependencies.mailboxOf));
  app.use(limitMailbox(() => behaviours.limits, dependencies.now));
  app.get('/me', (c) => {
    requireScope(c, READ_USER);
    const { user } = c.get('session');
    const context = `${new URL(c.req.url).origin}/v1.0/$metadata#users/$entity`;
    const [selected] = select(c, 'user', [userAnswer(user)]);
    return c.json({ '@odata.context': context, ...selected });
  });
  app.get('/me/mailboxSettings', (c) => {
    requireScope(c, READ_MAILBOX_SETTINGS);
    const { user } = c.get('session');
    const context = `${new URL(c.req.url).origin}/v1.0/$metadata#users('${user.oid}')/mailboxSettings`;
    const [selected] = select(c, 'mailboxSettings', [mailboxSettings(user)]);
    return c.json({ '@odata.context': context, ...selected });
  });
  app.route('/', calendarRoutes());
  addRoutes(app, dependencies);
  app.all('*', (c) => {
    const segment = c.req.path.slice(c.req.path.lastIndexOf('/') + 1);
    throw badRequest('BadRequest', `Resource not found for the segment '${segment}'.`);
  });
  app.onError((error, c) => {
    if (error instanceof GraphError) return graphErrorAnswer(c, error, dependencies.now());
    throw error;
  });
  return app;
}

function addRoutes(app: Hono<GraphEnv>, dependencies: GraphDependencies): void {
  const { delta, writes, schedule, limits, notifications } = dependencies.behaviours;
  app.route(
    '/',
    deltaRoutes(() => delta, dependencies.observer),
  );
  app.route('/', eventRoutes());
  app.route('/', eventWriteRoutes({ ...dependencies, behaviour: writes }));
  app.route('/', scheduleRoutes({ ...dependencies, behaviour: schedule }));
  app.route('/', subscriptionRoutes({ ...dependencies, behaviour: notifications }));
  app.route('/', batchRoutes({ ...dependencies, concurrency: () => limits.batchConcurrency }));
}

/** The properties that `/me` answers by default. */
function userAnswer(user: DirectoryUser) {
  const [givenName = user.name, ...rest] = user.name.split(' ');
  return {
    businessPhones: [],
    displayName: user.name,
    givenName,
    jobTitle: null,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: rest.join(' ') || null,
    userPrincipalName: user.email,
    id: user.oid,
  };
}

function mailboxSettings(user: DirectoryUser) {
  return {
    timeZone: user.timeZone,
    dateFormat: 'yyyy-MM-dd',
    timeFormat: 'HH:mm',
    userPurpose: 'user',
    language: { locale: 'en-US', displayName: 'English (United States)' },
    workingHours: workingHoursOf(user),
  };
}
