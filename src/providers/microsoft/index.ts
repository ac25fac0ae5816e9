import type { Provider, RequestBudget } from '../provider.ts';
import { listCalendars } from './calendars.ts';
import { createGraph, type GraphAccess } from './client.ts';
import { listEvents } from './events.ts';
import { freeBusy } from './free-busy.ts';
import { createHttp } from './http.ts';
import { createMicrosoftInterviews } from './interviews.ts';
import { authorizationUrl, exchangeCode, impliedBy, neededScopes, refreshTokens } from './oauth.ts';
import { createMicrosoftPush } from './watch.ts';

export interface MicrosoftOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** A tenant id or domain, or `common`, `organizations`, `consumers`. */
  readonly tenantId: string;
  /** Without a slash at its end, like `graphUrl`. */
  readonly authorityUrl: string;
  /** With the version, e.g. `https://graph.microsoft.com/v1.0`. National clouds have their own. */
  readonly graphUrl: string;
  /** For one request and its answer. */
  readonly timeoutMs: number;
  readonly now: () => Date;
  readonly budget: RequestBudget;
}

/** Outlook calendars of work, school and personal accounts through Microsoft Graph. The caller closes it. */
export function createMicrosoftProvider(options: MicrosoftOptions): Provider {
  const http = createHttp(options.timeoutMs);
  const { graphUrl, now, budget } = options;
  const graphFor = (access: GraphAccess) => createGraph({ graphUrl, http, now, budget }, access);
  const oauth = { ...options, http, graphFor };
  return {
    id: 'microsoft',
    neededScopes,
    scopesImpliedBy: impliedBy,
    getAuthUrl: (request) => authorizationUrl(options, request),
    exchangeCode: (exchange, signal) => exchangeCode(oauth, exchange, signal),
    refresh: (refreshToken, signal) => refreshTokens(oauth, refreshToken, signal),
    // Microsoft has no call that ends one grant: the user removes the app in the account portal.
    revoke: () => Promise.resolve('unsupported'),
    listCalendars: (access) => listCalendars(graphFor(access), access),
    listEvents: (access, query) => listEvents(graphFor(access), access, query),
    freeBusy: (access, query) => freeBusy(graphFor(access), access, query),
    push: createMicrosoftPush(graphFor, options.now),
    interviews: createMicrosoftInterviews(graphFor),
    close: http.close,
  };
}
