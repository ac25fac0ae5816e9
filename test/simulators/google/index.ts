import { randomBytes } from 'node:crypto';

import { Hono } from 'hono';

import { googleContract } from '../contract.ts';
import { createProviderClock, type ProviderClock } from '../provider-clock.ts';
import { serveSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts';
import { createAccounts } from './accounts.ts';
import { apiRoutes } from './api-routes.ts';
import { AUTHORIZE_PATH, authorizeRoutes } from './authorize-routes.ts';
import { type GoogleBehaviour, PLAIN_BEHAVIOUR } from './behaviour.ts';
import { calendarListOf, createChannelRegistry, eventsOf } from './channels.ts';
import { controlRoutes } from './control-routes.ts';
import { createEventWriter } from './event-writer.ts';
import { type FreeBusyFailure, freeBusyRoutes } from './free-busy.ts';
import { type Client, createGrants } from './grants.ts';
import { createCalendarListing } from './list-calendars.ts';
import { createEventListing } from './list-events.ts';
import { createInstanceListing } from './list-instances.ts';
import { createMailOffice } from './mail.ts';
import { createOperations, type GoogleOperations } from './operations.ts';
import { createPushService, PLAIN_PUSH, type PushBehaviour } from './push.ts';
import { createQuotaGuard, NO_QUOTA, type Quota } from './quota.ts';
import { tokenRoutes } from './token-routes.ts';
import { createTokenCodec } from './tokens.ts';
import { watchRoutes } from './watch-routes.ts';
import { createWriteOperations, type GoogleWriteOperations } from './write-operations.ts';
import { writeRoutes } from './write-routes.ts';
import { writeControlRoutes } from './write-control-routes.ts';

export interface GoogleSimulatorOptions extends SimulatorOptions {
  behaviour?: Partial<GoogleBehaviour>;
  push?: Partial<PushBehaviour>;
  quota?: Partial<Quota>;
  /** Registered beside the main one. */
  otherClients?: readonly Client[];
}

export type GoogleSimulator = Simulator & GoogleOperations & GoogleWriteOperations;

/** A Google on 127.0.0.1, as `shared/providers/google.md` describes it; empty until users are added. */
export async function startGoogleSimulator(options: GoogleSimulatorOptions = {}): Promise<GoogleSimulator> {
  const clock = createProviderClock(options.now, options.skew);
  const main: Client = {
    id: options.clientId ?? 'calendar-sync.apps.googleusercontent.com',
    secret: options.clientSecret ?? 'simulated-google-client-secret',
    redirectUris: options.redirectUris ?? ['http://localhost:3000/settings'],
  };
  const clients = new Map([main, ...(options.otherClients ?? [])].map((client) => [client.id, client]));
  const world = createWorld(options, clock);
  const { operations, push } = world;

  const app = new Hono()
    .route('/', authorizeRoutes({ ...world, clients }))
    .route('/', tokenRoutes({ ...world, clients }))
    .route('/', watchRoutes(world))
    .route('/', freeBusyRoutes(world))
    .route('/', writeRoutes(world))
    .route('/', apiRoutes(world));
  const simulator = await serveSimulator({
    app,
    control: controlRoutes(operations).route('/', writeControlRoutes(operations)),
    env: (url) => environment(url, main),
    contracts: [googleContract(options.contractsDir)],
    options,
    clock,
  });
  const close = async () => {
    push.close();
    await simulator.close();
  };
  // Not by spreading: `counts` is read afresh each time.
  return Object.assign(operations, simulator, { close });
}

/** Everything that this Google knows and does, before it is put on the network. */
function createWorld(options: GoogleSimulatorOptions, { now, skew }: ProviderClock) {
  const behaviour: GoogleBehaviour = { ...PLAIN_BEHAVIOUR, ...options.behaviour };
  const pushBehaviour: PushBehaviour = { ...PLAIN_PUSH, ...options.push };
  const quota: Quota = { ...NO_QUOTA, ...options.quota };
  const failures = new Map<string, FreeBusyFailure>();
  const channels = createChannelRegistry({ behaviour: pushBehaviour, now });
  const push = createPushService({ behaviour: pushBehaviour, channels, now });
  const accounts = createAccounts({
    now,
    newId,
    onEventChange: (email, calendarId) => push.changed(eventsOf(email, calendarId).key),
    onListChange: (email) => push.changed(calendarListOf(email).key),
  });
  const grants = createGrants({ now, skew, behaviour });
  const mail = createMailOffice(now, (email) => accounts.find(email) !== undefined);
  const writer = createEventWriter({ accounts, mail, behaviour, newId });
  const codec = createTokenCodec(newId());
  const operations = Object.assign(
    createOperations({ accounts, grants, behaviour, now }),
    createWriteOperations({
      accounts,
      writer,
      mail: mail.sent,
      channels,
      pushService: push,
      push: pushBehaviour,
      quota,
      freeBusyFailures: failures,
    }),
  );
  return {
    accounts,
    grants,
    writer,
    channels,
    push,
    failures,
    operations,
    now,
    countAgainstQuota: createQuotaGuard(quota, now),
    listEvents: createEventListing({ behaviour, codec, newToken: newId, now }),
    listInstances: createInstanceListing({ newToken: newId, now }),
    listCalendars: createCalendarListing({ codec, newToken: newId }),
  };
}

function environment(url: string, client: Client): Record<string, string> {
  return {
    GOOGLE_AUTHORIZE_URL: `${url}${AUTHORIZE_PATH}`,
    GOOGLE_TOKEN_URL: `${url}/token`,
    GOOGLE_REVOKE_URL: `${url}/revoke`,
    GOOGLE_USERINFO_URL: `${url}/oauth2/v2/userinfo`,
    GOOGLE_CALENDAR_URL: `${url}/calendar/v3/`,
    GOOGLE_CLIENT_ID: client.id,
    GOOGLE_CLIENT_SECRET: client.secret,
  };
}

/** Hexadecimal fits Google's alphabet for event ids. */
function newId(): string {
  return randomBytes(16).toString('hex');
}
