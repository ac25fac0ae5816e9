import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { snooze } from '../../../src/domain/outcome.ts';
import { providerIds, type ProviderId } from '../../../src/domain/provider-id.ts';
import { createProviders } from '../../../src/providers/index.ts';
import type { BudgetRequest, Provider, RequestBudget } from '../../../src/providers/provider.ts';
import { connectRedis } from '../../../src/redis.ts';
import type { ProviderLimits } from '../../../src/throttle.ts';
import {
  authorize,
  connect,
  connectionOf,
  eventsOf,
  newAccount,
  newUser,
  requestsDuring,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { fill } from '../../support/calendar-contents.ts';
import { noBudget } from '../../support/no-budget.ts';
import { budgetRequest, ownThrottle, type OwnThrottle } from '../../support/own-throttle.ts';
import { after, minute, ownWorkers, start } from '../../support/own-workers.ts';

const workers = ownWorkers();
const plenty = { requests: 100_000, windowMs: 1000 };
let throttles = 0;

/** The product's budgets and adapters, in a corner of Redis of the test's own. */
async function withLimits(limits: ProviderLimits): Promise<OwnThrottle & { of(id: ProviderId): Provider }> {
  const ignore = (): void => undefined;
  const { redis, close } = await connectRedis(workers.redisUrl, 'producer', {
    onAway: ignore,
    onBack: ignore,
  });
  const throttle = ownThrottle(redis, `${workers.prefix}-budgets-${(throttles += 1)}`, limits);
  const providers = createProviders(workers.config, () => workers.clock, throttle.budget);
  onTestFinished(async () => {
    await Promise.all([...providers.values()].map((provider) => provider.close()));
    await close();
  });
  return { ...throttle, of: (id) => providers.get(id)! };
}

/** A budget with room for everything that writes down what it was asked. */
function recording(): { budget: RequestBudget; asked: BudgetRequest[]; running: () => number } {
  const asked: BudgetRequest[] = [];
  let running = 0;
  const budget: RequestBudget = {
    admit: async (request) => {
      asked.push(request);
      running += 1;
      return () => (running -= 1);
    },
    pause: noBudget.pause,
  };
  return { budget, asked, running: () => running };
}

const providerWith = (id: ProviderId, budget: RequestBudget): Provider => {
  const providers = createProviders(workers.config, () => workers.clock, budget);
  onTestFinished(async () => {
    await Promise.all([...providers.values()].map((provider) => provider.close()));
  });
  return providers.get(id)!;
};

describe.each(providerIds)('requests to %s', (id) => {
  const vendorOf = () => workers.vendors[id];

  it('are asked for one by one, in the name of the account, and given back when they are over', async () => {
    const user = await newUser(workers, vendorOf());
    fill(user, 120);
    workers.vendors.google.simulator.behaviour.pageSizeLimit = 50;
    const { accountId } = await connectionOf(workers, user);
    const { budget, asked, running } = recording();
    const provider = providerWith(id, budget);
    const made = await requestsDuring(vendorOf(), () => workers.sync(user.connectionId, { provider }));
    expect(made.length).toBeGreaterThan(2);
    expect(asked).toHaveLength(made.length);
    expect(new Set(asked.map((request) => request.accountId))).toEqual(new Set([accountId]));
    expect(new Set(asked.map((request) => request.provider))).toEqual(new Set([id]));
    // The list of calendars is the first of a run: up to then it loses nothing.
    expect(asked.map(({ underway }) => underway)).toEqual([false, ...asked.slice(1).map(() => true)]);
    expect(running()).toBe(0);
  });

  it('are given back when they fail', async () => {
    const user = await newUser(workers, vendorOf());
    const { budget, asked, running } = recording();
    vendorOf().simulator.fault({
      match: { path: vendorOf().paths.calendars },
      action: { type: 'cut' },
    });
    const provider = providerWith(id, budget);
    await expect(workers.sync(user.connectionId, { provider })).rejects.toMatchObject({
      kind: 'unavailable',
    });
    expect(asked).toHaveLength(1);
    expect(running()).toBe(0);
  });

  it('of somebody who connects count for the application alone, and are a person’s', async () => {
    const attemptId = await authorize(workers, newAccount(vendorOf()));
    const { budget, asked } = recording();
    const provider = providerWith(id, budget);
    const made = await requestsDuring(vendorOf(), () => workers.exchange(attemptId, { provider }));
    // All but the one to the token endpoint.
    expect(asked).toHaveLength(made.length - 1);
    for (const request of asked)
      expect(request).toMatchObject({ provider: id, accountId: undefined, urgency: 'interactive' });
  });

  it('are a person’s where somebody asked for the sync, whatever job it runs in, and nobody’s otherwise', async () => {
    const user = await newUser(workers, vendorOf());
    const urgencies = async (urgency: 'interactive' | 'background') => {
      const { budget, asked } = recording();
      await workers.sync(user.connectionId, { provider: providerWith(id, budget), urgency });
      return [...new Set(asked.map((request) => request.urgency))];
    };
    // The first after connecting.
    expect(await urgencies('background')).toEqual(['interactive']);
    expect(await urgencies('background')).toEqual(['background']);
    expect(await urgencies('interactive')).toEqual(['interactive']);
    await workers.store.intents.requestSync(user.connectionId, start);
    expect(await urgencies('background')).toEqual(['interactive']);
  });

  it('are a person’s at the beginning of a long first listing, and nobody’s in the rest of it', async () => {
    const user = await newUser(workers, vendorOf());
    fill(user, 60);
    const { google, microsoft } = workers.vendors;
    google.simulator.behaviour.pageSizeLimit = 3;
    microsoft.simulator.setBehaviour({ delta: { pageSizeLimit: 3 } });
    onTestFinished(() => microsoft.simulator.setBehaviour({ delta: { pageSizeLimit: 1000 } }));
    const urgencies = async () => {
      const { budget, asked } = recording();
      const provider = providerWith(id, budget);
      expect(await workers.sync(user.connectionId, { provider, urgency: 'interactive' })).toMatchObject({
        type: 'done',
      });
      return asked.map(({ urgency }) => urgency);
    };
    const first = await urgencies();
    expect(first.length).toBeGreaterThan(20);
    expect(first.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 'interactive'));
    expect(new Set(first.slice(12))).toEqual(new Set(['background']));
    await workers.store.intents.requestSync(user.connectionId, start);
    expect(new Set(await urgencies())).toEqual(new Set(['interactive']));
  });

  it('that the budget holds back put the job off to when there is room, without a failure, and leave the connection due', async () => {
    const user = await newUser(workers, vendorOf());
    const { accountId } = await connectionOf(workers, user);
    const { budget, heard, of } = await withLimits({
      app: plenty,
      account: { requests: 1, windowMs: 60_000 },
    });
    await budget.admit(budgetRequest({ provider: id, accountId }));
    const before = await connectionOf(workers, user);
    const made = await requestsDuring(vendorOf(), async () => {
      const outcome = await workers.sync(user.connectionId, { provider: of(id) });
      const [refused] = heard.filter(({ what }) => what === 'refused');
      expect(refused?.retryAfterMs).toBeGreaterThan(30_000);
      expect(outcome).toEqual(
        snooze(after(refused?.retryAfterMs ?? 0), expect.stringContaining('budget') as unknown as string),
      );
    });
    expect(made).toEqual([]);
    const { updatedAt: _, ...same } = before;
    expect(await connectionOf(workers, user)).toMatchObject({
      ...same,
      consecutiveFailures: 0,
      lastFailure: undefined,
      nextSyncAt: start,
    });
    expect(await workers.store.facts.dueConnections(start, 100_000)).toContain(user.connectionId);
    // Somebody still waits for it, and the turn is free.
    expect(await workers.store.facts.requestedConnections(start, 100_000)).toContain(user.connectionId);
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done' });
    expect(await workers.store.facts.requestedConnections(start, 100_000)).not.toContain(user.connectionId);
  });

  it('I12: one that is told to wait holds back its account, in every process, and nobody else', async () => {
    const [user, other] = [await newUser(workers, vendorOf()), await newUser(workers, vendorOf())];
    const { of, budget, heard } = await withLimits({ app: plenty, account: plenty });
    const headers = { 'retry-after': '62.128' };
    vendorOf().simulator.fault({
      match: { path: vendorOf().paths.calendars },
      action: { type: 'status', status: 429, headers, body: {} },
    });
    const { connectionId } = user;
    expect(await workers.sync(connectionId, { provider: of(id) })).toMatchObject({ until: after(62_128) });
    expect(heard.filter(({ what }) => what === 'paused')).toEqual([
      { what: 'paused', provider: id, ms: 62_128 },
    ]);
    expect(await connectionOf(workers, user)).toMatchObject({
      consecutiveFailures: 0,
      lastFailure: { code: 'throttled' },
    });
    const again = await requestsDuring(vendorOf(), async () => {
      expect(await workers.sync(connectionId, { provider: of(id) })).toMatchObject({ type: 'snooze' });
    });
    expect(again).toEqual([]);
    // What the vendor said stands: being held back for it is no news.
    expect(await connectionOf(workers, user)).toMatchObject({ lastFailure: { code: 'throttled' } });
    expect(await workers.sync(other.connectionId, { provider: of(id) })).toMatchObject({ type: 'done' });
    await expect(budget.admit(budgetRequest({ provider: id, accountId: 'else' }))).resolves.toBeTypeOf(
      'function',
    );
  });
});

describe('google trap 19: a vendor that keeps its quota', () => {
  /** The budget's minute is a second here, so what the machine adds to a request's way weighs sixty times as much. */
  const perMinute = { allowed: 50, budget: 40 };
  let timer: NodeJS.Timeout;

  // A minute of the simulator's passes in a second; the first of them lies behind those in which other tests asked it.
  beforeEach(() => {
    const startedAt = performance.now();
    timer = setInterval(() => (workers.clock = after(2 * minute + (performance.now() - startedAt) * 60)), 2);
  });

  afterEach(() => {
    clearInterval(timer);
    Object.assign(workers.vendors.google.simulator.quota, { perMinutePerProject: Infinity });
  });

  const users = async (): Promise<ConnectedUser[]> => {
    const { google } = workers.vendors;
    const connected = await Promise.all(Array.from({ length: 12 }, () => newUser(workers, google)));
    for (const user of connected) {
      fill(user, 3);
      for (let n = 0; n < 5; n += 1) google.addCalendar(user.email, `Team ${n}`);
    }
    Object.assign(google.simulator.quota, { perMinutePerProject: perMinute.allowed });
    return connected;
  };
  const isThrottled = ({ status }: { status: number }): boolean => status === 403 || status === 429;
  const syncAll = (connected: readonly ConnectedUser[], provider: Provider) =>
    requestsDuring(workers.vendors.google, () =>
      Promise.all(connected.map(({ connectionId }) => workers.sync(connectionId, { provider }))),
    );

  it('never has to refuse anything, and every sync comes to its end', async () => {
    const connected = await users();
    const { of } = await withLimits({ app: { requests: perMinute.budget, windowMs: 1000 }, account: plenty });
    const made = await syncAll(connected, of('google'));
    expect(made.length).toBe(12 * 7);
    expect(made.filter(isThrottled)).toEqual([]);
    for (const user of connected) expect(await eventsOf(workers, user)).toHaveLength(3);
  });

  it('would have to without the budget', async () => {
    const connected = await users();
    // Whatever the machine takes for it: all of it falls into one minute.
    clearInterval(timer);
    const made = await syncAll(connected, providerWith('google', noBudget));
    expect(made.filter(isThrottled).length).toBeGreaterThan(0);
  });
});

describe('microsoft trap 24: a mailbox that is asked four things at a time', () => {
  const lasting = (latencyMs: number) =>
    workers.vendors.microsoft.simulator.setBehaviour({ limits: { latencyMs } });

  afterEach(() => lasting(0));

  /** Six users of ours who have connected the same account. */
  const sharers = async (): Promise<ConnectedUser[]> => {
    const { microsoft } = workers.vendors;
    const account = newAccount(microsoft);
    const connected: ConnectedUser[] = [];
    for (let n = 0; n < 6; n += 1) {
      const sharer = { ...account, userId: `${account.userId}-${n}` };
      connected.push({ ...sharer, connectionId: await connect(workers, sharer) });
    }
    lasting(150);
    return connected;
  };
  const syncAll = (connected: readonly ConnectedUser[], provider: Provider) =>
    requestsDuring(workers.vendors.microsoft, () =>
      Promise.all(connected.map(({ connectionId }) => workers.sync(connectionId, { provider }))),
    );

  it('never has to refuse anything', async () => {
    const connected = await sharers();
    const { of } = await withLimits({ app: plenty, account: plenty, accountConcurrency: 4 });
    const made = await syncAll(connected, of('microsoft'));
    expect(made.filter(({ status }) => status === 429)).toEqual([]);
    expect(made.length).toBeGreaterThanOrEqual(12);
  });

  it('would have to without the budget', async () => {
    const made = await syncAll(await sharers(), providerWith('microsoft', noBudget));
    expect(made.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  });
});
