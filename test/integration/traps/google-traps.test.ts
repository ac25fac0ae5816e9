import { afterEach, describe, expect, test } from 'vitest';
import { failureHints } from '../../../src/domain/failure.ts';
import {
  calendarOf,
  connect,
  connectionOf,
  eventsOf,
  everythingOf,
  newUser,
  requestsDuring,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, day, hour, ownWorkers } from '../../support/own-workers.ts';
import type { Appointment } from '../../support/simulated-vendors.ts';

// The traps of docs/traps.md that a store is needed for; the others are in test/contract/google-traps.test.ts.

const workers = ownWorkers();
const vendorOf = () => workers.vendors.google;
const connected = (): Promise<ConnectedUser> => newUser(workers, vendorOf());
const truthOf = ({ email, calendarId }: ConnectedUser) =>
  vendorOf().truth(email, calendarId, windowOf(workers));
const put = ({ email, calendarId }: ConnectedUser, appointment: Appointment, id?: string): string =>
  vendorOf().put(email, calendarId, appointment, id);
const appointmentIn = (days: number, more: Partial<Appointment> = {}): Appointment => ({
  title: `In ${days} days`,
  start: after(days * day),
  end: after(days * day + hour),
  ...more,
});

async function sync({ connectionId }: ConnectedUser): Promise<Readonly<Record<string, unknown>>> {
  const outcome = await workers.sync(connectionId);
  if (outcome.type !== 'done') throw new Error(`the sync was answered ${JSON.stringify(outcome)}`);
  return outcome.result ?? {};
}

const refreshTokenOf = async ({ connectionId }: ConnectedUser): Promise<string> => {
  const credentials = await workers.store.facts.credentials(connectionId);
  return credentials === undefined ? '' : workers.cipher.open(credentials.refreshToken);
};

describe('the credentials of a Google connection', () => {
  test('google trap 1: a second authorization that brings no refresh token keeps the one that is stored', async () => {
    const user = await connected();
    const before = await refreshTokenOf(user);
    await connect(workers, user, { through: vendorOf().withoutLastingAccess });
    expect(await refreshTokenOf(user)).toBe(before);
    workers.clock = after(2 * hour);
    expect(await sync(user)).toMatchObject({ calendars: 1 });
  });

  test('google trap 2: the refresh token outlives every refresh, whose answers have none', async () => {
    const user = await connected();
    const first = await refreshTokenOf(user);
    const accessTokens = new Set<string | undefined>();
    for (const hours of [2, 4, 6]) {
      workers.clock = after(hours * hour);
      const access = await workers.accessToken(user);
      accessTokens.add(access?.accessToken);
      await sync(user);
    }
    expect(accessTokens.size).toBe(3);
    expect(vendorOf().simulator.counts[user.email]).toMatchObject({ refreshes: 3, refreshTokens: 1 });
    expect(await refreshTokenOf(user)).toBe(first);
  });

  test('google trap 4: a withdrawn grant is an end and no defect: marked once, tried by nobody again', async () => {
    const user = await connected();
    await sync(user);
    vendorOf().revokeGrant(user.email);
    workers.clock = after(2 * hour);
    expect(await workers.sync(user.connectionId)).toMatchObject({
      type: 'giveUp',
      failure: { code: 'grant_revoked' },
    });
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(await sync(user)).toEqual({ skipped: 'reauth_required' });
      workers.clock = after(5 * day);
      expect(await workers.store.facts.dueConnections(workers.clock, 1000)).not.toContain(user.connectionId);
    });
    expect(requests).toEqual([]);
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'reauth_required',
      statusReason: { code: 'grant_revoked' },
    });
  });

  test('google trap 5: a grant that ends after seven days says what to do, and authorizing again mends it', async () => {
    const user = await connected();
    workers.clock = after(7 * day - hour);
    await sync(user);
    workers.clock = after(7 * day + hour);
    vendorOf().revokeGrant(user.email);
    const outcome = await workers.sync(user.connectionId);
    expect(outcome).toMatchObject({
      failure: { code: 'testing_grant_expired', hint: failureHints.testing_grant_expired },
    });
    expect(await connect(workers, user)).toBe(user.connectionId);
    expect(await sync(user)).toMatchObject({ calendars: 1 });
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active', consecutiveFailures: 0 });
  });
});

describe('the stored copy of a Google calendar', () => {
  afterEach(() => {
    const { behaviour } = vendorOf().simulator;
    behaviour.ignoreWindow = false;
    behaviour.forgetCancelledBeyondDays = Infinity;
  });

  test('google trap 7: I4: what a full listing did not name is removed, and what it named is not written again', async () => {
    const user = await connected();
    const ids = Array.from({ length: 30 }, (_, n) => put(user, appointmentIn(n + 1)));
    await sync(user);
    const { events } = await everythingOf(workers, user);
    const gone = ids.slice(3, 5);
    for (const id of gone) vendorOf().remove(user.email, user.calendarId, id);
    vendorOf().expireCursors(user.email);
    expect(await sync(user)).toMatchObject({ written: 0, deleted: 2, unchanged: 28 });
    const left = events.filter(({ providerEventId }) => !gone.includes(providerEventId));
    expect((await everythingOf(workers, user)).events).toEqual(left);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  test('google trap 8: I4: the sync token is stored after the last page, so a listing that breaks off loses nothing', async () => {
    const user = await connected();
    const { simulator, paths } = vendorOf();
    simulator.behaviour.pageSizeLimit = 2;
    await sync(user);
    const { cursor } = (await calendarOf(workers, user)).sync;
    for (let n = 0; n < 5; n += 1) put(user, appointmentIn(n + 1));
    simulator.fault({ match: { path: paths.events }, skip: 1, action: { type: 'cut' } });
    await expect(workers.sync(user.connectionId)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await eventsOf(workers, user)).toHaveLength(2);
    expect((await calendarOf(workers, user)).sync).toMatchObject({ cursor });
    await sync(user);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await eventsOf(workers, user)).toHaveLength(5);
  });

  test('google trap 26: I4: changes from outside the window are kept out, and what left it is removed', async () => {
    const user = await connected();
    const { simulator } = vendorOf();
    simulator.behaviour.ignoreWindow = true;
    const series = put(user, appointmentIn(100, { title: 'Stand-up', daily: 400 }));
    const [toFuture, toPast] = [put(user, appointmentIn(3)), put(user, appointmentIn(4))];
    await sync(user);
    put(user, appointmentIn(100, { title: 'Renamed', daily: 400 }), series);
    put(user, appointmentIn(900), toFuture);
    put(user, appointmentIn(-300), toPast);
    put(user, appointmentIn(800, { title: 'Far away' }));
    const requests = simulator.requests.length;
    const { written, deleted } = await sync(user);
    expect(simulator.requests.slice(requests).map(vendorOf().isListing)).toContain('incremental');
    const stored = await eventsOf(workers, user);
    expect(stored).toEqual(truthOf(user));
    expect(new Set(stored.map(({ title }) => title))).toEqual(new Set(['Renamed']));
    expect({ written, deleted }).toEqual({ written: stored.length, deleted: 2 });
    expect((await everythingOf(workers, user)).events).toHaveLength(stored.length);
  });

  test('google trap 27: a cancelled instance that is never told is found by the next reading of the whole window', async () => {
    const user = await connected();
    const { email, calendarId } = user;
    vendorOf().simulator.behaviour.forgetCancelledBeyondDays = 30;
    const series = put(user, appointmentIn(1, { daily: 90 }));
    await sync(user);
    vendorOf().cancelOccurrence(email, calendarId, series, after(60 * day));
    expect(await sync(user)).toMatchObject({ written: 0, deleted: 0 });
    expect(await eventsOf(workers, user)).toHaveLength(90);
    workers.clock = after(8 * day);
    expect(await sync(user)).toMatchObject({ deleted: 1 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await eventsOf(workers, user)).toHaveLength(89);
  });

  test('google trap 30: copies that share an id on other calendars live and go each for itself', async () => {
    const [organizer, guest] = [await connected(), await connected()];
    const team = vendorOf().addCalendar(organizer.email, 'Team');
    const id = put(organizer, appointmentIn(5, { title: 'The organizer’s' }), 'shared0');
    put(guest, appointmentIn(5, { title: 'The guest’s' }), id);
    vendorOf().put(organizer.email, team, appointmentIn(5, { title: 'The team’s' }), id);
    const titlesOf = async (user: ConnectedUser): Promise<(string | undefined)[]> => {
      await sync(user);
      return (await eventsOf(workers, user)).map(({ title }) => title).toSorted();
    };
    expect(await titlesOf(organizer)).toEqual(['The organizer’s', 'The team’s']);
    expect(await titlesOf(guest)).toEqual(['The guest’s']);
    vendorOf().remove(organizer.email, organizer.calendarId, id);
    expect(await titlesOf(organizer)).toEqual(['The team’s']);
    expect(await titlesOf(guest)).toEqual(['The guest’s']);
  });
});
