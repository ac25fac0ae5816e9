import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type MicrosoftSimulator,
  PERSONAL_TENANT,
  startMicrosoftSimulator,
} from '../simulators/microsoft/index.ts';
import {
  REDIRECT_URI,
  authorizationUrl,
  closeWithoutViolations,
  connect,
  graphClient,
  pkcePair,
  requestToken,
} from './microsoft-simulator-client.ts';

const DAY_MS = 86_400_000;
const ADELE = 'adele@contoso.example';
let simulator: MicrosoftSimulator;
let clock: Date;

beforeEach(async () => {
  clock = new Date('2026-03-02T08:00:00Z');
  simulator = await startMicrosoftSimulator({ now: () => clock });
  simulator.addUser({ email: ADELE, name: 'Adele Vance', timeZone: 'W. Europe Standard Time' });
});

afterEach(() => closeWithoutViolations(simulator));

const pass = (ms: number) => {
  clock = new Date(clock.getTime() + ms);
};
const exchange = (code: string | null, overrides: Record<string, string | undefined> = {}) =>
  requestToken(simulator, {
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: REDIRECT_URI,
    ...overrides,
  });
const refresh = (token: string | undefined, overrides: Record<string, string> = {}) =>
  requestToken(simulator, { grant_type: 'refresh_token', refresh_token: token ?? '', ...overrides });

describe('the consent page', () => {
  it('shows the accounts and the scopes, and preselects the hinted account', async () => {
    simulator.addUser({ email: 'megan@contoso.example', name: 'Megan <Bowen>' });
    const response = await fetch(authorizationUrl(simulator, { login_hint: 'Megan@contoso.example' }));
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(page).toContain('Have full access to your calendars');
    expect(page).toContain('Megan &lt;Bowen&gt;');
    expect(page).toMatch(/value="megan@contoso\.example"\s+checked/);
  });

  it('sends the browser back with code, state and a parameter nobody asked for', async () => {
    const target = await simulator.authorize(authorizationUrl(simulator), { email: ADELE });
    expect(target.origin + target.pathname).toBe(REDIRECT_URI);
    expect([...target.searchParams.keys()].toSorted()).toEqual(['code', 'session_state', 'state']);
    expect(target.searchParams.get('state')).toBe('state-1');
  });

  it('sends access_denied and the state back when the user cancels', async () => {
    const target = await simulator.authorize(authorizationUrl(simulator), { email: ADELE, deny: true });
    expect(target.searchParams.get('error')).toBe('access_denied');
    expect(target.searchParams.get('error_description')).toContain('AADSTS65004');
    expect(target.searchParams.get('state')).toBe('state-1');
    expect(target.searchParams.has('code')).toBe(false);
  });

  it.each([
    [
      'a redirect address that is not registered to the letter',
      { redirect_uri: `${REDIRECT_URI}/` },
      'AADSTS50011',
    ],
    ['a tenant that does not exist', { tenant: 'nowhere.example' }, 'AADSTS90002'],
    ['an application that does not exist', { client_id: 'someone-else' }, 'AADSTS700016'],
  ])('keeps %s on a page of its own', async (_, overrides, code) => {
    const response = await fetch(authorizationUrl(simulator, overrides), { redirect: 'manual' });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain(code);
    await expect(
      simulator.authorize(authorizationUrl(simulator, overrides), { email: ADELE }),
    ).rejects.toThrow(code);
  });

  it('refuses personal accounts under organizations, on the page', async () => {
    simulator.addUser({ email: 'me@outlook.example', name: 'Me', tid: PERSONAL_TENANT });
    const url = authorizationUrl(simulator, { tenant: 'organizations' });
    await expect(simulator.authorize(url, { email: 'me@outlook.example' })).rejects.toThrow('AADSTS50020');
  });

  it.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: undefined }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
    [{ code_challenge: 'x', code_challenge_method: 'S512' }, 'invalid_request'],
  ])('tells the app of %o', async (overrides, error) => {
    const target = await simulator.authorize(authorizationUrl(simulator, overrides), { email: ADELE });
    expect(target.searchParams.get('error')).toBe(error);
  });

  it('answers in the fragment or as a form post where asked to', async () => {
    const fragment = await simulator.authorize(authorizationUrl(simulator, { response_mode: 'fragment' }), {
      email: ADELE,
    });
    expect(new URLSearchParams(fragment.hash.slice(1)).get('state')).toBe('state-1');
    const posted = await fetch(authorizationUrl(simulator, { response_mode: 'form_post' }), {
      method: 'POST',
      body: new URLSearchParams({ email: ADELE, decision: 'accept' }),
    });
    expect(await posted.text()).toMatch(/name="code" value="[^"]+"/);
  });
});

describe('the code exchange', () => {
  it('gives tokens, an id_token that verifies, and scopes in another form than asked', async () => {
    const { verifier, challenge } = pkcePair();
    const url = authorizationUrl(simulator, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
      nonce: 'n-1',
    });
    const target = await simulator.authorize(url, { email: ADELE });
    const { status, body } = await exchange(target.searchParams.get('code'), { code_verifier: verifier });
    expect(status).toBe(200);
    expect(body.scope).toBe('User.Read Calendars.ReadWrite email openid profile');
    expect(body.expires_in).toBe(3599);

    const [header = '', claims = '', signature = ''] = (body.id_token ?? '').split('.');
    const { keys } = (await (await fetch(`${simulator.url}/common/discovery/v2.0/keys`)).json()) as {
      keys: JsonWebKey[];
    };
    const key = createPublicKey({ key: keys[0] ?? {}, format: 'jwk' });
    expect(
      verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')),
    ).toBe(true);
    const me = await graphClient(simulator, body.access_token)('/me');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      oid: me.body['id'],
      preferred_username: ADELE,
      nonce: 'n-1',
      aud: simulator.env['MICROSOFT_CLIENT_ID'],
    });
  });

  it('takes a code once (54005), for ten minutes (70008), and knows no other (9002313)', async () => {
    const once = (await simulator.authorize(authorizationUrl(simulator), { email: ADELE })).searchParams.get(
      'code',
    );
    expect((await exchange(once)).status).toBe(200);
    expect((await exchange(once)).body).toMatchObject({ error: 'invalid_grant', error_codes: [54005] });

    const late = (await simulator.authorize(authorizationUrl(simulator), { email: ADELE })).searchParams.get(
      'code',
    );
    pass(10 * 60_000 + 1);
    expect((await exchange(late)).body).toMatchObject({ error: 'invalid_grant', error_codes: [70008] });
    expect((await exchange('garbage')).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [9002313],
    });
  });

  it('demands the verifier and the redirect address of the authorization request', async () => {
    const { challenge, verifier } = pkcePair();
    const url = authorizationUrl(simulator, { code_challenge: challenge, code_challenge_method: 'S256' });
    const code = (await simulator.authorize(url, { email: ADELE })).searchParams.get('code');
    expect((await exchange(code)).body.error_codes).toEqual([501481]);
    expect((await exchange(code, { code_verifier: pkcePair().verifier })).body.error_codes).toEqual([501481]);
    const elsewhere = await exchange(code, {
      code_verifier: verifier,
      redirect_uri: 'http://localhost:3000/',
    });
    expect(elsewhere.body.error_codes).toEqual([500112]);
    expect((await exchange(code, { code_verifier: verifier })).status).toBe(200);
  });

  it('grants less than was asked where the user or the tenant lets less through', async () => {
    const target = await simulator.authorize(authorizationUrl(simulator), {
      email: ADELE,
      grant: ['openid', 'offline_access', 'User.Read'],
    });
    const { body } = await exchange(target.searchParams.get('code'));
    expect(body.scope).toBe('User.Read openid profile');
    expect((await graphClient(simulator, body.access_token)('/me/calendars')).body.error?.code).toBe(
      'ErrorAccessDenied',
    );
  });

  it('gives no refresh token without offline_access and no id_token without openid', async () => {
    const tokens = await connect(simulator, ADELE, { scope: 'User.Read' });
    expect(tokens).not.toHaveProperty('refresh_token');
    expect(tokens).not.toHaveProperty('id_token');
  });
});

describe('the client', () => {
  it.each([
    [{ client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    [{ client_secret: undefined }, 401, 'invalid_client', 7000218],
    [{ client_id: 'someone-else' }, 400, 'unauthorized_client', 700016],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    [{ refresh_token: undefined }, 400, 'invalid_request', 900144],
  ])('with %o is answered %i %s', async (overrides, status, error, code) => {
    const parameters = { grant_type: 'refresh_token', refresh_token: 'any', ...overrides };
    const answer = await requestToken(simulator, parameters);
    expect(answer).toMatchObject({ status, body: { error, error_codes: [code] } });
    expect(answer.body.timestamp).toBe('2026-03-02 08:00:00Z');
    expect(answer.body.error_description).toMatch(new RegExp(`^AADSTS${code}: .* Trace ID: .* Timestamp: `));
  });

  it('is refused with 7000222 while its secret is expired, whatever it asks', async () => {
    const { refresh_token } = await connect(simulator, ADELE);
    simulator.setClientSecretExpired(true);
    expect((await refresh(refresh_token)).body).toMatchObject({
      error: 'invalid_client',
      error_codes: [7000222],
    });
    simulator.setClientSecretExpired(false);
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it('may use Basic authentication, and hears of an unknown tenant', async () => {
    const { refresh_token = '' } = await connect(simulator, ADELE);
    const { MICROSOFT_CLIENT_ID: id, MICROSOFT_CLIENT_SECRET: secret } = simulator.env;
    const basic = await fetch(`${simulator.url}/common/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
    });
    expect(basic.status).toBe(200);
    const unknown = await requestToken(
      simulator,
      { grant_type: 'refresh_token', refresh_token },
      'nowhere.example',
    );
    expect(unknown.body).toMatchObject({ error: 'invalid_request', error_codes: [90002] });
  });
});

describe('a refresh', () => {
  it('rotates the refresh token and leaves the old one usable', async () => {
    const first = await connect(simulator, ADELE);
    const second = (await refresh(first.refresh_token)).body;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(first.refresh_token)).status).toBe(200);
    expect((await refresh(second.refresh_token)).status).toBe(200);
    expect(simulator.counts(ADELE)).toMatchObject({ codeExchanges: 1, refreshes: 3 });
  });

  it('may ask for less, loses nothing by it, and may not ask for more', async () => {
    const { refresh_token } = await connect(simulator, ADELE);
    const narrow = (await refresh(refresh_token, { scope: 'https://graph.microsoft.com/User.Read' })).body;
    expect(narrow.scope).toBe('User.Read');
    expect((await refresh(narrow.refresh_token)).body.scope).toContain('Calendars.ReadWrite');
    const wide = await refresh(refresh_token, { scope: 'Mail.Read' });
    expect(wide.body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [65001],
      suberror: 'consent_required',
    });
  });

  it('ends 90 days after the token was given, so only the newest token lives on', async () => {
    const first = await connect(simulator, ADELE);
    pass(60 * DAY_MS);
    const second = (await refresh(first.refresh_token)).body;
    pass(31 * DAY_MS);
    expect((await refresh(first.refresh_token)).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [700082],
    });
    expect((await refresh(second.refresh_token)).status).toBe(200);
  });

  it.each([
    [50173, 'bad_token'],
    [65001, 'consent_required'],
  ] as const)(
    'is refused with %i after a revocation, until the user connects again',
    async (code, suberror) => {
      const { refresh_token, access_token } = await connect(simulator, ADELE);
      simulator.revokeGrant(ADELE, code);
      expect((await refresh(refresh_token)).body).toMatchObject({
        error: 'invalid_grant',
        error_codes: [code],
        suberror,
      });
      expect((await graphClient(simulator, access_token)('/me')).status).toBe(200);
      const again = await connect(simulator, ADELE);
      expect((await refresh(again.refresh_token)).status).toBe(200);
    },
  );
});
