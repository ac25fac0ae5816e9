import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { faultKinds } from '../simulators/fault-kinds.ts';
import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import type { FaultAction } from '../simulators/simulator.ts';
import { type GoogleClient, googleClient } from '../support/google-client.ts';
import { ADA, meeting } from '../support/google-events.ts';

describe('faults of a simulator', () => {
  let google: GoogleSimulator;
  let ada: GoogleClient;
  let now: Date;

  beforeEach(async () => {
    now = new Date('2026-03-02T09:00:00Z');
    google = await startGoogleSimulator({ now: () => now });
    google.addUser({ email: ADA });
    ada = await googleClient(google, ADA);
  });

  afterEach(() => google.close());

  const request = (init: RequestInit = {}) =>
    fetch(`${google.url}/calendar/v3/calendars/primary/events`, {
      ...init,
      headers: { authorization: `Bearer ${ada.accessToken}`, 'content-type': 'application/json' },
    });
  const misbehave = (action: FaultAction) => google.fault({ match: { path: '/events$' }, action });
  const insert = (signal?: AbortSignal) =>
    request({ method: 'POST', body: JSON.stringify(meeting()), ...(signal ? { signal } : {}) });
  const stored = () => google.truth(ADA, 'primary', new Date('2026-01-01'), new Date('2027-01-01')).length;

  it('a stalled request is accepted, never answered and never executed', async () => {
    misbehave({ type: 'stall' });
    await expect(insert(AbortSignal.timeout(100))).rejects.toThrow('timeout');
    expect([google.requests.at(-1)?.status, stored()]).toEqual([0, 0]);
  });

  it('an answer withheld is a time-out after the commit: what was written is there', async () => {
    misbehave({ type: 'withhold' });
    await expect(insert(AbortSignal.timeout(100))).rejects.toThrow('timeout');
    expect(stored()).toBe(1);
    misbehave({ type: 'withhold', ms: 1 });
    expect((await insert()).status).toBe(200);
  });

  it('an answer whose body stalls has its status, its headers and half of its body', async () => {
    const whole = await (await request()).text();
    misbehave({ type: 'stall-body' });
    const answer = await request({ signal: AbortSignal.timeout(200) });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    let seen = '';
    const read = async () => {
      for await (const part of answer.body ?? []) seen += Buffer.from(part).toString();
    };
    await expect(read()).rejects.toThrow('timeout');
    expect(whole.startsWith(seen)).toBe(true);
    expect(seen.length).toBe(Math.floor(whole.length / 2));
  });

  it('a right body can come under a wrong content type', async () => {
    misbehave({ type: 'content-type' });
    misbehave({ type: 'content-type', value: 'text/html' });
    const answers = [await request(), await request()];
    expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual([
      'text/plain; charset=UTF-8',
      'text/html',
    ]);
    expect(await answers[1]?.json()).toMatchObject({ kind: 'calendar#events' });
  });

  it('a huge answer is the right one behind as many blanks as asked for', async () => {
    misbehave({ type: 'pad', bytes: 1_000_000 });
    const text = await (await request()).text();
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(JSON.parse(text)).toMatchObject({ kind: 'calendar#events' });
    misbehave({ type: 'pad' });
    let bytes = 0;
    for await (const part of (await request()).body ?? []) bytes += (part as Uint8Array).length;
    expect(bytes).toBeGreaterThan(50 * 1024 * 1024);
  });

  it('an empty answer is 200 with nothing in it', async () => {
    misbehave({ type: 'empty' });
    const answer = await request();
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it.each([
    [{}, null],
    [{ retryAfterSeconds: 7 }, '7'],
    [{ retryAfterSeconds: 0.5 }, '0.5'],
    [{ retryAfterSeconds: 0 }, '0'],
    [{ retryAfterSeconds: 90, asDate: true }, 'Mon, 02 Mar 2026 09:01:30 GMT'],
    [{ retryAfterSeconds: -90, asDate: true }, 'Mon, 02 Mar 2026 08:58:30 GMT'],
  ])('throttling with %j sends Retry-After %s', async (more, header) => {
    misbehave({ type: 'throttle', ...more });
    const answer = await request();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, header]);
  });

  it('every ready-made kind of fault can happen', async () => {
    const kinds = Object.entries(faultKinds).filter(([kind]) => kind !== 'huge');
    for (const [, action] of kinds) misbehave(action);
    for (const _ of kinds) await request({ signal: AbortSignal.timeout(400) }).catch(() => undefined);
    expect(Object.values(google.faultCounts()).reduce((sum, count) => sum + count, 0)).toBe(kinds.length);
    expect((await request()).status).toBe(200);
    expect(google.violations()).toEqual([]);
  });

  it('a fault can be meant for later pages of a listing alone, also when it is told over HTTP', async () => {
    google.behaviour.pageSizeLimit = 1;
    await ada.insert(meeting());
    await ada.insert(meeting());
    const fault = {
      match: { path: '/events$', query: '(^|&)pageToken=' },
      action: { type: 'status', status: 401 },
    };
    const told = await fetch(`${google.url}/_control/faults`, {
      method: 'POST',
      body: JSON.stringify(fault),
    });
    expect(told.status).toBe(204);
    const first = await request();
    expect(first.status).toBe(200);
    const { nextPageToken } = (await first.json()) as { nextPageToken: string };
    const page = `${google.url}/calendar/v3/calendars/primary/events?pageToken=${nextPageToken}`;
    const later = async () =>
      (await fetch(page, { headers: { authorization: `Bearer ${ada.accessToken}` } })).status;
    expect([await later(), await later()]).toEqual([401, 200]);
  });

  it('a provider whose clock is off says so in its Date, and in what depends on the time', async () => {
    google.skew.clockMs = 1_800_000;
    expect((await request()).headers.get('date')).toBe('Mon, 02 Mar 2026 09:30:00 GMT');
    expect((await ada.insert(meeting())).updated).toBe('2026-03-02T09:30:00.000Z');
  });

  it('a token can die sooner than it was said to', async () => {
    google.skew.tokenLifetimeMs = -3_500_000;
    const { accessToken } = await googleClient(google, ADA);
    const status = async () =>
      (
        await fetch(`${google.url}/calendar/v3/calendars/primary`, {
          headers: { authorization: `Bearer ${accessToken}` },
        })
      ).status;
    expect(await status()).toBe(200);
    now = new Date(now.getTime() + 100_000);
    expect(await status()).toBe(401);
  });

  it('seeded faults hit the same requests in the same way, also when they are told over HTTP', async () => {
    const plan = { seed: 7, rate: 0.5, kinds: ['unavailable', 'throttled'] as const };
    const run = async () => {
      const statuses: number[] = [];
      for (let count = 0; count < 20; count += 1) statuses.push((await request()).status);
      google.clearFaults();
      return statuses;
    };
    google.seededFaults(plan);
    const first = await run();
    const told = await fetch(`${google.url}/_control/faults/seeded`, {
      method: 'POST',
      body: JSON.stringify(plan),
    });
    expect(told.status).toBe(204);
    expect(await run()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 429, 503]));
    expect(await run()).toEqual(Array<number>(20).fill(200));
  });
});
