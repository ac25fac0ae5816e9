import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createGoogleProvider } from '../../src/providers/google/index.ts';
import type { Access, Provider } from '../../src/providers/provider.ts';
import { noBudget } from '../support/no-budget.ts';
import { startGoogleSimulator, type GoogleSimulator } from '../simulators/google/index.ts';
import { closeFaultless, connect } from '../support/simulated-google.ts';
import { march, never, now } from './provider-harness.ts';

const email = 'ada@example.com';
const refreshToken = 'the-refresh-token';

describe('what the adapter asks of Google', () => {
  let google: GoogleSimulator;
  let provider: Provider;
  let access: Access;

  const endpoint = (name: string): string => google.env[name] ?? '';
  const optionsOf = () => ({
    clientId: endpoint('GOOGLE_CLIENT_ID'),
    clientSecret: endpoint('GOOGLE_CLIENT_SECRET'),
    authorizeUrl: endpoint('GOOGLE_AUTHORIZE_URL'),
    tokenUrl: endpoint('GOOGLE_TOKEN_URL'),
    revokeUrl: endpoint('GOOGLE_REVOKE_URL'),
    userinfoUrl: endpoint('GOOGLE_USERINFO_URL'),
    calendarUrl: endpoint('GOOGLE_CALENDAR_URL').replace(/\/$/, ''),
    timeoutMs: 10_000,
    now: () => now,
    budget: noBudget,
  });
  const read = async (cursor: string | null, calendarId = 'primary'): Promise<string | null> => {
    let last: string | null = null;
    const query = { providerCalendarId: calendarId, window: march, cursor };
    for await (const page of provider.listEvents(access, query)) last = page.cursor;
    return last;
  };
  const listings = () => google.requests.filter(({ path }) => path.endsWith('/events'));

  beforeEach(async () => {
    google = await startGoogleSimulator({ now: () => now });
    google.addUser({ email, timeZone: 'Europe/Berlin' });
    provider = createGoogleProvider(optionsOf());
    const tokens = await connect(google, { email });
    access = {
      accessToken: tokens['access_token'] ?? '',
      scopes: [],
      email,
      accountId: email,
      urgency: 'background',
      signal: never,
    };
  });

  afterEach(async () => {
    await provider.close();
    await closeFaultless(google);
  });

  test('a full listing asks for the window, expanded, in the largest pages, in no order', async () => {
    await read(null);
    const { query = {}, headers = {} } = listings()[0] ?? {};
    expect({ ...query, fields: '…' }).toEqual({
      singleEvents: 'true',
      maxResults: '2500',
      timeMin: '2026-03-01T00:00:00.000Z',
      timeMax: '2026-04-01T00:00:00.000Z',
      fields: '…',
    });
    expect(query['fields']).toContain('nextSyncToken');
    expect(headers['authorization']).toBe(`Bearer ${access.accessToken}`);
    expect(headers['accept-encoding']).toContain('gzip');
  });

  test('an incremental listing repeats all of that but the window', async () => {
    await read(await read(null));
    const [full, incremental] = listings().map(({ query }) => query);
    const { timeMin, timeMax, ...constant } = full ?? {};
    expect([timeMin, timeMax]).not.toContain(undefined);
    expect(incremental).toEqual({ ...constant, syncToken: expect.any(String) as string });
  });

  test('later pages repeat the first with a page token', async () => {
    google.behaviour.emptyFirstPage = true;
    await read(await read(null));
    const queries = listings().map(({ query }) => query);
    expect(queries).toHaveLength(4);
    expect(queries[1]).toEqual({ ...queries[0], pageToken: expect.any(String) as string });
    expect(queries[3]).toEqual({ ...queries[2], pageToken: expect.any(String) as string });
  });

  test('a page token that dies in the middle of a listing expires the listing', async () => {
    google.behaviour.emptyFirstPage = true;
    const error = { errors: [{ domain: 'global', reason: 'invalid', location: 'pageToken' }], code: 400 };
    const action = { type: 'status', status: 400, body: { error } } as const;
    google.fault({ match: { path: '/events$' }, skip: 1, action });
    await expect(read(null)).rejects.toMatchObject({ kind: 'cursor_expired' });
  });

  test('a calendar whose id is full of special characters is one segment of the path', async () => {
    const calendarId = 'en.german#holiday@group.v.calendar.google.com';
    google.addCalendar(email, { id: calendarId });
    await read(null, calendarId);
    expect(listings()[0]?.path).toMatch(/\/calendars\/[^/]+\/events$/);
    // Where it climbed out of its segment, this would be the list of calendars.
    await expect(read(null, '../users/me/calendarList?x=')).rejects.toMatchObject({ kind: 'refused' });
    expect(listings().at(-1)?.path).not.toContain('calendarList/');
  });

  test('a calendar that is gone is told as such', async () => {
    await expect(read(null, 'gone@group.calendar.google.com')).rejects.toMatchObject({
      kind: 'refused',
      detail: { code: 'calendar_unreachable', vendorCode: 'notFound' },
    });
  });

  test('a scope that was left out is told as such', async () => {
    const { access_token: accessToken = '' } = await connect(google, { email, grant: ['openid', 'email'] });
    await expect(provider.listCalendars({ ...access, accessToken })).rejects.toMatchObject({
      kind: 'reconnect_needed',
      detail: { code: 'scope_missing' },
    });
  });

  test('secrets travel in bodies, and the refresh token to the token and revoke endpoints only', async () => {
    await provider.refresh(refreshToken, never).catch(() => undefined);
    await provider.revoke(refreshToken, never);
    await provider.listCalendars(access);
    const carriers = google.requests.filter((request) => JSON.stringify(request).includes(refreshToken));
    expect(carriers.map(({ path }) => path)).toEqual(['/token', '/revoke']);
    const inQuery = google.requests.filter(
      ({ query }) => 'client_secret' in query || 'code_verifier' in query,
    );
    expect(inQuery).toEqual([]);
  });

  test('a Calendar root with a path of its own is kept whole', async () => {
    const elsewhere = createGoogleProvider({ ...optionsOf(), calendarUrl: `${google.url}/gateway/google` });
    await elsewhere.listCalendars(access).catch(() => undefined);
    await elsewhere.close();
    expect(google.requests.at(-1)?.path).toBe('/gateway/google/users/me/calendarList');
  });
});
