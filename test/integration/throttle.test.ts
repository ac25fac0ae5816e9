import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOwnRedis } from '../../scripts/services/start-services.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import type { BudgetRequest, RequestBudget } from '../../src/providers/provider.ts';
import { connectRedis, type RedisConnection } from '../../src/redis.ts';
import type { ProviderLimits, ThrottleOptions } from '../../src/throttle.ts';
import { budgetRequest, ownThrottle, type OwnThrottle } from '../support/own-throttle.ts';
import { testServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const quiet = { onAway: () => undefined, onBack: () => undefined };
const clients: RedisConnection[] = [];
let services: ReturnType<typeof testServices>;
let file = 0;
let prefix = '';

beforeAll(async () => {
  services = testServices();
  for (let n = 0; n < 4; n += 1) clients.push(await connectRedis(services.redisUrl, 'producer', quiet));
});

beforeEach(() => {
  prefix = `${services.queuePrefix}-${(file += 1)}`;
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
});

const plenty = { requests: 100_000, windowMs: 1000 };

/** One for each of the clients, as so many processes would have it. */
function processes(limits: ProviderLimits, changes: Partial<ThrottleOptions> = {}): OwnThrottle[] {
  return clients.map(({ redis }) => ownThrottle(redis, prefix, limits, changes));
}

function oneProcess(limits: ProviderLimits, changes: Partial<ThrottleOptions> = {}): OwnThrottle {
  const [first] = processes(limits, changes);
  if (first === undefined) throw new Error('there is no client');
  return first;
}

/** Makes requests one after the other until so many have gone, coming back when it is told to. */
async function runOf(budget: RequestBudget, request: BudgetRequest, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const release = await budget.admit(request);
    release();
  }
}

function passingsOf(throttles: readonly OwnThrottle[], pace: RegExp): number[] {
  return throttles.flatMap(({ passings }) =>
    passings.filter(({ key }) => pace.test(key)).map(({ at }) => at),
  );
}

function mostInAWindow(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((from) => sorted.filter((at) => at >= from && at - from <= windowMs).length));
}

async function refusal(admission: Promise<unknown>): Promise<ProviderError> {
  const error = await admission.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderError) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

describe('I12: the requests that a vendor allows', () => {
  const limit = { requests: 50, windowMs: 500 };

  it.each<[string, ProviderLimits, RegExp, string[]]>([
    ['the application', { app: limit, account: plenty }, /app:all$/, ['ada', 'bob', 'cyd', 'dan']],
    ['an account', { app: plenty, account: limit }, /(?<!app):all$/, ['ada']],
  ])(
    'of %s are never exceeded in any window, by all processes together, and all requests pass',
    async (_, limits, pace, ids) => {
      const throttles = processes(limits);
      const runs = throttles.flatMap(({ budget }, n) =>
        Array.from({ length: 5 }, () =>
          runOf(budget, budgetRequest({ accountId: ids[n % ids.length], underway: true }), 10),
        ),
      );
      await Promise.all(runs);
      const grants = passingsOf(throttles, pace);
      expect(grants).toHaveLength(200);
      expect(mostInAWindow(grants, limit.windowMs)).toBeLessThanOrEqual(limit.requests);
      // How much of the quota is used is the machine's: `npm run bench -- --only quota` measures it.
    },
  );

  it('are not held against other accounts, nor against the other vendor', async () => {
    const { budget, heard } = oneProcess({ app: plenty, account: { requests: 2, windowMs: 600_000 } });
    await budget.admit(budgetRequest());
    await refusal(budget.admit(budgetRequest()));
    await budget.admit(budgetRequest({ accountId: 'bob' }));
    await budget.admit(budgetRequest({ provider: 'microsoft' }));
    expect(heard.filter(({ what }) => what === 'refused')).toHaveLength(1);
    expect(heard.filter(({ what }) => what === 'admitted').map(({ waitedMs }) => waitedMs)).toEqual([
      0, 0, 0,
    ]);
  });

  it('an account that waits for its own does not make the application wait', async () => {
    const { budget, heard } = oneProcess({ app: limit, account: { requests: 2, windowMs: 3000 } });
    await budget.admit(budgetRequest());
    const waiting = budget.admit(budgetRequest());
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => budget.admit(budgetRequest({ accountId: `other ${n}` }))),
    );
    const others = heard.filter(({ what }) => what === 'admitted');
    // 20 and one of the first in steps of 10.4 ms; what waits for seconds is not among them.
    expect(Math.max(...others.map(({ waitedMs = 0 }) => waitedMs))).toBeLessThan(300);
    await waiting;
  });

  it('where no account is known yet, only the application counts', async () => {
    const { budget, heard } = oneProcess({
      app: limit,
      account: { requests: 1, windowMs: 600_000 },
      accountConcurrency: 1,
    });
    for (let n = 0; n < 5; n += 1) await budget.admit(budgetRequest({ accountId: undefined }));
    await budget.pause({ provider: 'google' }, 60_000);
    await budget.admit(budgetRequest({ accountId: undefined }));
    expect(heard.map(({ what }) => what)).toEqual(Array.from({ length: 6 }, () => 'admitted'));
  });

  it('leave little in Redis: no names of accounts, no keys without an end, times to the microsecond', async () => {
    const slow = { requests: 50, windowMs: 50_000 };
    const { budget } = oneProcess(
      { app: slow, account: slow, accountConcurrency: 4 },
      { interactiveReserve: 0.1 },
    );
    await budget.admit(budgetRequest({ accountId: 'ada@example.com' }));
    await budget.pause(budgetRequest({ accountId: 'ada@example.com' }), 1000);
    const redis = clients[0]!.redis;
    const keys = await redis.keys(`${prefix}:*`);
    expect(keys.length).toBe(6);
    expect(keys.join()).not.toContain('ada');
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
    // Graph's limit for an app is a request each 80 µs: less than that would be lost to rounding.
    for (const key of keys.filter((name) => /(all|background)$/.test(name)))
      expect(await redis.get(key)).toMatch(/^\d{16}\.\d{3}$/);
  });
});

describe('a request that finds no room', () => {
  it('is told exactly when there is some, and has reserved nothing', async () => {
    const { budget, heard } = oneProcess({ app: plenty, account: { requests: 1, windowMs: 9600 } });
    await budget.admit(budgetRequest());
    const refusals = [];
    for (let n = 0; n < 5; n += 1) refusals.push(await refusal(budget.admit(budgetRequest())));
    const [first, last] = [refusals[0]!, refusals[4]!];
    expect(first).toMatchObject({
      kind: 'throttled',
      detail: { code: 'throttled', heldBack: true, operation: 'events.list' },
    });
    // One in 10 s, less the time that has gone by since; each of the five would have added 10 s.
    expect(first.detail.retryAfterMs).toBeGreaterThan(5000);
    expect(last.detail.retryAfterMs).toBeLessThanOrEqual(first.detail.retryAfterMs!);
    expect(Number.isInteger(first.detail.retryAfterMs)).toBe(true);
    expect(heard.filter(({ what }) => what === 'refused')).toHaveLength(5);
  });

  it('waits for it where that is soon, with the slot reserved', async () => {
    const { budget, heard } = oneProcess({ app: plenty, account: { requests: 10, windowMs: 1000 } });
    await Promise.all(Array.from({ length: 10 }, () => budget.admit(budgetRequest())));
    const waits = heard.map(({ waitedMs = 0 }) => waitedMs).toSorted((a, b) => a - b);
    // One at once and one each 104 ms after it.
    expect(waits.at(-1)).toBeGreaterThan(850);
    expect(waits.at(-1)).toBeLessThan(1100);
  });

  it('that is part of a run under way waits where another would be refused', async () => {
    const { budget } = oneProcess({ app: plenty, account: { requests: 1, windowMs: 2200 } });
    await budget.admit(budgetRequest());
    await refusal(budget.admit(budgetRequest()));
    await expect(budget.admit(budgetRequest({ underway: true }))).resolves.toBeTypeOf('function');
  });

  it('stops waiting when it is aborted, for the reason given', async () => {
    const { budget } = oneProcess({ app: plenty, account: { requests: 1, windowMs: 1500 } });
    await budget.admit(budgetRequest());
    const stopping = new AbortController();
    const waiting = budget.admit(budgetRequest({ signal: stopping.signal }));
    stopping.abort(new Error('the process ends'));
    await expect(waiting).rejects.toThrow('the process ends');
  });
});

describe('a person’s request', () => {
  it('finds room however much is done in the background', async () => {
    const limits = { app: { requests: 50, windowMs: 500 }, account: plenty };
    const throttles = processes(limits, { interactiveReserve: 0.2 });
    const background = throttles.flatMap(({ budget }, n) =>
      Array.from({ length: 10 }, () =>
        runOf(budget, budgetRequest({ accountId: `bg ${n}`, underway: true }), 4),
      ),
    );
    const [first] = throttles;
    const interactive = runOf(first!.budget, budgetRequest({ urgency: 'interactive' }), 10);
    await Promise.all([interactive, ...background]);
    const heard = throttles.flatMap((throttle) => throttle.heard);
    const waits = (urgency: string) =>
      heard.filter((h) => h.urgency === urgency).map(({ waitedMs = 0 }) => waitedMs);
    // No time of the clock: the machine is shared.
    expect(Math.max(...waits('interactive'))).toBeLessThan(Math.max(...waits('background')));
    expect(mostInAWindow(passingsOf(throttles, /app:all$/), 500)).toBeLessThanOrEqual(50);
  });
});

describe('requests at the same time', () => {
  const limits = { app: plenty, account: plenty, accountConcurrency: 4 };

  it('are at most four for an account, in all processes, and a slot that is free is taken', async () => {
    let [running, most] = [0, 0];
    const full = Promise.withResolvers<void>();
    const work = async ({ budget }: OwnThrottle): Promise<void> => {
      const release = await budget.admit(budgetRequest({ urgency: 'interactive', underway: true }));
      most = Math.max(most, (running += 1));
      if (running === 4) full.resolve();
      await full.promise;
      await clients[0]!.redis.ping();
      running -= 1;
      release();
      release();
    };
    await Promise.all(
      processes(limits).flatMap((throttle) => Array.from({ length: 5 }, () => work(throttle))),
    );
    expect(most).toBe(4);
  });

  it('one of the four is kept for people', async () => {
    const { budget } = oneProcess(limits, { wait: () => Promise.resolve() });
    for (let n = 0; n < 3; n += 1) await budget.admit(budgetRequest());
    const refused = await refusal(budget.admit(budgetRequest()));
    expect(refused.detail).toMatchObject({ heldBack: true });
    await budget.admit(budgetRequest({ urgency: 'interactive' }));
    await refusal(budget.admit(budgetRequest({ urgency: 'interactive' })));
    await budget.admit(budgetRequest({ accountId: 'bob' }));
  });

  it('where only one is allowed, the background may have it', async () => {
    const { budget } = oneProcess({ ...limits, accountConcurrency: 1 });
    const release = await budget.admit(budgetRequest());
    const waiting = budget.admit(budgetRequest({ urgency: 'interactive' }));
    release();
    await expect(waiting).resolves.toBeTypeOf('function');
  });

  it('a slot whose holder was killed is soon free again', async () => {
    const { budget, heard } = oneProcess({ ...limits, accountConcurrency: 1 }, { leaseMs: 400 });
    await budget.admit(budgetRequest());
    await budget.admit(budgetRequest());
    expect(heard[1]?.waitedMs).toBeGreaterThan(200);
  });

  it('a slot is kept for as long as its request lasts, by one timer for all of them', async () => {
    const timers: { ms: number; work: () => void; isRunning: boolean }[] = [];
    const every: ThrottleOptions['every'] = (ms, work) => {
      const timer = { ms, work, isRunning: true };
      timers.push(timer);
      return () => void (timer.isRunning = false);
    };
    const [holder, other] = processes(limits, { leaseMs: 10_000, every }) as [OwnThrottle, OwnThrottle];
    const releases = [await holder.budget.admit(budgetRequest()), await holder.budget.admit(budgetRequest())];
    await other.budget.admit(budgetRequest());
    expect(timers.map(({ ms }) => ms)).toEqual([10_000 / 3, 10_000 / 3]);

    const { redis } = clients[0]!;
    const [key] = (await redis.keys(`${prefix}:*:leases`)) as [string];
    const kept = () => redis.zrange(key, 0, '-1');
    const [first, second, third] = (await kept()) as [string, string, string];
    const micros = Date.now() * 1000;
    // Two are about to run out; the third has, and may be somebody else's by now.
    for (const lease of [first, second]) await redis.zadd(key, String(micros + 2e6), lease);
    await redis.zadd(key, String(micros - 1), third);
    for (const { work } of timers) work();
    const inTime = async () => Number(await redis.zscore(key, second)) > micros + 8e6;
    await until(inTime);
    await redis.ping();
    expect((await kept()).toSorted()).toEqual([first, second].toSorted());

    for (const release of releases) release();
    expect(timers.map(({ isRunning }) => isRunning)).toEqual([false, true]);
  });
});

describe('a pause that the vendor asked for', () => {
  const limits = { app: plenty, account: plenty };

  it('holds back that account in every process, to the millisecond, and nobody else', async () => {
    const [here, there] = processes(limits);
    await here!.budget.pause(budgetRequest(), 2500.4);
    const { detail } = await refusal(there!.budget.admit(budgetRequest()));
    expect(detail.retryAfterMs).toBeGreaterThan(2000);
    expect(detail.retryAfterMs).toBeLessThanOrEqual(2501);
    await refusal(there!.budget.admit(budgetRequest({ urgency: 'interactive' })));
    await there!.budget.admit(budgetRequest({ accountId: 'bob' }));
    await there!.budget.admit(budgetRequest({ provider: 'microsoft' }));
    expect(here!.heard).toEqual([{ what: 'paused', provider: 'google', ms: 2501 }]);
  });

  it('that is short is waited for', async () => {
    const { budget, heard } = oneProcess(limits);
    await budget.pause(budgetRequest(), 128.4);
    await budget.admit(budgetRequest());
    expect(heard.at(-1)).toMatchObject({ what: 'admitted' });
    expect(heard.at(-1)?.waitedMs).toBeGreaterThan(64);
  });

  it('is not shortened by another', async () => {
    const { budget } = oneProcess(limits);
    await budget.pause(budgetRequest(), 60_000);
    await budget.pause(budgetRequest(), 1);
    const { detail } = await refusal(budget.admit(budgetRequest()));
    expect(detail.retryAfterMs).toBeGreaterThan(50_000);
  });
});

describe('without Redis', () => {
  const limits = { app: { requests: 1, windowMs: 600_000 }, account: plenty, accountConcurrency: 1 };

  it('requests go at once and uncounted, it is said once, and the counting goes on afterwards', async () => {
    const redis = await startOwnRedis({ say: () => undefined });
    const connection = await connectRedis(redis.redisUrl, 'producer', quiet);
    const { budget, heard } = ownThrottle(connection.redis, prefix, limits);
    try {
      (await budget.admit(budgetRequest()))();
      await redis.stop();
      for (let n = 0; n < 5; n += 1) (await budget.admit(budgetRequest()))();
      await budget.pause(budgetRequest(), 1000);
      expect(heard.map(({ what }) => what)).toEqual([
        'admitted',
        'open',
        ...Array.from({ length: 5 }, () => 'admitted'),
        'paused',
      ]);
    } finally {
      await connection.close();
      await redis.stop();
    }
  });

  it('that hangs instead of being gone, they wait for a second and then no more', async () => {
    const redis = await startOwnRedis({ say: () => undefined });
    const [connection, other] = [
      await connectRedis(redis.redisUrl, 'producer', quiet),
      await connectRedis(redis.redisUrl, 'producer', quiet),
    ];
    const { budget, heard } = ownThrottle(connection.redis, prefix, limits);
    try {
      await other.redis.call('CLIENT', 'PAUSE', '3000', 'ALL');
      const startedAt = performance.now();
      for (let n = 0; n < 20; n += 1) await budget.admit(budgetRequest());
      expect(performance.now() - startedAt).toBeLessThan(3000);
      expect(heard.filter(({ what }) => what === 'open')).toHaveLength(1);
    } finally {
      await Promise.all([connection.close(), other.close()]);
      await redis.stop();
    }
  });
});
