import { Hono } from 'hono';

import { calendarRoutes } from './calendar-routes.ts';
import type { DeltaBehaviour } from './delta-entries.ts';
import { type DeltaObserver, deltaRoutes } from './delta-routes.ts';
import type { DirectoryUser } from './directory.ts';
import { eventRoutes } from './event-routes.ts';
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
import type { Mailbox } from './mailbox.ts';

export interface GraphDependencies {
  inspect: (accessToken: string) => AccessTokenVerdict;
  mailboxOf: (user: DirectoryUser) => Mailbox;
  deltaBehaviour: () => DeltaBehaviour;
  observer: DeltaObserver;
  now: () => Date;
}

/** Graph v1.0, the reading half; to be mounted at `/v1.0`. A later resource is one more file of routes. */
export function createGraphApp(dependencies: GraphDependencies): Hono<GraphEnv> {
  const app = new Hono<GraphEnv>();
  app.use(async (c, next) => {
    requestIds(c);
    await next();
  });
  app.use(authenticate(dependencies.inspect, dependencies.mailboxOf));
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
  app.route('/', deltaRoutes(dependencies.deltaBehaviour, dependencies.observer));
  app.route('/', eventRoutes());
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
    workingHours: {
      daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      startTime: '08:00:00.0000000',
      endTime: '17:00:00.0000000',
      timeZone: { name: user.timeZone },
    },
  };
}
