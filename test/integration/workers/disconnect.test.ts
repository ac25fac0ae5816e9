import { describe, expect, it } from 'vitest';
import { createCipher } from '../../../src/cipher.ts';
import { done, type Outcome } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { objectId } from '../../../src/store/object-id.ts';
import { fill } from '../../support/calendar-contents.ts';
import {
  authorize,
  connect,
  connectionOf,
  eventsOf,
  everythingOf,
  newUser,
  requestsDuring,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, hour, minute, newCipherKey, ownWorkers, start } from '../../support/own-workers.ts';
import { watchedUser, watchesOf } from '../../support/watched-user.ts';
import type { SimulatedVendor } from '../../support/simulated-vendors.ts';
import type { FaultAction } from '../../simulators/simulator.ts';

const workers = ownWorkers();

const nothing = { connection: null, calendars: [], events: [] };

async function syncedUser(vendor: SimulatedVendor): Promise<ConnectedUser> {
  const user = await newUser(workers, vendor);
  fill(user, 3);
  await workers.sync(user.connectionId);
  return user;
}

/** Synced, and wishes to be disconnected. */
async function leavingUser(vendor: SimulatedVendor): Promise<ConnectedUser> {
  const user = await syncedUser(vendor);
  await workers.store.intents.requestDisconnect(user.connectionId, start);
  return user;
}

describe.each(providerIds)('disconnecting from %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const grant = id === 'google' ? 'revoked' : 'unsupported';

  it('I10: removes the connection with its calendars, events and attempts, and nobody else’s', async () => {
    const user = await leavingUser(vendorOf());
    const neighbour = await syncedUser(vendorOf());
    const before = await everythingOf(workers, neighbour);
    const { connectionId } = user;
    expect(await workers.disconnect(connectionId)).toEqual(done({ connectionId, grant }));
    expect(await everythingOf(workers, user)).toEqual(nothing);
    const ofUser = { userId: user.userId };
    expect(await workers.database.attempts.countDocuments(ofUser)).toBe(0);
    expect(await workers.database.events.countDocuments(ofUser)).toBe(0);
    expect(await everythingOf(workers, neighbour)).toEqual(before);
    expect(await workers.database.attempts.countDocuments({ userId: neighbour.userId })).toBe(1);
  });

  it('may run again', async () => {
    const { connectionId } = await leavingUser(vendorOf());
    await workers.disconnect(connectionId);
    expect(await workers.disconnect(connectionId)).toEqual(done({ connectionId, grant: 'gone' }));
  });

  it('of a connection that nobody asked to disconnect does nothing', async () => {
    const user = await syncedUser(vendorOf());
    const before = await everythingOf(workers, user);
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(await workers.disconnect(user.connectionId)).toMatchObject({ type: 'done' });
    });
    expect(requests).toEqual([]);
    expect(await everythingOf(workers, user)).toEqual(before);
  });

  it('spares the connection that the user has made anew meanwhile, and its grant', async () => {
    const user = await leavingUser(vendorOf());
    const again = { ...user, connectionId: await connect(workers, user) };
    expect(again.connectionId).not.toBe(user.connectionId);
    await workers.disconnect(user.connectionId);
    expect((await everythingOf(workers, user)).connection).toBeNull();
    workers.clock = after(2 * hour);
    expect(await workers.sync(again.connectionId)).toMatchObject({ type: 'done', result: { written: 3 } });
    expect(await connectionOf(workers, again)).toMatchObject({ status: 'active' });
    expect(await eventsOf(workers, again)).toHaveLength(3);
  });

  it('goes on where the credentials cannot be opened or the provider is off', async () => {
    const [sealed, off] = [await leavingUser(vendorOf()), await leavingUser(vendorOf())];
    await workers.disconnect(sealed.connectionId, { cipher: createCipher([newCipherKey()]) });
    await workers.disconnect(off.connectionId, { provider: undefined });
    expect(await everythingOf(workers, sealed)).toEqual(nothing);
    expect(await everythingOf(workers, off)).toEqual(nothing);
  });

  it('I5: a re-authorization that was under way does not bring the connection back', async () => {
    const user = await syncedUser(vendorOf());
    const { accountId, email, id: connectionId } = await connectionOf(workers, user);
    const attemptId = await authorize(workers, user, {
      reauthorizes: { connectionId, accountId, email },
    });
    await workers.store.intents.requestDisconnect(connectionId, start);
    expect(await workers.exchange(attemptId)).toMatchObject({ type: 'done' });
    await workers.disconnect(connectionId);
    expect(await everythingOf(workers, user)).toEqual(nothing);
    expect(await workers.store.reads.connectionsOf(user.userId)).toEqual([]);
  });
});

describe.each(providerIds)('the watches at %s', (id) => {
  const vendor = () => workers.vendors[id];

  async function leaving(): Promise<ConnectedUser> {
    const user = await watchedUser(workers, vendor());
    await workers.store.intents.requestDisconnect(user.connectionId, start);
    return user;
  }

  it('are stopped before the grant ends', async () => {
    const user = await leaving();
    const paths = (await requestsDuring(vendor(), () => workers.disconnect(user.connectionId))).map(
      ({ path }) => path,
    );
    expect(paths[0]).toMatch(new RegExp(vendor().paths.stop));
    expect(vendor().watches(user.email)).toEqual([]);
    expect(await watchesOf(workers, user)).toEqual([]);
  });

  it('are stopped with a new token where the old one has run out, or is refused', async () => {
    const [late, refused] = [await leaving(), await leaving()];
    vendor().expireAccessTokens(refused.email);
    await workers.disconnect(refused.connectionId);
    expect(vendor().watches(refused.email)).toEqual([]);
    workers.clock = after(2 * hour);
    await workers.disconnect(late.connectionId);
    expect(vendor().watches(late.email)).toEqual([]);
  });

  it('are waited for while the provider is down, and go on where another attempt stops them', async () => {
    const user = await leaving();
    vendor().simulator.fault({ match: { path: vendor().paths.stop }, action: { type: 'cut' } });
    await expect(workers.disconnect(user.connectionId)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'disconnecting', updatedAt: start });
    expect(await workers.disconnect(user.connectionId)).toMatchObject({ type: 'done' });
    expect(vendor().watches(user.email)).toEqual([]);
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });

  it('keep the data no longer than the grant does, also where a token is refreshed for them', async () => {
    const user = await leaving();
    const action = { type: 'throttle', retryAfterSeconds: 60 } as const;
    vendor().simulator.fault({ match: { path: vendor().paths.stop }, times: 3, action });
    workers.clock = after(2 * hour);
    await expect(workers.disconnect(user.connectionId)).rejects.toMatchObject({ kind: 'throttled' });
    workers.clock = after(25 * hour);
    await workers.disconnect(user.connectionId);
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });

  it('do not keep the data where the grant is dead', async () => {
    const user = await leaving();
    vendor().revokeGrant(user.email);
    workers.clock = after(2 * hour);
    expect(await workers.disconnect(user.connectionId)).toMatchObject({ type: 'done' });
    expect(await everythingOf(workers, user)).toEqual(nothing);
    expect(await watchesOf(workers, user)).toEqual([]);
  });

  it('that are being made are waited for, so that they can be stopped', async () => {
    const user = await syncedUser(vendor());
    const { facts, intents } = workers.store;
    let during: Outcome | undefined;
    const activateWatch: typeof facts.activateWatch = async (watchId, watch) => {
      await intents.requestDisconnect(user.connectionId, start);
      during = await workers.disconnect(user.connectionId);
      return facts.activateWatch(watchId, watch);
    };
    await workers.keepWatches(user.connectionId, { facts: { activateWatch } });
    expect(during).toMatchObject({ type: 'snooze', until: after(2 * minute) });
    await workers.disconnect(user.connectionId);
    expect(vendor().watches(user.email)).toEqual([]);
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });
});

describe('ending the grant at Google', () => {
  const vendor = () => workers.vendors.google;
  const faultOnRevoke = (action: FaultAction, times = 1): void =>
    vendor().simulator.fault({ match: { path: '^/revoke$' }, times, action });

  it('comes before the purge, once, with the refresh token', async () => {
    const user = await leavingUser(vendor());
    const { refreshToken } = (await workers.store.facts.credentials(user.connectionId))!;
    const requests = await requestsDuring(vendor(), () => workers.disconnect(user.connectionId));
    expect(requests.map(({ method, path, query, status }) => ({ method, path, query, status }))).toEqual([
      { method: 'POST', path: '/revoke', query: { token: workers.cipher.open(refreshToken) }, status: 200 },
    ]);
    expect(vendor().simulator.requests.at(-1)?.path).toBe('/revoke');
  });

  it.each<[string, FaultAction]>([
    ['is down', { type: 'status', status: 503 }],
    ['does not answer', { type: 'cut' }],
    ['throttles', { type: 'status', status: 429, headers: { 'retry-after': '9' } }],
  ])('is tried again while Google %s, and the data waits for it', async (_, action) => {
    const user = await leavingUser(vendor());
    faultOnRevoke(action);
    await expect(workers.disconnect(user.connectionId)).rejects.toMatchObject({
      kind: expect.stringMatching(/unavailable|throttled/),
    });
    expect((await everythingOf(workers, user)).events).toHaveLength(3);
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'disconnecting' });
    expect(await workers.disconnect(user.connectionId)).toMatchObject({ result: { grant: 'revoked' } });
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });

  it('does not keep the data beyond the last attempt', async () => {
    const user = await leavingUser(vendor());
    faultOnRevoke({ type: 'status', status: 503 });
    const { connectionId } = user;
    const outcome = await workers.disconnect(connectionId, { lastAttempt: true });
    expect(outcome).toEqual(done({ connectionId, grant: 'not revoked' }));
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });

  it('is waited for a day after the user asked to leave, and no longer', async () => {
    const user = await leavingUser(vendor());
    faultOnRevoke({ type: 'status', status: 429, headers: { 'retry-after': '3600' } }, 2);
    await expect(workers.disconnect(user.connectionId)).rejects.toMatchObject({ kind: 'throttled' });
    workers.clock = after(25 * hour);
    expect(await workers.disconnect(user.connectionId)).toMatchObject({ result: { grant: 'not revoked' } });
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });

  it('is as good as done where the user ended it before', async () => {
    const user = await leavingUser(vendor());
    vendor().revokeGrant(user.email);
    expect(await workers.disconnect(user.connectionId)).toMatchObject({ result: { grant: 'revoked' } });
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });

  it('is left alone where another user of ours is connected with the same account', async () => {
    const user = await leavingUser(vendor());
    const other = { ...user, userId: `${user.userId}-other` };
    const connected = { ...other, connectionId: await connect(workers, other) };
    const requests = await requestsDuring(vendor(), () => workers.disconnect(user.connectionId));
    expect(requests).toEqual([]);
    expect((await everythingOf(workers, user)).connection).toBeNull();
    expect(await workers.sync(connected.connectionId)).toMatchObject({ type: 'done' });
  });
});

describe('a purge that is killed half-way', () => {
  it('is found again, and leaves nothing', async () => {
    const user = await leavingUser(workers.vendors.google);
    await workers.database.events.deleteMany({ connectionId: objectId(user.connectionId)! });
    expect(await workers.store.facts.disconnectingConnections(1000)).toContain(user.connectionId);
    await workers.disconnect(user.connectionId);
    expect(await everythingOf(workers, user)).toEqual(nothing);
  });
});
