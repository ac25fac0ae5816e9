import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mongo } from 'mongoose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accepts } from '../../scripts/services/ports.ts';
import { withRedis } from '../../scripts/services/redis-server.ts';
import { type Services, type ServicesOptions, startServices } from '../../scripts/services/start-services.ts';
import { testServices } from '../support/services.ts';

const DEADLINE = { timeout: 20_000, interval: 20 };
const HOLD_SERVICES = `
  import { startServices } from ${JSON.stringify(new URL('../../scripts/services/start-services.ts', import.meta.url).href)};
  console.log(JSON.stringify(await startServices({ say: () => {} })));
  setInterval(() => {}, 60_000);
`;
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

describe('a second instance of the services beside the first', () => {
  it('has servers of its own and leaves nothing running when it is stopped', async () => {
    const first = testServices();
    const second = await start({});
    expect(portsOf(second)).not.toContain(portOf(first.redisUrl));
    await writeAndRead(second, 'beside');
    await second.stop();
    expect(await Promise.all(portsOf(second).map(accepts))).toEqual([false, false]);
    expect(await accepts(portOf(first.redisUrl))).toBe(true);
  });

  it('is a replica set that takes transactions', async () => {
    const client = await connected(testServices().mongodbUri);
    await client.withSession((session) =>
      session.withTransaction(async () => {
        await client.db().collection('pair').insertOne({ half: 1 }, { session });
        await client.db().collection('pair').insertOne({ half: 2 }, { session });
      }),
    );
    expect(await client.db().collection('pair').countDocuments()).toBe(2);
  });
});

describe('services with a named data folder', () => {
  it('find their data again, on other ports too, and refuse a second run on the same folder', async () => {
    const dataDir = await temporaryFolder();
    const before = await start({ dataDir });
    await writeAndRead(before, 'kept');
    const intruder = startServices({ dataDir, say: () => {} });
    await expect(intruder).rejects.toThrow(/Another MongoDB is running on .*\n?Another Redis is running on/);
    await before.stop();
    const after = await start({ dataDir });
    expect(await read(after)).toEqual({ document: 'kept', key: 'kept' });
  });
});

describe('the services of a process that is killed', () => {
  it('end with it, and their temporary folder goes', async () => {
    const temporary = await temporaryFolder();
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', HOLD_SERVICES], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: temporary },
    });
    cleanUps.push(async () => holder.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: holder.stdout }), 'line')) as [string];
    const ports = portsOf(JSON.parse(line) as Services);
    expect(await readdir(temporary)).toHaveLength(1);
    holder.kill('SIGKILL');
    await vi.waitFor(async () => {
      expect(await Promise.all(ports.map(accepts))).toEqual([false, false]);
      expect(await readdir(temporary)).toEqual([]);
    }, DEADLINE);
  });
});

describe('given addresses', () => {
  it('are used as they are, and left alone at the end', async () => {
    const { mongodbUri, redisUrl } = testServices();
    const services = await start({ mongodbUri, redisUrl });
    expect(services).toMatchObject({ mongodbUri, redisUrl, mongoRoute: 'given', redisRoute: 'given' });
    await services.stop();
    expect(await accepts(portOf(redisUrl))).toBe(true);
  });

  it('that do not answer are an error which names the variables and shows no password', async () => {
    const dead = { mongodbUri: 'mongodb://u:hush@127.0.0.1:1/x', redisUrl: 'redis://:hush@127.0.0.1:1' };
    const failure = await startServices({ ...dead, say: () => {} }).catch((error: Error) => error.message);
    expect(failure).toMatch(/MONGODB_URI does not work[^]*REDIS_URL does not work/);
    expect(failure).not.toContain('hush');
  });
});

async function start(options: Omit<ServicesOptions, 'say'>): Promise<Services> {
  const services = await startServices({ ...options, say: () => {} });
  cleanUps.push(services.stop);
  return services;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-sync-test-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function connected(uri: string): Promise<mongo.MongoClient> {
  const client = await new mongo.MongoClient(uri).connect();
  cleanUps.push(() => client.close());
  return client;
}

async function writeAndRead(services: Services, value: string): Promise<void> {
  const client = new mongo.MongoClient(services.mongodbUri);
  await client.db('probe').collection('probe').insertOne({ value });
  await client.close();
  await withRedis(services.redisUrl, (redis) => redis.set('probe', value));
  expect(await read(services)).toEqual({ document: value, key: value });
}

async function read(services: Services): Promise<{ document: unknown; key: string | null }> {
  const client = new mongo.MongoClient(services.mongodbUri);
  const found = await client.db('probe').collection('probe').findOne();
  await client.close();
  return {
    document: found?.['value'],
    key: await withRedis(services.redisUrl, (redis) => redis.get('probe')),
  };
}

function portsOf({ mongodbUri, redisUrl }: Pick<Services, 'mongodbUri' | 'redisUrl'>): number[] {
  return [portOf(mongodbUri), portOf(redisUrl)];
}

function portOf(address: string): number {
  return Number(new URL(address).port);
}
