import { describe, expect, it, onTestFinished } from 'vitest';
import { calendarOf, newUser, type ConnectedUser } from '../../support/connected-user.ts';
import { day, hour, ownWorkers, start } from '../../support/own-workers.ts';
import type { SimulatedVendor } from '../../support/simulated-vendors.ts';
import { aPlace, bookedInterview } from '../store/booked-interviews.ts';
import { aSnapshot, aWish } from '../store/interviews-world.ts';

const workers = ownWorkers();
const vendors = ['google', 'microsoft'] as const;

const appointment = (days: number, title = 'Interview') => {
  const from = start.getTime() + days * day;
  return { title, start: new Date(from), end: new Date(from + hour) };
};

const put = ({ vendor, email, calendarId }: ConnectedUser, days: number, id?: string): string =>
  vendor.put(email, calendarId, appointment(days), id);
const sync = ({ connectionId }: ConnectedUser) => workers.sync(connectionId);

/** Somebody whose calendar was read. */
async function reader(vendor: SimulatedVendor): Promise<ConnectedUser> {
  const user = await newUser(workers, vendor);
  await sync(user);
  return user;
}

/** An interview of which this event was made, in the version that the vendor told of it last. */
async function interviewOf(user: ConnectedUser, providerEventId: string, days: number): Promise<string> {
  const { id: calendarId } = await calendarOf(workers, user);
  const at = { userId: user.userId, connectionId: user.connectionId, calendarId };
  const known = await workers.database.events.findOne({ calendarId, providerEventId }).lean();
  const id = `${user.userId}-interview`;
  const wish = aWish(user.userId, appointment(days));
  const snapshot = aSnapshot(wish, { etag: known?.etag ?? '"of the answer"' });
  await bookedInterview(workers.database, id, at, {
    place: { ...aPlace(id, at), providerEventId },
    desired: wish,
    applied: { revision: 1, wish, snapshot, at: start, observedAt: start },
  });
  return id;
}

async function isDue(id: string): Promise<boolean> {
  const found = await workers.database.interviews.findById(id).lean();
  expect(found?.turn.dirty).toBe(found?.dueAt !== undefined);
  return (await workers.store.facts.dueInterviews(workers.clock, 1000)).includes(id);
}

async function toldAbout({ connectionId }: ConnectedUser): Promise<number> {
  return workers.database.changes.countDocuments({ connectionId, type: 'events.changed' });
}

describe.each(vendors)('an interview in a calendar of %s', (name) => {
  const vendor = () => workers.vendors[name];

  it('is made due by what a person does to its event, and by nothing else', async () => {
    const user = await reader(vendor());
    const eventId = put(user, 5);
    await sync(user);
    const id = await interviewOf(user, eventId, 5);
    put(user, 6);
    await sync(user);
    vendor().expireCursors(user.email);
    await sync(user);
    expect(await isDue(id)).toBe(false);
    put(user, 7, eventId);
    await sync(user);
    expect(await isDue(id)).toBe(true);
  });

  it('is made due where its event is taken away, in the next round of changes or the next full listing', async () => {
    for (const isExpired of [false, true]) {
      const user = await reader(vendor());
      const eventId = put(user, 5);
      await sync(user);
      const id = await interviewOf(user, eventId, 5);
      vendor().remove(user.email, user.calendarId, eventId);
      // Something is left, so that nobody doubts the removal.
      put(user, 6);
      if (isExpired) vendor().expireCursors(user.email);
      await sync(user);
      expect(await isDue(id)).toBe(true);
    }
  });

  it('is made due where its event came and went between two syncs (I2)', async () => {
    for (const isExpired of [false, true]) {
      const user = await reader(vendor());
      const eventId = put(user, 5);
      const id = await interviewOf(user, eventId, 5);
      vendor().remove(user.email, user.calendarId, eventId);
      if (isExpired) vendor().expireCursors(user.email);
      const before = await toldAbout(user);
      await sync(user);
      expect(await isDue(id)).toBe(true);
      expect(await toldAbout(user)).toBe(before);
    }
  });

  it('is made due by what happens beyond the window, where the vendor tells', async () => {
    const { behaviour } = workers.vendors.google.simulator;
    behaviour.ignoreWindow = true;
    onTestFinished(() => void (behaviour.ignoreWindow = false));
    const user = await reader(vendor());
    const eventId = put(user, 400);
    const id = await interviewOf(user, eventId, 400);
    await sync(user);
    expect(await isDue(id)).toBe(true);
  });

  it('is left alone where the turn at the connection is lost meanwhile (I5)', async () => {
    const user = await reader(vendor());
    const eventId = put(user, 5);
    await sync(user);
    const id = await interviewOf(user, eventId, 5);
    put(user, 7, eventId);
    const { facts } = workers.store;
    const applyPage: typeof facts.applyPage = async (...page) => {
      const later = new Date(workers.clock.getTime() + hour);
      await facts.takeSyncTurn(user.connectionId, later, new Date(later.getTime() + hour));
      return facts.applyPage(...page);
    };
    await workers.sync(user.connectionId, { facts: { applyPage } });
    expect(await isDue(id)).toBe(false);
  });
});
