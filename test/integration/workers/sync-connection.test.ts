import { describe, expect, it } from 'vitest';
import { done, snooze } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { appointment, fill } from '../../support/calendar-contents.ts';
import {
  calendarOf,
  connect,
  connectionOf,
  eventsOf,
  everythingOf,
  jobsOf,
  newUser,
  requestsDuring,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, hour, minute, ownWorkers, second, start } from '../../support/own-workers.ts';
import type { FaultAction } from '../../simulators/simulator.ts';

const workers = ownWorkers();

describe.each(providerIds)('a sync of a connection with %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const connected = () => newUser(workers, vendorOf());
  const fault = (path: string, action: FaultAction, times = 1): void =>
    vendorOf().simulator.fault({ match: { path }, times, action });
  const status = (code: number, headers: Record<string, string> = {}, body?: unknown): FaultAction => ({
    type: 'status',
    status: code,
    headers,
    body,
  });
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  /** Whether the run has given its turn back. */
  const isFree = async ({ connectionId }: ConnectedUser): Promise<boolean> => {
    const { clock, store } = workers;
    const answer = await store.facts.takeSyncTurn(connectionId, clock, clock);
    return answer.type === 'taken';
  };

  describe('that cannot begin', () => {
    it('gives up where there is no such connection', async () => {
      expect(await workers.sync('65f0c0ffee65f0c0ffee65f0')).toMatchObject({
        type: 'giveUp',
        failure: { code: 'unknown_record', message: expect.stringContaining('connectionId') },
      });
    });

    const held = (until: Date) => snooze(until, 'another worker syncs this connection');

    it('looks again within two seconds whether another run is over, and asks nobody anything meanwhile', async () => {
      const user = await connected();
      const answer = await workers.store.facts.takeSyncTurn(user.connectionId, start, after(minute));
      const requests = await requestsDuring(vendorOf(), async () => {
        // Half of two seconds, and half of the other half by chance.
        expect(await workers.sync(user.connectionId)).toEqual(held(after(1500)));
        expect(await workers.sync(user.connectionId, { starts: 30 })).toEqual(held(after(1500)));
      });
      expect(requests).toEqual([]);
      if (answer.type === 'taken') await workers.store.facts.dropSyncTurn(answer.turn);
      workers.clock = after(1500);
      expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done' });
    });

    it('waits no longer than the lease of another run that fell silent', async () => {
      const user = await connected();
      await workers.store.facts.takeSyncTurn(user.connectionId, start, after(minute));
      workers.clock = after(59.5 * second);
      expect(await workers.sync(user.connectionId)).toEqual(held(after(minute)));
      workers.clock = after(minute);
      expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done' });
    });

    it('is skipped while the connection is being disconnected', async () => {
      const user = await connected();
      await workers.store.intents.requestDisconnect(user.connectionId, start);
      expect(await workers.sync(user.connectionId)).toEqual(done({ skipped: 'disconnecting' }));
    });

    it('says so where the provider is off, and gives its turn back', async () => {
      const user = await connected();
      expect(await workers.sync(user.connectionId, { provider: undefined })).toMatchObject({
        type: 'giveUp',
        failure: { code: 'invalid_client' },
      });
      expect(await connectionOf(workers, user)).toMatchObject({ status: 'active', consecutiveFailures: 1 });
      expect(await isFree(user)).toBe(true);
    });
  });

  describe('that is throttled', () => {
    it.each([
      ['seconds', '7', 7 * second],
      ['a fraction of seconds', '2.128', 2128],
      ['a date', after(90 * second).toUTCString(), 90 * second],
    ])('comes back exactly when Retry-After says, in %s, and uses up no attempt', async (_, header, ms) => {
      const user = await connected();
      fault(vendorOf().paths.calendars, status(429, { 'retry-after': header }));
      const outcome = await workers.sync(user.connectionId);
      expect(outcome).toEqual(snooze(after(ms), expect.stringContaining('429') as unknown as string));
      expect(await connectionOf(workers, user)).toMatchObject({
        status: 'active',
        nextSyncAt: after(ms),
        // Said, and not held against the connection.
        lastFailure: { code: 'throttled', at: start },
        consecutiveFailures: 0,
      });
      expect(await isFree(user)).toBe(true);
    });

    it('comes back when a vendor that is down says so, too', async () => {
      const user = await connected();
      fault(vendorOf().paths.calendars, status(503, { 'retry-after': '20' }));
      expect(await workers.sync(user.connectionId)).toMatchObject({
        type: 'snooze',
        until: after(20 * second),
      });
      expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(20 * second) });
    });

    it('comes back by its own back-off where the vendor names no time', async () => {
      const user = await connected();
      fault(vendorOf().paths.calendars, status(429));
      // Half of two seconds, and half of the other half by chance.
      expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'snooze', until: after(1500) });
      // Longer each time that the job was started.
      fault(vendorOf().paths.calendars, status(429));
      expect(await workers.sync(user.connectionId, { starts: 3 })).toMatchObject({ until: after(6000) });
    });

    it('in the middle of a listing keeps what it has read and goes on from the old cursor', async () => {
      const user = await connected();
      fill(user, 120);
      workers.vendors.google.simulator.behaviour.pageSizeLimit = 50;
      const match = { path: vendorOf().paths.events };
      const action = status(429, { 'retry-after': '30' });
      vendorOf().simulator.fault({ match, skip: 1, action });
      expect(await workers.sync(user.connectionId)).toMatchObject({ until: after(30 * second) });
      const { events } = await everythingOf(workers, user);
      expect(events.length).toBeGreaterThan(0);
      expect((await calendarOf(workers, user)).sync).toMatchObject({ cursor: null });
      workers.clock = after(30 * second);
      const { length } = truthOf(user);
      expect(await workers.sync(user.connectionId)).toMatchObject({
        result: { written: length - events.length, unchanged: events.length },
      });
      expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    });
  });

  describe('that meets a vendor with a bad day', () => {
    it('is retried, and next due later with every job that failed, until one succeeds', async () => {
      const user = await connected();
      const waits: number[] = [];
      // A job has five attempts. I1: until they are used up the connection stays due, should Redis lose the retry.
      for (const failures of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
        const lastAttempt = failures % 5 === 0;
        fault(vendorOf().paths.calendars, status(503));
        const run = workers.sync(user.connectionId, { lastAttempt });
        await expect(run).rejects.toMatchObject({ kind: 'unavailable' });
        const { nextSyncAt, ...connection } = await connectionOf(workers, user);
        expect(connection).toMatchObject({
          status: 'active',
          consecutiveFailures: failures,
          lastFailure: { code: 'provider_unavailable', at: workers.clock },
        });
        expect(connection.lastSyncedAt).toBeUndefined();
        waits.push(nextSyncAt!.getTime() - workers.clock.getTime());
        workers.clock = nextSyncAt!;
      }
      const retried = 2 * second;
      const job = (last: number) => [retried, retried, retried, retried, last];
      expect(waits).toEqual([...job(5 * minute), ...job(10 * minute)]);
      expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done' });
      const connection = await connectionOf(workers, user);
      expect(connection).toMatchObject({ consecutiveFailures: 0, lastSyncedAt: workers.clock });
      expect(connection.lastFailure).toBeUndefined();
    });

    it.each<[string, FaultAction, string]>([
      ['a cut connection', { type: 'cut' }, 'unavailable'],
      ['half an answer', { type: 'truncate' }, 'malformed'],
      ['rubbish', { type: 'invalid-json' }, 'malformed'],
      ['a page of HTML', { type: 'html' }, 'malformed'],
    ])('gives its turn back after %s, and removes nothing', async (_, action, kind) => {
      const user = await connected();
      fill(user, 3);
      await workers.sync(user.connectionId);
      const { events } = await everythingOf(workers, user);
      for (const path of [vendorOf().paths.calendars, vendorOf().paths.events]) {
        fault(path, action);
        await expect(workers.sync(user.connectionId)).rejects.toMatchObject({ kind });
        expect((await everythingOf(workers, user)).events).toEqual(events);
      }
      expect(await isFree(user)).toBe(true);
    });

    it('is no different where the fault is ours: it is retried, and said to be ours', async () => {
      const user = await connected();
      const facts = { replaceCalendars: () => Promise.reject(new Error('MongoDB is away')) };
      await expect(workers.sync(user.connectionId, { facts })).rejects.toThrow('MongoDB is away');
      expect(await connectionOf(workers, user)).toMatchObject({ lastFailure: { code: 'internal' } });
      expect(await isFree(user)).toBe(true);
    });

    it('counts no failure where a store of ours was away, and stays due however often it comes', async () => {
      const user = await connected();
      const away = Object.assign(new Error('nobody there'), { name: 'MongoServerSelectionError' });
      const facts = { replaceCalendars: () => Promise.reject(away) };
      await expect(workers.sync(user.connectionId, { facts, lastAttempt: true })).rejects.toBe(away);
      expect(await connectionOf(workers, user)).toMatchObject({
        consecutiveFailures: 0,
        lastFailure: { code: 'internal' },
        nextSyncAt: after(2 * second),
      });
      expect(await isFree(user)).toBe(true);
    });

    it('whose token endpoint refuses our client marks no user and gives up', async () => {
      const user = await connected();
      workers.clock = after(2 * hour);
      fault(vendorOf().paths.token, status(401, {}, { error: 'invalid_client' }));
      expect(await workers.sync(user.connectionId)).toMatchObject({
        type: 'giveUp',
        failure: { code: 'invalid_client' },
      });
      expect(await connectionOf(workers, user)).toMatchObject({
        status: 'active',
        lastFailure: { code: 'invalid_client' },
      });
    });
  });

  describe('that meets a dead grant', () => {
    it('asks for the user, is not due any more, and goes on after they came back', async () => {
      const user = await connected();
      fill(user, 3);
      await workers.sync(user.connectionId);
      vendorOf().revokeGrant(user.email);
      vendorOf().expireAccessTokens(user.email);
      workers.clock = after(2 * hour);
      expect(await workers.sync(user.connectionId)).toMatchObject({
        type: 'giveUp',
        failure: { code: 'grant_revoked' },
      });
      expect(await connectionOf(workers, user)).toMatchObject({
        status: 'reauth_required',
        statusReason: { code: 'grant_revoked', at: workers.clock },
      });
      expect(await workers.store.facts.dueConnections(after(48 * hour), 1000)).not.toContain(
        user.connectionId,
      );
      expect(await connect(workers, user)).toBe(user.connectionId);
      const back = await connectionOf(workers, user);
      expect(back).toMatchObject({ status: 'active', consecutiveFailures: 0, nextSyncAt: workers.clock });
      expect(back.statusReason).toBeUndefined();
      expect(await workers.sync(user.connectionId)).toMatchObject({ result: { written: 0, unchanged: 0 } });
    });

    it('that is replaced in mid-run goes on with the new one', async () => {
      const user = await connected();
      fill(user, 3);
      const [queued] = await jobsOf(workers, 'sync', user.connectionId);
      await queued?.remove();
      const provider = workers.provider(id);
      const outcome = await workers.sync(user.connectionId, {
        provider: {
          ...provider,
          listCalendars: async (access) => {
            const calendars = await provider.listCalendars(access);
            vendorOf().revokeGrant(user.email);
            vendorOf().expireAccessTokens(user.email);
            await connect(workers, user);
            return calendars;
          },
        },
      });
      expect(outcome).toMatchObject({ type: 'done', result: { written: 3 } });
      expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
      // The reconnection wants a sync of its own.
      expect(await jobsOf(workers, 'sync', user.connectionId)).toHaveLength(1);
    });
  });

  describe('of which one calendar is refused', () => {
    it.each([403, 404])('with %s reads the others, notes why, and is done', async (code) => {
      const user = await connected();
      const refused = vendorOf().addCalendar(user.email, 'A refused one');
      vendorOf().put(user.email, refused, appointment('Out of reach', 2));
      await workers.sync(user.connectionId);
      const before = await calendarOf(workers, user, refused);
      vendorOf().put(user.email, user.calendarId, appointment('In reach', 1));
      const body = { error: { code, message: 'no', errors: [{ domain: 'global', reason: 'forbidden' }] } };
      fault(vendorOf().listingPath(refused), status(code, {}, body));
      workers.clock = after(minute);
      expect(await workers.sync(user.connectionId)).toMatchObject({
        type: 'done',
        result: { calendars: 2, unreached: 1, written: 1, deleted: 0 },
      });
      const connection = await connectionOf(workers, user);
      expect(connection).toMatchObject({ status: 'active', consecutiveFailures: 0 });
      expect(connection.lastFailure).toBeUndefined();
      const failure = { code: 'calendar_unreachable', message: expect.any(String), at: workers.clock };
      expect(await calendarOf(workers, user, refused)).toEqual({
        ...before,
        sync: { ...before.sync, lastFailure: failure },
      });
      expect((await everythingOf(workers, user)).events.map(({ title }) => title)).toEqual([
        'Out of reach',
        'In reach',
      ]);
      await workers.sync(user.connectionId);
      expect((await calendarOf(workers, user, refused)).sync.lastFailure).toBeUndefined();
    });
  });
});
