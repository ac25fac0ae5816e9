import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { done } from '../../../src/domain/outcome.ts';
import { createLog } from '../../../src/log.ts';
import { createProducer, type EnqueueOptions, type Producer } from '../../../src/queue/producer.ts';
import { startRunner } from '../../../workers/runtime/runner.ts';
import { testServices } from '../../support/services.ts';
import { until } from '../../support/until.ts';

let connection: Redis;
let producer: Producer;
let prefix: string;

beforeEach(() => {
  const services = testServices();
  prefix = services.queuePrefix;
  connection = new Redis(services.redisUrl, { maxRetriesPerRequest: null });
  producer = createProducer({ connection, prefix, onError: () => undefined });
});

afterEach(async () => {
  await producer.close();
  connection.disconnect();
});

const idOf = (n: number): string => n.toString(16).padStart(24, '0');
const queueOf = () => producer.queues.find(({ name }) => name === 'sync')!;

function add(n: number, urgency?: EnqueueOptions['urgency'], delayMs?: number): Promise<void> {
  const payload = { v: 1, connectionId: idOf(n) } as const;
  return producer.enqueue('sync', 'sync-connection', payload, { deduplicate: 'keep-last', urgency, delayMs });
}

/** Takes the jobs that wait, one at a time, and gives them in the order in which they ran. */
async function run(
  count: number,
  during: () => Promise<void> = () => Promise.resolve(),
): Promise<[number, string][]> {
  const ran: [number, string][] = [];
  const runner = startRunner({
    queue: 'sync',
    handlers: {
      'sync-connection': async ({ payload, urgency }) => {
        ran.push([Number.parseInt(payload.connectionId, 16), urgency]);
        await during();
        return done();
      },
    },
    concurrency: 1,
    lockMs: 5000,
    connection,
    prefix,
    log: createLog({ level: 'silent', role: 'test' }),
    now: () => new Date(),
    random: () => 0,
  });
  onTestFinished(() => runner.close(0));
  await until(() => ran.length === count);
  return ran;
}

describe('a job that somebody waits for', () => {
  it('goes before those that nobody waits for, and is told so, as one without a word on it is', async () => {
    await add(1, 'background');
    await add(2, 'background');
    await add(3, 'interactive');
    await add(4);
    expect(await run(4)).toEqual([
      [3, 'interactive'],
      [4, 'interactive'],
      [1, 'background'],
      [2, 'background'],
    ]);
  });

  it('brings forward the same job that waits in the background already', async () => {
    for (const n of [1, 2, 3]) await add(n, 'background');
    await add(3, 'interactive');
    await add(2);
    expect(await queueOf().getJobCounts('waiting', 'prioritized')).toEqual({ waiting: 1, prioritized: 2 });
    expect(await run(3)).toEqual([
      [3, 'interactive'],
      [1, 'background'],
      [2, 'background'],
    ]);
  });

  it('goes before what was notified, which goes before what is only due and is brought forward like it', async () => {
    for (const n of [1, 2, 3]) await add(n, 'background');
    await add(4, 'notified');
    await add(3, 'notified');
    await add(5, 'interactive');
    await add(5, 'notified');
    await add(4, 'background');
    expect(await run(5)).toEqual([
      [5, 'interactive'],
      [4, 'background'],
      [3, 'background'],
      [1, 'background'],
      [2, 'background'],
    ]);
  });

  it('keeps its place however often it is asked for, also by those in no haste', async () => {
    for (const n of [1, 2]) await add(n, 'interactive');
    await Promise.all(
      Array.from({ length: 5 }, (_, n) => add(1, n % 2 === 0 ? 'interactive' : 'background')),
    );
    expect(await run(2)).toEqual([
      [1, 'interactive'],
      [2, 'interactive'],
    ]);
  });

  it('leaves a job that was put off where it is, and makes it urgent then', async () => {
    await add(1, 'background', 3_600_000);
    await add(1, 'interactive');
    const [job] = await queueOf().getJobs(['delayed']);
    expect(job?.priority).toBe(0);
    await job?.promote();
    expect(await run(1)).toEqual([[1, 'interactive']]);
  });

  it('that comes while the same runs in the background is followed by an urgent one', async () => {
    await add(1, 'background');
    await add(2, 'background');
    let asked = false;
    const ran = await run(3, async () => {
      if (asked) return;
      asked = true;
      await add(1, 'interactive');
    });
    expect(ran).toEqual([
      [1, 'background'],
      [1, 'interactive'],
      [2, 'background'],
    ]);
  });
});
