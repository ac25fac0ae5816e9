import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.ts';
import type { RecordedRequest } from '../../simulators/simulator.ts';
import type { Difference } from '../difference.ts';
import type { MainApp } from '../main-app.ts';
import type { World } from '../world.ts';
import type { Feed } from './feed.ts';

/** Two ticks of the scheduler and what they bring. */
const restMs = 2_500;

/**
 * When it is quiet, another reading of every calendar and more ticks of the scheduler bring nothing: no provider is asked
 * to write, and nothing is told.
 */
export async function listenForEchoes(world: World, app: MainApp, feed: Feed): Promise<Difference[]> {
  const { google, microsoft } = world.product;
  await feed.readOn();
  const before = { google: google.requests.length, microsoft: microsoft.requests.length };
  const toldBefore = feed.changes.length;
  await Promise.all(world.accounts.map((account) => synced(app, account)));
  await sleep(restMs);
  await feed.readOn();
  const writes = (['google', 'microsoft'] as const).flatMap((provider) =>
    world.product[provider].requests.slice(before[provider]).filter(isWrite),
  );
  return [
    ...writes.map(({ method, path, body }) => ({
      where: `${method} ${path}`,
      field: 'a write when all is as wanted',
      expected: undefined,
      stored: body,
    })),
    ...feed.changes.slice(toldBefore).map((change) => ({
      where: `feed: ${change.type}`,
      field: 'told of something when nothing happens',
      expected: undefined,
      stored: change,
    })),
  ];
}

async function synced(app: MainApp, account: Parameters<MainApp['connection']>[0]): Promise<void> {
  const before = await app.connection(account);
  if (before === undefined) throw new Error(`${account.email} is not connected`);
  await app.sync(before.id);
  await until(async () => (await app.connection(account))?.lastSyncedAt !== before.lastSyncedAt);
}

/** Of events; watches and what is only asked with POST are none. */
export function isWrite({ method, path }: Pick<RecordedRequest, 'method' | 'path'>): boolean {
  if (method === 'PATCH' || method === 'PUT' || method === 'DELETE') return path.includes('/events/');
  return (
    method === 'POST' &&
    !path.endsWith('/watch') &&
    (path.endsWith('/events') || /\/events\/[^/]+\/\w+$/.test(path))
  );
}
