import { createHash } from 'node:crypto';

import { type Context, Hono } from 'hono';

import type { EntraDependencies, Registration } from './authorize-routes.ts';
import { EntraError, entraErrorBody, entraErrors } from './entra-errors.ts';
import type { AuthorizationCode, RefreshGrant } from './grants.ts';
import { createIdTokenSigner } from './id-tokens.ts';
import { type ScopeStyle, answerScopes, isWithin, readScopes } from './scopes.ts';

export interface TokenBehaviour {
  /** The life of access tokens that are issued from now on, as they state it. */
  accessTokenSeconds: number;
  scopeStyle: ScopeStyle;
}

export const defaultTokenBehaviour: TokenBehaviour = { accessTokenSeconds: 3599, scopeStyle: 'short' };

export interface TokenDependencies extends EntraDependencies {
  /** Read at each issue. */
  behaviour: TokenBehaviour;
  /** Added to what `expires_in` says, in milliseconds; read at each issue. */
  lifetimeSkewMs: () => number;
  onGrant(email: string, grantType: 'authorization_code' | 'refresh_token'): void;
}

/** The token endpoint and what a client needs to check an id_token. */
export function tokenRoutes(dependencies: TokenDependencies): Hono {
  const signer = createIdTokenSigner();
  const app = new Hono();
  app.post('/:tenant/oauth2/v2.0/token', async (c) => {
    c.header('Cache-Control', 'no-store, no-cache');
    c.header('Pragma', 'no-cache');
    const form = new URLSearchParams(await c.req.text());
    try {
      const grant = redeem(c, dependencies, form);
      dependencies.onGrant(grant.user.email, grant.grantType);
      const idToken = grant.scopes.includes('openid')
        ? await signer.issue(idTokenInput(c, dependencies, grant))
        : null;
      return c.json(tokenAnswer(dependencies, grant, idToken));
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      const body = entraErrorBody(error, dependencies.now(), c.req.header('client-request-id'));
      return c.json(body, error.status);
    }
  });
  app.get('/:tenant/discovery/v2.0/keys', async (c) => c.json(await signer.keys()));
  app.get('/:tenant/v2.0/.well-known/openid-configuration', (c) => c.json(discoveryDocument(c)));
  return app;
}

interface Redeemed extends RefreshGrant {
  grantType: 'authorization_code' | 'refresh_token';
  /** What a refresh token carries on; a refresh may ask for less and loses nothing by it. */
  wholeGrant: readonly string[];
  nonce: string | undefined;
}

/** @throws EntraError */
function redeem(c: Context, dependencies: TokenDependencies, form: URLSearchParams): Redeemed {
  const tenant = c.req.param('tenant') ?? '';
  if (!dependencies.directory.isTenant(tenant)) throw entraErrors.tenantNotFound(tenant);
  const grantType = form.get('grant_type');
  if (!grantType) throw entraErrors.missingParameter('grant_type');
  checkClient(c, dependencies.registration, form, tenant);
  if (grantType === 'authorization_code') return redeemCode(dependencies, form);
  if (grantType === 'refresh_token') return redeemRefreshToken(dependencies, form);
  throw entraErrors.unsupportedGrantType(grantType);
}

function checkClient(c: Context, registration: Registration, form: URLSearchParams, tenant: string): void {
  const basic = basicCredentials(c.req.header('authorization'));
  const clientId = form.get('client_id') ?? basic?.[0];
  const secret = form.get('client_secret') ?? basic?.[1];
  if (!clientId) throw entraErrors.missingParameter('client_id');
  if (clientId !== registration.clientId) throw entraErrors.unknownApplication(clientId, tenant);
  if (!secret) throw entraErrors.missingSecret();
  if (secret !== registration.clientSecret) throw entraErrors.wrongSecret(clientId);
  if (registration.secretExpired) throw entraErrors.expiredSecret(clientId);
}

function basicCredentials(header: string | undefined): [string, string] | undefined {
  const [, encoded] = /^Basic (.+)$/i.exec(header ?? '') ?? [];
  if (!encoded) return undefined;
  const [name = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':');
  return [decodeURIComponent(name), decodeURIComponent(secret.join(':'))];
}

function redeemCode({ grants }: TokenDependencies, form: URLSearchParams): Redeemed {
  const text = required(form, 'code');
  const code = grants.readCode(text);
  const redirectUri = required(form, 'redirect_uri');
  if (redirectUri !== code.redirectUri) throw entraErrors.redirectDiffers(redirectUri, code.redirectUri);
  if (!provesChallenge(code, form.get('code_verifier'))) throw entraErrors.verifierMismatch();
  grants.redeemCode(text);
  const { user, scopes, nonce } = code;
  return { grantType: 'authorization_code', user, scopes, wholeGrant: scopes, nonce };
}

/** RFC 7636 4.6 */
function provesChallenge(
  { codeChallenge, codeChallengeMethod }: AuthorizationCode,
  verifier: string | null,
): boolean {
  if (codeChallenge === undefined) return true;
  if (verifier === null) return false;
  const proof =
    codeChallengeMethod === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  return proof === codeChallenge;
}

function redeemRefreshToken({ grants, registration }: TokenDependencies, form: URLSearchParams): Redeemed {
  const grant = grants.readRefreshToken(required(form, 'refresh_token'));
  const asked = readScopes(form.get('scope') ?? '');
  if (!isWithin(asked, grant.scopes)) throw entraErrors.consentMissing(registration.clientId);
  const scopes = asked.length > 0 ? asked : grant.scopes;
  return { grantType: 'refresh_token', user: grant.user, scopes, wholeGrant: grant.scopes, nonce: undefined };
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw entraErrors.missingParameter(name);
  return value;
}

/** Every answer has a new refresh token, if the grant has one at all. */
function tokenAnswer(
  { grants, behaviour, lifetimeSkewMs }: TokenDependencies,
  grant: Redeemed,
  idToken: string | null,
) {
  const { accessTokenSeconds, scopeStyle } = behaviour;
  const { user, scopes, wholeGrant } = grant;
  return {
    token_type: 'Bearer',
    scope: answerScopes(scopes, scopeStyle),
    expires_in: accessTokenSeconds,
    ext_expires_in: accessTokenSeconds,
    access_token: grants.issueAccessToken({ user, scopes }, accessTokenSeconds + lifetimeSkewMs() / 1000),
    ...(wholeGrant.includes('offline_access')
      ? { refresh_token: grants.issueRefreshToken({ user, scopes: wholeGrant }) }
      : {}),
    ...(idToken === null ? {} : { id_token: idToken }),
  };
}

function idTokenInput(
  c: Context,
  { registration, now }: TokenDependencies,
  { user, scopes, nonce }: Redeemed,
) {
  return {
    user,
    scopes,
    nonce,
    clientId: registration.clientId,
    authority: new URL(c.req.url).origin,
    now: now(),
  };
}

function discoveryDocument(c: Context): object {
  const tenant = `${new URL(c.req.url).origin}/${c.req.param('tenant')}`;
  return {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  };
}
