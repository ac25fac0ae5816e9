import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Consent } from '../support/api-client.ts';
import { deploy, type Deployment } from '../support/deployment.ts';

const person = { google: 'ada@analytical.example', microsoft: 'grace@harbor.example' };
const calendarScope = 'https://www.googleapis.com/auth/calendar';

let product: Deployment;
beforeAll(async () => {
  product = await deploy(['connect', 'sync', 'scheduler']);
  product.google.addUser({ email: person.google });
  product.microsoft.addUser({ email: person.microsoft, name: 'Grace' });
});
afterEach(() => {
  product.google.clearFaults();
  product.microsoft.clearFaults();
  product.microsoft.setClientSecretExpired(false);
});
afterAll(() => product.close());

const consents =
  (provider: 'google' | 'microsoft', how: { grant?: string[]; deny?: boolean } = {}): Consent =>
  (url) =>
    product[provider].authorize(url, { email: person[provider], ...how });

const tokenFault = (status: number, body: Record<string, unknown>, times = 1) => ({
  match: { method: 'POST', path: 'token$' },
  times,
  action: { type: 'status', status, body } as const,
});

let user = 0;
async function failureOf(
  provider: 'google' | 'microsoft',
  consent: Consent,
): Promise<Record<string, string>> {
  user += 1;
  const { body } = await product.api.connect(provider, `user-${user}`, consent);
  expect(body).toMatchObject({ status: 'failed' });
  expect(body.failure.hint.length).toBeGreaterThan(20);
  expect((await product.api.get(`/v1/users/user-${user}/connections`)).body.connections).toEqual([]);
  return body.failure;
}

describe('every way in which connecting can fail has its own code and hint', () => {
  it.each(['google', 'microsoft'] as const)('%s: consent denied', async (provider) => {
    expect(await failureOf(provider, consents(provider, { deny: true }))).toMatchObject({
      code: 'consent_denied',
    });
  });

  it('google: a box left unticked', async () => {
    const failure = await failureOf('google', consents('google', { grant: ['openid', 'email'] }));
    expect(failure).toMatchObject({ code: 'scope_missing' });
    expect(failure['message']).toContain(calendarScope);
  });

  it('microsoft: a permission left out', async () => {
    const grant = ['User.Read', 'offline_access', 'openid', 'email'];
    const failure = await failureOf('microsoft', consents('microsoft', { grant }));
    expect(failure).toMatchObject({ code: 'scope_missing' });
    expect(failure['message']).toContain('Calendars.ReadWrite');
  });

  it.each(['google', 'microsoft'] as const)('%s: a code that is no good', async (provider) => {
    const failure = await failureOf(provider, async (url) => {
      const landed = await consents(provider)(url);
      landed.searchParams.set('code', 'a-code-that-was-never-given');
      return landed;
    });
    expect(failure).toMatchObject({ code: 'code_expired' });
  });

  it.each(['google', 'microsoft'] as const)('%s: wrong client secret', async (provider) => {
    const answer = {
      error: 'invalid_client',
      error_description: 'AADSTS7000215: Invalid client secret provided.',
      error_codes: [7000215],
    };
    product[provider].fault(tokenFault(401, answer));
    expect(await failureOf(provider, consents(provider))).toMatchObject({ code: 'invalid_client' });
  });

  it('microsoft: expired client secret', async () => {
    product.microsoft.setClientSecretExpired(true);
    expect(await failureOf('microsoft', consents('microsoft'))).toMatchObject({
      code: 'client_secret_expired',
    });
  });

  it('microsoft: unknown tenant', async () => {
    const answer = {
      error: 'invalid_request',
      error_description: 'AADSTS90002: Tenant not found.',
      error_codes: [90002],
    };
    product.microsoft.fault(tokenFault(400, answer));
    expect(await failureOf('microsoft', consents('microsoft'))).toMatchObject({ code: 'tenant_unknown' });
  });

  it('google: a redirect URI that is not registered is named, with where to register it', async () => {
    product.google.fault(
      tokenFault(400, { error: 'redirect_uri_mismatch', error_description: 'Bad Request' }),
    );
    const failure = await failureOf('google', consents('google'));
    expect(failure).toMatchObject({ code: 'redirect_uri_mismatch' });
    expect(failure['message']).toContain('http://localhost:3000/settings');
    expect(failure['hint']).toContain('Register the redirect URI');
  });

  it('a provider that is down for a moment costs nothing but time', async () => {
    product.google.fault(tokenFault(503, {}));
    const { body } = await product.api.connect('google', 'patient-user', consents('google'));
    expect(body).toMatchObject({ status: 'connected' });
  });

  it('a used state, another user’s state and an unknown one are refused', async () => {
    const { api, google } = product;
    const { body } = await api.post('/v1/connect/google', { userId: 'owner' });
    const landed = await google.authorize(body.authorizationUrl, { email: person.google });
    const back = Object.fromEntries(landed.searchParams);
    const send = (over: Record<string, unknown>) =>
      api.post('/v1/callback/google', { userId: 'owner', state: back['state'], code: back['code'], ...over });
    expect((await send({ userId: 'mallory' })).status).toBe(403);
    expect((await send({ state: 'never-given-never-given-never-given-' })).status).toBe(404);
    expect((await send({})).status).toBe(202);
    expect((await send({})).status).toBe(202);
    expect((await send({ code: 'another-code' })).status).toBe(409);
  });

  it('a provider without credentials is off and says so; a redirect URI that is not configured is refused', async () => {
    const { api } = product;
    const refused = await api.post('/v1/connect/google', {
      userId: 'u',
      redirectUri: 'https://evil.example/',
    });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('http://localhost:3000/settings');
    expect((await api.post('/v1/connect/caldav', { userId: 'u' })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('provider down for good', () => {
  it('ends as provider_unavailable, not as a wait for ever', { timeout: 180_000 }, async () => {
    product.microsoft.fault(tokenFault(503, {}, 1000));
    expect(await failureOf('microsoft', consents('microsoft'))).toMatchObject({
      code: 'provider_unavailable',
    });
  });
});
