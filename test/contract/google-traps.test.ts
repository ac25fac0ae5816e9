import { describe, expect, test } from 'vitest';

import { blocksTime, usualPolicy } from '../../src/domain/blocking.ts';
import { missingScopes } from '../../src/domain/credential.ts';
import type { EventPage } from '../../src/providers/provider.ts';
import type { RecordedRequest } from '../simulators/simulator.ts';
import { meeting, standup } from '../support/google-events.ts';
import { email, inGoogleWorld, type GoogleWorld } from './google-world.ts';
import { challengeOf, connect, connected, march, never, verifier } from './provider-harness.ts';
import { readerOf } from './provider-listing-suite.ts';

// The traps of docs/traps.md as far as the adapter alone can fall into them; those that need a store are in
// test/integration/traps.

const listings = ({ simulator }: GoogleWorld): RecordedRequest[] =>
  simulator.requests.filter(({ path }) => path.endsWith('/events'));

describe('signing in with Google', () => {
  test('google trap 1: somebody who agreed before gets a refresh token again, because they are asked again', () =>
    inGoogleWorld({}, async (world) => {
      const [first, second] = [await connect(world), await connect(world)];
      expect(first.tokens.refreshToken).toEqual(expect.any(String));
      expect(second.tokens.refreshToken).toEqual(expect.any(String));
      const hasty = (url: string): string => url.replace('prompt=consent', 'prompt=select_account');
      const withoutConsent = await connect({ ...world, consent: (url) => world.consent(hasty(url)) });
      expect(withoutConsent.tokens.refreshToken).toBeUndefined();
    }));

  test('google trap 3: a grant of 200 that leaves out the calendar is seen as such, by set and not by text', () =>
    inGoogleWorld({}, async (world) => {
      const { provider, redirectUri, simulator } = world;
      const grantOf = async (grant: string[]) => {
        const request = { state: 's', codeChallenge: challengeOf(verifier), redirectUri };
        const returned = await simulator.authorize(provider.getAuthUrl(request), { email, grant });
        const code = returned.searchParams.get('code') ?? '';
        const { tokens } = await provider.exchangeCode({ code, codeVerifier: verifier, redirectUri }, never);
        return tokens.scopes;
      };
      const missing = (scopes: readonly string[]): string[] =>
        missingScopes(scopes, provider.neededScopes, provider.scopesImpliedBy);
      expect(missing(await grantOf(['openid', 'email']))).toEqual(provider.neededScopes);
      const whole = await grantOf(['email', 'openid', ...provider.neededScopes]);
      expect(whole).not.toContain('email');
      expect(missing(whole)).toEqual([]);
      expect(missing(whole.toReversed())).toEqual([]);
    }));
});

describe('listing events of Google', () => {
  test('google trap 6: 410 is no empty answer, and the removal that it hid is found by listing everything', () =>
    inGoogleWorld({}, async (world) => {
      const removed = world.put({
        title: 'To go',
        start: '2026-03-10T09:00:00Z',
        end: '2026-03-10T10:00:00Z',
      });
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.remove(removed);
      world.expireCursors();
      await expect(reader.read(cursor)).rejects.toMatchObject({
        kind: 'cursor_expired',
        detail: { status: 410, vendorCode: 'fullSyncRequired' },
      });
      expect((await reader.read(null)).changes).toEqual([]);
    }));

  test('google trap 9: nothing that a sync token refuses is sent, neither with it nor before it', () =>
    inGoogleWorld({}, async (world) => {
      world.simulator.putEvents(email, 'primary', [meeting(), meeting(), meeting(), meeting()]);
      const { read } = await readerOf(world);
      const { cursor } = await read(null);
      expect(cursor).toEqual(expect.any(String));
      world.simulator.putEvents(email, 'primary', [meeting(), meeting(), meeting(), meeting()]);
      await read(cursor);
      const neverSent = ['orderBy', 'q', 'iCalUID', 'updatedMin', 'showDeleted', 'privateExtendedProperty'];
      const queries = listings(world).map(({ query }) => query);
      expect(queries).toHaveLength(4);
      expect(queries.flatMap((query) => neverSent.filter((name) => name in query))).toEqual([]);
      const besideToken = queries.filter((query) => 'syncToken' in query);
      expect(besideToken).toHaveLength(2);
      expect(besideToken.filter((query) => 'timeMin' in query || 'timeMax' in query)).toEqual([]);
    }));

  test('google trap 10: an expanded listing ends with a cursor, and one that is left before its end has none', () =>
    inGoogleWorld({}, async (world) => {
      world.simulator.putEvent(email, 'primary', standup());
      const { access, query, read } = await readerOf(world);
      const { pages } = await read(null);
      expect(listings(world)[0]?.query).toMatchObject({ singleEvents: 'true' });
      expect(pages.map(({ cursor }) => cursor)).toEqual([null, null, expect.any(String)]);
      const leftEarly: EventPage[] = [];
      for await (const page of world.provider.listEvents(access, query)) {
        leftEarly.push(page);
        if (leftEarly.length === 2) break;
      }
      expect(leftEarly.map(({ cursor }) => cursor)).toEqual([null, null]);
    }));

  test('google trap 11: a cancelled skeleton is a removal, though it has no start', () =>
    inGoogleWorld({}, async (world) => {
      const { simulator } = world;
      simulator.putEvent(email, 'primary', standup());
      const single = simulator.putEvent(email, 'primary', meeting()).id ?? '';
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      simulator.cancelInstance(email, 'primary', 'standup0', '2026-03-24T09:00:00');
      world.remove(single);
      const { changes, pages } = await reader.read(cursor);
      expect(changes).toEqual([
        { type: 'delete', providerEventId: 'standup0_20260324T080000Z' },
        { type: 'delete', providerEventId: single },
      ]);
      expect(pages.flatMap(({ unreadable }) => unreadable)).toEqual([]);
    }));
});

describe('what Google’s events mean', () => {
  test('google trap 12: the end date is exclusive, so an event of one day ends where the next day begins', () =>
    inGoogleWorld({}, async (world) => {
      const id = world.put({ title: 'Fair', start: '2026-03-10', end: '2026-03-11', allDay: true });
      const reader = await readerOf(world);
      await reader.read(null);
      expect(reader.event(id)).toMatchObject({
        startDate: '2026-03-10',
        endDate: '2026-03-11',
        start: new Date('2026-03-09T23:00:00Z'),
        end: new Date('2026-03-10T23:00:00Z'),
      });
    }));

  test('google trap 13: an all-day event fills the day of its calendar’s zone, whichever the neighbour’s is', () =>
    inGoogleWorld({}, async (world) => {
      const { provider, simulator } = world;
      const access = await connected(world);
      const startIn = async (timeZone: string): Promise<Date | undefined> => {
        const { id } = simulator.addCalendar(email, { summary: timeZone, timeZone });
        simulator.putEvent(email, id, { start: { date: '2026-03-10' }, end: { date: '2026-03-11' } });
        const calendars = await provider.listCalendars(access);
        const told = calendars.find(({ providerCalendarId }) => providerCalendarId === id)?.timeZone;
        const query = { providerCalendarId: id, timeZone: told, window: march, cursor: null };
        const pages = await Array.fromAsync(provider.listEvents(access, query));
        const [change] = pages.flatMap(({ changes }) => changes);
        return change?.type === 'upsert' ? change.event.start : undefined;
      };
      expect(await startIn('Pacific/Auckland')).toEqual(new Date('2026-03-09T11:00:00Z'));
      expect(await startIn('America/Los_Angeles')).toEqual(new Date('2026-03-10T07:00:00Z'));
      expect(await startIn('Asia/Kathmandu')).toEqual(new Date('2026-03-09T18:15:00Z'));
    }));

  test('google trap 14: instances that share their iCalUID are kept apart by their ids', () =>
    inGoogleWorld({}, async (world) => {
      world.simulator.putEvent(email, 'primary', standup());
      const reader = await readerOf(world);
      await reader.read(null);
      const held = reader.held().map(({ providerEventId }) => reader.event(providerEventId));
      expect(held).toHaveLength(9);
      expect(new Set(held.map((event) => event?.iCalUID)).size).toBe(1);
      expect(held.every((event) => event?.recurringEventId === 'standup0')).toBe(true);
    }));

  test('google trap 15: what is transparent, declined, cancelled, a birthday or a place to work at blocks no time', () =>
    inGoogleWorld({}, async (world) => {
      const { simulator } = world;
      const put = (summary: string, more: Parameters<typeof meeting>[0] = {}): string =>
        simulator.putEvent(email, 'primary', meeting({ summary, ...more })).id ?? '';
      put('Meeting');
      put('Focus', { eventType: 'focusTime' });
      put('Away', { eventType: 'outOfOffice' });
      put('Reminder', { transparency: 'transparent' });
      put('Free absence', { eventType: 'outOfOffice', transparency: 'transparent' });
      put('Declined', { attendees: [{ email, responseStatus: 'declined' }] });
      put('Birthday', { eventType: 'birthday' });
      for (const type of ['homeOffice', 'officeLocation', 'customLocation']) {
        put(type, { eventType: 'workingLocation', workingLocationProperties: { type } });
      }
      const cancelled = put('Cancelled');
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.remove(cancelled);
      await reader.read(cursor);
      const events = reader.held().flatMap(({ providerEventId }) => reader.event(providerEventId) ?? []);
      expect(events).toHaveLength(10);
      const blocking = events.filter((event) => blocksTime(event, usualPolicy));
      expect(blocking.map(({ title }) => title).toSorted()).toEqual(['Away', 'Focus', 'Meeting']);
    }));
});

describe('google trap 19: 403 is judged by its reason, and nothing is repeated by the adapter', () => {
  test.each([
    ['rateLimitExceeded', 'usageLimits', 'throttled'],
    ['userRateLimitExceeded', 'usageLimits', 'throttled'],
    ['quotaExceeded', 'usageLimits', 'throttled'],
    ['forbidden', 'calendar', 'refused'],
    ['forbiddenForNonOrganizer', 'calendar', 'refused'],
    ['insufficientPermissions', 'global', 'reconnect_needed'],
    ['somethingNew', 'global', 'refused'],
  ])('%s is %s', (reason, domain, kind) =>
    inGoogleWorld({}, async (world) => {
      const { read } = await readerOf(world);
      const body = { error: { errors: [{ domain, reason, message: reason }], code: 403, message: reason } };
      world.simulator.fault({ match: { path: '/events$' }, action: { type: 'status', status: 403, body } });
      await expect(read(null)).rejects.toMatchObject({ kind, detail: { status: 403, vendorCode: reason } });
      expect(listings(world)).toHaveLength(1);
    }),
  );

  test('a code that was sent by POST and got no answer is not sent again', () =>
    inGoogleWorld({}, async (world) => {
      world.simulator.fault({ match: { path: '^/token$' }, action: { type: 'cut-after' } });
      await expect(connect(world)).rejects.toMatchObject({ kind: 'unavailable' });
      expect(world.simulator.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
    }));
});
