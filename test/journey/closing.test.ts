import { afterEach, describe, expect, it } from 'vitest';
import { deployFragile, type FragileDeployment, type Instance } from '../support/deployment.ts';
import { outages } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const shutdownSeconds = 2;
/** What docs/operating.md promises on top of SHUTDOWN_SECONDS. */
const marginMs = 10_000;

const roles = ['all', 'scheduler'] as const;
let product: FragileDeployment;

async function deployed(): Promise<Instance[]> {
  product = await deployFragile(roles, { SHUTDOWN_SECONDS: String(shutdownSeconds) });
  return instances();
}

const instances = (): Instance[] => (['intake', ...roles] as const).flatMap((role) => product.instances(role));

afterEach(async () => {
  await Promise.all([product.redis.mend(), product.mongodb.mend()]);
  // Those that still hang, so that a failure is no hanging test.
  await Promise.all(instances().map((instance) => instance.end('SIGKILL')));
  // Whoever looks into the boards at the end asks this address.
  await product.start('intake', { PORT: new URL(product.api.url).port });
  await product.close();
});

/** Resolves to the exit codes; rejects where one of them takes longer than what is promised. */
async function endInTime(processes: readonly Instance[]): Promise<(number | null)[]> {
  const codes = new Map<Instance, number | null>();
  for (const one of processes) void one.end('SIGTERM').then((code) => codes.set(one, code));
  await until(
    () => codes.size === processes.length,
    () =>
      processes
        .filter((one) => !codes.has(one))
        .map(({ role, lines }) => `${role} runs on: ${JSON.stringify(lines.slice(-6), null, 1)}`)
        .join('\n'),
    shutdownSeconds * 1000 + marginMs,
  );
  return processes.map((one) => codes.get(one) ?? null);
}

const away = (one: Instance): Promise<unknown> => one.logged(({ msg }) => msg === 'Redis is away');

describe('a process that is told to end while a server is away ends within its limit', () => {
  // Seeds 1 and 1010 of the model run: between two tries of ioredis to connect, its disconnect() brings no end, and
  // BullMQ waited for that end for ever (github.com/taskforcesh/bullmq/issues/4656).
  it.each(['cut', 'refused'] as const)(
    'seeds 1 and 1010, no end of a client that waits to connect again: Redis %s',
    async (outage) => {
      const processes = await deployed();
      await product.redis.fail(outage);
      await Promise.all(processes.map(away));
      expect(await endInTime(processes)).toEqual([0, 0, 0]);
    },
  );

  it.each(['stalled', 'lost'] as const)('Redis %s', async (outage) => {
    const processes = await deployed();
    await product.redis.fail(outage);
    expect(await endInTime(processes)).toEqual([0, 0, 0]);
  });

  it('Redis away when it begins to close, and back before it has', async () => {
    const processes = await deployed();
    await product.redis.fail('cut');
    await Promise.all(processes.map(away));
    const ended = endInTime(processes);
    await Promise.all(processes.map((one) => one.logged(({ msg }) => msg === 'closing')));
    await product.redis.mend();
    expect(await ended).toEqual([0, 0, 0]);
  });

  it.each(outages)('MongoDB %s', async (outage) => {
    const processes = await deployed();
    await product.mongodb.fail(outage);
    await endInTime(processes);
  });

  it.each(['refused', 'lost'] as const)('MongoDB and Redis %s', async (outage) => {
    const processes = await deployed();
    await Promise.all([product.redis.fail(outage), product.mongodb.fail(outage)]);
    await endInTime(processes);
  });
});

describe('with a job in flight', () => {
  const email = 'ada@analytical.example';

  /** Resolves when a worker waits for a provider that does not answer. */
  async function inFlight(): Promise<Instance[]> {
    const processes = await deployed();
    const { api, google } = product;
    google.addUser({ email });
    google.fault({ match: { path: '/events$' }, action: { type: 'delay', ms: 60_000 } });
    await api.connect('google', 'user-ada', (url) => google.authorize(url, { email }));
    await until(() => google.requests.some(({ path }) => path.endsWith('/events')));
    return processes;
  }

  it.each(outages)('Redis %s: the job is interrupted, and done by the next worker', async (outage) => {
    const processes = await inFlight();
    await product.redis.fail(outage);
    expect(await endInTime(processes)).toEqual([0, 0, 0]);
    await product.redis.mend();
    await Promise.all([
      product.start('all'),
      product.start('scheduler'),
      product.start('intake', { PORT: new URL(product.api.url).port }),
    ]);
    await until(async () => {
      const { body } = await product.api.get('/v1/users/user-ada/connections');
      return body.connections[0]?.lastSyncedAt !== undefined;
    });
  });

  it.each(['refused', 'lost'] as const)('MongoDB and Redis %s', async (outage) => {
    const processes = await inFlight();
    await Promise.all([product.redis.fail(outage), product.mongodb.fail(outage)]);
    await endInTime(processes);
  });
});
