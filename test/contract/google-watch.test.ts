import { describe, expect, test } from 'vitest';

import type { RecordedRequest } from '../simulators/simulator.ts';
import { email, inGoogleWorld, type GoogleWorld } from './google-world.ts';
import { watcherOf } from './provider-push-suite.ts';

const holidays = 'en.german#holiday@group.v.calendar.google.com';

const watches = ({ simulator }: GoogleWorld): RecordedRequest[] =>
  simulator.requests.filter(({ path }) => path.endsWith('/watch'));

/** The next attempt to watch is answered so. */
function answerWith({ simulator, paths }: GoogleWorld, status: number, body: object): void {
  simulator.fault({ match: { path: paths.watch }, action: { type: 'status', status, body } });
}

describe('a channel of Google', () => {
  test('is asked for with our id, our secret and a length of time', () =>
    inGoogleWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const request = wish();
      const watch = await push.watch(access, request);
      expect(watch.providerWatchId).toBe(request.watchId);
      const [{ headers, body } = { headers: {}, body: '' }] = watches(world);
      expect(headers).toMatchObject({
        authorization: `Bearer ${access.accessToken}`,
        'content-type': expect.stringContaining('application/json') as string,
      });
      expect(JSON.parse(body)).toEqual({
        id: request.watchId,
        type: 'web_hook',
        address: request.addresses.notifications,
        token: request.secret,
        params: { ttl: String(3 * 86_400) },
      });
    }));

  test('may speak before the call that opens it is answered', () =>
    inGoogleWorld({ push: { sync: 'before' } }, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const { told } = await world.receiver();
      const request = wish();
      world.simulator.fault({ match: { path: world.paths.watch }, action: { type: 'withhold' } });
      const abort = new AbortController();
      const pending = push.watch({ ...access, signal: abort.signal }, request).catch((e: unknown) => e);
      await expect.poll(told).toMatchObject([{ watchId: request.watchId, secret: request.secret }]);
      abort.abort();
      await pending;
    }));

  test('ends when Google says, however long it was wished for', () =>
    inGoogleWorld({ push: { maxTtlSeconds: 3600 } }, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const { expiresAt } = await push.watch(access, wish());
      expect(expiresAt).toEqual(new Date('2026-03-02T10:00:00Z'));
    }));

  test('google trap 16: has no renewal, and takes another id each time; one that was taken is a lost answer', () =>
    inGoogleWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const request = wish();
      const watch = await push.watch(access, request);
      const before = world.simulator.requests.length;
      expect(await push.renewWatch(access, watch, request.until)).toBeUndefined();
      expect(world.simulator.requests.length).toBe(before);
      await push.stopWatch(access, watch);
      await expect(push.watch(access, request)).rejects.toMatchObject({
        kind: 'unavailable',
        detail: { vendorCode: 'channelIdNotUnique' },
      });
      await push.watch(access, wish());
      expect(world.standingWatches()).toHaveLength(1);
    }));

  test('google trap 18: is not to be had for a calendar that Google makes up, and that is said as such', () =>
    inGoogleWorld({}, async (world) => {
      world.simulator.addCalendar(email, { id: holidays });
      const { push, access, wish } = await watcherOf(world);
      await expect(push.watch(access, { ...wish(), providerCalendarId: holidays })).rejects.toMatchObject({
        kind: 'refused',
        detail: { code: 'push_unsupported', vendorCode: 'pushNotSupportedForRequestedResource' },
      });
      expect(watches(world)[0]?.path).toMatch(/\/calendars\/[^/]+\/events\/watch$/);
    }));

  test('whose resource id was never told cannot be stopped, and Google is not asked', () =>
    inGoogleWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const { providerWatchId } = await push.watch(access, wish());
      const before = world.simulator.requests.length;
      expect(await push.stopWatch(access, { providerWatchId })).toBe('unstoppable');
      expect(world.simulator.requests.length).toBe(before);
    }));

  test.each([
    [403, 'insufficientPermissions', 'reconnect_needed', 'scope_missing'],
    [401, 'push.webhookUrlUnauthorized', 'misconfigured', 'push_address_refused'],
    [403, 'rateLimitExceeded', 'throttled', 'throttled'],
  ])('that is answered with %d %s is %s (%s)', (status, reason, kind, code) =>
    inGoogleWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      answerWith(world, status, { error: { errors: [{ domain: 'global', reason }], code: status } });
      await expect(push.watch(access, wish())).rejects.toMatchObject({ kind, detail: { code } });
    }),
  );

  test.each([
    ['of another id', { id: 'another' }],
    ['without a resource id', { resourceId: undefined }],
    ['without an end', { expiration: undefined }],
    ['with an end that is no time', { expiration: 'soon' }],
  ])('%s makes no sense', (_, changes) =>
    inGoogleWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const request = wish();
      const whole = { id: request.watchId, resourceId: 'resource', expiration: '1772445600000' };
      answerWith(world, 200, { ...whole, ...changes });
      await expect(push.watch(access, request)).rejects.toMatchObject({ kind: 'malformed' });
    }),
  );

  test.each(['1772445600000', 1_772_445_600_000])('may tell its end as a text or a number', (expiration) =>
    inGoogleWorld({}, async (world) => {
      const { push, access, wish } = await watcherOf(world);
      const request = wish();
      answerWith(world, 200, { id: request.watchId, resourceId: 'resource', expiration });
      expect(await push.watch(access, request)).toEqual({
        providerWatchId: request.watchId,
        resourceId: 'resource',
        expiresAt: new Date('2026-03-02T10:00:00Z'),
      });
    }),
  );
});
