/**
 * Real MongoDB and Redis for the tests: the global set-up of the projects that need them (see vitest.config.ts), and
 * what a test file calls to get its own corner of them.
 */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { withDatabase } from '../../scripts/services/mongodb-uri.ts';
import { type Services, startServices } from '../../scripts/services/start-services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mongodbUri: string;
    redisUrl: string;
    /** Starts the name of every database and key prefix of this run, so that they can be removed from given servers. */
    testRun: string;
  }
}

export interface TestServices {
  /** With a database of its own: two calls never share one. */
  mongodbUri: string;
  /**
   * The one Redis of all test files. Its keys are told apart by `queuePrefix`; a test that empties or stops Redis takes
   * `startOwnRedis` of scripts/services/start-services.ts instead.
   */
  redisUrl: string;
  queuePrefix: string;
}

/** For test files. Nothing is opened; what the test opens it closes. */
export function testServices(): TestServices {
  const own = `${inject('testRun')}-${randomBytes(4).toString('hex')}`;
  return {
    mongodbUri: withDatabase(inject('mongodbUri'), own),
    redisUrl: inject('redisUrl'),
    queuePrefix: own,
  };
}

interface Shared {
  testRun: string;
  users: number;
  services: Promise<Services>;
}

/** Vitest loads this file anew for each project; the process is what they have in common. */
const thisProcess: typeof globalThis & { calendarSyncTestServices?: Shared | undefined } = globalThis;

/** The global set-up of a project: the first starts the services, the last one to be torn down stops them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (thisProcess.calendarSyncTestServices ??= start());
  shared.users += 1;
  const services = await shared.services;
  project.provide('mongodbUri', services.mongodbUri);
  project.provide('redisUrl', services.redisUrl);
  project.provide('testRun', shared.testRun);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    thisProcess.calendarSyncTestServices = undefined;
    await end(services, shared.testRun);
  };
}

function start(): Shared {
  const { MONGODB_URI, REDIS_URL } = process.env;
  const services = startServices({
    ...(MONGODB_URI && { mongodbUri: MONGODB_URI }),
    ...(REDIS_URL && { redisUrl: REDIS_URL }),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  return { testRun: `cs-test-${randomBytes(4).toString('hex')}`, users: 0, services };
}

async function end(services: Services, testRun: string): Promise<void> {
  try {
    if (services.mongoRoute === 'given') await dropDatabases(services.mongodbUri, testRun);
    if (services.redisRoute === 'given') await deleteKeys(services.redisUrl, testRun);
  } finally {
    await services.stop();
  }
}

async function dropDatabases(uri: string, prefix: string): Promise<void> {
  const client = new mongo.MongoClient(uri);
  try {
    const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
    const ours = databases.filter(({ name }) => name.startsWith(prefix));
    await Promise.all(ours.map(({ name }) => client.db(name).dropDatabase()));
  } finally {
    await client.close();
  }
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 500 })) {
      if (keys.length > 0) await redis.unlink(...(keys as string[]));
    }
  } finally {
    redis.disconnect();
  }
}
