import { randomBytes } from 'node:crypto';

import { Hono } from 'hono';

import { googleContract } from '../contract.ts';
import { serveSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts';
import { createAccounts } from './accounts.ts';
import { apiRoutes } from './api-routes.ts';
import { AUTHORIZE_PATH, authorizeRoutes } from './authorize-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { type Client, createGrants } from './grants.ts';
import { createCalendarListing } from './list-calendars.ts';
import { createEventListing, type ListingBehaviour } from './list-events.ts';
import { createOperations, type GoogleOperations } from './operations.ts';
import { tokenRoutes } from './token-routes.ts';
import { createTokenCodec } from './tokens.ts';

export interface GoogleSimulatorOptions extends SimulatorOptions {
  behaviour?: Partial<ListingBehaviour>;
  /** Registered beside the main one. */
  otherClients?: readonly Client[];
}

export type GoogleSimulator = Simulator & GoogleOperations;

/** A Google on 127.0.0.1, as `shared/providers/google.md` describes it; empty until users are added. */
export async function startGoogleSimulator(options: GoogleSimulatorOptions = {}): Promise<GoogleSimulator> {
  const now = options.now ?? (() => new Date());
  const main: Client = {
    id: options.clientId ?? 'calendar-sync.apps.googleusercontent.com',
    secret: options.clientSecret ?? 'simulated-google-client-secret',
    redirectUris: options.redirectUris ?? ['http://localhost:3000/settings'],
  };
  const clients = new Map([main, ...(options.otherClients ?? [])].map((client) => [client.id, client]));
  const behaviour: ListingBehaviour = { ...PLAIN_BEHAVIOUR, ...options.behaviour };

  const accounts = createAccounts({ now, newId });
  const grants = createGrants({ now });
  const codec = createTokenCodec(newId());
  const listEvents = createEventListing({ behaviour, codec, newToken: newId, now });
  const listCalendars = createCalendarListing({ codec, newToken: newId });
  const operations = createOperations({ accounts, grants, behaviour, now });

  const app = new Hono()
    .route('/', authorizeRoutes({ accounts, grants, clients }))
    .route('/', tokenRoutes({ accounts, grants, clients, now }))
    .route('/', apiRoutes({ accounts, grants, listEvents, listCalendars, now }));
  const simulator = await serveSimulator({
    app,
    control: controlRoutes(operations),
    env: (url) => environment(url, main),
    contracts: [googleContract(options.contractsDir)],
    options,
  });
  // Not by spreading: `counts` is read afresh each time.
  return Object.assign(operations, simulator);
}

const PLAIN_BEHAVIOUR: ListingBehaviour = {
  ignoreWindow: false,
  forgetCancelledBeyondDays: Infinity,
  pageSizeLimit: 2500,
  emptyFirstPage: false,
};

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
