import { describe, expect, it } from 'vitest';
import { ownIntake } from './own-intake.ts';

const admin = { user: 'admin', password: 'a-password-for-operators' };
const login = (password: string, user = admin.user) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const intake = ownIntake({ deps: { admin } });
const board = (path = '', init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${intake.port}/admin/queues${path}`, init);
const withLogin = (headers: Record<string, string> = {}) => ({
  headers: { ...login(admin.password), ...headers },
});

describe('the operators’ board', () => {
  it('loads with everything that its page names, and may fetch nothing from elsewhere', async () => {
    const page = await board('/', withLogin());
    const html = await page.text();
    expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    const assets = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => path);
    expect(assets.length).toBeGreaterThan(3);
    for (const path of assets) {
      const asset = await board(`/${path}`, withLogin());
      expect(asset.status).toBe(200);
      expect(asset.headers.get('Content-Type')).toMatch(/javascript|css|image/);
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  it('shows the queues and their jobs', async () => {
    await intake.producer.enqueue('sync', 'sync-connection', { v: 1, connectionId: 'a'.repeat(24) });
    const answer = await board('/api/queues?activeQueue=sync&page=1&jobsPerPage=10', withLogin());
    const { queues } = (await answer.json()) as { queues: { name: string; jobs: { name: string }[] }[] };
    expect(queues.map(({ name }) => name)).toEqual([
      'connect',
      'sync',
      'write',
      'watch',
      'notify',
      'maintenance',
    ]);
    expect(queues[1]?.jobs).toMatchObject([{ name: 'sync-connection' }]);
  });

  it.each(['', '/', '/api/queues', '/static/js/main.js', '/queue/sync'])(
    '%s needs the login',
    async (path) => {
      const answer = await board(path);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic /);
    },
  );

  it('an API key is no login', async () => {
    const headers = { authorization: 'Bearer a-key-for-the-intake-tests' };
    expect((await board('', { headers })).status).toBe(401);
  });

  it.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
    ['a sister site', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://evil.localhost' }],
    ['an older browser on another site', { Origin: 'https://evil.example' }],
    ['a sandboxed page', { Origin: 'null' }],
    ['nobody in particular', {}],
  ] as const)('a change that comes from %s is refused', async (_, headers) => {
    const answer = await board('/api/queues/sync/pause', { method: 'PUT', ...withLogin(headers) });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'cross_site' });
    expect(await paused()).toBe(false);
  });

  it('a change from its own pages is done', async () => {
    const own = withLogin({ 'Sec-Fetch-Site': 'same-origin' });
    expect((await board('/api/queues/sync/pause', { method: 'PUT', ...own })).status).toBe(200);
    expect(await paused()).toBe(true);
    const older = withLogin({ Origin: `http://127.0.0.1:${intake.port}` });
    expect((await board('/api/queues/sync/resume', { method: 'PUT', ...older })).status).toBe(200);
    expect(await paused()).toBe(false);
  });

  it('is closed to an address that guesses, also for the right password', async () => {
    for (let n = 0; n < 10; n += 1) {
      expect((await board('', { headers: login(`guess ${n}`) })).status).toBe(401);
    }
    const answer = await board('', withLogin());
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(200);
  });

  const paused = async () => intake.producer.queues.find(({ name }) => name === 'sync')?.isPaused();
});

describe('metrics', () => {
  it('count requests by route, jobs by queue and connections by status, with no id in them', async () => {
    await intake.api.get(`/v1/attempts/${'b'.repeat(24)}`);
    const { status, body, headers } = await intake.api.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toContain('text/plain');
    expect(body).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/v1\/attempts\/:id",status="404"\} 1/,
    );
    expect(body).toContain('calendar_sync_queue_jobs{queue="sync",state="waiting"} 1');
    expect(body).toContain('calendar_sync_connections{status="active"} 0');
    expect(body).toContain('process_cpu_seconds_total');
    expect(body).not.toContain('bbbbbbbb');
  });
});
