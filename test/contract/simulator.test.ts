import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import type { FaultAction, RecordedRequest } from '../simulators/simulator.ts';
import {
  authorizationUrl,
  calendarReader,
  connect,
  exchangeForm,
  requestTokens,
} from '../support/simulated-google.ts';

const ADA = 'ada@example.com';

describe('a simulator that is told to misbehave', () => {
  let google: GoogleSimulator;

  beforeEach(async () => {
    google = await startGoogleSimulator();
    google.addUser({ email: ADA });
  });

  afterEach(() => google.close());

  const page = async () => {
    const tokens = await connect(google, { email: ADA });
    google.requests.length = 0;
    return () =>
      fetch(`${google.url}/calendar/v3/calendars/primary/events`, {
        headers: bearer(tokens['access_token']),
      });
  };
  const misbehave = (action: FaultAction, more: { times?: number; skip?: number; method?: string } = {}) => {
    const { method, ...rest } = more;
    google.fault({ match: { path: '/events$', ...(method ? { method } : {}) }, ...rest, action });
  };

  it('answers the stated status with its headers and body, as often as asked, after the grace', async () => {
    const get = await page();
    misbehave(
      { type: 'status', status: 429, headers: { 'retry-after': '7' }, body: { slow: 'down' } },
      { times: 2, skip: 1 },
    );
    const answers = [await get(), await get(), await get(), await get()];
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 429, 200]);
    expect([answers[1]?.headers.get('retry-after'), await answers[1]?.json()]).toEqual([
      '7',
      { slow: 'down' },
    ]);
    expect(google.requests.map(({ status }) => status)).toEqual([200, 429, 429, 200]);
  });

  it('tells of a request once it is there, also where nobody answers it', async () => {
    const told = Promise.withResolvers<RecordedRequest>();
    await using other = disposable(await startGoogleSimulator({ onRequest: told.resolve }));
    other.fault({ match: { path: '/events$' }, action: { type: 'stall' } });
    const impatient = new AbortController();
    const answer = fetch(`${other.url}/calendar/v3/calendars/primary/events`, {
      method: 'POST',
      body: '{"summary":"told"}',
      signal: impatient.signal,
    });
    expect(await told.promise).toMatchObject({ method: 'POST', body: '{"summary":"told"}', status: 0 });
    impatient.abort();
    await expect(answer).rejects.toThrow('aborted');
  });

  it('hits only the method and path that were named, and nothing once cleared', async () => {
    const get = await page();
    misbehave({ type: 'status', status: 503 }, { method: 'POST' });
    google.fault({ match: { path: '^/token$' }, action: { type: 'status', status: 500 } });
    expect((await get()).status).toBe(200);
    misbehave({ type: 'status', status: 503 });
    google.clearFaults();
    expect((await get()).status).toBe(200);
  });

  it.each([['cut' as const], ['cut-after' as const]])('destroys the socket for %s', async (type) => {
    const get = await page();
    misbehave({ type });
    await expect(get()).rejects.toThrow('fetch failed');
    expect(google.requests).toMatchObject([{ status: 0 }]);
    expect((await get()).status).toBe(200);
  });

  it('has executed a request that was cut after the commit, and not one that was cut before', async () => {
    const redirect = await google.authorize(authorizationUrl(google), { email: ADA });
    google.fault({ match: { path: '^/token$' }, action: { type: 'cut' } });
    google.fault({ match: { path: '^/token$' }, action: { type: 'cut-after' } });
    await expect(requestTokens(google, exchangeForm(redirect))).rejects.toThrow('fetch failed');
    expect(google.counts[ADA]?.exchanges).toBe(0);
    await expect(requestTokens(google, exchangeForm(redirect))).rejects.toThrow('fetch failed');
    expect(google.counts[ADA]?.exchanges).toBe(1);
  });

  it.each([['truncate' as const], ['invalid-json' as const], ['html' as const]])(
    'answers 200 with rubbish for %s',
    async (type) => {
      const get = await page();
      const right = await (await get()).text();
      misbehave({ type });
      const answer = await get();
      const text = await answer.text();
      expect(answer.status).toBe(200);
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
      expect(right.startsWith(text)).toBe(type === 'truncate');
    },
  );

  it('ends a delayed request when it closes', async () => {
    const get = await page();
    misbehave({ type: 'delay', ms: 60_000 });
    const ended = get().catch((error: unknown) => String(error));
    await expect.poll(() => google.requests.length).toBe(1);
    await google.close();
    expect(await ended).toContain('fetch failed');
  });
});

describe('the control interface', () => {
  it('lets another process seed, connect, misbehave and read what happened', async () => {
    await using google = disposable(await startGoogleSimulator());
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${google.url}/_control${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as never };
    };
    const post = (path: string, body: unknown) => call('POST', path, body);
    const time = { start: { dateTime: '2026-03-10T09:00:00Z' }, end: { dateTime: '2026-03-10T10:00:00Z' } };
    const inCalendar = { email: ADA, calendarId: 'primary' };
    const series = { ...inCalendar, seriesId: 'daili' };

    expect(await post('/users', { email: ADA, timeZone: 'Europe/Berlin' })).toMatchObject({
      status: 200,
      body: { email: ADA },
    });
    expect((await post('/calendars', { email: ADA, calendar: { id: 'team', summary: 'Team' } })).status).toBe(
      200,
    );
    await post('/events', {
      ...inCalendar,
      event: { id: 'daili', ...time, recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] },
    });
    await post('/events', { ...inCalendar, events: [{ id: 'single', ...time }] });
    await post('/instances/cancel', { ...series, originalStart: '2026-03-11T09:00:00Z' });
    await post('/instances/move', {
      ...series,
      originalStart: '2026-03-12T09:00:00Z',
      change: { summary: 'Changed' },
    });
    await call('DELETE', '/events', { ...inCalendar, eventId: 'single' });
    const window = `email=${ADA}&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z`;
    const truth = await call('GET', `/truth?${window}`);
    expect(truth.body).toMatchObject([{ recurringEventId: 'daili' }, { summary: 'Changed' }]);

    const consent = await post('/authorize', { url: authorizationUrl(google).href, email: ADA });
    const { redirect } = consent.body as { redirect: string };
    const { body: tokens } = await requestTokens(google, exchangeForm(new URL(redirect)));
    const reader = calendarReader(google, tokens['access_token'] ?? '');
    await post('/faults', { match: { path: '/events$' }, action: { type: 'status', status: 503, body: {} } });
    expect((await reader.page({})).status).toBe(503);
    await post('/access-tokens/expire', { email: ADA });
    expect((await reader.page({})).status).toBe(401);
    expect((await call('GET', '/counts')).body).toMatchObject({ [ADA]: { exchanges: 1 } });
    expect((await call('GET', '/requests?path=events')).body).toMatchObject([
      { status: 503 },
      { status: 401 },
    ]);
    expect((await call('PATCH', '/behaviour', { emptyFirstPage: true })).status).toBe(200);
    expect((await call('GET', '/violations')).body).toEqual([]);
  });

  it('lets another process put the app into publishing status "Testing", shorten tokens, and consent in part', async () => {
    await using google = disposable(await startGoogleSimulator());
    google.addUser({ email: ADA });
    const call = async (method: string, path: string, body: unknown) => {
      const answer = await fetch(`${google.url}/_control${path}`, { method, body: JSON.stringify(body) });
      return (await answer.json()) as { redirect: string };
    };
    const consent = async (decision: object = {}) => {
      const url = authorizationUrl(google).href;
      return new URL((await call('POST', '/authorize', { url, email: ADA, ...decision })).redirect);
    };
    const tokens = async (redirect: URL) => (await requestTokens(google, exchangeForm(redirect))).body;

    await call('PATCH', '/behaviour', { refreshTokenLifetimeS: 604_800, accessTokenLifetimeS: 60 });
    expect(await tokens(await consent())).toMatchObject({
      refresh_token_expires_in: 604_800,
      expires_in: 60,
    });
    await call('PATCH', '/behaviour', { refreshTokenLifetimeS: null });
    const inPart = await tokens(await consent({ grant: ['openid'] }));
    expect(inPart).not.toHaveProperty('refresh_token_expires_in');
    expect(inPart['scope']).not.toContain('calendar');
    expect((await consent({ deny: true })).searchParams.get('error')).toBe('access_denied');
  });

  it.each([
    ['/users', {}, 'email'],
    ['/users', { email: ADA, timeZone: 'Mars/Olympus' }, 'Mars/Olympus'],
    ['/events', { email: 'nobody@example.com', event: { start: {}, end: {} } }, 'nobody@example.com'],
    ['/faults', { match: { path: '(' }, action: { type: 'cut' } }, 'regular expression'],
    ['/faults', { match: { path: '/' }, action: { type: 'sing' } }, 'action'],
  ])('refuses at %s what does not fit: %j', async (path, body, mentioned) => {
    await using google = disposable(await startGoogleSimulator());
    const response = await fetch(`${google.url}/_control${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(mentioned);
  });
});

function bearer(token: string | undefined): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function disposable<Closable extends { close(): Promise<void> }>(
  closable: Closable,
): Closable & AsyncDisposable {
  return Object.assign(closable, { [Symbol.asyncDispose]: () => closable.close() });
}
