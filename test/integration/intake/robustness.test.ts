import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startOwnRedis } from '../../../scripts/services/start-services.ts';
import { connectedAccount } from '../../support/builders.ts';
import { testServices } from '../../support/services.ts';
import { until } from '../../support/until.ts';
import { badRequests, operationsOf, verdictOn, type Document } from '../../unit/intake/bad-input.ts';
import { apiKey, openIntake, ownIntake } from './own-intake.ts';

const intake = ownIntake();

describe('bad input', () => {
  it('of every kind, at every operation, is answered by the real thing without a 5xx', async () => {
    const url = `http://127.0.0.1:${intake.port}`;
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
    const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
    for (const operation of operationsOf(document)) {
      await fc.assert(
        fc.asyncProperty(badRequests(operation), async ({ path, init }) => {
          expect(await verdictOn(await fetch(`${url}${path}`, { ...init, headers }))).toBe('answered');
        }),
        { numRuns: 60 },
      );
    }
  }, 120_000);

  it.each([
    'GET // HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /v1/users/a/connections HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET /healthz HTTP/1.1\r\n\r\n',
    'FOO /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /v1/availability HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ])('a request that is hardly HTTP is answered with a 4xx: %j', async (request) => {
    const socket = connect(intake.port, '127.0.0.1');
    socket.end(request);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe('the rate limit', () => {
  it('is one count for all processes', async () => {
    const shared = { perMinute: 3, queuePrefix: testServices().queuePrefix };
    const [one, other] = await Promise.all([openIntake(shared), openIntake(shared)]);
    const path = '/v1/users/ada/connections';
    const answers = [];
    for (const { api } of [one, other, one, other]) answers.push(await api.get(path));
    await Promise.all([one.close(), other.close()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[2]?.headers.get('RateLimit')).toMatch(/^"per-key";r=0;t=\d+$/);
    expect(Number(answers[3]?.headers.get('Retry-After'))).toBeGreaterThan(0);
  });
});

describe('while Redis is away', () => {
  it('I1: intents are taken, readiness says what is missing, and reading goes on', async () => {
    const redis = await startOwnRedis({ say: () => {} });
    const admin = { user: 'admin', password: 'a-password-for-operators' };
    const own = await openIntake({ redisUrl: redis.redisUrl, deps: { admin } });
    try {
      const { id } = await connectedAccount(own.store, { userId: 'ada' });
      expect((await own.api.get('/readyz')).status).toBe(200);
      await redis.stop();
      await until(() => own.logged.some((line) => line.includes('Redis is away')));
      const sync = await own.api.call('POST', `/v1/connections/${id}/sync`);
      const removed = await own.api.call('DELETE', `/v1/connections/${id}`);
      const list = await own.api.get('/v1/users/ada/connections');
      const ready = await own.api.get('/readyz');
      const metrics = await own.api.get('/metrics');
      const login = {
        authorization: `Basic ${Buffer.from('admin:a-password-for-operators').toString('base64')}`,
      };
      const board = await own.api.call('GET', '/admin/queues/api/queues', undefined, login);
      expect([sync.status, removed.status, list.status, metrics.status]).toEqual([202, 202, 200, 200]);
      expect(board).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(ready).toMatchObject({ status: 503, body: { mongodb: 'ok', redis: 'failed' } });
      expect(metrics.body).toContain('calendar_sync_connections{status="disconnecting"} 1');
      expect(own.logged.join('')).toContain('left to the scheduler');
      expect(own.logged.join('')).toContain('the rate limit is open');
      expect(await own.store.facts.disconnectingConnections(10)).toEqual([id]);
    } finally {
      await own.close();
      await redis.stop();
    }
  });
});

describe('closing', () => {
  // The limit of the shutdown is longer than this: it must not be what ends it.
  it('lets a request finish that has begun, and then waits for nobody', { timeout: 8_000 }, async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const own = await openIntake({
      deps: {
        checks: {
          mongodb: async () => {
            begun.resolve();
            await gate.promise;
          },
          redis: async () => {},
        },
      },
    });
    const answer = own.api.get('/readyz');
    await begun.promise;
    const closed = own.close();
    gate.resolve();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(fetch(`http://127.0.0.1:${own.port}/healthz`)).rejects.toThrow('fetch failed');
  });
});
