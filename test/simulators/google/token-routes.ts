import { createHmac, timingSafeEqual } from 'node:crypto';

import { type Context, Hono } from 'hono';

import type { Accounts } from './accounts.ts';
import { answersChallenge, type AuthorizationCode, type Client, type Grant, type Grants } from './grants.ts';

export interface TokenDependencies {
  accounts: Accounts;
  grants: Grants;
  clients: ReadonlyMap<string, Client>;
  now: () => Date;
}

/** An OAuth error answer (RFC 6749, 5.2). */
class TokenError extends Error {
  readonly status: 400 | 401;
  readonly code: string;

  constructor(status: 400 | 401, code: string, description: string) {
    super(description);
    this.name = 'TokenError';
    this.status = status;
    this.code = code;
  }
}

/** The token and revoke endpoints. */
export function tokenRoutes(dependencies: TokenDependencies): Hono {
  return new Hono()
    .post('/token', async (c) => {
      const form = await readForm(c);
      const client = authenticate(c.req.header('authorization'), form, dependencies.clients);
      c.header('cache-control', 'no-store');
      switch (form.get('grant_type')) {
        case 'authorization_code':
          return c.json(exchange(dependencies, client, form));
        case 'refresh_token':
          return c.json(refresh(dependencies, client, form));
        case null:
          throw new TokenError(400, 'invalid_request', 'Missing required parameter: grant_type');
        default:
          throw new TokenError(
            400,
            'unsupported_grant_type',
            `Invalid grant_type: ${form.get('grant_type')}`,
          );
      }
    })
    .post('/revoke', async (c) => {
      const token = c.req.query('token') ?? new URLSearchParams(await c.req.text()).get('token');
      if (!token) throw new TokenError(400, 'invalid_request', 'Missing required parameter: token');
      if (!dependencies.grants.revokeByToken(token))
        throw new TokenError(400, 'invalid_token', 'Token expired or revoked');
      return c.json({});
    })
    .onError((error, c) => {
      if (!(error instanceof TokenError)) throw error;
      return c.json({ error: error.code, error_description: error.message }, error.status);
    });
}

async function readForm(c: Context): Promise<URLSearchParams> {
  if (!c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded'))
    throw new TokenError(400, 'invalid_request', 'The request must be form-encoded.');
  return new URLSearchParams(await c.req.text());
}

function authenticate(
  authorization: string | undefined,
  form: URLSearchParams,
  clients: ReadonlyMap<string, Client>,
): Client {
  const [id, secret] = authorization?.startsWith('Basic ')
    ? Buffer.from(authorization.slice(6), 'base64').toString().split(':').map(decodeURIComponent)
    : [form.get('client_id'), form.get('client_secret')];
  if (!id) throw new TokenError(400, 'invalid_request', 'Could not determine client ID from request.');
  const client = clients.get(id);
  if (!client) throw new TokenError(401, 'invalid_client', 'The OAuth client was not found.');
  if (!secret) throw new TokenError(400, 'invalid_request', 'client_secret is missing.');
  if (!isEqual(secret, client.secret)) throw new TokenError(401, 'invalid_client', 'Unauthorized');
  return client;
}

function isEqual(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function exchange(dependencies: TokenDependencies, client: Client, form: URLSearchParams): object {
  const { grants, now } = dependencies;
  const value = form.get('code') ?? '';
  const code = grants.code(value);
  const redirectUri = form.get('redirect_uri') ?? '';
  if (!client.redirectUris.includes(redirectUri))
    throw new TokenError(400, 'redirect_uri_mismatch', 'Bad Request');
  if (!code) throw new TokenError(400, 'invalid_grant', 'Malformed auth code.');
  if (code.grant.clientId !== client.id) throw new TokenError(401, 'unauthorized_client', 'Unauthorized');
  if (code.expiresAt <= now().getTime() || code.redirectUri !== redirectUri)
    throw new TokenError(400, 'invalid_grant', 'Bad Request');
  checkVerifier(code, form.get('code_verifier'));

  grants.spendCode(value);
  grants.countsOf(code.grant.sub).exchanges += 1;
  const { refreshTokenLifetimeS } = grants.lifetimes();
  const refreshToken = code.withRefreshToken
    ? {
        refresh_token: grants.issueRefreshToken(code.grant, code.scopes),
        ...(Number.isFinite(refreshTokenLifetimeS)
          ? { refresh_token_expires_in: refreshTokenLifetimeS }
          : {}),
      }
    : {};
  return { ...accessAnswer(dependencies, client, code.grant, code.scopes, code.nonce), ...refreshToken };
}

function checkVerifier({ challenge }: AuthorizationCode, verifier: string | null): void {
  if (!challenge) return;
  if (!verifier) throw new TokenError(400, 'invalid_grant', 'Missing code verifier.');
  if (!answersChallenge(challenge, verifier))
    throw new TokenError(400, 'invalid_grant', 'Invalid code verifier.');
}

function refresh(dependencies: TokenDependencies, client: Client, form: URLSearchParams): object {
  const value = form.get('refresh_token');
  if (!value) throw new TokenError(400, 'invalid_request', 'Missing required parameter: refresh_token');
  const held = dependencies.grants.refreshToken(value);
  if (!held) throw new TokenError(400, 'invalid_grant', 'Token has been expired or revoked.');
  if (held.grant.clientId !== client.id) throw new TokenError(401, 'unauthorized_client', 'Unauthorized');
  dependencies.grants.countsOf(held.grant.sub).refreshes += 1;
  return accessAnswer(dependencies, client, held.grant, held.scopes, undefined);
}

function accessAnswer(
  dependencies: TokenDependencies,
  client: Client,
  grant: Grant,
  scopes: readonly string[],
  nonce: string | undefined,
): object {
  return {
    access_token: dependencies.grants.issueAccessToken(grant, scopes),
    expires_in: dependencies.grants.lifetimes().accessTokenLifetimeS,
    scope: scopes.join(' '),
    token_type: 'Bearer',
    ...(scopes.includes('openid') ? { id_token: idToken(dependencies, client, grant, scopes, nonce) } : {}),
  };
}

/** Signed with the client secret (HS256): real ones are RS256, for which a simulator would need published keys. */
function idToken(
  { accounts, now }: TokenDependencies,
  client: Client,
  grant: Grant,
  scopes: readonly string[],
  nonce: string | undefined,
): string {
  const account = accounts.withSub(grant.sub);
  const issuedAt = Math.floor(now().getTime() / 1000);
  const withEmail = scopes.some((scope) => scope.endsWith('/userinfo.email'));
  const claims = {
    iss: 'https://accounts.google.com',
    azp: client.id,
    aud: client.id,
    sub: grant.sub,
    ...(withEmail ? { email: account?.email, email_verified: true } : {}),
    ...(nonce === undefined ? {} : { nonce }),
    iat: issuedAt,
    exp: issuedAt + 3600,
  };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encodeSegment).join('.');
  return `${signed}.${createHmac('sha256', client.secret).update(signed).digest('base64url')}`;
}

function encodeSegment(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}
