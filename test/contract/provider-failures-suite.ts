import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import { describe, expect } from 'vitest';

import { ProviderError, type ProviderErrorKind } from '../../src/domain/failure.ts';
import { answerLimitMiB } from '../../src/providers/read-answer.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { FaultAction } from '../simulators/simulator.ts';
import { startConnectionCounter } from './connection-counter.ts';
import { bookingOf } from './interview-booking.ts';
import { readerOf } from './provider-listing-suite.ts';
import { watcherOf } from './provider-push-suite.ts';
import {
  connect,
  connected,
  type ProviderHarness,
  type ProviderTest,
  type ProviderWorld,
} from './provider-harness.ts';

interface BadDay {
  readonly name: string;
  readonly action: FaultAction;
  readonly kind: ProviderErrorKind;
  readonly retryAfterMs?: number;
  /** Befalls the body of a success. */
  readonly needsBody?: true;
}

const status = (code: number, headers: Record<string, string> = {}): FaultAction => ({
  type: 'status',
  status: code,
  headers,
});

export const badDays: readonly BadDay[] = [
  {
    name: '429 with Retry-After',
    action: status(429, { 'retry-after': '7' }),
    kind: 'throttled',
    retryAfterMs: 7000,
  },
  { name: '429 without Retry-After', action: status(429), kind: 'throttled' },
  {
    name: '503 with Retry-After',
    action: status(503, { 'retry-after': '9' }),
    kind: 'unavailable',
    retryAfterMs: 9000,
  },
  { name: '503', action: status(503), kind: 'unavailable' },
  { name: '500', action: status(500), kind: 'unavailable' },
  {
    name: '429 with a fraction of a second',
    action: { type: 'throttle', retryAfterSeconds: 2.128 },
    kind: 'throttled',
    retryAfterMs: 2128,
  },
  {
    name: '429 with a date',
    action: { type: 'throttle', retryAfterSeconds: 90, asDate: true },
    kind: 'throttled',
    retryAfterMs: 90_000,
  },
  {
    name: '429 with a date that has passed',
    action: { type: 'throttle', retryAfterSeconds: -90, asDate: true },
    kind: 'throttled',
  },
  {
    name: '429 that names no wait',
    action: { type: 'throttle', retryAfterSeconds: 0 },
    kind: 'throttled',
  },
  { name: 'a cut connection', action: { type: 'cut' }, kind: 'unavailable' },
  { name: 'a connection cut after the work was done', action: { type: 'cut-after' }, kind: 'unavailable' },
  { name: 'half a body', action: { type: 'truncate' }, kind: 'malformed', needsBody: true },
  { name: 'broken JSON', action: { type: 'invalid-json' }, kind: 'malformed' },
  { name: 'HTML', action: { type: 'html' }, kind: 'malformed' },
  { name: 'success without a body', action: { type: 'empty' }, kind: 'malformed', needsBody: true },
  {
    name: 'success as HTML',
    action: { type: 'content-type', value: 'text/html' },
    kind: 'malformed',
    needsBody: true,
  },
  { name: 'an answer of 50 MB', action: { type: 'pad' }, kind: 'malformed', needsBody: true },
  { name: 'a redirect', action: status(302, { location: 'http://127.0.0.1:9/' }), kind: 'malformed' },
];

interface Call {
  readonly name: string;
  readonly path: (world: ProviderWorld) => string;
  readonly make: (world: ProviderWorld) => Promise<() => Promise<unknown>>;
  /** Its success has none. */
  readonly hasNoBody?: boolean;
}

const calls: readonly Call[] = [
  {
    name: 'listing calendars',
    path: ({ paths }) => paths.calendars,
    make: async (world) => {
      const access = await connected(world);
      return () => world.provider.listCalendars(access);
    },
  },
  {
    name: 'listing events',
    path: ({ paths }) => paths.events,
    make: async (world) => {
      const { read } = await readerOf(world);
      return () => read(null);
    },
  },
  {
    name: 'refreshing',
    path: ({ paths }) => paths.token,
    make: async (world) => {
      const refreshToken = (await connect(world)).tokens.refreshToken ?? '';
      return () => world.provider.refresh(refreshToken, new AbortController().signal);
    },
  },
  {
    name: 'watching',
    path: ({ paths }) => paths.watch,
    make: async (world) => {
      const { push, access, wish } = await watcherOf(world);
      return () => push.watch(access, wish());
    },
  },
  {
    name: 'stopping a watch',
    path: ({ paths }) => paths.stop,
    make: async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const watch = await push.watch(access, wish());
      return () => push.stopWatch(access, watch);
    },
    hasNoBody: true,
  },
  {
    name: 'creating an interview',
    path: ({ paths }) => paths.newEvent,
    make: async (world) => (await bookingOf(world)).create,
  },
  {
    name: 'looking for an interview',
    path: ({ paths }) => paths.search,
    make: async (world) => {
      const { book, find } = await bookingOf(world);
      await book();
      return find;
    },
  },
  {
    name: 'reading an interview',
    path: ({ paths }) => paths.event,
    make: async (world) => {
      const { book, read } = await bookingOf(world);
      const reading = await book();
      return () => read(reading);
    },
  },
  {
    name: 'changing an interview',
    path: ({ paths }) => paths.event,
    make: async (world) => {
      const { book, update } = await bookingOf(world);
      const reading = await book();
      // What was written although the answer was lost makes the reading stale.
      return () => update(reading, { title: 'Second interview' }).catch(unlessStale);
    },
  },
  {
    name: 'cancelling an interview',
    path: ({ paths }) => paths.cancel,
    make: async (world) => {
      const { book, cancel } = await bookingOf(world);
      const reading = await book();
      return async () => {
        await cancel(reading);
        return 'cancelled';
      };
    },
    hasNoBody: true,
  },
];

function unlessStale(error: unknown): unknown {
  if (error instanceof ProviderError && error.kind === 'stale') return 'read it again';
  throw error;
}

const renewing: Call = {
  name: 'renewing a watch',
  path: ({ paths }) => paths.stop,
  make: async (world) => {
    const { push, access, wish } = await watcherOf(world);
    const [watch, { until }] = [await push.watch(access, wish()), wish()];
    return () => push.renewWatch(access, watch, until);
  },
};

export function describeFailures({ id, renewsWatches }: ProviderHarness, test: ProviderTest): void {
  for (const call of renewsWatches ? [...calls, renewing] : calls) {
    describe(`a bad day of ${id} while ${call.name}`, () => {
      for (const day of badDays) {
        if (call.hasNoBody === true && day.needsBody === true) continue;
        test(`(${day.name}) is ${day.kind}, asked once and mended by itself`, async ({ world }) => {
          const make = await call.make(world);
          world.simulator.fault({ match: { path: call.path(world) }, action: day.action });
          const before = world.simulator.requests.length;
          const error: unknown = await make().catch((e: unknown) => e);
          expect(error).toMatchObject({ name: 'ProviderError', kind: day.kind, detail: { provider: id } });
          expect(error instanceof ProviderError && error.detail.retryAfterMs).toBe(day.retryAfterMs);
          const asked = world.simulator.requests.slice(before);
          const isFaulty = ({ path }: { readonly path: string }) => new RegExp(call.path(world)).test(path);
          expect(asked.map(isFaulty).lastIndexOf(true)).toBe(asked.length - 1);
          expect(asked.filter(isFaulty)).toHaveLength(1);
          expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(secretsIn(world));
          await expect(make()).resolves.toBeDefined();
        });
      }
    });
  }

  describe(`time and ${id}`, () => {
    test('an answer that takes too long is unavailable', async ({ world }) => {
      const access = await connected(world);
      const hasty = world.providerWith({ timeoutMs: 50 });
      world.simulator.fault({
        match: { path: world.paths.calendars },
        action: { type: 'delay', ms: 20_000 },
      });
      await expect(hasty.listCalendars(access)).rejects.toMatchObject({ kind: 'unavailable' });
      await hasty.close();
    });

    for (const type of ['stall', 'stall-body', 'withhold'] as const) {
      test(`an answer that does not come to its end (${type}) is unavailable`, async ({ world }) => {
        const access = await connected(world);
        const hasty = world.providerWith({ timeoutMs: 300 });
        world.simulator.fault({ match: { path: world.paths.calendars }, action: { type } });
        await expect(hasty.listCalendars(access)).rejects.toMatchObject({ kind: 'unavailable' });
        await hasty.close();
      });
    }

    test('an abort before the call throws its reason and asks nobody', async ({ world }) => {
      const reason = new Error('the worker stops');
      const access = { ...(await connected(world)), signal: AbortSignal.abort(reason) };
      const before = world.simulator.requests.length;
      await expect(world.provider.listCalendars(access)).rejects.toBe(reason);
      expect(world.simulator.requests.length).toBe(before);
    });

    test('an abort while a listing waits throws its reason', async ({ world }) => {
      const { access, query } = await readerOf(world);
      const reason = new Error('the worker stops');
      const abort = new AbortController();
      world.simulator.fault({ match: { path: world.paths.events }, action: { type: 'delay', ms: 20_000 } });
      const before = world.simulator.requests.length;
      const listing = world.provider.listEvents({ ...access, signal: abort.signal }, query);
      const outcome = nextOf(listing).catch((e: unknown) => e);
      await expect.poll(() => world.simulator.requests.length).toBe(before + 1);
      abort.abort(reason);
      expect(await outcome).toBe(reason);
    });

    test('an abort between two pages throws its reason', async ({ world }) => {
      const entry = { title: 'x', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
      for (let n = 0; n < world.pageSize + 1; n += 1) world.put(entry);
      const { access, query } = await readerOf(world);
      const reason = new Error('the worker stops');
      const abort = new AbortController();
      const readAll = async (given: Access): Promise<void> => {
        for await (const page of world.provider.listEvents(given, query)) {
          if (page.cursor === null) abort.abort(reason);
        }
      };
      await expect(readAll({ ...access, signal: abort.signal })).rejects.toBe(reason);
    });
  });

  describe(`the size of an answer of ${id}`, () => {
    test('is of no consequence up to the limit', async ({ world }) => {
      const access = await connected(world);
      const action = { type: 'pad', bytes: (answerLimitMiB - 1) * 2 ** 20 } as const;
      world.simulator.fault({ match: { path: world.paths.calendars }, action });
      expect(await world.provider.listCalendars(access)).toHaveLength(1);
    });

    test('is that after unpacking', async ({ world }) => {
      const access = await connected(world);
      const blanks = gzipSync(Buffer.alloc((answerLimitMiB + 1) * 2 ** 20, ' '));
      const server = createServer((_, answer) => {
        answer.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        answer.end(blanks);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const provider = world.providerWith({ origin: `http://127.0.0.1:${port}` });
      await expect(provider.listCalendars(access)).rejects.toMatchObject({
        kind: 'malformed',
        message: expect.stringContaining(`more than ${answerLimitMiB} MiB`),
      });
      await provider.close();
      server.close();
    });
  });

  test(`the provider of ${id} closes what it opened, and can be closed twice`, async ({ world }) => {
    const access = await connected(world);
    const counter = await startConnectionCounter(world.simulator.url);
    const provider = world.providerWith({ origin: counter.url });
    await provider.listCalendars(access);
    expect(counter.open()).toBeGreaterThan(0);
    await provider.close();
    await expect.poll(() => counter.open()).toBe(0);
    await provider.close();
    await counter.close();
  });
}

function nextOf<T>(listing: AsyncIterable<T>): Promise<IteratorResult<T>> {
  const iterator = listing[Symbol.asyncIterator]();
  return iterator.next();
}

/** The last bearer token or refresh token that was sent: what an error is most likely to drag along. */
function secretsIn({ simulator }: ProviderWorld): string {
  const last = simulator.requests.at(-1);
  const form = new URLSearchParams(last?.body);
  return (
    form.get('refresh_token') ??
    last?.headers['authorization']?.replace(/^Bearer /i, '') ??
    'nothing was sent'
  );
}
