import { describe, expect, it } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { overlapMs, pushCovers } from '../../../src/domain/watch.ts';
import { appointment } from '../../support/calendar-contents.ts';
import type { ConnectedUser } from '../../support/connected-user.ts';
import { after, minute, ownWorkers } from '../../support/own-workers.ts';
import { standing, watchedUser, watchesOf, watchOf } from '../../support/watched-user.ts';

const workers = ownWorkers();

/** So long after the one before. */
async function sweepAt(user: ConnectedUser, minutes: number): Promise<void> {
  workers.clock = after(minutes * minute);
  await workers.sync(user.connectionId);
}

const change = ({ vendor, email, calendarId }: ConnectedUser, hours: number): string =>
  vendor.put(email, calendarId, appointment(`Change ${hours}`, hours));

/** As a notification does. */
async function speak(user: ConnectedUser): Promise<void> {
  const told = { lastNotifiedAt: workers.clock, silentSweeps: 0 };
  await workers.database.watches.updateMany({ connectionId: user.connectionId }, { $set: told });
}

const isDue = async (user: ConnectedUser) =>
  (await workers.store.facts.dueWatches(workers.clock, 10_000)).includes(user.connectionId);

const silentSweeps = async (user: ConnectedUser) => (await watchOf(workers, user)).silentSweeps;

const isCovered = async ({ connectionId, vendor }: ConnectedUser) => {
  const { calendarsOf, watchesOf: watches } = workers.store.reads;
  const { scope } = workers.provider(vendor.id).push;
  return pushCovers(await calendarsOf(connectionId), await watches(connectionId), workers.clock, scope);
};

describe.each(providerIds)('a watch at %s', (id) => {
  it('that told nothing of what two sweeps in a row found is replaced at once', async () => {
    const user = await watchedUser(workers, workers.vendors[id]);
    const silent = await watchOf(workers, user);
    await sweepAt(user, 10);
    change(user, 50);
    await sweepAt(user, 20);
    expect(await silentSweeps(user)).toBe(1);
    expect(await isDue(user)).toBe(false);
    expect(await isCovered(user)).toBe(true);
    change(user, 60);
    await sweepAt(user, 30);
    expect(await silentSweeps(user)).toBe(2);
    expect(await isDue(user)).toBe(true);
    expect(await isCovered(user)).toBe(false);

    await workers.keepWatches(user.connectionId);
    expect(await isCovered(user)).toBe(true);
    workers.clock = after(overlapMs, workers.clock);
    await workers.keepWatches(user.connectionId);
    const fresh = await watchOf(workers, user);
    expect(fresh.id).not.toBe(silent.id);
    const { atVendor, active } = await standing(workers, user);
    expect(atVendor).toEqual(active);
    expect(active).toHaveLength(1);
  });

  it('that tells what it should is never silent, whatever the sweeps find besides', async () => {
    const user = await watchedUser(workers, workers.vendors[id]);
    for (const minutes of [10, 20, 30]) {
      change(user, 50 + minutes);
      workers.clock = after((minutes - 1) * minute);
      await speak(user);
      await sweepAt(user, minutes);
      expect(await silentSweeps(user)).toBe(0);
    }
  });

  it('that speaks after a race with a sweep begins anew', async () => {
    const user = await watchedUser(workers, workers.vendors[id]);
    for (const minutes of [10, 20, 30, 40]) {
      change(user, 50 + minutes);
      await sweepAt(user, minutes);
      expect(await silentSweeps(user)).toBe(1);
      await speak(user);
    }
  });

  it('is not blamed for sweeps that found nothing, for full listings, nor for what was before it', async () => {
    const user = await watchedUser(workers, workers.vendors[id]);
    await sweepAt(user, 10);
    await sweepAt(user, 20);
    expect(await silentSweeps(user)).toBe(0);
    change(user, 70);
    user.vendor.expireCursors(user.email);
    await sweepAt(user, 30);
    expect(await silentSweeps(user)).toBe(0);

    change(user, 80);
    await workers.database.watches.deleteMany({ connectionId: user.connectionId });
    workers.clock = after(31 * minute);
    await workers.keepWatches(user.connectionId);
    await sweepAt(user, 40);
    expect(await silentSweeps(user)).toBe(0);
  });
});

describe('the calendars of one account', () => {
  it('are each watched at Google, so that one that speaks does not speak for the other', async () => {
    const google = workers.vendors.google;
    const user = await watchedUser(workers, google);
    const team = google.addCalendar(user.email, 'Team');
    await sweepAt(user, 10);
    await workers.keepWatches(user.connectionId);
    await sweepAt(user, 20);
    for (const minutes of [30, 40]) {
      change(user, 50 + minutes);
      google.put(user.email, team, appointment(`Team ${minutes}`, 50 + minutes));
      const [spoken] = await watchesOf(workers, user);
      await workers.database.watches.updateOne(
        { _id: spoken!.id },
        { $set: { lastNotifiedAt: after((minutes - 1) * minute) } },
      );
      await sweepAt(user, minutes);
    }
    expect((await watchesOf(workers, user)).map((watch) => watch.silentSweeps)).toEqual([0, 2]);
  });
});
