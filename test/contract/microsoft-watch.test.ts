import { describe, expect, test } from 'vitest';

import type { RecordedRequest } from '../simulators/simulator.ts';
import { inMicrosoftWorld, type MicrosoftWorld } from './microsoft-world.ts';
import { connected, now } from './provider-harness.ts';
import { readerOf } from './provider-listing-suite.ts';
import { watcherOf } from './provider-push-suite.ts';

const interview = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

const subscribing = ({ simulator }: MicrosoftWorld): RecordedRequest[] =>
  simulator.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/subscriptions'));

/** The next attempt to subscribe is answered so. */
function answerWith({ simulator, paths }: MicrosoftWorld, status: number, body: object): void {
  simulator.fault({ match: { path: paths.watch }, action: { type: 'status', status, body } });
}

describe('a subscription at Graph', () => {
  test('is asked for with our id and secret as its state, both addresses and immutable ids', () =>
    inMicrosoftWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const request = wish();
      await push.watch(access, request);
      const [{ headers, body } = { headers: {}, body: '' }] = subscribing(world);
      expect(headers).toMatchObject({
        authorization: `Bearer ${access.accessToken}`,
        'content-type': 'application/json',
        prefer: expect.stringContaining('IdType="ImmutableId"') as string,
      });
      expect(JSON.parse(body)).toEqual({
        changeType: 'created,updated,deleted',
        resource: '/me/events',
        notificationUrl: request.addresses.notifications,
        lifecycleNotificationUrl: request.addresses.lifecycle,
        clientState: `${request.watchId}.${request.secret}`,
        expirationDateTime: request.until.toISOString(),
      });
    }));

  test('microsoft trap 17: names entries by the ids that their listing gives', () =>
    inMicrosoftWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      await push.watch(access, wish());
      world.put(interview);
      await world.delivered();
      const [change] = (await (await readerOf(world)).read(null)).changes;
      const listed = change?.type === 'upsert' ? change.event.providerEventId : 'nothing was listed';
      expect(await world.lastNotification()).toMatchObject({ resourceData: { id: listed } });
    }));

  test('stands although our clock is ahead of theirs when the longest life is wished for', () =>
    inMicrosoftWorld({ skew: { clockMs: -30 * 60_000 } }, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const watch = await push.watch(access, { ...wish(), until: later(10_080) });
      await push.renewWatch(access, watch, later(20_160));
      expect(world.standingWatches()).toHaveLength(1);
    }));

  test.each([-7, 12])('may tell its end in a zone of its own (%d)', (expirationOffsetHours) =>
    inMicrosoftWorld({ notifications: { expirationOffsetHours } }, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const request = wish();
      const watch = await push.watch(access, request);
      expect(watch.expiresAt).toEqual(request.until);
      expect(await push.renewWatch(access, watch, later(60))).toEqual(later(60));
    }),
  );

  test('is authorized anew by its renewal, and then tells what was held back', () =>
    inMicrosoftWorld({}, async (world) => {
      const { push, access, wish, timesTold } = await watcherOf(world);
      const request = wish();
      const watch = await push.watch(access, request);
      world.expireAccessTokens();
      world.put(interview);
      expect(await timesTold(request)).toBe(1);
      expect(await world.lastNotification()).toMatchObject({ lifecycleEvent: 'reauthorizationRequired' });
      await push.renewWatch(await connected(world), watch, request.until);
      expect(await timesTold(request)).toBe(2);
      expect(await world.lastNotification()).toMatchObject({ changeType: 'created' });
    }));

  test('that has expired cannot be renewed, and counts as stopped', () => {
    let clock = now;
    return inMicrosoftWorld({ now: () => clock, tokens: { accessTokenSeconds: 86_400 } }, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const watch = await push.watch(access, { ...wish(), until: later(60) });
      clock = later(60);
      expect(await push.renewWatch(access, watch, later(120))).toBeUndefined();
      expect(await push.stopWatch(access, watch)).toBe('stopped');
    });
  });

  test.each([
    ['another text', () => ({ text: 'hello' })],
    ['JSON', (text: string) => ({ type: 'application/json', text: JSON.stringify(text) })],
    ['a page that wants a login', () => ({ status: 401, text: 'who are you' })],
    ['nothing', () => 'never' as const],
  ])('needs a receiver that shakes hands: %s is our own misconfiguration', (_, greet) =>
    inMicrosoftWorld({ notifications: { handshakeMs: 150 } }, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      await world.greetWith(greet);
      await expect(push.watch(access, wish())).rejects.toMatchObject({
        kind: 'misconfigured',
        detail: { code: 'push_address_refused', vendorCode: 'ValidationError' },
      });
    }),
  );

  test('beyond what the mailbox may have is refused, and not for good', () =>
    inMicrosoftWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      answerWith(world, 403, { error: { code: 'ExtensionError', message: 'The limit has been reached.' } });
      await expect(push.watch(access, wish())).rejects.toMatchObject({
        kind: 'refused',
        detail: { code: 'provider_refused', vendorCode: 'ExtensionError' },
      });
    }));

  test.each([
    ['without an id', { id: undefined }],
    ['without an end', { expirationDateTime: undefined }],
    ['with an end that is no time', { expirationDateTime: 'soon' }],
    ['with an end without a zone', { expirationDateTime: '2026-03-05T09:00:00.0000000' }],
  ])('%s makes no sense', (_, changes) =>
    inMicrosoftWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const whole = { id: 'subscription', expirationDateTime: '2026-03-05T09:00:00Z' };
      answerWith(world, 201, { ...whole, ...changes });
      await expect(push.watch(access, wish())).rejects.toMatchObject({ kind: 'malformed' });
    }),
  );

  test('is renewed and ended under its id as one segment of the path', () =>
    inMicrosoftWorld({}, async (world) => {
      const { push, access } = await watcherOf(world);
      const odd = { providerWatchId: '../me/events/x?y=#z' };
      await push.stopWatch(access, odd);
      await push.renewWatch(access, odd, later(60));
      for (const { path } of world.simulator.requests.slice(-2)) {
        expect(path).toMatch(/^\/v1\.0\/subscriptions\/[^/]+$/);
      }
    }));
});
