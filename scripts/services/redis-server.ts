/** Runs a redis-server binary on loopback. */
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { GuardedProcesses } from '../processes/guarded-processes.ts';
import { accepts, LOOPBACK, onFreePort, PortTaken, untilListening } from './ports.ts';
import { StartRefused } from './routes.ts';

const LISTEN_LIMIT_MS = 30_000;
const LOG_LINES_SHOWN = 5;
const PORT_FILE = 'redis.port';

/** Gives the server's URL. With `keepData` everything is on disk (append-only) and found again at the next start. */
export async function startRedisServer(
  binary: string,
  folder: string,
  keepData: boolean,
  processes: GuardedProcesses,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await refuseWhereOneRuns(folder);
  return onFreePort(async (port) => {
    const log = join(folder, 'redis.log');
    await rm(log, { force: true });
    const child = processes.start(binary, redisArguments(folder, port, log, keepData), { stdio: 'ignore' });
    const url = `redis://${LOOPBACK}:${port}`;
    try {
      await untilListening(
        child,
        port,
        LISTEN_LIMIT_MS,
        () => new Error(`it ended with code ${child.exitCode}`),
      );
      await withRedis(url, (redis) => redis.ping());
    } catch (error) {
      child.kill('SIGKILL');
      throw explain(error, await readFile(log, 'utf8').catch(() => ''));
    }
    await writeFile(join(folder, PORT_FILE), String(port));
    return url;
  });
}

function redisArguments(folder: string, port: number, log: string, keepData: boolean): string[] {
  const network = ['--bind', LOOPBACK, '--port', String(port)];
  const data = ['--dir', folder, '--save', '', '--appendonly', keepData ? 'yes' : 'no'];
  // BullMQ must never lose a key to eviction.
  return [...network, ...data, '--maxmemory-policy', 'noeviction', '--logfile', log, '--daemonize', 'no'];
}

/** Redis, unlike mongod, does not lock its folder: two servers would write into one append-only file. */
async function refuseWhereOneRuns(folder: string): Promise<void> {
  const port = Number(await readFile(join(folder, PORT_FILE), 'utf8').catch(() => '0'));
  if (port === 0 || !(await accepts(port))) return;
  const inUse = await folderServedAt(port).catch(() => undefined);
  if (inUse !== (await realpath(folder))) return;
  const advice =
    'Stop that run first (after a crash it ends by itself within seconds), or use another folder.';
  throw new StartRefused(`Another Redis is running on ${folder}. ${advice}`);
}

async function folderServedAt(port: number): Promise<string | undefined> {
  return withRedis(`redis://${LOOPBACK}:${port}`, async (redis) => {
    const answer = (await redis.config('GET', 'dir')) as string[];
    return answer[1];
  });
}

/** One connection without retries, closed afterwards. Also used to look at a server that was given. */
export async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
  });
  // The rejected command carries the reason; without a listener ioredis prints it as well.
  let refused: Error | undefined;
  redis.on('error', (error) => (refused = error));
  try {
    await redis.connect();
    return await use(redis);
  } catch (error) {
    throw refused ?? error;
  } finally {
    redis.disconnect();
  }
}

function explain(error: unknown, log: string): Error {
  if (log.includes('Address already in use')) return new PortTaken('redis-server', { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  const lastWords = log.trim().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  return new Error(lastWords === '' ? reason : `${reason}; its last log lines:\n${lastWords}`, {
    cause: error,
  });
}
