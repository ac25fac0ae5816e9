import { inspect } from 'node:util';

import { describe, expect } from 'vitest';

import type { WatchRequest } from '../../src/providers/provider.ts';
import type { FaultAction } from '../simulators/simulator.ts';
import { startConnectionCounter } from './connection-counter.ts';
import {
  connected,
  now,
  type ProviderHarness,
  type ProviderTest,
  type ProviderWorld,
  type Told,
} from './provider-harness.ts';
import { queryOf } from './provider-listing-suite.ts';

const day = 86_400_000;
const after = (ms: number): Date => new Date(now.getTime() + ms);
const interview = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };

/** Somebody who is connected and may watch their calendar. */
export async function watcherOf(world: ProviderWorld) {
  const access = await connected(world);
  const { providerCalendarId } = await queryOf(world, access);
  const { addresses, told } = await world.receiver();
  let wishes = 0;
  return {
    access,
    push: world.provider.push,
    /** Another request each time. */
    wish: (): WatchRequest => {
      wishes += 1;
      const watchId = wishes.toString(16).padStart(24, '0');
      const secret = `-_Az09${watchId}`.padEnd(64, 'x');
      return { watchId, secret, providerCalendarId, addresses, until: after(3 * day) };
    },
    lastTold: (): Told => {
      const last = told().at(-1);
      if (last === undefined) throw new Error('nothing was told');
      return last;
    },
    /** How often a watch has told something, and with its secret. */
    timesTold: async ({ watchId, secret }: WatchRequest): Promise<number> => {
      await world.delivered();
      const its = told().filter((one) => one.watchId === watchId);
      expect(its.every((one) => one.secret === secret)).toBe(true);
      return its.length;
    },
  };
}

export function describePush(harness: ProviderHarness, test: ProviderTest): void {
  describeLife(harness, test);
  describeTrouble(harness, test);
}

function describeLife({ id, renewsWatches }: ProviderHarness, test: ProviderTest): void {
  describe(`a watch of ${id}`, () => {
    test('names itself by our id and secret with each change', async ({ world }) => {
      const { push, access, wish, timesTold } = await watcherOf(world);
      const request = wish();
      await push.watch(access, request);
      const before = await timesTold(request);
      const entry = world.put(interview);
      expect(await timesTold(request)).toBe(before + 1);
      world.remove(entry);
      expect(await timesTold(request)).toBe(before + 2);
    });

    test('ends when it was asked to', async ({ world }) => {
      const { push, access, wish } = await watcherOf(world);
      const { providerWatchId, expiresAt } = await push.watch(access, wish());
      expect(expiresAt).toEqual(after(3 * day));
      expect(world.standingWatches()).toEqual([{ providerWatchId, expiresAt }]);
    });

    test('that is asked to last longer than the vendor allows stands, and tells its end', async ({
      world,
    }) => {
      const { push, access, wish } = await watcherOf(world);
      const { expiresAt } = await push.watch(access, { ...wish(), until: after(90 * day) });
      expect(expiresAt.getTime()).toBeGreaterThan(after(6 * day).getTime());
      expect(expiresAt.getTime()).toBeLessThan(after(90 * day).getTime());
      expect(world.standingWatches()).toMatchObject([{ expiresAt }]);
    });

    test('is renewed or replaced, and then one stands that lasts longer', async ({ world }) => {
      const { push, access, wish, timesTold } = await watcherOf(world);
      const [first, second] = [wish(), { ...wish(), until: after(5 * day) }];
      const watch = await push.watch(access, first);
      const renewed = await push.renewWatch(access, watch, second.until);
      expect(renewed).toEqual(renewsWatches ? second.until : undefined);
      if (renewed === undefined) {
        await push.watch(access, second);
        await push.stopWatch(access, watch);
      }
      expect(world.standingWatches()).toMatchObject([{ expiresAt: second.until }]);
      const standing = renewed === undefined ? second : first;
      const before = await timesTold(standing);
      world.put(interview);
      expect(await timesTold(standing)).toBe(before + 1);
    });

    test('can be renewed twice, beyond what the vendor allows too', async ({ world }) => {
      const { push, access, wish } = await watcherOf(world);
      const watch = await push.watch(access, wish());
      const end = await push.renewWatch(access, watch, after(90 * day));
      expect(await push.renewWatch(access, watch, after(90 * day))).toEqual(end);
    });

    test('is silent when it is stopped, and can be stopped twice', async ({ world }) => {
      const { push, access, wish, timesTold } = await watcherOf(world);
      const [stopped, witness] = [wish(), wish()];
      const watch = await push.watch(access, stopped);
      await push.watch(access, witness);
      expect(await push.stopWatch(access, watch)).toBe('stopped');
      expect(await push.stopWatch(access, watch)).toBe('stopped');
      const before = [await timesTold(stopped), await timesTold(witness)] as const;
      world.put(interview);
      expect(await timesTold(stopped)).toBe(before[0]);
      expect(await timesTold(witness)).toBe(before[1] + 1);
    });

    test.for(['empty', 'html'] as const)(
      'is not taken for stopped because of a success that says nothing (%s; soak, seed 29)',
      async (type, { world }) => {
        const { push, access, wish } = await watcherOf(world);
        const watch = await push.watch(access, wish());
        world.simulator.fault({ match: { path: world.paths.stop }, action: { type } });
        await expect(push.stopWatch(access, watch)).rejects.toMatchObject({ kind: 'malformed' });
        expect(await push.stopWatch(access, watch)).toBe('stopped');
      },
    );

    test('that the vendor does not know cannot be renewed, and counts as stopped', async ({ world }) => {
      const { push, access } = await watcherOf(world);
      const unknown = { providerWatchId: '3c6ee1cb-54f8-4ca6-a3f2-5b3a2c1b3c3a', resourceId: 'unknown' };
      expect(await push.renewWatch(access, unknown, after(day))).toBeUndefined();
      expect(await push.stopWatch(access, unknown)).toBe('stopped');
    });
  });
}

const lost: readonly (readonly [string, FaultAction])[] = [
  ['a cut connection', { type: 'cut-after' }],
  ['an answer that never comes', { type: 'withhold' }],
  ['half an answer', { type: 'truncate' }],
];

function describeTrouble({ id }: ProviderHarness, test: ProviderTest): void {
  describe(`a watch that ${id} does not grant`, () => {
    for (const [name, action] of lost) {
      test(`in words (${name}) may stand, and then its notifications tell what it takes to stop it`, async ({
        world,
      }) => {
        const { push, access, wish, timesTold, lastTold } = await watcherOf(world);
        const hasty = world.providerWith({ timeoutMs: 500 });
        world.simulator.fault({ match: { path: world.paths.watch }, action });
        const request = wish();
        const error: unknown = await hasty.push.watch(access, request).catch((e: unknown) => e);
        const kind = action.type === 'truncate' ? 'malformed' : 'unavailable';
        expect(error).toMatchObject({ name: 'ProviderError', kind });
        expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(request.secret);
        expect(world.standingWatches()).toHaveLength(1);
        const before = await timesTold(request);
        world.put(interview);
        expect(await timesTold(request)).toBe(before + 1);
        expect(await push.stopWatch(access, lastTold())).toBe('stopped');
        expect(world.standingWatches()).toEqual([]);
        await hasty.close();
      });
    }

    test('because of its address is our own misconfiguration', async ({ world }) => {
      const { push, access, wish } = await watcherOf(world);
      const nowhere = 'http://calendar.example.com/webhook';
      const request = { ...wish(), addresses: { notifications: nowhere, lifecycle: nowhere } };
      const error: unknown = await push.watch(access, request).catch((e: unknown) => e);
      expect(error).toMatchObject({ kind: 'misconfigured', detail: { code: 'push_address_refused' } });
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(request.secret);
      expect(world.standingWatches()).toEqual([]);
    });

    test('because the access token is dead needs the user, or another token', async ({ world }) => {
      const { push, access, wish } = await watcherOf(world);
      const watch = await push.watch(access, wish());
      world.expireAccessTokens();
      const dead = { kind: 'reconnect_needed', detail: { code: 'grant_revoked' } };
      await expect(push.watch(access, wish())).rejects.toMatchObject(dead);
      await expect(push.stopWatch(access, watch)).rejects.toMatchObject(dead);
      expect(world.standingWatches()).toHaveLength(1);
    });
  });

  describe(`watching ${id}`, () => {
    test('that is aborted throws the reason', async ({ world }) => {
      const { push, access, wish } = await watcherOf(world);
      const abort = new AbortController();
      const reason = new Error('the worker stops');
      world.simulator.fault({ match: { path: world.paths.watch }, action: { type: 'stall' } });
      const before = world.simulator.requests.length;
      const outcome = push.watch({ ...access, signal: abort.signal }, wish()).catch((e: unknown) => e);
      await expect.poll(() => world.simulator.requests.length).toBe(before + 1);
      abort.abort(reason);
      expect(await outcome).toBe(reason);
    });

    test('leaves no socket open once the provider is closed', async ({ world }) => {
      const { access, wish } = await watcherOf(world);
      const counter = await startConnectionCounter(world.simulator.url);
      const provider = world.providerWith({ origin: counter.url });
      await provider.push.stopWatch(access, await provider.push.watch(access, wish()));
      expect(counter.open()).toBeGreaterThan(0);
      await provider.close();
      await expect.poll(() => counter.open()).toBe(0);
      await counter.close();
    });
  });
}
