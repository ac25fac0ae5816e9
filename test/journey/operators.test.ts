import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, type Deployment, type Instance } from '../support/deployment.ts';
import { until } from '../support/until.ts';

const userId = 'user-grace';
const email = 'grace@harbor.example';
const withPort = { METRICS_PORT: '0' };

let product: Deployment;
let connectionId: string;
beforeAll(async () => {
  product = await deploy(['connect']);
  product.microsoft.addUser({ email, name: 'Grace' });
  const { body } = await product.api.connect('microsoft', userId, (url) =>
    product.microsoft.authorize(url, { email }),
  );
  connectionId = body.connectionId;
});
afterAll(() => product.close());

/** Where a process without an API serves health and metrics. */
async function operatorsOf(instance: Instance) {
  const { port } = await instance.logged(({ msg }) => msg === 'health and metrics are served');
  return async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
}

const metricsOfIntake = async (): Promise<string> => (await product.api.get('/metrics')).body;
const connection = async () => (await product.api.get(`/v1/connections/${connectionId}`)).body;
const alarmsOf = ({ lines }: Instance) => lines.filter((line) => line['alarm'] === true);
const misconfigured = /misconfigured_connections\{provider="microsoft",code="client_secret_expired"\} 1\b/;

describe('operators', () => {
  it('see health and metrics of workers and scheduler', async () => {
    const [worker, scheduler] = await Promise.all([
      product.start('sync', withPort),
      product.start('scheduler', withPort),
    ]);
    const [ofWorker, ofScheduler] = await Promise.all([operatorsOf(worker), operatorsOf(scheduler)]);
    await until(async () => (await connection()).lastSyncedAt !== undefined);
    for (const ask of [ofWorker, ofScheduler]) {
      expect(await ask('/healthz')).toMatchObject({ status: 200 });
      expect(await ask('/readyz')).toEqual({
        status: 200,
        body: '{"status":"ready","mongodb":"ok","redis":"ok"}',
      });
    }
    const { body } = await ofWorker('/metrics');
    expect(body).toMatch(
      /job_duration_seconds_count\{queue="sync",job="sync-connection",outcome="done"\} [1-9]/,
    );
    expect(body).not.toMatch(/[0-9a-f]{24}|@/);
    expect((await ofScheduler('/metrics')).body).toMatch(/scheduler_last_tick_timestamp_seconds \d{10}/);
    await Promise.all([worker.end('SIGTERM'), scheduler.end('SIGTERM')]);
  });

  it('are alarmed by an expired client secret, once for each process, and no user is marked', async () => {
    product.microsoft.setClientSecretExpired(true);
    product.microsoft.expireAccessTokens(email);
    const worker = await product.start('sync', withPort);
    for (let n = 1; n <= 3; n += 1) {
      await product.api.post(`/v1/connections/${connectionId}/sync`, {});
      await until(async () => (await connection()).consecutiveFailures >= n);
    }
    expect(alarmsOf(worker)).toMatchObject([
      { level: 'error', provider: 'microsoft', failureCode: 'client_secret_expired' },
    ]);
    expect(await metricsOfIntake()).toMatch(misconfigured);
    expect((await (await operatorsOf(worker))('/metrics')).body).toContain(
      'token_refreshes_total{provider="microsoft",outcome="misconfigured"} 3',
    );
    expect(await connection()).toMatchObject({
      status: 'active',
      lastFailure: { code: 'client_secret_expired' },
    });
    const { body } = await product.api.get(`/v1/connections/${connectionId}/diagnosis`);
    expect(body).toMatchObject({
      verdict: 'needs_operator',
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'client_secret_expired', mendedBy: 'operator' }),
      ]),
    });

    product.microsoft.setClientSecretExpired(false);
    await product.api.sync(connectionId);
    await worker.logged(
      ({ msg, failureCode }) => msg === 'the alarm is over' && failureCode === 'client_secret_expired',
    );
    expect(await metricsOfIntake()).not.toMatch(misconfigured);
    expect(alarmsOf(worker)).toHaveLength(1);
  });
});
