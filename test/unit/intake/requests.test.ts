import { describe, expect, it } from 'vitest';
import { apiKey, fakeDeps, fakeIntake } from './fake-intake.ts';
import type { ObservedRequest } from '../../../src/metrics.ts';

describe('the request id', () => {
  const answered = async (sent: string) => {
    const headers = { Authorization: `Bearer ${apiKey}`, 'X-Request-Id': sent };
    return (await fakeIntake().call('/v1/users/ada/connections', { headers })).headers.get('X-Request-Id');
  };

  it('is taken over where it is sane, and answered', async () => {
    expect(await answered('main-app_42')).toBe('main-app_42');
  });

  it.each(['a b', 'x'.repeat(129), '<script>', '{"a":1}'])('%s is replaced', async (sent) => {
    expect(await answered(sent)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the access log', () => {
  it('holds no query, no body and no header: they may hold a hint, a state or a key', async () => {
    const intake = fakeIntake();
    await intake.send('GET', '/v1/connect/google?userId=ada&loginHint=ada%40example.com');
    await intake.send('POST', '/v1/callback/google', { userId: 'ada', state: 'the-state', code: 'the-code' });
    const lines = intake.logged.join('');
    expect(lines).toContain('"route":"/v1/connect/:provider"');
    for (const secret of ['example.com', 'the-state', 'the-code', apiKey])
      expect(lines).not.toContain(secret);
  });

  it('measures by route pattern, and everything unknown under one name', async () => {
    const seen: ObservedRequest[] = [];
    const metrics = {
      observeRequest: (r: ObservedRequest) => void seen.push(r),
      countNotification: () => undefined,
      read: async () => ({ contentType: '', body: '' }),
    };
    const intake = fakeIntake({ metrics });
    await intake.send('GET', '/v1/users/ada/connections');
    await intake.send('GET', '/v1/anything/at/all');
    await intake.call('/somewhere/else');
    expect(seen.map(({ route, status }) => [route, status])).toEqual([
      ['/v1/users/:userId/connections', 200],
      ['unmatched', 404],
      ['unmatched', 404],
    ]);
  });
});

describe('the rate limit', () => {
  it('tells what is left, and answers 429 with the wait when nothing is', async () => {
    let left = 1;
    const limiter = {
      perMinute: 1,
      take: async () => ({ allowed: left-- > 0, remaining: 0, resetMs: 12_300 }),
    };
    const intake = fakeIntake({ limiter });
    const first = await intake.send('GET', '/v1/users/ada/connections');
    expect(first.headers.get('RateLimit')).toBe('"per-key";r=0;t=13');
    expect(first.headers.get('RateLimit-Policy')).toBe('"per-key";q=1;w=60');
    const second = await intake.send('GET', '/v1/users/ada/connections');
    expect(second.status).toBe(429);
    expect(second.headers.get('Retry-After')).toBe('13');
    expect(await second.json()).toMatchObject({ code: 'rate_limited' });
  });

  it('of what only reads is told beside the answer, which is nobody’s where it is one too many', async () => {
    let [allowed, remaining, readings] = [true, 5, 0];
    const limiter = {
      perMinute: 1,
      take: async () => ({ allowed, remaining, resetMs: 12_300 }),
    };
    const { reads } = fakeDeps();
    const availability: typeof reads.availability = (query) => {
      readings += 1;
      return reads.availability(query);
    };
    const intake = fakeIntake({ limiter, reads: { ...reads, availability } });
    const ask = async () => {
      const groups = [{ members: [{ userId: 'ada' }] }];
      const range = { from: '2026-11-23T09:00:00Z', to: '2026-11-24T09:00:00Z' };
      const answer = await intake.send('POST', '/v1/availability', { groups, ...range });
      const body = (await answer.json()) as { code?: string };
      return [answer.status, answer.headers.get('RateLimit'), body.code, readings];
    };
    expect(await ask()).toEqual([200, '"per-key";r=5;t=13', undefined, 1]);
    [allowed, remaining] = [false, 0];
    expect(await ask()).toEqual([429, '"per-key";r=0;t=13', 'rate_limited', 2]);
    expect(await ask()).toEqual([429, '"per-key";r=0;t=13', 'rate_limited', 2]);
  });

  it('is open where the count cannot be kept, and says so once for each outage', async () => {
    let away = true;
    const take = async () => {
      if (away) throw new Error('Redis is away');
      return { allowed: true, remaining: 1, resetMs: 1000 };
    };
    const intake = fakeIntake({ limiter: { perMinute: 1, take } });
    const call = async () => (await intake.send('GET', '/v1/users/ada/connections')).status;
    expect([await call(), await call()]).toEqual([200, 200]);
    away = false;
    expect(await call()).toBe(200);
    const said = intake.logged.filter((line) => line.includes('the rate limit is'));
    expect(said).toHaveLength(2);
    expect(said[1]).toContain('the rate limit is kept again');
  });
});

describe('readiness', () => {
  it('says which store does not answer', async () => {
    const redis = async () => {
      throw new Error('no answer within 1500 ms');
    };
    const intake = fakeIntake({ checks: { mongodb: async () => {}, redis } });
    const answer = await intake.call('/readyz');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'not_ready', mongodb: 'ok', redis: 'failed' });
    expect((await intake.call('/healthz')).status).toBe(200);
  });
});
