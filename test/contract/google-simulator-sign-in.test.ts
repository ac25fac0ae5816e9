import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TESTING_LIFETIME_S } from '../simulators/google/grants.ts';
import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import {
  authorizationUrl,
  CALENDAR_SCOPE,
  calendarReader,
  closeFaultless,
  connect,
  exchangeForm,
  REDIRECT_URI,
  requestTokens,
} from '../support/simulated-google.ts';

const OTHER = { id: 'other-client', secret: 'other-secret', redirectUris: [REDIRECT_URI] };
const SECOND_URI = 'http://localhost:3000/second';
const ada = { email: 'ada@example.com' };

describe('signing in to the Google simulator', () => {
  let google: GoogleSimulator;
  let now: Date;

  beforeEach(async () => {
    now = new Date('2026-03-02T09:00:00Z');
    google = await startGoogleSimulator({
      now: () => now,
      redirectUris: [REDIRECT_URI, SECOND_URI],
      otherClients: [OTHER],
    });
    google.addUser({ email: 'ada@example.com', name: 'Ada Lovelace', timeZone: 'Europe/London' });
  });

  afterEach(() => closeFaultless(google));

  it('leads from the consent page back with code and state, and gives tokens for the code', async () => {
    const redirect = await google.authorize(authorizationUrl(google), ada);
    expect(redirect.origin + redirect.pathname).toBe(REDIRECT_URI);
    expect(redirect.searchParams.get('state')).toBe('state-of-the-app');

    const { status, body } = await requestTokens(google, exchangeForm(redirect));
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    expect(body['refresh_token']).toMatch(/^1\/\//);
    expect(body['scope']?.split(' ')).toEqual([
      'openid',
      'https://www.googleapis.com/auth/userinfo.email',
      CALENDAR_SCOPE,
    ]);
    const claims = JSON.parse(
      Buffer.from(body['id_token']?.split('.')[1] ?? '', 'base64url').toString(),
    ) as object;
    expect(claims).toMatchObject({ email: 'ada@example.com', iss: 'https://accounts.google.com' });
    expect(google.counts['ada@example.com']).toEqual({
      codes: 1,
      exchanges: 1,
      refreshes: 0,
      refreshTokens: 1,
    });
  });

  it('shows accounts, then scopes that can be unticked one by one, escaped', async () => {
    google.addUser({ email: 'b@example.com', name: '<i>Bob</i>' });
    const accounts = await (await fetch(authorizationUrl(google))).text();
    expect(accounts).toContain('Ada Lovelace');
    expect(accounts).toContain('&lt;i&gt;Bob');
    const scopes = await (await fetch(authorizationUrl(google, { login_hint: 'ada@example.com' }))).text();
    expect(scopes).toMatch(/value="https:\/\/www.googleapis.com\/auth\/calendar"\s+checked/);
  });

  it.each([
    [{ redirect_uri: `${REDIRECT_URI}/` }, 400, 'redirect_uri_mismatch'],
    [{ redirect_uri: 'https://localhost:3000/settings' }, 400, 'redirect_uri_mismatch'],
    [{ client_id: 'nobody' }, 401, 'invalid_client'],
    [{ scope: undefined }, 400, 'invalid_request'],
    [{ scope: 'calendar' }, 400, 'invalid_scope'],
    [{ response_type: 'token' }, 400, 'unsupported_response_type'],
    [{ prompt: 'none consent' }, 400, 'invalid_request'],
    [{ code_challenge_method: 'S512' }, 400, 'invalid_request'],
  ])('answers %j with a page of its own, not with a redirect', async (changes, status, code) => {
    const response = await fetch(authorizationUrl(google, changes), { redirect: 'manual' });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(`<code>${code}</code>`);
    await expect(google.authorize(authorizationUrl(google, changes), ada)).rejects.toThrow(code);
  });

  it('returns access_denied and the state when the user refuses, or ticks nothing at all', async () => {
    const denied = await google.authorize(authorizationUrl(google), { ...ada, deny: true });
    expect(Object.fromEntries(denied.searchParams)).toEqual({
      error: 'access_denied',
      state: 'state-of-the-app',
    });
    const nothing = await google.authorize(authorizationUrl(google, { scope: CALENDAR_SCOPE }), {
      ...ada,
      grant: [],
    });
    expect(nothing.searchParams.get('error')).toBe('access_denied');
  });

  it('grants what was ticked and says so; the rest is refused with insufficientPermissions', async () => {
    const tokens = await connect(google, { ...ada, grant: [] });
    expect(tokens['scope']?.split(' ')).not.toContain(CALENDAR_SCOPE);
    const answer = await calendarReader(google, tokens['access_token'] ?? '').page({});
    expect(answer.error).toMatchObject({ code: 403, errors: [{ reason: 'insufficientPermissions' }] });
  });

  it('gives a refresh token only for offline access and only when the consent page was shown', async () => {
    expect(await connect(google, ada, { access_type: undefined })).not.toHaveProperty('refresh_token');
    const again = { prompt: undefined, login_hint: 'ada@example.com' };
    expect(await connect(google, ada, again)).not.toHaveProperty('refresh_token');
    expect(await connect(google, ada)).toHaveProperty('refresh_token');
    google.revokeGrant('ada@example.com');
    expect(await connect(google, ada, again)).toHaveProperty('refresh_token');
  });

  it('answers prompt=none without a page', async () => {
    const silent = { prompt: 'none', login_hint: 'ada@example.com' };
    const first = await google.authorize(authorizationUrl(google, silent), ada);
    expect(first.searchParams.get('error')).toBe('interaction_required');
    await connect(google, ada);
    const second = await google.authorize(authorizationUrl(google, silent), ada);
    expect(second.searchParams.get('code')).toBeTruthy();
  });

  it.each([
    [{ code_verifier: 'another-verifier-of-at-least-forty-three-characters' }, 400, 'invalid_grant'],
    [{ code_verifier: '' }, 400, 'invalid_grant'],
    [{ code: '4/0Aunknown' }, 400, 'invalid_grant'],
    [{ redirect_uri: 'http://localhost:3000/elsewhere' }, 400, 'redirect_uri_mismatch'],
    [{ redirect_uri: SECOND_URI }, 400, 'invalid_grant'],
    [{ client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'nobody' }, 401, 'invalid_client'],
    [{ client_id: OTHER.id, client_secret: OTHER.secret }, 401, 'unauthorized_client'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('refuses an exchange with %j and leaves the code usable', async (changes, status, error) => {
    const redirect = await google.authorize(authorizationUrl(google), ada);
    const refused = await requestTokens(google, exchangeForm(redirect, changes));
    expect(refused).toMatchObject({ status, body: { error } });
    expect((await requestTokens(google, exchangeForm(redirect))).status).toBe(200);
  });

  it('takes a code once, and not after ten minutes', async () => {
    const redirect = await google.authorize(authorizationUrl(google), ada);
    expect((await requestTokens(google, exchangeForm(redirect))).status).toBe(200);
    expect((await requestTokens(google, exchangeForm(redirect))).body).toMatchObject({
      error: 'invalid_grant',
    });

    const late = await google.authorize(authorizationUrl(google), ada);
    now = new Date(now.getTime() + 10 * 60_000);
    expect((await requestTokens(google, exchangeForm(late))).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('lets access tokens expire by the clock with authError, and refreshes without a new refresh token', async () => {
    const tokens = await connect(google, ada);
    now = new Date(now.getTime() + 3600_000);
    const stale = await calendarReader(google, tokens['access_token'] ?? '').page({});
    expect(stale.error).toMatchObject({
      code: 401,
      errors: [{ reason: 'authError', location: 'Authorization' }],
    });

    const form = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
    const refreshed = await requestTokens(google, form);
    expect(refreshed.status).toBe(200);
    expect(refreshed.body).not.toHaveProperty('refresh_token');
    expect((await calendarReader(google, refreshed.body['access_token'] ?? '').page({})).status).toBe(200);
    google.expireAccessTokens('ada@example.com');
    expect((await calendarReader(google, refreshed.body['access_token'] ?? '').page({})).status).toBe(401);
    expect((await requestTokens(google, form)).status).toBe(200);
  });

  it('ends the whole grant when either token is revoked, once', async () => {
    const tokens = await connect(google, ada);
    const revoke = () =>
      fetch(`${google.env['GOOGLE_REVOKE_URL']}?token=${encodeURIComponent(tokens['access_token'] ?? '')}`, {
        method: 'POST',
      });
    expect((await revoke()).status).toBe(200);
    const again = await revoke();
    expect([again.status, await again.json()]).toMatchObject([400, { error: 'invalid_token' }]);
    const form = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' };
    expect(await requestTokens(google, form)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await calendarReader(google, tokens['access_token'] ?? '').page({})).status).toBe(401);
  });

  it('silently kills the oldest of more than a hundred refresh tokens', async () => {
    const first = await connect(google, ada);
    let last = first;
    for (let times = 0; times < 100; times += 1) last = await connect(google, ada);
    const refresh = (tokens: Record<string, string>) =>
      requestTokens(google, { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' });
    expect((await refresh(first)).status).toBe(400);
    expect((await refresh(last)).status).toBe(200);
  });

  it('lets the grants of an app in status "Testing" die after seven days, and says so', async () => {
    const testing = await startGoogleSimulator({
      now: () => now,
      behaviour: { refreshTokenLifetimeS: TESTING_LIFETIME_S },
    });
    testing.addUser(ada);
    const tokens = await connect(testing, ada);
    expect(tokens['refresh_token_expires_in']).toBe(604_800);
    const refresh = () =>
      requestTokens(testing, { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' });
    now = new Date(now.getTime() + 604_799_000);
    expect((await refresh()).status).toBe(200);
    now = new Date(now.getTime() + 1000);
    expect((await refresh()).body).toMatchObject({ error: 'invalid_grant' });
    await closeFaultless(testing);
  });

  it('tells who signed in, as far as the scopes allow', async () => {
    const tell = async (scope: string) => {
      const tokens = await connect(google, ada, { scope });
      const headers = { authorization: `Bearer ${tokens['access_token']}` };
      return (await fetch(google.env['GOOGLE_USERINFO_URL'] ?? '', { headers })).json();
    };
    const id = '100000000000000000001';
    expect(await tell('openid email')).toEqual({
      id,
      email: 'ada@example.com',
      verified_email: true,
      hd: 'example.com',
    });
    expect(await tell('openid')).toEqual({ id, hd: 'example.com' });
    expect(await tell(CALENDAR_SCOPE)).toMatchObject({ error: { code: 403 } });
  });
});
