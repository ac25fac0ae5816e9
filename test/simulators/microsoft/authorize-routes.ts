import { randomUUID } from 'node:crypto';

import { type Context, Hono } from 'hono';

import type { Directory, DirectoryUser } from './directory.ts';
import { EntraError, entraErrorBody, entraErrors } from './entra-errors.ts';
import type { GrantStore } from './grants.ts';
import { readScopes } from './scopes.ts';
import { errorPage, formPostPage, signInPage } from './sign-in-page.ts';

/** The app registration. */
export interface Registration {
  clientId: string;
  clientSecret: string;
  redirectUris: readonly string[];
  secretExpired: boolean;
}

export interface EntraDependencies {
  directory: Directory;
  grants: GrantStore;
  registration: Registration;
  now: () => Date;
}

/** A request that may be answered to the app: client and redirect address are known to be right. */
interface AuthorizationRequest {
  redirectUri: string;
  state: string | undefined;
  responseMode: string;
  scopes: string[];
  codeChallenge: string | undefined;
  codeChallengeMethod: 'S256' | 'plain';
  nonce: string | undefined;
  loginHint: string | undefined;
}

/** The authorization endpoint: a page on GET, the user's decision on POST. */
export function authorizeRoutes(dependencies: EntraDependencies): Hono {
  const app = new Hono();
  app.get('/:tenant/oauth2/v2.0/authorize', (c) =>
    answering(c, dependencies, (request) => {
      const { pathname, search } = new URL(c.req.url);
      const users = dependencies.directory
        .all()
        .filter((user) => dependencies.directory.admits(c.req.param('tenant'), user));
      return c.html(signInPage({ action: pathname + search, users, ...request }));
    }),
  );
  app.post('/:tenant/oauth2/v2.0/authorize', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    return answering(c, dependencies, (request) => decide(c, dependencies, request, form));
  });
  return app;
}

/** Faults of the address itself stay on Microsoft's page; later ones go back to the app (RFC 6749 4.1.2.1). */
function answering(
  c: Context,
  dependencies: EntraDependencies,
  proceed: (request: AuthorizationRequest) => Response | Promise<Response>,
): Response | Promise<Response> {
  try {
    const redirectUri = trustedRedirect(c, dependencies);
    const request = readRequest(c, redirectUri);
    try {
      checkRequest(c, request);
      return proceed(request);
    } catch (error) {
      if (!(error instanceof EntraError) || staysOnPage.has(error.code)) throw error;
      const { error_description } = entraErrorBody(error, dependencies.now());
      return sendBack(c, request, { error: error.error, error_description });
    }
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return c.html(errorPage(entraErrorBody(error, dependencies.now())), error.status);
  }
}

const staysOnPage = new Set([50020]);

function trustedRedirect(c: Context, { directory, registration }: EntraDependencies): string {
  const tenant = c.req.param('tenant') ?? '';
  if (!directory.isTenant(tenant)) throw entraErrors.tenantNotFound(tenant);
  const clientId = c.req.query('client_id');
  if (!clientId) throw entraErrors.missingParameter('client_id');
  if (clientId !== registration.clientId) throw entraErrors.unknownApplication(clientId, tenant);
  const redirectUri = c.req.query('redirect_uri') ?? '';
  if (!registration.redirectUris.includes(redirectUri))
    throw entraErrors.redirectNotRegistered(redirectUri, clientId);
  return redirectUri;
}

function readRequest(c: Context, redirectUri: string): AuthorizationRequest {
  return {
    redirectUri,
    state: c.req.query('state'),
    responseMode: c.req.query('response_mode') ?? 'query',
    scopes: readScopes(c.req.query('scope') ?? ''),
    codeChallenge: c.req.query('code_challenge'),
    codeChallengeMethod: c.req.query('code_challenge_method') === 'S256' ? 'S256' : 'plain',
    nonce: c.req.query('nonce'),
    loginHint: c.req.query('login_hint'),
  };
}

function checkRequest(c: Context, { scopes }: AuthorizationRequest): void {
  const responseType = c.req.query('response_type');
  if (!responseType) throw entraErrors.missingParameter('response_type');
  if (responseType !== 'code') throw entraErrors.unsupportedResponseType(responseType);
  if (scopes.length === 0) throw entraErrors.missingParameter('scope');
  if (!['S256', 'plain', undefined].includes(c.req.query('code_challenge_method')))
    throw entraErrors.unsupportedChallengeMethod();
  // Nobody is ever signed in here before the page.
  if (c.req.query('prompt') === 'none') throw entraErrors.loginRequired();
}

function decide(
  c: Context,
  { directory, grants }: EntraDependencies,
  request: AuthorizationRequest,
  form: URLSearchParams,
): Response | Promise<Response> {
  if (form.get('decision') !== 'accept') throw entraErrors.declined();
  const user = signedIn(c, directory, form.get('email') ?? '');
  const granted = form.get('scope');
  const scopes = granted === null ? request.scopes : request.scopes.filter(isIn(readScopes(granted)));
  const { redirectUri, codeChallenge, codeChallengeMethod, nonce } = request;
  const code = grants.issueCode({ user, redirectUri, scopes, codeChallenge, codeChallengeMethod, nonce });
  return sendBack(c, request, { code, session_state: randomUUID() });
}

function signedIn(c: Context, directory: Directory, email: string): DirectoryUser {
  const tenant = c.req.param('tenant') ?? '';
  const user = directory.find(email);
  if (!user || !directory.admits(tenant, user)) throw entraErrors.foreignAccount(email, tenant);
  return user;
}

function isIn(scopes: readonly string[]): (scope: string) => boolean {
  return (scope) => scopes.some((granted) => granted.toLowerCase() === scope.toLowerCase());
}

function sendBack(
  c: Context,
  { redirectUri, state, responseMode }: AuthorizationRequest,
  answer: Record<string, string>,
): Response | Promise<Response> {
  const parameters = { ...answer, ...(state === undefined ? {} : { state }) };
  if (responseMode === 'form_post') return c.html(formPostPage(redirectUri, parameters));
  const target = new URL(redirectUri);
  if (responseMode === 'fragment') target.hash = new URLSearchParams(parameters).toString();
  else for (const [name, value] of Object.entries(parameters)) target.searchParams.append(name, value);
  return c.redirect(target.toString(), 302);
}
