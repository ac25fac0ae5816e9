import { describe, expect, test } from 'vitest';

import { missingScopes } from '../../src/domain/credential.ts';
import { createGraph } from '../../src/providers/microsoft/client.ts';
import { listEvents } from '../../src/providers/microsoft/events.ts';
import { createHttp, type Http } from '../../src/providers/microsoft/http.ts';
import { noBudget } from '../support/no-budget.ts';
import type { RecordedRequest } from '../simulators/simulator.ts';
import { createCopy, living } from './microsoft-copy.ts';
import {
  daily,
  email,
  inMicrosoftWorld,
  pageSize,
  wallClock,
  type MicrosoftWorld,
} from './microsoft-world.ts';
import { challengeOf, connect, connected, march, never, now, verifier } from './provider-harness.ts';
import { queryOf, readerOf } from './provider-listing-suite.ts';

// The traps of docs/traps.md as far as the adapter alone can fall into them; those that need a store are in
// test/integration/traps.

const meeting = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
const standup = { title: 'Stand-up', start: '2026-03-16T08:00:00Z', end: '2026-03-16T08:15:00Z', daily: 5 };

const toGraph = ({ simulator }: MicrosoftWorld): RecordedRequest[] =>
  simulator.requests.filter(({ path }) => path.startsWith('/v1.0/'));
const listings = (world: MicrosoftWorld): RecordedRequest[] =>
  toGraph(world).filter(({ path }) => /\/calendarView\/delta(\(\))?$/.test(path));

describe('signing in with Microsoft', () => {
  test.each(['short', 'long'] as const)(
    'microsoft trap 5: scopes that come back in %s form, reordered and without offline_access, are the ones asked for',
    (scopeStyle) =>
      inMicrosoftWorld({ tokens: { scopeStyle } }, async (world) => {
        const { provider } = world;
        const { scopes } = (await connect(world)).tokens;
        expect(scopes).not.toEqual(provider.neededScopes);
        expect(scopes.join(' ')).not.toContain('offline_access');
        expect(missingScopes(scopes, provider.neededScopes, provider.scopesImpliedBy)).toEqual([]);
        const shouted = scopes.map((scope) => scope.toUpperCase());
        expect(missingScopes(shouted, provider.neededScopes, provider.scopesImpliedBy)).toEqual([]);
      }),
  );

  test('microsoft trap 5: a scope that was refused is still seen to be missing', () =>
    inMicrosoftWorld({ tokens: { scopeStyle: 'long' } }, async ({ provider, redirectUri, simulator }) => {
      const request = { state: 's', codeChallenge: challengeOf(verifier), redirectUri };
      const grant = ['User.Read', 'offline_access', 'openid', 'email'];
      const returned = await simulator.authorize(provider.getAuthUrl(request), { email, grant });
      const code = returned.searchParams.get('code') ?? '';
      const { tokens } = await provider.exchangeCode({ code, codeVerifier: verifier, redirectUri }, never);
      const missing = missingScopes(tokens.scopes, provider.neededScopes, provider.scopesImpliedBy);
      expect(missing).toEqual(['Calendars.ReadWrite']);
    }));
});

describe('listing events of Graph', () => {
  test('microsoft trap 6: delta is asked with its window or its token alone, and with no option that it refuses', () =>
    inMicrosoftWorld({}, async (world) => {
      for (let n = 0; n <= pageSize; n += 1) world.put({ ...meeting, title: `Interview ${n}` });
      const { read } = await readerOf(world);
      await read((await read(null)).cursor);
      expect(listings(world).map(({ query }) => Object.keys(query))).toEqual([
        ['startDateTime', 'endDateTime'],
        ['$skiptoken'],
        ['$deltatoken'],
      ]);
    }));

  test.each(['first', 'last', 'omitted'] as const)(
    'microsoft trap 7: a thin occurrence has everything of its master, wherever that comes (%s), and keeps it when told again',
    (masters) =>
      inMicrosoftWorld({ delta: { masters, repeats: true } }, async (world) => {
        const id = world.simulator.putEvent(email, 'default', {
          subject: 'Stand-up',
          start: wallClock('2026-03-16T08:00:00Z'),
          end: wallClock('2026-03-16T08:15:00Z'),
          showAs: 'oof',
          sensitivity: 'confidential',
          recurrence: daily('2026-03-16', 5),
        }).id;
        const reader = await readerOf(world);
        const { cursor } = await reader.read(null);
        const events = () => reader.held().map(({ providerEventId }) => reader.event(providerEventId));
        const whole = {
          title: 'Stand-up',
          busy: 'out_of_office',
          visibility: 'confidential',
          recurringEventId: id,
        };
        expect(events()).toEqual(Array.from({ length: 5 }, () => expect.objectContaining(whole) as unknown));
        world.simulator.putEvent(email, 'default', { id, location: { displayName: 'Room 7' } });
        await reader.read(cursor);
        const moved = { ...whole, location: 'Room 7' };
        expect(events()).toEqual(Array.from({ length: 5 }, () => expect.objectContaining(moved) as unknown));
      }),
  );

  test('microsoft trap 8: a removal of what was never ours is harmless, and a living series is not removed by one', () =>
    inMicrosoftWorld({ delta: { outsideMastersRemoved: true } }, async (world) => {
      const access = await connected(world);
      const { providerCalendarId } = await queryOf(world, access);
      const outside = world.put({ ...meeting, start: '2026-07-10T09:00:00Z', end: '2026-07-10T10:00:00Z' });
      const series = world.put({ ...standup, start: '2026-02-26T08:00:00Z', end: '2026-02-26T08:15:00Z' });
      world.put(meeting);
      const copy = createCopy(world, access, providerCalendarId);
      const { cursor } = await copy.sync(null);
      expect(copy.held()).toHaveLength(3);
      world.remove(outside);
      world.cancelOccurrence(series, '2026-03-01T08:00:00Z');
      await copy.sync(cursor);
      expect(copy.held()).toEqual(living(world, 'default'));
      expect(copy.held()).toHaveLength(2);
    }));

  test('microsoft trap 9: masters and exceptions come by delta and by id, for neither list holds them all', () =>
    inMicrosoftWorld({ delta: { masters: 'omitted' } }, async (world) => {
      const series = world.put(standup);
      world.moveOccurrence(series, '2026-03-17T08:00:00Z', '2026-03-17T13:00:00Z', '2026-03-17T13:15:00Z');
      const reader = await readerOf(world);
      await reader.read((await reader.read(null)).cursor);
      expect(reader.held()).toEqual(
        world.truth(march).toSorted((a, b) => (a.providerEventId < b.providerEventId ? -1 : 1)),
      );
      expect(reader.held().every(({ providerEventId }) => providerEventId !== series)).toBe(true);
      const lists = toGraph(world).filter(({ path }) => /\/(events|calendarView)$/.test(path));
      expect(lists).toEqual([]);
    }));

  test('microsoft trap 10: a delta link is followed as it stands, whatever its path and its token look like', () =>
    inMicrosoftWorld({}, async (world) => {
      const { simulator, paths } = world;
      const deltaLink = `${simulator.url}/v1.0/me/calendarView/delta()?%24deltatoken=a%2Bb%2F%3D`;
      const body = { value: [], '@odata.deltaLink': deltaLink };
      simulator.fault({ match: { path: paths.events }, action: { type: 'status', status: 200, body } });
      const { read } = await readerOf(world);
      const { cursor } = await read(null);
      await expect(read(cursor)).rejects.toMatchObject({ kind: 'cursor_expired' });
      expect(listings(world).at(-1)).toMatchObject({
        path: '/v1.0/me/calendarView/delta()',
        query: { $deltatoken: 'a+b/=' },
      });
    }));

  test('microsoft trap 11: empty pages are passed over, and only a delta link ends the round', () =>
    inMicrosoftWorld({ delta: { emptyPages: true } }, async (world) => {
      for (let n = 0; n <= pageSize; n += 1) world.put({ ...meeting, title: `Interview ${n}` });
      const reader = await readerOf(world);
      const { pages, cursor } = await reader.read(null);
      expect(pages.map(({ changes }) => changes.length)).toEqual([0, pageSize, 0, 1]);
      expect(pages.map((page) => page.cursor === null)).toEqual([true, true, true, false]);
      world.put(meeting);
      await reader.read(cursor);
      expect(reader.held()).toHaveLength(pageSize + 2);
    }));

  test.each(['SyncStateNotFound', 'syncStateNotFound', 'SYNCSTATEINVALID', 'resyncRequired', 'SomethingNew'])(
    'microsoft trap 12: a cursor that died of %s has expired, and the same window begins afresh',
    (expiredCode) =>
      inMicrosoftWorld({ delta: { expiredCode } }, async (world) => {
        const reader = await readerOf(world);
        const { cursor } = await reader.read(null);
        world.put(meeting);
        world.expireCursors();
        await expect(reader.read(cursor)).rejects.toMatchObject({ kind: 'cursor_expired' });
        await reader.read(null);
        expect(reader.held()).toHaveLength(1);
        const windows = listings(world).filter(({ query }) => 'startDateTime' in query);
        expect(new Set(windows.map(({ query }) => JSON.stringify(query))).size).toBe(1);
      }),
  );
});

describe('what Graph says of an event', () => {
  test.each([
    'Hawaiian Standard Time',
    'W. Europe Standard Time',
    'Line Islands Standard Time',
    'Asia/Kathmandu',
  ])(
    'microsoft trap 14: an all-day event made in %s keeps its dates, over the change of the clocks too',
    (timeZone) =>
      inMicrosoftWorld({}, async (world) => {
        const at = (date: string) => ({ dateTime: `${date}T00:00:00`, timeZone });
        const event = { isAllDay: true, start: at('2026-03-28'), end: at('2026-03-30') };
        const { id } = world.simulator.putEvent(email, 'default', event);
        const reader = await readerOf(world);
        await reader.read(null);
        const days = { allDay: true, startDate: '2026-03-28', endDate: '2026-03-30' };
        expect(reader.event(id)).toMatchObject(days);
      }),
  );

  test('microsoft trap 15: Windows zone names of mailbox and events become IANA names, and times come in UTC', () =>
    inMicrosoftWorld({}, async (world) => {
      const timeZone = 'Central Standard Time (Mexico)';
      const at = (time: string) => ({ dateTime: `2026-03-10T${time}:00`, timeZone });
      const { id } = world.simulator.putEvent(email, 'default', { start: at('09:00'), end: at('10:00') });
      const reader = await readerOf(world);
      await reader.read(null);
      expect(reader.query.timeZone).toBe('Europe/Berlin');
      const start = new Date('2026-03-10T15:00:00Z');
      expect(reader.event(id)).toMatchObject({ start, startTimeZone: 'America/Mexico_City' });
      const asked = listings(world).map(({ headers }) => headers['prefer']);
      expect(asked).toEqual([expect.stringContaining('outlook.timezone="UTC"')]);
    }));

  test('microsoft trap 16: occurrences are told apart and held together by their ids, not by an iCalUId', () =>
    inMicrosoftWorld({}, async (world) => {
      const series = world.put(standup);
      const wire = world.simulator.truth(email, 'default', march.start, march.end);
      expect(new Set(wire.map(({ iCalUId }) => iCalUId)).size).toBe(5);
      const reader = await readerOf(world);
      const { changes } = await reader.read(null);
      const events = reader.held().map(({ providerEventId }) => reader.event(providerEventId));
      expect(changes).toHaveLength(5);
      expect(new Set(events.map((event) => event?.recurringEventId))).toEqual(new Set([series]));
      expect(events.map((event) => event?.iCalUID)).toEqual(Array.from({ length: 5 }, () => undefined));
    }));

  test('microsoft trap 17: every call asks for immutable ids, and it is these that are stored and looked up', () =>
    inMicrosoftWorld({ delta: { masters: 'omitted', outsideMastersRemoved: true } }, async (world) => {
      const series = world.put({ ...standup, start: '2026-02-27T08:00:00Z', end: '2026-02-27T08:15:00Z' });
      world.put(meeting);
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.cancelOccurrence(series, '2026-03-02T08:00:00Z');
      await reader.read(cursor);
      const preferences = toGraph(world).map(({ headers }) => headers['prefer']);
      expect(preferences.length).toBeGreaterThan(6);
      expect(preferences.filter((prefer) => !prefer?.includes('IdType="ImmutableId"'))).toEqual([]);
      const ids = (immutable: boolean) =>
        world.simulator
          .truth(email, 'default', march.start, march.end, immutable)
          .map(({ id }) => id)
          .toSorted();
      expect(reader.held().map(({ providerEventId }) => providerEventId)).toEqual(ids(true));
      expect(ids(false)).not.toEqual(ids(true));
    }));
});

describe('the limits of Graph', () => {
  test.each([
    ['2.128', 2128],
    ['0.2', 200],
    ['7', 7000],
  ])(
    'microsoft trap 23: a Retry-After of %s seconds is waited out, never rounded down',
    (retryAfter, leastMs) =>
      inMicrosoftWorld({}, async (world) => {
        const { read } = await readerOf(world);
        const headers = { 'retry-after': retryAfter };
        const body = {
          error: { code: 'ApplicationThrottled', message: 'Over its MailboxConcurrency limit.' },
        };
        const action = { type: 'status', status: 429, headers, body } as const;
        world.simulator.fault({ match: { path: world.paths.events }, action });
        const refused = await read(null).catch((error: unknown) => error);
        expect(refused).toMatchObject({ kind: 'throttled' });
        const { retryAfterMs } = (refused as { detail: { retryAfterMs: number } }).detail;
        expect(retryAfterMs).toBeGreaterThanOrEqual(leastMs);
        expect(retryAfterMs).toBeLessThanOrEqual(leastMs + 1000);
      }),
  );

  test('microsoft trap 24: a mailbox is asked one thing at a time, however many series have to be read', () =>
    inMicrosoftWorld({ delta: { masters: 'omitted' } }, async (world) => {
      const http = createHttp(10_000);
      let [running, most] = [0, 0];
      const counting: Http = {
        ...http,
        fetch: (...request) => {
          most = Math.max(most, (running += 1));
          return http.fetch(...request).finally(() => (running -= 1));
        },
      };
      const access = await connected(world);
      const graph = createGraph(
        { graphUrl: `${world.simulator.url}/v1.0`, http: counting, now: () => now, budget: noBudget },
        access,
      );
      const read = async (cursor: string | null) => {
        const query = { ...(await queryOf(world, access)), cursor };
        const pages = await Array.fromAsync(listEvents(graph, access, query));
        return pages.at(-1)?.cursor ?? null;
      };
      const ids = Array.from({ length: 12 }, (_, n) => world.put({ ...standup, title: `Stand-up ${n}` }));
      const cursor = await read(null);
      for (const id of ids) world.cancelOccurrence(id, '2026-03-18T08:00:00Z');
      await read(cursor);
      await http.close();
      expect(toGraph(world).filter(({ path }) => path.includes('/me/events/'))).toHaveLength(24);
      expect(most).toBe(1);
    }));
});
