import { afterEach, describe, expect, it } from 'vitest';
import {
  startOperatorServer,
  type OperatorServer,
  type OperatorServerOptions,
} from '../../src/operator-server.ts';
import { createWorkMetrics } from '../../src/work-metrics.ts';

const opened: OperatorServer[] = [];
afterEach(() => Promise.all(opened.splice(0).map((server) => server.close())));

async function serving(over: Partial<OperatorServerOptions> = {}) {
  const errors: string[] = [];
  const metrics = createWorkMetrics();
  const server = await startOperatorServer({
    host: '127.0.0.1',
    port: 0,
    checks: { mongodb: async () => {}, redis: async () => {} },
    metrics,
    onError: (_, about) => void errors.push(about),
    ...over,
  });
  opened.push(server);
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    return { status: answer.status, body: await answer.text(), type: answer.headers.get('Content-Type') };
  };
  return { ask, errors, metrics, server };
}

describe('health and metrics of a process without an API', () => {
  it('say that it lives, asking nobody', async () => {
    const never = () => new Promise<void>(() => {});
    const { ask } = await serving({ checks: { mongodb: never, redis: never } });
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });

  it('say which store does not answer', async () => {
    const checks = { mongodb: async () => {}, redis: () => Promise.reject(new Error('away')) };
    const { ask, errors } = await serving({ checks });
    const { status, body } = await ask('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ status: 'not_ready', mongodb: 'ok', redis: 'failed' });
    expect(errors).toEqual(['redis']);
    const { ask: askOther } = await serving();
    expect(await askOther('/readyz')).toMatchObject({ status: 200 });
  });

  it('tell what the process counted', async () => {
    const { ask, metrics } = await serving();
    metrics.observeJob({ queue: 'sync', job: 'sync-connection', outcome: 'done', seconds: 0.2 });
    metrics.observeFresh({ provider: 'google', ms: 300 });
    metrics.observeRefresh({ provider: 'microsoft', outcome: 'refreshed' });
    const before = await ask('/metrics');
    expect(before.type).toContain('text/plain');
    expect(before.body).toContain(
      'calendar_sync_job_duration_seconds_count{queue="sync",job="sync-connection",outcome="done"} 1',
    );
    expect(before.body).toContain('calendar_sync_freshness_seconds_bucket{le="0.5",provider="google"} 1');
    expect(before.body).toContain(
      'calendar_sync_token_refreshes_total{provider="microsoft",outcome="refreshed"} 1',
    );
    // A worker is no scheduler: it has no last tick, not one in 1970.
    expect(before.body).not.toMatch(/^calendar_sync_scheduler_last_tick/m);
    metrics.observeTick({ at: new Date(5000), due: { sync: 3 } });
    const after = await ask('/metrics');
    expect(after.body).toMatch(/^calendar_sync_scheduler_last_tick_timestamp_seconds 5$/m);
    expect(after.body).toContain('calendar_sync_scheduler_due_total{kind="sync"} 3');
  });

  it('serve nothing else, and change nothing', async () => {
    const { ask } = await serving();
    expect(await ask('/')).toMatchObject({ status: 404 });
    expect(await ask('/admin/queues')).toMatchObject({ status: 404 });
    expect(await ask('/healthz', { method: 'POST' })).toMatchObject({ status: 405 });
    expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('are refused at start where the port is taken', async () => {
    const { server } = await serving();
    await expect(serving({ port: server.port })).rejects.toThrow('EADDRINUSE');
  });

  it('answer 500 where they cannot be told, and live on', async () => {
    const { ask, errors } = await serving({ metrics: { read: () => Promise.reject(new Error('broken')) } });
    expect(await ask('/metrics')).toMatchObject({ status: 500 });
    expect(errors).toEqual(['request']);
    expect(await ask('/healthz')).toMatchObject({ status: 200 });
  });
});
