import { type Context, Hono } from 'hono';

import type { Account, Accounts } from './accounts.ts';
import {
  type AuthorizationRequest,
  readAuthorizationRequest,
  RefusedAtProvider,
} from './authorization-request.ts';
import { accountPage, CONSENT_PATH, refusalPage, scopesPage } from './consent-page.ts';
import type { Client, Grants } from './grants.ts';
import { isIdentityScope } from './scopes.ts';

export const AUTHORIZE_PATH = '/o/oauth2/v2/auth';

export interface AuthorizeDependencies {
  accounts: Accounts;
  grants: Grants;
  clients: ReadonlyMap<string, Client>;
}

/** The pages that a user sees: choose an account, tick scopes, and back to the app. */
export function authorizeRoutes(dependencies: AuthorizeDependencies): Hono {
  const { accounts, clients } = dependencies;
  return new Hono()
    .get(AUTHORIZE_PATH, (c) => {
      const query = new URL(c.req.url).searchParams;
      const request = readAuthorizationRequest(query, clients);
      const hinted = accounts
        .all()
        .find(({ email, sub }) => request.loginHint === email || request.loginHint === sub);
      if (request.prompts.has('none')) return c.redirect(answerSilently(dependencies, request, hinted));
      if (!hinted || request.prompts.has('select_account'))
        return c.html(accountPage(request, accounts.all(), query.toString()));
      return ask(c, dependencies, request, hinted, query.toString());
    })
    .post(CONSENT_PATH, async (c) => {
      const form = new URLSearchParams(await c.req.text());
      const query = new URLSearchParams(form.get('request') ?? '');
      const request = readAuthorizationRequest(query, clients);
      const account = accounts.all().find(({ email }) => email === form.get('email'));
      if (!account) throw new RefusedAtProvider(400, 'invalid_request', 'Couldn’t find your account.');
      const decision = form.get('decision');
      if (decision === null) return ask(c, dependencies, request, account, query.toString());
      if (decision !== 'allow') return c.redirect(refusal(request, 'access_denied'));
      return c.redirect(allow(dependencies, request, account, form.getAll('scope')));
    })
    .onError((error, c) => {
      if (error instanceof RefusedAtProvider) return c.html(refusalPage(error), error.status as 400);
      throw error;
    });
}

/** The consent page, or straight back to the app where the user allowed all of it earlier. */
function ask(
  c: Context,
  dependencies: AuthorizeDependencies,
  request: AuthorizationRequest,
  account: Account,
  query: string,
) {
  if (needsConsent(dependencies, request, account)) return c.html(scopesPage(request, account, query));
  return c.redirect(grantAndReturn(dependencies, request, account, request.scopes, false));
}

function needsConsent(
  { grants }: AuthorizeDependencies,
  request: AuthorizationRequest,
  account: Account,
): boolean {
  const allowed = grants.find(account.sub, request.client.id)?.scopes;
  return request.prompts.has('consent') || !allowed || !request.scopes.every((scope) => allowed.has(scope));
}

function answerSilently(
  dependencies: AuthorizeDependencies,
  request: AuthorizationRequest,
  account: Account | undefined,
): string {
  if (!account) return refusal(request, 'login_required');
  if (needsConsent(dependencies, request, account)) return refusal(request, 'interaction_required');
  return grantAndReturn(dependencies, request, account, request.scopes, false);
}

/** Ticks for scopes that were not asked for count for nothing. */
function allow(
  dependencies: AuthorizeDependencies,
  request: AuthorizationRequest,
  account: Account,
  ticked: readonly string[],
): string {
  const granted = request.scopes.filter((scope) => isIdentityScope(scope) || ticked.includes(scope));
  if (granted.length === 0) return refusal(request, 'access_denied');
  return grantAndReturn(dependencies, request, account, granted, true);
}

function grantAndReturn(
  { grants }: AuthorizeDependencies,
  request: AuthorizationRequest,
  account: Account,
  granted: readonly string[],
  consentShown: boolean,
): string {
  const earlier = request.includeGranted
    ? [...(grants.find(account.sub, request.client.id)?.scopes ?? [])]
    : [];
  const scopes = [...new Set([...granted, ...earlier])];
  const code = grants.issueCode(request.client.id, account.sub, {
    scopes,
    redirectUri: request.redirectUri,
    challenge: request.challenge,
    nonce: request.nonce,
    withRefreshToken: request.offline && consentShown,
  });
  const prompt = consentShown ? 'consent' : 'none';
  return backToApp(request, { code, scope: scopes.join(' '), authuser: '0', prompt });
}

function refusal(request: AuthorizationRequest, error: string): string {
  return backToApp(request, { error });
}

function backToApp({ redirectUri, state }: AuthorizationRequest, parameters: Record<string, string>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...(state === undefined ? {} : { state }), ...parameters }))
    url.searchParams.set(name, value);
  return url.href;
}
