import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.ts';
import type { Crashes } from './crashes.ts';
import { promoteDelayed } from './disturbances.ts';
import type { Connection, MainApp } from './main-app.ts';
import type { Account } from './model.ts';
import { calmTokens } from './faults.ts';
import { calmPush } from './push-behaviour.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

export interface Settling {
  readonly world: World;
  readonly app: MainApp;
  readonly crashes: Crashes;
  readonly tally: Tally<'requests of the main app'>;
}

const patienceMs = 150_000;
/** A sync that is wanted is asked for again after so long: a job may have died with a Redis. */
const askAgainMs = 15_000;

/**
 * It goes quiet: no more faults, everything runs, everybody is connected. Resolves when each account was synced by a run
 * that began after that, and nothing is held back any more. What the store says from then on is what it is held to.
 */
export async function settle({ world, app, crashes, tally }: Settling): Promise<void> {
  const { google, microsoft } = world.product;
  google.clearFaults();
  microsoft.clearFaults();
  calmPush(world.product);
  calmTokens(world.product);
  await crashes.mended();
  await until(
    () => isReady(world),
    () => 'intake is not ready',
    patienceMs,
  );
  await until(
    async () => {
      await unlessAway(() => promoteDelayed(world));
      return (await world.database.collection('connections').countDocuments(leaving)) === 0;
    },
    () => 'a connection that was disconnected is still there',
    patienceMs,
  );
  await Promise.all(
    world.accounts.map(async (account) => {
      const deadline = Date.now() + patienceMs;
      // The first may have begun before it went quiet; the second has not.
      for (let synced = 0; synced < 2; synced += 1) await sync(world, app, account, deadline, tally);
      while (await isHeldBack(app, account)) {
        await sleep(1000);
        await sync(world, app, account, deadline, tally);
      }
    }),
  );
}

const leaving = { status: 'disconnecting' };

async function isReady({ product }: World): Promise<boolean> {
  try {
    return (await product.api.get('/readyz')).status === 200;
  } catch {
    return false;
  }
}

/** Resolves when a sync has ended well that ended after this was called; connects the account where it is not. */
async function sync(
  world: World,
  app: MainApp,
  account: Account,
  deadline: number,
  tally: Settling['tally'],
) {
  const before = await active(app, account, deadline, tally);
  const { email, provider } = account;
  while (Date.now() < deadline) {
    const { id } = await active(app, account, deadline, tally);
    if ((await unlessAway(() => app.sync(id))) !== 202) continue;
    const askAgainAt = Date.now() + askAgainMs;
    while (Date.now() < askAgainAt) {
      const now = await app.connection(account);
      if (now?.status !== 'active') break;
      if (now.lastSyncedAt !== undefined && now.lastSyncedAt !== before.lastSyncedAt) return;
      await sleep(50);
    }
    await promoteDelayed(world);
  }
  const connection = await app.connection(account);
  throw new Error(`${provider} account ${email} does not settle: ${JSON.stringify(connection)}`);
}

/**
 * A 503 says to try again, and a main app does so: what a killed worker held in MongoDB is not free at once. A client of
 * Redis needs a moment to find it again.
 */
async function unlessAway<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    await sleep(500);
    return undefined;
  }
}

async function active(
  app: MainApp,
  account: Account,
  deadline: number,
  tally: Settling['tally'],
): Promise<Connection> {
  while (Date.now() < deadline) {
    const connection = await app.connection(account);
    if (connection?.status === 'active') return connection;
    const attemptId = await unlessAway(() => app.connect(account));
    if (attemptId === undefined) continue;
    tally.count('requests of the main app', 'connect again');
    await until(
      async () => (await app.attempt(attemptId)).status !== 'exchanging',
      () => `attempt ${attemptId} is not exchanged`,
      patienceMs,
    );
  }
  throw new Error(`${account.provider} account ${account.email} cannot be connected`);
}

async function isHeldBack(app: MainApp, account: Account): Promise<boolean> {
  const connection = await app.connection(account);
  if (connection === undefined) return false;
  const calendars = [...(await app.calendars(connection.id)).values()];
  return calendars.some(({ hold, missingSince }) => hold !== undefined || missingSince !== undefined);
}
