/** Servers whose address was given: looked at, never started or stopped, and never silently replaced by others. */
import { mongo } from 'mongoose';
import { withRedis } from './redis-server.ts';
import { StartRefused } from './routes.ts';

const LOOK_LIMIT_MS = 5_000;

/** Throws unless the address leads to a replica set or a mongos: transactions need one. */
export async function checkGivenMongodb(uri: string): Promise<void> {
  const hello = await sayHello(uri);
  if (hello['setName'] !== undefined || hello['msg'] === 'isdbgrid') return;
  const found =
    hello['isreplicaset'] === true ? 'a replica set that was never initiated' : 'a standalone mongod';
  const mend =
    hello['isreplicaset'] === true
      ? 'Run rs.initiate() in mongosh on it.'
      : 'Start it with --replSet rs0 and run rs.initiate() in mongosh once, or leave MONGODB_URI unset to use an embedded one.';
  throw new StartRefused(
    `MONGODB_URI leads to ${found}; transactions need a replica set (one node is enough). ${mend}`,
  );
}

async function sayHello(uri: string): Promise<mongo.Document> {
  let client: mongo.MongoClient | undefined;
  try {
    client = new mongo.MongoClient(uri, {
      serverSelectionTimeoutMS: LOOK_LIMIT_MS,
      ...(isOneHost(uri) && { directConnection: true }),
    });
    return await client.db('admin').command({ hello: 1 });
  } catch (error) {
    throw unusable('MONGODB_URI', error);
  } finally {
    await client?.close();
  }
}

/** Asking one host directly also gets an answer from a member that has no primary, so that the advice can be exact. */
function isOneHost(uri: string): boolean {
  return /^mongodb:\/\/[^,/]+(\/|$)/.test(uri) && !uri.includes('directConnection');
}

/** Throws when the address does not answer; gives a warning when the server may drop keys of the queues. */
export async function checkGivenRedis(url: string): Promise<string | undefined> {
  let memory: string;
  try {
    memory = await withRedis(url, (redis) => redis.info('memory'));
  } catch (error) {
    throw unusable('REDIS_URL', error);
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction';
  if (policy === 'noeviction') return undefined;
  return `The given Redis has maxmemory-policy ${policy}: under memory pressure it drops jobs. Set it to noeviction.`;
}

/** Without `cause`: errors about an address like to carry the address, and with it a password. */
function unusable(variable: string, error: unknown): StartRefused {
  const advice =
    'Start that server, correct the address, or leave the variable unset to use an embedded one.';
  return new StartRefused(`${variable} does not work: ${(error as Error).message}. ${advice}`);
}

/** An address as it may be shown: without user name, password and query. */
export function withoutSecrets(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, '');
}
