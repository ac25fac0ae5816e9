import { describe, expect, test } from 'vitest';

import type { GoogleClient, HttpRequest } from '../../../../src/providers/google/client.ts';
import { networkFailure, type Answer, type Attempt } from '../../../../src/providers/google/failures.ts';
import { createGoogleOAuth } from '../../../../src/providers/google/oauth.ts';

const now = new Date('2026-03-02T09:00:00Z');
const scope = 'https://www.googleapis.com/auth/calendar';
const options = {
  clientId: 'client-1',
  clientSecret: 'secret-1',
  authorizeUrl: 'http://google.test/auth?hd=example.com',
  tokenUrl: 'http://google.test/token',
  revokeUrl: 'http://google.test/revoke',
  userinfoUrl: 'http://google.test/userinfo',
  now: () => now,
};

type Script = Readonly<Record<string, { status?: number; body?: unknown; down?: boolean }>>;

/** Answers by operation and remembers what was sent. */
function scripted(script: Script) {
  const sent: HttpRequest[] = [];
  const send = (attempt: Attempt, request: HttpRequest): Promise<Answer> => {
    sent.push(request);
    const { status = 200, body = {}, down = false } = script[attempt.operation] ?? {};
    if (down) return Promise.reject(networkFailure(attempt, new Error('down')));
    const answer = { status, contentType: 'application/json', retryAfterMs: undefined };
    return Promise.resolve({ ...answer, text: JSON.stringify(body) });
  };
  const client: Pick<GoogleClient, 'send' | 'sendWithin'> = { send, sendWithin: send };
  return { oauth: createGoogleOAuth(options, client as GoogleClient), sent };
}

const signal = new AbortController().signal;
const exchange = { code: 'code-1', codeVerifier: 'verifier-1', redirectUri: 'https://app.example/settings' };
const tokenBody = {
  access_token: 'at-1',
  refresh_token: 'rt-1',
  expires_in: 3599,
  scope: `openid ${scope} https://www.googleapis.com/auth/userinfo.email`,
  token_type: 'Bearer',
};
const idToken = `x.${Buffer.from(JSON.stringify({ sub: '42', email: 'ada@example.com' })).toString('base64url')}.x`;

describe('the authorization URL', () => {
  const request = {
    state: 'state-1',
    codeChallenge: 'challenge-1',
    redirectUri: 'https://app.example/a?b=c d',
  };

  test('asks for a refresh token, with PKCE, and keeps what the configured address carries', () => {
    const url = new URL(scripted({}).oauth.getAuthUrl({ ...request, loginHint: 'ada@example.com' }));
    expect(`${url.origin}${url.pathname}`).toBe('http://google.test/auth');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      hd: 'example.com',
      client_id: 'client-1',
      redirect_uri: 'https://app.example/a?b=c d',
      response_type: 'code',
      scope: `${scope} openid email`,
      state: 'state-1',
      code_challenge: 'challenge-1',
      code_challenge_method: 'S256',
      access_type: 'offline',
      prompt: 'consent',
      include_granted_scopes: 'true',
      login_hint: 'ada@example.com',
    });
  });

  test('has no login hint where none is known', () => {
    expect(new URL(scripted({}).oauth.getAuthUrl(request)).searchParams.has('login_hint')).toBe(false);
  });
});

describe('the exchange of a code', () => {
  test('sends the verifier and the secret in the body and gives tokens and account', async () => {
    const { oauth, sent } = scripted({
      'token.exchange': { body: tokenBody },
      'userinfo.get': { body: { id: '42', email: 'ada@example.com' } },
    });
    const grant = await oauth.exchangeCode(exchange, signal);
    expect(grant.account).toEqual({ id: '42', email: 'ada@example.com' });
    expect(grant.tokens).toEqual({
      accessToken: 'at-1',
      refreshToken: 'rt-1',
      expiresAt: new Date('2026-03-02T09:59:59Z'),
      scopes: ['openid', scope, 'https://www.googleapis.com/auth/userinfo.email'],
    });
    expect(sent[0]?.url).toBe('http://google.test/token');
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'code-1',
      code_verifier: 'verifier-1',
      redirect_uri: 'https://app.example/settings',
      client_id: 'client-1',
      client_secret: 'secret-1',
    });
    expect(sent[1]?.headers?.['authorization']).toBe('Bearer at-1');
  });

  test('takes the account from the id_token when user info is down, because the code is spent', async () => {
    const { oauth } = scripted({
      'token.exchange': { body: { ...tokenBody, id_token: idToken } },
      'userinfo.get': { down: true },
    });
    const { account } = await oauth.exchangeCode(exchange, signal);
    expect(account).toEqual({ id: '42', email: 'ada@example.com' });
  });

  test.each([undefined, 'rubbish', 'a.b.c'])('tells of user info where the id_token is %s', async (token) => {
    const { oauth } = scripted({
      'token.exchange': { body: { ...tokenBody, id_token: token } },
      'userinfo.get': { down: true },
    });
    await expect(oauth.exchangeCode(exchange, signal)).rejects.toMatchObject({
      kind: 'unavailable',
      detail: { operation: 'userinfo.get' },
    });
  });

  test('names the scope as missing where the user withheld their address', async () => {
    const { oauth } = scripted({
      'token.exchange': { body: tokenBody },
      'userinfo.get': { body: { id: '42' } },
    });
    await expect(oauth.exchangeCode(exchange, signal)).rejects.toMatchObject({
      detail: { code: 'scope_missing' },
    });
  });

  test.each([
    ['no access token', { ...tokenBody, access_token: undefined }],
    ['no lifetime', { ...tokenBody, expires_in: undefined }],
    ['a lifetime that is no number', { ...tokenBody, expires_in: 'soon' }],
  ])('with %s in the answer is malformed', async (_, body) => {
    const { oauth } = scripted({ 'token.exchange': { body } });
    await expect(oauth.exchangeCode(exchange, signal)).rejects.toMatchObject({ kind: 'malformed' });
  });

  test('takes the scopes for granted as asked where the answer leaves them out (RFC 6749 5.1)', async () => {
    const { oauth } = scripted({
      'token.exchange': { body: { ...tokenBody, scope: undefined } },
      'userinfo.get': { body: { id: '42', email: 'ada@example.com' } },
    });
    const { tokens } = await oauth.exchangeCode(exchange, signal);
    expect(tokens.scopes).toEqual([scope, 'openid', 'email']);
  });
});

test('the end of a permission is told where Google names one', async () => {
  const body = { ...tokenBody, refresh_token_expires_in: 604_799 };
  const named = scripted({ 'token.refresh': { body } }).oauth;
  const unnamed = scripted({ 'token.refresh': { body: tokenBody } }).oauth;
  const { expiresAt, refreshExpiresAt } = await named.refresh('rt-1', signal);
  expect(refreshExpiresAt!.getTime() - expiresAt.getTime()).toBe((604_799 - 3599) * 1000);
  expect((await unnamed.refresh('rt-1', signal)).refreshExpiresAt).toBeUndefined();
});

test('a refresh that brings no refresh token says so, so that the stored one is kept', async () => {
  const { oauth } = scripted({ 'token.refresh': { body: { ...tokenBody, refresh_token: undefined } } });
  expect((await oauth.refresh('rt-1', signal)).refreshToken).toBeUndefined();
});

test.each([
  ['a living token', 200, {}],
  ['a token that is dead already', 400, { error: 'invalid_token' }],
])('revoking %s is success', async (_, status, body) => {
  const { oauth } = scripted({ 'token.revoke': { status, body } });
  expect(await oauth.revoke('rt-1', signal)).toBe('revoked');
});

test('a revocation that Google cannot do now is tried again', async () => {
  const { oauth } = scripted({ 'token.revoke': { status: 503 } });
  await expect(oauth.revoke('rt-1', signal)).rejects.toMatchObject({ kind: 'unavailable' });
});
