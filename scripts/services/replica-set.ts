/** Turns a mongod that was started with --replSet into a one-node replica set that accepts writes. */
import { setTimeout as delay } from 'node:timers/promises';
import { mongo } from 'mongoose';

const POLL_MS = 20;
const PRIMARY_LIMIT_MS = 30_000;
const NOT_YET_INITIALIZED = 94;

export const REPLICA_SET = 'rs0';

/**
 * `uri` must lead straight to the one mongod (directConnection). `host` is the host:port by which that mongod knows
 * itself. Resolves when it is primary. Idempotent, also when the data was written under another port.
 */
export async function becomePrimary(uri: string, host: string): Promise<void> {
  await withAdmin(uri, async (admin) => {
    await ensureMember(admin, host);
    await untilPrimary(admin);
  });
}

async function ensureMember(admin: mongo.Db, host: string): Promise<void> {
  const config = await readConfig(admin);
  if (config === undefined) {
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
  } else if (config['members']?.length !== 1 || config['members'][0].host !== host) {
    const version = Number(config['version']) + 1;
    // Forced, since a node that does not find itself in its own configuration has no primary to ask.
    const moved = { ...config, version, members: [{ ...config['members']?.[0], host }] };
    await admin.command({ replSetReconfig: moved, force: true });
  }
}

async function readConfig(admin: mongo.Db): Promise<mongo.Document | undefined> {
  try {
    const answer = await admin.command({ replSetGetConfig: 1 });
    return answer['config'];
  } catch (error) {
    if (error instanceof mongo.MongoServerError && error.code === NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
}

async function untilPrimary(admin: mongo.Db): Promise<void> {
  for (let waitedMs = 0; waitedMs < PRIMARY_LIMIT_MS; waitedMs += POLL_MS) {
    const hello = await admin.command({ hello: 1 });
    if (hello['isWritablePrimary'] === true) return;
    await delay(POLL_MS);
  }
  throw new Error(`it did not become primary within ${PRIMARY_LIMIT_MS / 1000} seconds`);
}

async function withAdmin(uri: string, use: (admin: mongo.Db) => Promise<void>): Promise<void> {
  const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: PRIMARY_LIMIT_MS });
  try {
    await use(client.db('admin'));
  } finally {
    await client.close();
  }
}
