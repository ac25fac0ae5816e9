import { describe, expect, it } from 'vitest';

import { createGraph } from '../../../../src/providers/microsoft/client.ts';
import {
  authorizationUrl,
  exchangeCode,
  refreshTokens,
  type OAuthOptions,
} from '../../../../src/providers/microsoft/oauth.ts';
import { noBudget } from '../../../support/no-budget.ts';
import { fakeHttp } from './fake-http.ts';

const now = (): Date => new Date('2026-03-02T09:00:00Z');
const never = new AbortController().signal;
const token = '/contoso.example/oauth2/v2.0/token';
const exchange = {
  code: 'the-code',
  codeVerifier: 'the-verifier',
  redirectUri: 'https://app.example/settings',
};

function optionsWith(http: OAuthOptions['http']): OAuthOptions {
  const graphUrl = 'https://graph.example/v1.0';
  return {
    clientId: 'client-1',
    clientSecret: 'a secret & more',
    tenantId: 'contoso.example',
    authorityUrl: 'https://login.example',
    http,
    now,
    graphFor: (access) => createGraph({ graphUrl, http, now, budget: noBudget }, access),
  };
}

const idToken = (claims: object): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;

const tokens = {
  token_type: 'Bearer',
  scope: 'https://graph.microsoft.com/User.Read Calendars.ReadWrite',
  expires_in: 3599,
  access_token: 'access-1',
  refresh_token: 'refresh-1',
  id_token: idToken({ oid: 'object-1', tid: 'tenant-1', email: 'claimed@contoso.example' }),
};
const profile = {
  id: 'profile-1',
  mail: 'ada@contoso.example',
  userPrincipalName: 'ada@contoso.onmicrosoft.example',
};

function exchanged(answers: { tokens?: object; profile?: object; calendars?: number } = {}) {
  const http = fakeHttp({
    [token]: { json: { ...tokens, ...answers.tokens } },
    '/v1.0/me': { json: { ...profile, ...answers.profile } },
    '/v1.0/me/calendars': { status: answers.calendars ?? 200, json: { value: [] } },
  });
  return { http, grant: exchangeCode(optionsWith(http), exchange, never) };
}

describe('the authorization URL of Microsoft', () => {
  it('asks for what is needed, with PKCE, and lets the user choose the account', () => {
    const request = { state: 'state-1', codeChallenge: 'challenge-1', redirectUri: exchange.redirectUri };
    const url = new URL(
      authorizationUrl(optionsWith(fakeHttp({})), { ...request, loginHint: 'ada@contoso.example' }),
    );
    expect(url.origin + url.pathname).toBe('https://login.example/contoso.example/oauth2/v2.0/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'client-1',
      response_type: 'code',
      redirect_uri: 'https://app.example/settings',
      response_mode: 'query',
      scope: 'User.Read Calendars.ReadWrite offline_access openid email',
      state: 'state-1',
      code_challenge: 'challenge-1',
      code_challenge_method: 'S256',
      prompt: 'select_account',
      login_hint: 'ada@contoso.example',
    });
  });
});

describe('the exchange of a code at Microsoft', () => {
  it('sends a form, counts the lifetime from before the request, and asks whose it is', async () => {
    const { http, grant } = exchanged();
    expect(await grant).toEqual({
      tokens: {
        accessToken: 'access-1',
        refreshToken: 'refresh-1',
        expiresAt: new Date('2026-03-02T09:59:59Z'),
        scopes: ['https://graph.microsoft.com/User.Read', 'Calendars.ReadWrite'],
      },
      account: { id: 'object-1.tenant-1', email: 'ada@contoso.example' },
    });
    expect(http.sent[0]).toMatchObject({ method: 'POST', url: `https://login.example${token}` });
    expect(http.sent[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(http.sent[0]?.body))).toEqual({
      client_id: 'client-1',
      client_secret: 'a secret & more',
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: 'https://app.example/settings',
      code_verifier: 'the-verifier',
    });
  });

  it('takes the sign-in name of an account that has no mail address', async () => {
    const { account } = await exchanged({ profile: { mail: null } }).grant;
    expect(account.email).toBe('ada@contoso.onmicrosoft.example');
  });

  it.each(['', 'rubbish', 'a.b.c', idToken({ oid: 'object-1' })])(
    'goes by the profile where the id token is %j',
    async (id_token) => {
      expect((await exchanged({ tokens: { id_token } }).grant).account.id).toBe('profile-1');
    },
  );

  it('goes by the id token where the profile was not granted, and leaves the judgement to the caller', async () => {
    const { http, grant } = exchanged({ tokens: { scope: 'openid' } });
    expect((await grant).account).toEqual({ id: 'object-1.tenant-1', email: 'claimed@contoso.example' });
    expect(http.sent).toHaveLength(1);
  });

  it('takes the scopes that were asked for where the answer leaves them out', async () => {
    const { scopes } = (await exchanged({ tokens: { scope: undefined } }).grant).tokens;
    expect(scopes).toContain('Calendars.ReadWrite');
  });

  it('refuses an account without a mailbox, and nothing else that is wrong with its calendars', async () => {
    await expect(exchanged({ calendars: 404 }).grant).rejects.toMatchObject({
      detail: { code: 'account_without_mailbox' },
    });
    await expect(exchanged({ calendars: 503 }).grant).resolves.toBeDefined();
    await expect(exchanged({ calendars: 429 }).grant).resolves.toBeDefined();
  });

  it.each([
    ['no access token', { access_token: undefined }],
    ['no lifetime', { expires_in: 'soon' }],
    ['a lifetime that is over', { expires_in: 0 }],
  ])('that brings %s is malformed', async (_, change) => {
    await expect(exchanged({ tokens: change }).grant).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('that does not tell whose it is is malformed', async () => {
    const nobody = exchanged({
      profile: { id: '', mail: null, userPrincipalName: null },
      tokens: { id_token: '' },
    });
    await expect(nobody.grant).rejects.toMatchObject({ kind: 'malformed' });
  });
});

describe('a refresh at Microsoft', () => {
  it('gives the new refresh token, and asks for no scopes', async () => {
    const http = fakeHttp({
      [token]: { json: { ...tokens, refresh_token: 'refresh-2', expires_in: '3600' } },
    });
    const fresh = await refreshTokens(optionsWith(http), 'refresh-1', never);
    expect(fresh).toMatchObject({ refreshToken: 'refresh-2', expiresAt: new Date('2026-03-02T10:00:00Z') });
    expect(Object.fromEntries(new URLSearchParams(http.sent[0]?.body))).toEqual({
      client_id: 'client-1',
      client_secret: 'a secret & more',
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
    });
  });

  it('gives none where none came', async () => {
    const http = fakeHttp({ [token]: { json: { ...tokens, refresh_token: undefined } } });
    expect((await refreshTokens(optionsWith(http), 'refresh-1', never)).refreshToken).toBeUndefined();
  });
});
