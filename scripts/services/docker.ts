/**
 * Servers in containers. Untested where this was written, for want of a Docker engine; kept thin for that reason.
 * testcontainers brings its own watchdog container, which removes ours if this process dies.
 */
import { connect } from 'node:net';
import { join } from 'node:path';
import type { StartedTestContainer } from 'testcontainers';
import { becomePrimary } from './replica-set.ts';

const MONGODB_IMAGE = 'mongo:8.0';
const MONGODB_PORT = 27017;
const REDIS_IMAGE = 'redis:7.4';
const REDIS_PORT = 6379;
const ENGINE_LIMIT_MS = 2_000;

export interface Container {
  address: string;
  image: string;
  stop(): Promise<void>;
}

/** `folder`: where to keep the data on this machine; without it the data goes with the container. */
export async function startMongodbContainer(folder: string | undefined): Promise<Container> {
  const container = await startContainer(
    MONGODB_IMAGE,
    MONGODB_PORT,
    folder && join(folder, 'mongodb-container'),
    '/data/db',
    ['--replSet=rs0', '--bind_ip_all', '--wiredTigerCacheSizeGB=0.25'],
  );
  // Inside, it is known by an address that means nothing out here; so clients must not go looking for the set's members.
  const address = `mongodb://${addressOf(container, MONGODB_PORT)}/?directConnection=true`;
  return handedOver(container, address, MONGODB_IMAGE, () =>
    becomePrimary(address, `127.0.0.1:${MONGODB_PORT}`),
  );
}

export async function startRedisContainer(folder: string | undefined): Promise<Container> {
  const appendOnly = folder === undefined ? 'no' : 'yes';
  const command = [
    'redis-server',
    '--save',
    '',
    '--appendonly',
    appendOnly,
    '--maxmemory-policy',
    'noeviction',
  ];
  const data = folder && join(folder, 'redis-container');
  const container = await startContainer(REDIS_IMAGE, REDIS_PORT, data, '/data', command);
  return handedOver(container, `redis://${addressOf(container, REDIS_PORT)}`, REDIS_IMAGE, async () => {});
}

async function startContainer(
  image: string,
  port: number,
  source: string | undefined,
  target: string,
  command: string[],
): Promise<StartedTestContainer> {
  await untilEngineAnswers();
  const { GenericContainer } = await import('testcontainers');
  const container = new GenericContainer(image).withCommand(command).withExposedPorts(port);
  return source === undefined ? container.start() : container.withBindMounts([{ source, target }]).start();
}

async function handedOver(
  container: StartedTestContainer,
  address: string,
  image: string,
  prepare: () => Promise<void>,
): Promise<Container> {
  const stop = async () => void (await container.stop());
  await prepare().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { address, image, stop };
}

function addressOf(container: StartedTestContainer, port: number): string {
  return `${container.getHost()}:${container.getMappedPort(port)}`;
}

/** Asks before testcontainers is loaded: it takes long to find out that there is no engine. */
async function untilEngineAnswers(): Promise<void> {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const { protocol, hostname, port, pathname } = new URL(host);
  const target = protocol === 'unix:' ? { path: pathname } : { host: hostname, port: Number(port) };
  await new Promise<void>((resolve, reject) => {
    const socket = connect(target);
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`no Docker engine answers at ${host} (${why})`));
    };
    socket.setTimeout(ENGINE_LIMIT_MS, () => fail('timeout'));
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
