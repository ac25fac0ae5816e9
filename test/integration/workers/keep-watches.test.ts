import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { failure } from '../../../src/domain/failure.ts';
import { done, giveUp } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { overlapMs, watchLifeMs } from '../../../src/domain/watch.ts';
import { objectId } from '../../../src/store/object-id.ts';
import {
  calendarOf,
  connect,
  connectionOf,
  newUser,
  requestsDuring,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, day, hour, minute, ownWorkers, start } from '../../support/own-workers.ts';
import { standing, syncedUser, watchedUser, watchesOf, watchOf } from '../../support/watched-user.ts';

const workers = ownWorkers();

const idle = { created: 0, renewed: 0, retired: 0, stopped: 0, forgotten: 0, unsupported: 0, failed: 0 };
const counts = (some: Partial<typeof idle>) => done({ ...idle, ...some });

const nextAt = async (user: ConnectedUser) => (await connectionOf(workers, user)).nextWatchAt;
const isDue = async (user: ConnectedUser) =>
  (await workers.store.facts.dueWatches(workers.clock, 10_000)).includes(user.connectionId);

describe.each(providerIds)('the watches of a connection to %s', (id) => {
  const vendor = () => workers.vendors[id];
  const renews = id === 'microsoft';

  it('are made once the calendars are known, each with a secret of which a hash is kept', async () => {
    const user = await syncedUser(workers, vendor());
    expect(await isDue(user)).toBe(true);
    const [request] = await requestsDuring(vendor(), async () => {
      expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ created: 1 }));
    });
    const watch = await watchOf(workers, user);
    expect(watch).toMatchObject({ state: 'active', userId: user.userId, silentSweeps: 0 });
    expect(watch.calendarId).toBe(renews ? undefined : (await calendarOf(workers, user)).id);
    expect(watch.expiresAt).toEqual(after(watchLifeMs[id]));
    expect(watch.renewAt).toEqual(after(watchLifeMs[id] / 2));
    const body = JSON.parse(request!.body) as Record<string, string>;
    const secret = renews ? body['clientState']?.split('.')[1] : body['token'];
    expect(renews ? body['clientState'] : body['id']).toContain(watch.id);
    expect(createHash('sha256').update(secret!).digest('hex')).toBe(watch.secretHash);
    expect(await standing(workers, user)).toEqual({
      atVendor: [watch.providerWatchId],
      active: [watch.providerWatchId],
    });
    expect(await nextAt(user)).toEqual(watch.renewAt);
    expect(await isDue(user)).toBe(false);
  });

  it('are left alone by a second pass, which asks the provider nothing', async () => {
    const user = await watchedUser(workers, vendor());
    const before = await watchOf(workers, user);
    const requests = await requestsDuring(vendor(), async () => {
      expect(await workers.keepWatches(user.connectionId)).toEqual(counts({}));
    });
    expect(requests).toEqual([]);
    expect(await watchOf(workers, user)).toEqual(before);
  });

  it('are none before the calendars are known, and due when they are', async () => {
    const user = await newUser(workers, vendor());
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({}));
    expect(await nextAt(user)).toEqual(after(day));
    await workers.sync(user.connectionId);
    expect(await isDue(user)).toBe(true);
  });

  it('are renewed at half of their life, and no notification is lost over it', async () => {
    const user = await watchedUser(workers, vendor());
    const old = await watchOf(workers, user);
    workers.clock = old.renewAt;
    expect(await workers.keepWatches(user.connectionId)).toEqual(
      counts(renews ? { renewed: 1 } : { created: 1, retired: 1 }),
    );
    expect((await standing(workers, user)).atVendor).toHaveLength(renews ? 1 : 2);
    workers.clock = after(overlapMs, old.renewAt);
    expect(await isDue(user)).toBe(!renews);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts(renews ? {} : { stopped: 1 }));
    const watch = await watchOf(workers, user);
    expect(watch.expiresAt).toEqual(after(watchLifeMs[id], old.renewAt));
    expect(watch.id === old.id).toBe(renews);
    const { atVendor, active } = await standing(workers, user);
    expect(atVendor).toEqual(active);
    expect(atVendor).toHaveLength(1);
  });

  it('that the provider does not know any more are made anew', async () => {
    const user = await watchedUser(workers, vendor());
    const old = await watchOf(workers, user);
    await workers.provider(id).push.stopWatch((await workers.accessToken(user))!, {
      providerWatchId: old.providerWatchId!,
      resourceId: old.resourceId,
    });
    expect((await standing(workers, user)).atVendor).toEqual([]);
    workers.clock = old.renewAt;
    await workers.keepWatches(user.connectionId);
    workers.clock = after(overlapMs, old.renewAt);
    await workers.keepWatches(user.connectionId);
    const { atVendor, active } = await standing(workers, user);
    expect(atVendor).toEqual(active);
    expect(active).toHaveLength(1);
    expect(active).not.toContain(old.providerWatchId);
  });

  it('that have expired are forgotten and made anew', async () => {
    const user = await watchedUser(workers, vendor());
    workers.clock = after(8 * day);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ forgotten: 1, created: 1 }));
    expect((await standing(workers, user)).atVendor).toHaveLength(1);
  });

  it('of which the answer was lost are made again, and are given up until a notification names them', async () => {
    const user = await syncedUser(workers, vendor());
    vendor().simulator.fault({ match: { path: vendor().paths.watch }, action: { type: 'cut-after' } });
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ failed: 1 }));
    const lost = await watchOf(workers, user);
    expect(lost).toMatchObject({ state: 'retiring', lastFailure: { code: 'provider_unavailable' } });
    expect(lost.providerWatchId).toBeUndefined();
    expect(await connectionOf(workers, user)).toMatchObject({
      pushFailure: { code: 'provider_unavailable', count: 1 },
    });
    const [atVendor] = vendor().watches(user.email);
    workers.clock = (await nextAt(user))!;
    expect(workers.clock.getTime() - start.getTime()).toBeLessThanOrEqual(1.1 * minute);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ created: 1 }));
    expect((await connectionOf(workers, user)).pushFailure).toBeUndefined();
    expect(vendor().watches(user.email)).toHaveLength(2);

    // As the first notification tells it.
    const resourceId = (await watchesOf(workers, user)).find(({ state }) => state === 'active')?.resourceId;
    await workers.database.watches.updateOne(
      { _id: lost.id },
      { $set: { providerWatchId: atVendor, ...(resourceId && { resourceId }) } },
    );
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ stopped: 1 }));
    const left = await standing(workers, user);
    expect(left.atVendor).toEqual(left.active);
    expect(left.active).toHaveLength(1);
  });

  it('are made again after a worker was killed between the record and the answer', async () => {
    const user = await syncedUser(workers, vendor());
    const killed = () => Promise.reject(new Error('SIGKILL'));
    await expect(
      workers.keepWatches(user.connectionId, { facts: { activateWatch: killed } }),
    ).rejects.toThrow('SIGKILL');
    const lost = await watchOf(workers, user);
    expect(lost.state).toBe('creating');
    expect((await standing(workers, user)).atVendor).toHaveLength(1);
    // Nobody knows that it is dead yet; the claim of the pass runs out, and so does the patience with the record.
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({}));
    expect(await nextAt(user)).toEqual(after(2 * minute));
    workers.clock = after(2 * minute);
    expect(await isDue(user)).toBe(true);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ retired: 1, created: 1 }));
    expect((await standing(workers, user)).active).toHaveLength(1);
    workers.clock = after(8 * day);
    await workers.keepWatches(user.connectionId);
    expect(await watchOf(workers, user)).toMatchObject({ state: 'active' });
    expect((await standing(workers, user)).atVendor).toHaveLength(1);
  });

  it('are due again where the worker was killed before it did anything', async () => {
    const user = await syncedUser(workers, vendor());
    const killed = () => Promise.reject(new Error('SIGKILL'));
    await expect(workers.keepWatches(user.connectionId, { facts: { createWatch: killed } })).rejects.toThrow(
      'SIGKILL',
    );
    expect(await watchesOf(workers, user)).toEqual([]);
    workers.clock = after(3 * minute);
    expect(await isDue(user)).toBe(true);
  });

  it('are made by two passes at once without anything left over', async () => {
    const user = await syncedUser(workers, vendor());
    const passes = Array.from({ length: 4 }, () => workers.keepWatches(user.connectionId));
    for (const outcome of await Promise.all(passes)) expect(outcome).toMatchObject({ type: 'done' });
    // Doubles are retired by whoever sees both, and stopped when the overlap is over.
    for (const wait of [0, overlapMs, 2 * overlapMs, 3 * overlapMs]) {
      workers.clock = after(wait);
      await workers.keepWatches(user.connectionId);
    }
    const { atVendor, active } = await standing(workers, user);
    expect(active).toHaveLength(1);
    expect(atVendor).toEqual(active);
    expect(await watchesOf(workers, user)).toHaveLength(1);
  });

  it('are stopped when no calendar counts any more, and made anew when one does', async () => {
    const user = await watchedUser(workers, vendor());
    const { id: calendarId } = await calendarOf(workers, user);
    await workers.store.intents.selectCalendar(calendarId, false, start);
    expect(await isDue(user)).toBe(true);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ stopped: 1 }));
    expect(await standing(workers, user)).toEqual({ atVendor: [], active: [] });
    await workers.store.intents.selectCalendar(calendarId, true, start);
    expect(await isDue(user)).toBe(true);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ created: 1 }));
  });

  it('are stopped where push was switched off, and made anew when it is on again', async () => {
    const user = await watchedUser(workers, vendor());
    const { facts } = workers.store;
    expect(await facts.unwantedWatches(start, 10_000)).toContain(user.connectionId);
    expect(await workers.keepWatches(user.connectionId, { publicUrl: undefined })).toEqual(
      counts({ stopped: 1 }),
    );
    expect(await standing(workers, user)).toEqual({ atVendor: [], active: [] });
    expect(await facts.unwantedWatches(start, 10_000)).not.toContain(user.connectionId);
    expect(await isDue(user)).toBe(true);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ created: 1 }));
  });

  it('that nobody can stop, or that have run out, stand in nobody’s way where push was switched off', async () => {
    const { store, database } = workers;
    await database.watches.deleteMany({});
    const away = await watchedUser(workers, vendor());
    const ended = await watchedUser(workers, vendor());
    const user = await watchedUser(workers, vendor());
    const of = ({ connectionId }: ConnectedUser) => ({ connectionId: objectId(connectionId) ?? null });
    const { version } = (await store.facts.credentials(away.connectionId))!;
    const reason = { code: 'grant_revoked', message: 'gone', at: start } as const;
    await store.facts.markReauthRequired(away.connectionId, version, reason);
    await database.watches.updateMany(of(ended), { $set: { expiresAt: start } });
    await database.watches.updateMany(of(user), { $set: { expiresAt: after(20 * day) } });
    expect(await store.facts.unwantedWatches(start, 1)).toEqual([user.connectionId]);
  });

  it('that could not be stopped are stopped at the next pass, and count for nothing meanwhile', async () => {
    const user = await watchedUser(workers, vendor());
    const off = { publicUrl: undefined };
    vendor().simulator.fault({
      match: { path: vendor().paths.stop },
      action: { type: 'status', status: 503 },
    });
    expect(await workers.keepWatches(user.connectionId, off)).toEqual(counts({ failed: 1 }));
    expect(await watchOf(workers, user)).toMatchObject({ state: 'retiring', lastFailure: { at: start } });
    const { facts } = workers.store;
    expect(await facts.unwantedWatches(start, 10_000)).not.toContain(user.connectionId);
    workers.clock = (await nextAt(user))!;
    expect(await facts.unwantedWatches(workers.clock, 10_000)).toContain(user.connectionId);
    expect(await workers.keepWatches(user.connectionId, off)).toEqual(counts({ stopped: 1 }));
    expect(await standing(workers, user)).toEqual({ atVendor: [], active: [] });
  });

  it('are renewed when the user connects again, for the old grant may have taken them with it', async () => {
    const user = await watchedUser(workers, vendor());
    workers.clock = after(hour);
    await connect(workers, user);
    expect(await isDue(user)).toBe(true);
    expect(await workers.keepWatches(user.connectionId)).toEqual(
      counts(renews ? { renewed: 1 } : { created: 1, retired: 1 }),
    );
  });

  it('wait for a provider that throttles, as long as it says, and that is no failure', async () => {
    const user = await syncedUser(workers, vendor());
    const action = { type: 'throttle', retryAfterSeconds: 30 } as const;
    vendor().simulator.fault({ match: { path: vendor().paths.watch }, action });
    const outcome = await workers.keepWatches(user.connectionId);
    expect(outcome).toMatchObject({ type: 'snooze', until: after(30_000) });
    expect(await watchesOf(workers, user)).toEqual([]);
    expect(await nextAt(user)).toEqual(after(30_000));
    expect((await connectionOf(workers, user)).pushFailure).toBeUndefined();
  });

  it('wait longer each time for a provider that throttles and names no wait', async () => {
    const user = await syncedUser(workers, vendor());
    const action = { type: 'throttle', retryAfterSeconds: 0 } as const;
    vendor().simulator.fault({ match: { path: vendor().paths.watch }, times: 3, action });
    const waits: number[] = [];
    for (const starts of [1, 2, 3]) {
      expect(await workers.keepWatches(user.connectionId, { starts })).toMatchObject({ type: 'snooze' });
      const next = (await nextAt(user))!;
      waits.push((next.getTime() - workers.clock.getTime()) / minute);
      workers.clock = next;
    }
    expect(waits).toEqual([0.75, 1.5, 3]);
    expect((await connectionOf(workers, user)).pushFailure).toBeUndefined();
  });

  it('are put off for a minute where the address is refused, for longer each time, with the reason', async () => {
    const user = await syncedUser(workers, vendor());
    const nowhere = { publicUrl: 'http://calendar.example.com' };
    const outcome = await workers.keepWatches(user.connectionId, nowhere);
    expect(outcome).toMatchObject({ type: 'giveUp', failure: { code: 'push_address_refused' } });
    expect(await watchesOf(workers, user)).toEqual([]);
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'active',
      pushFailure: { code: 'push_address_refused', count: 1 },
    });
    expect(await nextAt(user)).toEqual(after(0.75 * minute));
    for (let n = 0; n < 8; n += 1) {
      workers.clock = (await nextAt(user)) ?? workers.clock;
      await workers.keepWatches(user.connectionId, nowhere);
    }
    expect(await nextAt(user)).toEqual(new Date(workers.clock.getTime() + 30 * minute));
  });

  it('are made with a new token where the provider refuses one that looks valid', async () => {
    const user = await syncedUser(workers, vendor());
    vendor().expireAccessTokens(user.email);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ created: 1 }));
    expect(await watchesOf(workers, user)).toHaveLength(1);
  });

  it('of a dead grant are nobody’s: the connection waits for its user', async () => {
    const user = await watchedUser(workers, vendor());
    vendor().revokeGrant(user.email);
    workers.clock = (await watchOf(workers, user)).renewAt;
    expect(await workers.keepWatches(user.connectionId)).toMatchObject({ type: 'giveUp' });
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'reauth_required' });
    expect(await workers.keepWatches(user.connectionId)).toEqual(done({ skipped: 'reauth_required' }));
    expect(await isDue(user)).toBe(false);
  });

  it('are put off where the provider is off', async () => {
    const user = await syncedUser(workers, vendor());
    expect(await workers.keepWatches(user.connectionId, { provider: undefined })).toMatchObject({
      type: 'giveUp',
      failure: { code: 'invalid_client' },
    });
    expect(await nextAt(user)).toEqual(after(30 * minute));
  });

  it('that become due during a pass stay due', async () => {
    const user = await syncedUser(workers, vendor());
    const { facts, intents } = workers.store;
    const activateWatch: typeof facts.activateWatch = async (watchId, watch) => {
      await intents.requestWatches(user.connectionId, workers.clock);
      return facts.activateWatch(watchId, watch);
    };
    await workers.keepWatches(user.connectionId, { facts: { activateWatch } });
    expect(await isDue(user)).toBe(true);
  });

  it('are ended where the connection goes while one is made', async () => {
    const user = await syncedUser(workers, vendor());
    const { facts, intents } = workers.store;
    const activateWatch: typeof facts.activateWatch = async (watchId, watch) => {
      await intents.requestDisconnect(user.connectionId, start);
      await facts.purgeConnection(user.connectionId, start);
      return facts.activateWatch(watchId, watch);
    };
    await workers.keepWatches(user.connectionId, { facts: { activateWatch } });
    expect(vendor().watches(user.email)).toEqual([]);
    expect(await watchesOf(workers, user)).toEqual([]);
  });
});

describe('watching', () => {
  it('a connection that there is not gives up', async () => {
    const unknown = 'f'.repeat(24);
    expect(await workers.keepWatches(unknown)).toEqual(
      giveUp(failure('unknown_record', `connectionId: there is no connection ${unknown}`)),
    );
  });

  it('one calendar that is refused keeps the others from nothing', async () => {
    const { google } = workers.vendors;
    const user = await newUser(workers, google);
    const other = google.addCalendar(user.email, 'Team');
    await workers.sync(user.connectionId);
    const action = {
      type: 'status',
      status: 403,
      body: { error: { code: 403, message: 'no', errors: [{ domain: 'global', reason: 'forbidden' }] } },
    } as const;
    google.simulator.fault({ match: { path: `${other.replace(/@.*/, '')}.*/watch$` }, action });
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ created: 1, failed: 1 }));
    expect(await watchOf(workers, user)).toMatchObject({ calendarId: (await calendarOf(workers, user)).id });
    expect(await nextAt(user)).toEqual(after(hour));
    workers.clock = after(hour);
    expect(await workers.keepWatches(user.connectionId)).toEqual(counts({ created: 1 }));
  });

  it('a provider that is down is not asked about every calendar', async () => {
    const { google } = workers.vendors;
    const user = await newUser(workers, google);
    for (const name of ['a', 'b', 'c', 'd']) google.addCalendar(user.email, name);
    await workers.sync(user.connectionId);
    google.simulator.fault({
      match: { path: '/watch$' },
      times: 9,
      action: { type: 'status', status: 503 },
    });
    const requests = await requestsDuring(google, () => workers.keepWatches(user.connectionId));
    expect(requests).toHaveLength(2);
  });
});
