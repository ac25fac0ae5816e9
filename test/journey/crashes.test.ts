import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { startOwnRedis } from '../../scripts/services/start-services.ts';
import { deploy, type Deployment } from '../support/deployment.ts';
import { googleTruth, microsoftTruth, stored } from '../support/truth.ts';
import { until } from '../support/until.ts';

const from = new Date('2027-01-04T00:00:00Z');
const to = new Date('2027-03-15T00:00:00Z');
const ada = { userId: 'user-ada', email: 'ada@analytical.example' };
const grace = { userId: 'user-grace', email: 'grace@harbor.example' };

let product: Deployment;
afterEach(() => product.close());

const hour = (index: number): string => new Date(from.getTime() + index * 3_600_000).toISOString();

function seed(count: number): void {
  const { google, microsoft } = product;
  google.addUser({ email: ada.email, timeZone: 'UTC' });
  microsoft.addUser({ email: grace.email, name: 'Grace', timeZone: 'UTC' });
  for (let index = 0; index < count; index += 1) {
    google.putEvent(ada.email, ada.email, {
      summary: `event ${index}`,
      start: { dateTime: hour(index) },
      end: { dateTime: hour(index + 1) },
    });
    microsoft.putEvent(grace.email, 'default', {
      subject: `event ${index}`,
      start: { dateTime: hour(index).slice(0, 19), timeZone: 'UTC' },
      end: { dateTime: hour(index + 1).slice(0, 19), timeZone: 'UTC' },
    });
  }
}

async function connectBoth(): Promise<void> {
  const { api, google, microsoft } = product;
  const [one, two] = await Promise.all([
    api.connect('google', ada.userId, (url) => google.authorize(url, { email: ada.email })),
    api.connect('microsoft', grace.userId, (url) => microsoft.authorize(url, { email: grace.email })),
  ]);
  expect([one.body.status, two.body.status]).toEqual(['connected', 'connected']);
}

/** Polls until the store equals both providers: what must come true however the processes died. */
async function equalInTheEnd(): Promise<void> {
  const { api, google, microsoft } = product;
  const read = async (userId: string) =>
    stored(await api.events(userId, from.toISOString(), to.toISOString()));
  const both = async () => ({ ada: await read(ada.userId), grace: await read(grace.userId) });
  const truth = () => ({
    ada: googleTruth(google, ada.email, [from, to]),
    grace: microsoftTruth(microsoft, grace.email, [from, to]),
  });
  await until(
    async () => JSON.stringify(await both()) === JSON.stringify(truth()),
    () => 'the store does not equal the providers',
  );
  expect(await both()).toEqual(truth());
}

describe('I1, I4: workers die and Redis forgets', () => {
  it('a worker killed in the middle of a sync leaves nothing behind that another does not finish', async () => {
    product = await deploy(['connect', 'scheduler']);
    seed(600);
    product.google.behaviour.pageSizeLimit = 50;
    const worker = await product.start('sync');
    // The fourth page never comes: however slow the machine is, the run is not over before it is killed.
    product.google.fault({ match: { path: '/events$' }, skip: 3, action: { type: 'stall' } });
    product.microsoft.fault({ match: { path: '/delta$' }, times: 6, action: { type: 'delay', ms: 200 } });
    await connectBoth();
    const listed = () => product.google.requests.filter(({ path }) => path.endsWith('/events')).length;
    await until(() => listed() >= 4);
    await worker.end('SIGKILL');
    product.google.putEvent(ada.email, ada.email, {
      summary: 'while dead',
      start: { dateTime: hour(3) },
      end: { dateTime: hour(4) },
    });
    await product.start('sync');
    await equalInTheEnd();
  });

  it('workers that are killed again and again get there all the same', async () => {
    product = await deploy(['connect', 'scheduler']);
    seed(300);
    product.google.behaviour.pageSizeLimit = 25;
    for (const path of ['/events$', '/calendarList$'])
      product.google.fault({ match: { path }, times: 60, action: { type: 'delay', ms: 40 } });
    product.microsoft.fault({ match: { path: '/calendars$' }, times: 60, action: { type: 'delay', ms: 40 } });
    let worker = await product.start('sync');
    const listed = () => product.microsoft.requests.filter(({ path }) => path.endsWith('/delta')).length;
    for (const [death, pages] of [0, 1, 2, 1].entries()) {
      // Microsoft's run is not over before the kill, or nothing would look for what comes afterwards until the next sweep.
      const before = listed();
      product.microsoft.fault({ match: { path: '/delta$' }, skip: pages, action: { type: 'stall' } });
      if (death === 0) await connectBoth();
      await until(() => listed() > before + pages);
      await worker.end('SIGKILL');
      product.microsoft.putEvent(grace.email, 'default', {
        subject: `after death ${death}`,
        start: { dateTime: hour(death).slice(0, 19), timeZone: 'UTC' },
        end: { dateTime: hour(death + 1).slice(0, 19), timeZone: 'UTC' },
      });
      worker = await product.start('sync');
    }
    await equalInTheEnd();
  });

  it('a Redis that lost everything in mid-work is filled again from MongoDB within a tick', async () => {
    const own = await startOwnRedis({ say: () => undefined });
    onTestFinished(() => own.stop());
    product = await deploy([], { REDIS_URL: own.redisUrl });
    seed(100);
    const { api, google, microsoft } = product;
    // Both codes are taken while no worker runs: the jobs lie in Redis, and Redis forgets them.
    const begin = async (
      provider: 'google' | 'microsoft',
      userId: string,
      email: string,
    ): Promise<string> => {
      const { body } = await api.post(`/v1/connect/${provider}`, { userId });
      const landed = await (provider === 'google' ? google : microsoft).authorize(body.authorizationUrl, {
        email,
      });
      const { state, code } = Object.fromEntries(landed.searchParams);
      expect((await api.post(`/v1/callback/${provider}`, { userId, state, code })).status).toBe(202);
      return String(body.attemptId);
    };
    await begin('google', ada.userId, ada.email);
    await begin('microsoft', grace.userId, grace.email);
    const redis = new Redis(own.redisUrl);
    onTestFinished(() => redis.disconnect());
    expect(await redis.dbsize()).toBeGreaterThan(0);
    await redis.flushall();
    const [worker] = await Promise.all([product.start('all'), product.start('scheduler')]);
    await worker.logged(({ msg }) => msg === 'connected');
    await redis.flushall();
    await equalInTheEnd();
  });

  it('a disconnect whose job was lost is carried out all the same', async () => {
    const own = await startOwnRedis({ say: () => undefined });
    onTestFinished(() => own.stop());
    product = await deploy(['connect', 'sync'], { REDIS_URL: own.redisUrl });
    seed(5);
    await connectBoth();
    const { body } = await product.api.get(`/v1/users/${ada.userId}/connections`);
    const { id } = body.connections[0];
    await product.api.call('DELETE', `/v1/connections/${id}`);
    const redis = new Redis(own.redisUrl);
    onTestFinished(() => redis.disconnect());
    await redis.flushall();
    await Promise.all([product.start('maintenance'), product.start('scheduler')]);
    await until(async () => (await product.api.get(`/v1/connections/${id}`)).status === 404);
  });
});

describe('an orderly end', () => {
  it('SIGTERM lets the job in flight finish, takes no more, and the process ends by itself with status 0', async () => {
    product = await deploy(['connect']);
    seed(20);
    const worker = await product.start('sync');
    product.google.fault({ match: { path: '/events$' }, action: { type: 'delay', ms: 1500 } });
    await connectBoth();
    await until(() => product.google.requests.some(({ path }) => path.endsWith('/calendarList')));
    expect(await worker.end('SIGTERM')).toBe(0);
    const ended = worker.lines.filter(({ msg, job }) => msg === 'job ended' && job === 'sync-connection');
    expect(ended.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(worker.lines.at(-1)).toMatchObject({ msg: 'closed' });
    await equalInTheEnd();
  });

  it('a job that takes longer than the limit is interrupted and finished by the next worker', async () => {
    product = await deploy(['connect', 'scheduler'], { SHUTDOWN_SECONDS: '1' });
    seed(20);
    const worker = await product.start('sync');
    product.google.fault({ match: { path: '/events$' }, action: { type: 'delay', ms: 20_000 } });
    await connectBoth();
    await until(() => worker.lines.some(({ msg }) => msg === 'calendar synced'));
    expect(await worker.end('SIGTERM')).toBe(0);
    await product.start('sync');
    await equalInTheEnd();
  });

  it('every process ends by itself with status 0 on SIGTERM, and on SIGINT', async () => {
    product = await deploy(['connect', 'scheduler']);
    // Whoever looks into the boards at the end asks the first intake.
    const intake = await product.start('intake');
    const [worker, scheduler] = [...product.instances('connect'), ...product.instances('scheduler')];
    const ended = [intake.end('SIGTERM'), worker!.end('SIGTERM'), scheduler!.end('SIGINT')];
    expect(await Promise.all(ended)).toEqual([0, 0, 0]);
  });
});
