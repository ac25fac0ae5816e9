import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { done } from '../../../src/domain/outcome.ts';
import { createLog } from '../../../src/log.ts';
import { queueContracts } from '../../../src/queue/contracts.ts';
import { openStore } from '../../../src/store/index.ts';
import { acceptCallback } from '../../../workers/jobs/accept-callback.ts';
import { startRunner } from '../../../workers/runtime/runner.ts';
import { newAccount, startAuthorization } from '../../support/connected-user.ts';
import { ownWorkers } from '../../support/own-workers.ts';
import { startTcpProxy, through } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';

const workers = ownWorkers();
const { attempts } = queueContracts.connect.retry;

/** The worker of callbacks, whose way to MongoDB leads through a proxy. */
async function startWorker() {
  const { mongodbUri } = workers.config;
  const proxy = await startTcpProxy(mongodbUri);
  const patient = new URL(through(proxy, mongodbUri));
  // As the product has it, but that a second stands for a minute.
  patient.searchParams.set('serverSelectionTimeoutMS', '100');
  const store = await openStore({ mongodbUri: patient.href });
  const connection = new Redis(workers.redisUrl, { maxRetriesPerRequest: null });
  const { cipher, producer } = workers;
  const runner = startRunner({
    queue: 'connect',
    handlers: {
      'accept-callback': acceptCallback({
        intents: store.intents,
        producer,
        cipher,
        now: () => workers.clock,
      }),
      'exchange-code': async () => done(),
    },
    concurrency: 1,
    lockMs: 30_000,
    connection,
    prefix: workers.prefix,
    log: createLog({ level: 'silent', role: 'test' }),
    now: () => new Date(),
    random: () => 1 - Number.EPSILON,
  });
  onTestFinished(async () => {
    await runner.close(0);
    connection.disconnect();
    await store.close();
    await proxy.close();
  });
  return proxy;
}

const queue = () => workers.producer.queues.find(({ name }) => name === 'connect')!;

describe('a MongoDB that is away for longer than all attempts of a job', () => {
  it.each(['refused', 'cut'] as const)('loses no callback (%s)', async (outage) => {
    const proxy = await startWorker();
    const { userId, vendor } = newAccount(workers.vendors.google);
    const { attemptId, state } = await startAuthorization(workers, { userId, vendor });
    await proxy.fail(outage);
    const sealed = { state: workers.cipher.seal(state), code: workers.cipher.seal('a code') };
    const payload = { v: 1, provider: 'google', userId, ...sealed };
    const { id = '' } = await queue().add('accept-callback', payload, { attempts: 0 });

    // What it would have to wait for is not waited for, only looked at.
    const waits: number[] = [];
    await until(async () => {
      if ((await queue().getJobState(id)) !== 'delayed') return false;
      const job = await queue().getJob(id);
      waits.push(job!.delay);
      await job!.promote();
      return waits.length > attempts + 2;
    });
    expect((await queue().getJob(id))?.attemptsMade).toBe(0);
    const seconds = waits.map((wait) => Math.round(wait / 1000));
    expect(seconds).toEqual([1, 2, 4, 8, 15, 15, 15, 15, 15]);

    await proxy.mend();
    await until(async () => {
      const job = await queue().getJob(id);
      if ((await job?.getState()) === 'delayed') await job?.promote();
      return (await job?.getState()) === 'completed';
    });
    expect((await queue().getJob(id))?.returnvalue).toEqual({ attemptId });
    expect(await workers.store.facts.exchange(attemptId)).toBeDefined();
  });
});
