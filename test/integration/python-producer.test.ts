import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createCipher } from '../../src/cipher.ts';
import { done } from '../../src/domain/outcome.ts';
import type { Sealed } from '../../src/domain/sealed.ts';
import { createLog } from '../../src/log.ts';
import type { Payload, QueueName } from '../../src/queue/contracts.ts';
import { createProducer, type Producer } from '../../src/queue/producer.ts';
import type { Callback } from '../../src/store/store.ts';
import { createWebhook } from '../../src/webhook.ts';
import { acceptCallback } from '../../workers/jobs/accept-callback.ts';
import type { Handlers } from '../../workers/runtime/executor.ts';
import { startRunner } from '../../workers/runtime/runner.ts';
import { pythonOnThisMachine, type Python } from '../support/python.ts';
import { testServices, type TestServices } from '../support/services.ts';
import { webhookSecret } from '../support/standard-webhooks.ts';
import { until } from '../support/until.ts';

const machine = await pythonOnThisMachine();
const skipped = machine.missing === undefined ? '' : ` — SKIPPED: ${machine.missing}`;
if (skipped !== '') process.stderr.write(`The Python producer is not tested${skipped}\n`);

const connectionId = '65f0c0ffee65f0c0ffee65f0';
const newKey = (): string => `${randomBytes(32).toString('base64url')}=`;
/** A handler that tells what it was given. */
const printChanges = [
  'import json, sys',
  'async def handle(change):',
  '    print("handled", json.dumps(change, ensure_ascii=False, separators=(",", ":")), file=sys.stderr, flush=True)',
  'app.dependency_overrides[change_handler] = lambda: handle',
].join('\n');

const quiet = createLog({ level: 'silent', role: 'test' });

describe.skipIf(machine.missing !== undefined)(`a producer in Python${skipped}`, () => {
  let services: TestServices;
  let connection: Redis;
  let producer: Producer;
  let env: Record<string, string>;
  /** What the back end that was started last has written on its standard error. */
  let said: string[] = [];
  /** The service's own key, and one that it lists after it for the producer. */
  const serviceKey = newKey();
  const producerKey = newKey();
  const cipher = createCipher([serviceKey, producerKey]);

  beforeEach(() => {
    services = testServices();
    const { redisUrl, queuePrefix } = services;
    connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
    producer = createProducer({ connection, prefix: queuePrefix, onError: () => undefined });
    env = { REDIS_URL: redisUrl, QUEUE_PREFIX: queuePrefix, CREDENTIAL_KEYS: producerKey };
  });

  afterEach(async () => {
    await producer.close();
    connection.disconnect();
  });

  const python = (): Python => {
    if (machine.python === undefined) throw new Error(machine.missing);
    return machine.python;
  };
  const callPython = async (args: readonly string[], input = ''): Promise<string> =>
    (await python().run(['producer.py', ...args], { env, input })).trim();
  const callback = { state: 'state-of-ada', code: 'code-of-ada' };
  const completeAuthorization = (): Promise<string> =>
    callPython(['complete-authorization', 'ada', 'google'], JSON.stringify(callback));

  function queueOf(name: QueueName): Queue {
    const queue = producer.queues.find((candidate) => candidate.name === name);
    if (queue === undefined) throw new Error(`no queue ${name}`);
    return queue;
  }

  /** The job as it is once it has come to that state: read after the state, for it may change in between. */
  async function inState(queue: QueueName, id: string, state: string): Promise<Job> {
    await until(async () => (await queueOf(queue).getJobState(id)) === state);
    const job = await queueOf(queue).getJob(id);
    if (job === undefined) throw new Error(`job ${id} is gone`);
    return job;
  }

  function startWorker<Q extends QueueName>(queue: Q, handlers: Handlers<Q>): void {
    const common = { concurrency: 1, lockMs: 5000, log: quiet, now: () => new Date(), random: () => 0 };
    const runner = startRunner({ ...common, queue, handlers, connection, prefix: services.queuePrefix });
    onTestFinished(() => runner.close(0));
  }

  it('writes to Redis what our own producer writes', async () => {
    const fromPython = await connection.hgetall(
      `${services.queuePrefix}:sync:${await callPython(['sync-now', connectionId])}`,
    );
    const own = testServices().queuePrefix;
    const ours = createProducer({ connection, prefix: own, onError: () => undefined });
    onTestFinished(() => ours.close());
    await ours.enqueue('sync', 'sync-connection', { v: 1, connectionId }, { deduplicate: 'keep-last' });
    const fromNode = await connection.hgetall(`${own}:sync:1`);
    const fields = ['name', 'data', 'deid', 'delay', 'priority'];
    const partOf = (job: Record<string, string>) => fields.map((field) => [field, job[field]]);
    expect(partOf(fromPython)).toEqual(partOf(fromNode));
    const optionsOf = (job: Record<string, string>) => ({ delay: 0, ...JSON.parse(job['opts'] ?? '') });
    expect(optionsOf(fromPython)).toEqual(optionsOf(fromNode));
  });

  it('I3 its syncs and ours of one connection coalesce', async () => {
    const first = await callPython(['sync-now', connectionId]);
    await producer.enqueue('sync', 'sync-connection', { v: 1, connectionId }, { deduplicate: 'keep-last' });
    expect(await callPython(['sync-now', connectionId])).toBe(first);
    expect(await queueOf('sync').getWaitingCount()).toBe(1);
  });

  it('I2 I3 any number that come while it runs lead to one more', async () => {
    const running = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let runs = 0;
    startWorker('sync', {
      'sync-connection': async () => {
        runs += 1;
        running.resolve();
        await release.promise;
        return done();
      },
    });
    await callPython(['sync-now', connectionId]);
    await running.promise;
    await Promise.all([1, 2, 3].map(() => callPython(['sync-now', connectionId])));
    release.resolve();
    await until(async () => (await queueOf('sync').getCompletedCount()) === 2);
    expect(await queueOf('sync').getWaitingCount()).toBe(0);
    expect(runs).toBe(2);
  });

  it('its job is retried by the worker’s policy, and its request id arrives', async () => {
    const taken: { payload: unknown; lastAttempt: boolean }[] = [];
    startWorker('sync', {
      'sync-connection': async ({ payload, lastAttempt }) => {
        taken.push({ payload, lastAttempt });
        if (taken.length < 2) throw new Error('away');
        return done();
      },
    });
    const id = await callPython(['sync-now', connectionId, '--request-id', 'request-7']);
    const job = await inState('sync', id, 'completed');
    expect(job.attemptsMade).toBe(2);
    const payload = { v: 1, connectionId, requestId: 'request-7' };
    expect(taken).toEqual([
      { payload, lastAttempt: false },
      { payload, lastAttempt: false },
    ]);
  });

  it('a payload that does not fit fails at once and names the field', async () => {
    startWorker('sync', { 'sync-connection': async () => done() });
    const job = await inState('sync', await callPython(['sync-now', 'ada@example.com']), 'failed');
    expect(job.attemptsMade).toBe(1);
    expect(job.failedReason).toContain('invalid_payload: ');
    expect(job.failedReason).toContain('connectionId: must be 24 lower-case hexadecimal digits');
  });

  it('I9 what it seals is in Redis sealed, and we open it', async () => {
    const id = await completeAuthorization();
    const raw = await connection.hgetall(`${services.queuePrefix}:connect:${id}`);
    expect(JSON.stringify(raw)).not.toMatch(/state-of-ada|code-of-ada/);
    const { state, code, ...rest } = JSON.parse(raw['data'] ?? '') as Payload<'connect', 'accept-callback'>;
    expect(rest).toEqual({ v: 1, provider: 'google', userId: 'ada' });
    const limits = { maxAgeSeconds: 60 };
    expect(cipher.open(state, limits)).toBe(callback.state);
    expect(cipher.open(code, limits)).toBe(callback.code);
    expect(() => createCipher([serviceKey]).open(code)).toThrow('no key');
  });

  it('its callback is taken like one over HTTP and leads to an exchange', async () => {
    const callbacks: Callback[] = [];
    const now = new Date();
    const attempt = {
      id: connectionId,
      userId: 'ada',
      provider: 'google',
      redirectUri: 'http://localhost:3000/settings',
      status: 'exchanging',
      createdAt: now,
      expiresAt: now,
    } as const;
    const intents = {
      acceptCallback: async (given: Callback) => {
        callbacks.push(given);
        return { type: 'accepted', attempt } as const;
      },
    };
    const exchanged: unknown[] = [];
    startWorker('connect', {
      'accept-callback': acceptCallback({ intents, producer, cipher, now: () => now }),
      'exchange-code': async ({ payload }) => {
        exchanged.push(payload);
        return done();
      },
    });
    const job = await inState('connect', await completeAuthorization(), 'completed');
    expect(job.returnvalue).toEqual({ attemptId: attempt.id });
    await until(() => exchanged.length === 1);
    expect(exchanged).toEqual([{ v: 1, attemptId: attempt.id }]);
    const [taken] = callbacks;
    expect(taken).toMatchObject({ provider: 'google', userId: 'ada' });
    const code = taken !== undefined && 'code' in taken.result ? taken.result.code : undefined;
    // Sealed again, with the service's own key: what the store keeps is not for the producer to open.
    expect(createCipher([serviceKey]).open(code as Sealed)).toBe(callback.code);
  });

  it('a code that was sealed with a key that we do not have is given up, naming the field', async () => {
    env = { ...env, CREDENTIAL_KEYS: newKey() };
    const intents = { acceptCallback: () => Promise.reject(new Error('not to be reached')) };
    startWorker('connect', {
      'accept-callback': acceptCallback({ intents, producer, cipher, now: () => new Date() }),
      'exchange-code': async () => done(),
    });
    const job = await inState('connect', await completeAuthorization(), 'failed');
    expect(job.attemptsMade).toBe(1);
    expect(job.failedReason).toContain('invalid_payload: code or state: no key in the list opens');
  });

  it('Python’s cryptography opens what our cipher seals, with whichever key', async () => {
    const plain = 'a token — with ünïcode\n';
    const unseal = (keys: string): Promise<string> =>
      python().run(['unseal.py'], { env: { CREDENTIAL_KEYS: keys }, input: cipher.seal(plain) });
    expect(await unseal(serviceKey)).toBe(plain);
    expect(await unseal(`${producerKey}, ${serviceKey}`)).toBe(plain);
    await expect(unseal(producerKey)).rejects.toThrow('no key in CREDENTIAL_KEYS opens this value');
  });

  it('the FastAPI back end enqueues for the user who is signed in, and for nobody else', async () => {
    const url = await startBackEnd('app.dependency_overrides[signed_in_user] = lambda: "ada"');
    const answer = await post(`${url}/calendars/google/callback`, callback, { 'X-Request-Id': 'request-8' });
    expect(answer.status).toBe(202);
    const { jobId } = (await answer.json()) as { jobId: string };
    const job = await queueOf('connect').getJob(jobId);
    expect(job?.data).toMatchObject({ v: 1, provider: 'google', userId: 'ada', requestId: 'request-8' });
    const synced = await post(`${url}/calendars/connections/${connectionId}/sync`, {});
    expect(synced.status).toBe(202);
    expect(await queueOf('sync').getWaitingCount()).toBe(1);

    const closed = await startBackEnd('');
    expect((await post(`${closed}/calendars/google/callback`, callback)).status).toBe(401);
    expect(await queueOf('connect').getWaitingCount()).toBe(1);
  });

  it('the FastAPI back end takes a change that we post, signed with a secret that it knows, and no other', async () => {
    const [known, other] = [webhookSecret(1), webhookSecret(2)];
    env = { ...env, WEBHOOK_SECRET: known };
    const url = `${await startBackEnd(printChanges)}/calendars/changes`;
    const message = { id: connectionId, body: JSON.stringify({ type: 'events.changed', note: 'ünïcode' }) };
    const sendWith = async (secrets: string[], sent = message, now = new Date()) => {
      const webhook = createWebhook({ url, secrets, allowPrivateAddresses: true, now: () => now });
      onTestFinished(() => webhook.close());
      return webhook.deliver(sent, new AbortController().signal);
    };
    expect(await sendWith([known])).toEqual({ type: 'accepted', status: 204 });
    // While secrets rotate.
    expect(await sendWith([other, known])).toEqual({ type: 'accepted', status: 204 });
    const refused = { type: 'refused', message: 'the receiver answered 401' };
    expect(await sendWith([other])).toMatchObject(refused);
    // Somebody has recorded it, and sends it again later.
    expect(await sendWith([known], message, new Date(Date.now() - 10 * 60_000))).toMatchObject(refused);
    expect((await post(url, JSON.parse(message.body))).status).toBe(401);
    await until(() => said.filter((line) => line.includes('handled')).length === 2);
    expect(said.filter((line) => line.includes('handled'))).toEqual(Array(2).fill(`handled ${message.body}`));
  });

  function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** examples/python/app.py on a free port; `setUp` is what a back end does with it before it starts. */
  async function startBackEnd(setUp: string): Promise<string> {
    const lines = [
      'import uvicorn',
      'from app import app, change_handler, signed_in_user',
      setUp,
      'uvicorn.run(app, port=0, access_log=False)',
    ];
    const child = python().start(['-c', lines.join('\n')], env);
    const exited = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await exited;
    });
    said = [];
    if (child.stderr === null) throw new Error('no standard error');
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    return until(
      () => {
        if (child.exitCode !== null) throw new Error(`ended too early: ${said.join('\n')}`);
        return said.map((line) => /running on (http:\/\/[\d.:]+)/.exec(line)?.[1]).find(Boolean);
      },
      () => said.join('\n'),
    );
  }
});
