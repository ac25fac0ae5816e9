import type { TokenSet } from '../../domain/credential.ts';
import { ProviderError } from '../../domain/failure.ts';
import type { Account, AuthorizationRequest, CodeExchange, Provider } from '../provider.ts';
import type { GoogleClient, HttpRequest } from './client.ts';
import {
  addressWithheld,
  apiFailure,
  bodyOf,
  isAlreadyRevoked,
  malformed,
  tokenFailure,
  type Attempt,
} from './failures.ts';
import { parseObject, textOf, type JsonObject } from './wire.ts';

export interface GoogleOAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly userinfoUrl: string;
  readonly now: () => Date;
}

export const calendarScope = 'https://www.googleapis.com/auth/calendar';
const requestedScopes = [calendarScope, 'openid', 'email'];

type GoogleOAuth = Pick<Provider, 'getAuthUrl' | 'exchangeCode' | 'refresh' | 'revoke'>;

/**
 * developers.google.com/identity/protocols/oauth2/web-server. Without google-auth-library's OAuth2Client: it repeats
 * the POST of a code on its own, takes neither an AbortSignal nor a clock, and would have to hold the refresh token.
 */
export function createGoogleOAuth(options: GoogleOAuthOptions, client: GoogleClient): GoogleOAuth {
  const { clientId, clientSecret, tokenUrl } = options;
  const askForTokens = async (
    attempt: Attempt,
    grant: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<JsonObject> => {
    const form = { ...grant, client_id: clientId, client_secret: clientSecret };
    const answer = await client.send(attempt, formPost(tokenUrl, form), signal);
    return bodyOf(attempt, answer, tokenFailure);
  };

  return {
    getAuthUrl: (request) => authorizationUrl(options, request),
    exchangeCode: async (request, signal) => {
      const attempt = { operation: 'token.exchange', redirectUri: request.redirectUri };
      const body = await askForTokens(attempt, codeGrant(request), signal);
      const tokens = tokenSet(attempt, body, options.now());
      return { tokens, account: await accountOf(client, options.userinfoUrl, body, tokens, signal) };
    },
    refresh: async (refreshToken, signal) => {
      const attempt = { operation: 'token.refresh' };
      const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
      return tokenSet(attempt, await askForTokens(attempt, grant, signal), options.now());
    },
    revoke: async (refreshToken, signal) => {
      const attempt = { operation: 'token.revoke' };
      const url = new URL(options.revokeUrl);
      url.searchParams.set('token', refreshToken);
      const answer = await client.send(attempt, formPost(url.href, {}), signal);
      const done = (answer.status >= 200 && answer.status < 300) || isAlreadyRevoked(answer);
      if (!done) throw tokenFailure(attempt, answer);
      return 'revoked';
    },
  };
}

function authorizationUrl(options: GoogleOAuthOptions, request: AuthorizationRequest): string {
  const url = new URL(options.authorizeUrl);
  const parameters = {
    client_id: options.clientId,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    scope: requestedScopes.join(' '),
    state: request.state,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    access_type: 'offline',
    // Only a consent screen brings a refresh token, also to somebody who agreed before.
    prompt: 'consent',
    include_granted_scopes: 'true',
    ...(request.loginHint === undefined ? {} : { login_hint: request.loginHint }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

function codeGrant({ code, codeVerifier, redirectUri }: CodeExchange): Record<string, string> {
  return { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri };
}

function formPost(url: string, form: Readonly<Record<string, string>>): HttpRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  return { method: 'POST', url, headers, body: new URLSearchParams(form).toString() };
}

function tokenSet(attempt: Attempt, body: JsonObject, now: Date): TokenSet {
  const accessToken = textOf(body['access_token']);
  const expiresInSeconds = Number(body['expires_in']);
  // For permissions with an end only: given for a time, or to a project in publishing status "Testing".
  const refreshExpiresInSeconds = Number(body['refresh_token_expires_in']);
  const inSeconds = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
  if (accessToken === undefined) throw malformed(attempt, 'no access token');
  if (!(expiresInSeconds > 0)) throw malformed(attempt, 'no lifetime of the access token');
  return {
    accessToken,
    refreshToken: textOf(body['refresh_token']),
    expiresAt: inSeconds(expiresInSeconds),
    refreshExpiresAt: refreshExpiresInSeconds > 0 ? inSeconds(refreshExpiresInSeconds) : undefined,
    // Left out where it is what was asked for (RFC 6749 5.1).
    scopes: textOf(body['scope'])?.split(/\s+/) ?? requestedScopes,
  };
}

/**
 * Who the tokens belong to. The code is spent by now, so that a user info endpoint with a bad day would cost the user
 * a second round: then the id_token tells. It came straight from the token endpoint, which vouches for it
 * (OpenID Connect Core 3.1.3.7 point 6).
 */
async function accountOf(
  client: GoogleClient,
  userinfoUrl: string,
  tokenBody: JsonObject,
  tokens: TokenSet,
  signal: AbortSignal,
): Promise<Account> {
  try {
    return await askUserinfo(client, userinfoUrl, tokens.accessToken, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const account = accountIn(tokenBody['id_token']);
    if (account === undefined) throw error;
    return account;
  }
}

async function askUserinfo(
  client: GoogleClient,
  url: string,
  accessToken: string,
  signal: AbortSignal,
): Promise<Account> {
  const attempt = { operation: 'userinfo.get' };
  const headers = { authorization: `Bearer ${accessToken}`, accept: 'application/json' };
  const body = bodyOf(
    attempt,
    await client.sendWithin(attempt, { method: 'GET', url, headers }, { urgency: 'interactive', signal }),
    apiFailure,
  );
  const id = textOf(body['id']) ?? textOf(body['sub']);
  const email = textOf(body['email']);
  if (id === undefined) throw malformed(attempt, 'an account without id');
  if (email === undefined) throw addressWithheld(attempt);
  return { id, email };
}

function accountIn(idToken: unknown): Account | undefined {
  const payload = textOf(idToken)?.split('.')[1] ?? '';
  const claims = parseObject(Buffer.from(payload, 'base64url').toString('utf8')) ?? {};
  const id = textOf(claims['sub']);
  const email = textOf(claims['email']);
  return id === undefined || email === undefined ? undefined : { id, email };
}
