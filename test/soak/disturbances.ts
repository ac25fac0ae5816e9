import type { LifecycleEvent } from '../simulators/microsoft/index.ts';
import type { MainApp } from './main-app.ts';
import type { Account } from './model.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What comes from the outside beside edits and outages, by who does it. */
export const disturbanceWeights = {
  'user: revoke grant': 1,
  'provider: expire access tokens': 3,
  'provider: expire cursors': 3,
  'provider: watch removed': 2,
  'provider: notifications missed': 1,
  'provider: watch to be authorized anew': 1,
  'main app: sync': 6,
  'main app: select': 3,
  'main app: connect again': 2,
  'main app: disconnect': 0.5,
  'main app: refuses a delivery': 2,
  'jobs: sync, many times over': 6,
  'jobs: sync, later': 3,
  'jobs: exchange, once more': 2,
  'jobs: disconnect of a living connection': 1,
  'jobs: all that is delayed, now': 1,
} as const;

export type Disturbance = keyof typeof disturbanceWeights;

/** One of them, or `lost` with it where the product was away; whatever else goes wrong is thrown. */
export async function disturb(
  random: Random,
  world: World,
  app: MainApp,
  weights: Readonly<Record<Disturbance, number>> = disturbanceWeights,
): Promise<{ kind: Disturbance; lost: boolean }> {
  const kind = random.weighted(weights);
  const account = random.pick(world.accounts);
  // The choices are drawn before anything is asked, so that an answer changes none of those to come.
  const scene = { random: random.fork(String(random.next())), world, app, account };
  try {
    await actions[kind](scene);
    return { kind, lost: false };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind, lost: true };
  }
}

interface Scene {
  readonly random: Random;
  readonly world: World;
  readonly app: MainApp;
  readonly account: Account;
}

const actions: Readonly<Record<Disturbance, (scene: Scene) => Promise<unknown> | void>> = {
  'user: revoke grant': ({ world, account }) => world.product[account.provider].revokeGrant(account.email),
  'provider: expire access tokens': ({ world, account }) =>
    world.product[account.provider].expireAccessTokens(account.email),
  'provider: expire cursors': ({ world: { product }, account: { provider, email } }) =>
    provider === 'google'
      ? product.google.expireSyncTokens(email)
      : product.microsoft.expireDeltaTokens(email),
  'provider: watch removed': (scene) => tellOfWatch(scene, 'subscriptionRemoved'),
  'provider: notifications missed': (scene) => tellOfWatch(scene, 'missed'),
  'provider: watch to be authorized anew': (scene) => tellOfWatch(scene, 'reauthorizationRequired'),
  'main app: sync': async ({ app, account }) => {
    const connection = await app.connection(account);
    if (connection !== undefined) await app.sync(connection.id);
  },
  'main app: select': async ({ random, app, account }) => {
    const calendar = random.pick([...account.calendars.values()].filter(({ removed }) => !removed));
    await app.select(account, calendar, random.chance(0.75));
  },
  'main app: connect again': ({ app, account }) => app.connect(account),
  'main app: disconnect': async ({ app, account }) => {
    const connection = await app.connection(account);
    if (connection === undefined) return;
    for (const calendar of account.calendars.values()) calendar.selected = 'unknown';
    await app.disconnect(connection.id);
  },
  'main app: refuses a delivery': ({ random, world }) =>
    world.webhook.answerWith(random.pick([0, 400, 500, 503]), 1),
  'jobs: sync, many times over': (scene) => enqueueSyncs(scene, scene.random.int(2, 6), 0),
  'jobs: sync, later': (scene) => enqueueSyncs(scene, scene.random.int(1, 3), 3000),
  'jobs: exchange, once more': async ({ world, account }) => {
    const [attemptId] = account.attemptIds.slice(-1);
    if (attemptId !== undefined) {
      await world.producer.enqueue('connect', 'exchange-code', { v: 1, attemptId });
    }
  },
  'jobs: disconnect of a living connection': async ({ world, account }) => {
    const [connectionId] = [...account.connectionIds].slice(-1);
    if (connectionId !== undefined) {
      await world.producer.enqueue('maintenance', 'disconnect-connection', { v: 1, connectionId });
    }
  },
  'jobs: all that is delayed, now': ({ world }) => promoteDelayed(world),
};

/** Microsoft alone speaks of a watch itself. */
function tellOfWatch({ random, world, account }: Scene, event: LifecycleEvent): void {
  if (account.provider !== 'microsoft') return;
  const chance = random.next();
  const { microsoft } = world.product;
  const subscriptions = microsoft.subscriptions(account.email);
  const subscription = subscriptions[Math.floor(chance * subscriptions.length)];
  if (subscription !== undefined) microsoft.sendLifecycle(subscription.id, event);
}

/** With and without deduplication, of any connection that the account ever had, at once or in any order. */
async function enqueueSyncs({ random, world, account }: Scene, times: number, delayUpToMs: number) {
  const draws = Array.from({ length: times }, () => ({
    which: random.next(),
    deduplicate: random.pick(['while-queued', 'keep-last', undefined] as const),
    delayMs: random.int(0, delayUpToMs),
  }));
  const ids = [...account.connectionIds];
  if (ids.length === 0) return;
  for (const { which, deduplicate, delayMs } of draws) {
    const connectionId = ids[Math.floor(which * ids.length)] ?? '';
    await world.producer.enqueue('sync', 'sync-connection', { v: 1, connectionId }, { deduplicate, delayMs });
  }
}

/** As an operator does in Bull Board: nothing waits for its time any more. */
export async function promoteDelayed({ producer }: World): Promise<void> {
  await Promise.all(producer.queues.map((queue) => queue.promoteJobs()));
}
