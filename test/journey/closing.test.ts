import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deployFragile, type FragileDeployment, type Instance, type Role } from '../support/deployment.ts';
import { until } from '../support/until.ts';

/** Without Redis, workers that run no job wait for nothing: so these have long to end. */
const longSeconds = 60;
const shortSeconds = 2;
/** What docs/operating.md promises on top of SHUTDOWN_SECONDS, and something for a machine that is busy. */
const limitMs = shortSeconds * 1000 + 10_000 + 5_000;

const roles = ['all', 'scheduler'] as const;
let product: FragileDeployment;

beforeAll(async () => {
  product = await deployFragile([]);
  await endAll();
});
afterAll(async () => {
  // Whoever looks into the boards at the end asks it.
  await started('intake', longSeconds);
  await product.close();
});
afterEach(async () => {
  await Promise.all([product.redis.mend(), product.mongodb.mend()]);
  product.google.clearFaults();
  await endAll();
});

/** One of each kind: nobody else runs. */
const deployed = (shutdownSeconds: number): Promise<Instance[]> =>
  Promise.all((['intake', ...roles] as const).map((role) => started(role, shutdownSeconds)));

/** Intake at the address of the first one, where everybody looks for it. */
const started = (role: Role, shutdownSeconds: number): Promise<Instance> =>
  product.start(role, {
    SHUTDOWN_SECONDS: String(shutdownSeconds),
    ...(role === 'intake' && { PORT: new URL(product.api.url).port }),
  });

/** At once, those that hang as well, so that a failure is no hanging test. */
const endAll = (): Promise<unknown> =>
  Promise.all(
    (['intake', ...roles] as const)
      .flatMap((role) => product.instances(role))
      .map((instance) => instance.end('SIGKILL')),
  );

/** Resolves to the exit codes; rejects where one of them takes longer than what is promised. */
async function endInTime(processes: readonly Instance[]): Promise<(number | null)[]> {
  const codes = new Map<Instance, number | null>();
  for (const one of processes) {
    // One that is late is told of below.
    one.end('SIGTERM').then(
      (code) => codes.set(one, code),
      () => undefined,
    );
  }
  await until(
    () => codes.size === processes.length,
    () => `those run on: ${lastLines(processes.filter((one) => !codes.has(one)))}`,
    limitMs,
  );
  return processes.map((one) => codes.get(one) ?? null);
}

/** The same. Gives what was logged last where one does not end with status 0; else nothing. */
async function saidAtUncleanEnd(processes: readonly Instance[]): Promise<string> {
  const codes = await endInTime(processes);
  return codes.every((code) => code === 0) ? '' : lastLines(processes);
}

function lastLines(processes: readonly Instance[]): string {
  return processes
    .map(({ role, lines }) => `${role}: ${JSON.stringify(lines.slice(-6), null, 1)}`)
    .join('\n');
}

const away = (one: Instance): Promise<unknown> => one.logged(({ msg }) => msg === 'Redis is away');

describe('a process that is told to end while a server is away ends within its limit', () => {
  // Between two tries of ioredis to connect, its disconnect() brought no end, and BullMQ waited for that end for ever
  // (github.com/taskforcesh/bullmq/issues/4656).
  it('Redis restarts: seeds 1 and 1010 of the model run, a client between two tries that never ended', async () => {
    const processes = await deployed(longSeconds);
    await product.redis.fail('cut');
    await Promise.all(processes.map(away));
    expect(await saidAtUncleanEnd(processes)).toBe('');
  });

  it('Redis restarts, and is back before it has closed', async () => {
    const processes = await deployed(longSeconds);
    await product.redis.fail('refused');
    await Promise.all(processes.map(away));
    const ended = endInTime(processes);
    await Promise.all(processes.map((one) => one.logged(({ msg }) => msg === 'closing')));
    await product.redis.mend();
    expect(await ended).toEqual([0, 0, 0]);
  });

  it('Redis is connected and silent', async () => {
    const processes = await deployed(longSeconds);
    await product.redis.fail('lost');
    expect(await saidAtUncleanEnd(processes)).toBe('');
  });

  it('MongoDB is connected and silent', async () => {
    const processes = await deployed(shortSeconds);
    await product.mongodb.fail('lost');
    expect(await endInTime(processes)).toHaveLength(3);
  });
});

describe('with a job in flight', () => {
  let [people, userId] = [0, ''];

  /**
   * Resolves when a worker waits for a provider that does not answer. Without a scheduler, which could be about to queue
   * something when Redis goes: then it does not end cleanly.
   */
  async function inFlight(): Promise<Instance[]> {
    const processes = await Promise.all([started('intake', shortSeconds), started('all', shortSeconds)]);
    const { api, google } = product;
    people += 1;
    userId = `user-ada${people}`;
    const email = `ada${people}@analytical.example`;
    google.addUser({ email });
    const before = google.requests.length;
    google.fault({ match: { path: '/events$' }, action: { type: 'delay', ms: 60_000 } });
    await api.connect('google', userId, (url) => google.authorize(url, { email }));
    await until(() => google.requests.slice(before).some(({ path }) => path.endsWith('/events')));
    return processes;
  }

  it.each(['cut', 'lost'] as const)(
    'Redis %s: it is interrupted, and done by the next worker',
    async (outage) => {
      const processes = await inFlight();
      await product.redis.fail(outage);
      expect(await saidAtUncleanEnd(processes)).toBe('');
      await product.redis.mend();
      await deployed(shortSeconds);
      await until(async () => {
        const { body } = await product.api.get(`/v1/users/${userId}/connections`);
        return body.connections[0]?.lastSyncedAt !== undefined;
      });
    },
  );

  it('MongoDB and Redis are connected and silent: it is told what keeps the process, and ended all the same', async () => {
    const processes = await inFlight();
    await Promise.all([product.redis.fail('lost'), product.mongodb.fail('lost')]);
    const [, workers] = await endInTime(processes);
    expect(workers).toBe(1);
    const said = processes.flatMap(({ lines }) => lines).filter(({ level }) => level === 'error');
    expect(said.map(({ msg }) => msg)).toContain('could not close cleanly');
  });
});
