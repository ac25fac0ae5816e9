import { afterEach, describe, expect, test } from 'vitest';
import {
  calendarOf,
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

// The traps of docs/traps.md that a store is needed for; the others are in test/contract/microsoft-traps.test.ts.

const workers = ownWorkers();
const vendorOf = () => workers.vendors.microsoft;
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

describe('the credentials of a Microsoft connection', () => {
  afterEach(() => vendorOf().simulator.setClientSecretExpired(false));

  test('microsoft trap 1: the refresh token of the last answer is the one kept, in one write with its access token', async () => {
    const user = await connected();
    const writes: Record<string, unknown>[] = [];
    const saveRefreshed: typeof workers.store.facts.saveRefreshed = async (turn, tokens, now) => {
      const saved = await workers.store.facts.saveRefreshed(turn, tokens, now);
      writes.push({ saved, ...tokens });
      return saved;
    };
    const kept = new Set([await refreshTokenOf(user)]);
    // Longer than any one refresh token lives.
    for (const days of [30, 60, 89, 100, 150]) {
      workers.clock = after(days * day);
      await workers.accessToken(user, { facts: { saveRefreshed } });
      kept.add(await refreshTokenOf(user));
    }
    expect(kept.size).toBe(6);
    const whole = { saved: true, accessToken: expect.anything(), refreshToken: expect.anything() };
    expect(writes).toEqual(Array.from({ length: 5 }, () => expect.objectContaining(whole) as unknown));
    await sync(user);
  });

  test('microsoft trap 2: an answer that was lost before it was stored asks nobody to authorize again', async () => {
    const user = await connected();
    await sync(user);
    workers.clock = after(2 * hour);
    const saveRefreshed = () => Promise.reject(new Error('the primary stepped down'));
    const wait = async (ms: number): Promise<void> => {
      workers.clock = after(ms, workers.clock);
    };
    await expect(workers.sync(user.connectionId, { facts: { saveRefreshed }, wait })).rejects.toThrow(
      /stepped down/,
    );
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
    expect(vendorOf().simulator.counts(user.email).refreshes).toBe(1);
    await sync(user);
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active', consecutiveFailures: 0 });
    expect(vendorOf().simulator.counts(user.email).refreshes).toBe(2);
  });

  test('microsoft trap 3: an expired client secret is our trouble, and no connection has to be authorized again', async () => {
    const users = [await connected(), await connected()];
    workers.clock = after(2 * hour);
    vendorOf().simulator.setClientSecretExpired(true);
    for (const user of users) {
      expect(await workers.sync(user.connectionId)).toMatchObject({
        type: 'giveUp',
        failure: { code: 'client_secret_expired' },
      });
      expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
    }
    vendorOf().simulator.setClientSecretExpired(false);
    for (const user of users) expect(await sync(user)).toMatchObject({ calendars: 1 });
  });

  test('microsoft trap 4: a new password, which ends access tokens at most, goes unnoticed; revoked sessions do not', async () => {
    const user = await connected();
    put(user, appointmentIn(3));
    vendorOf().expireAccessTokens(user.email);
    expect(await sync(user)).toMatchObject({ written: 1 });
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active', consecutiveFailures: 0 });

    vendorOf().expireAccessTokens(user.email);
    vendorOf().revokeGrant(user.email);
    expect(await workers.sync(user.connectionId)).toMatchObject({ failure: { code: 'grant_revoked' } });
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'reauth_required' });
  });
});

describe('the stored copy of an Outlook calendar', () => {
  afterEach(() => vendorOf().simulator.setDeltaBehaviour({ outsideMastersRemoved: false }));

  test('microsoft trap 8: I4: what is said to be removed is asked for where occurrences of it are stored, else believed', async () => {
    const user = await connected();
    vendorOf().simulator.setDeltaBehaviour({ outsideMastersRemoved: true });
    const series = put(user, appointmentIn(-60, { title: 'Stand-up', daily: 90 }));
    const [single, far] = [put(user, appointmentIn(5)), put(user, appointmentIn(900))];
    // So that the removal of the whole series is not more than the breaker believes at once (I11).
    put(user, appointmentIn(1, { title: 'Lunch', daily: 150 }));
    await sync(user);
    expect(await eventsOf(workers, user)).toHaveLength(60 + 1 + 150);
    vendorOf().cancelOccurrence(user.email, user.calendarId, series, after(7 * day));
    for (const id of [single, far]) vendorOf().remove(user.email, user.calendarId, id);
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(await sync(user)).toMatchObject({ written: 0, deleted: 2, unchanged: 59 });
    });
    expect(requests.filter(({ path }) => path.includes('/me/events/'))).toHaveLength(2);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));

    vendorOf().remove(user.email, user.calendarId, series);
    expect(await sync(user)).toMatchObject({ written: 0, deleted: 59 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  test('microsoft trap 12: I4: a dead cursor starts over within the same run, and writes only what differs', async () => {
    const user = await connected();
    const [gone] = [put(user, appointmentIn(3)), put(user, appointmentIn(4, { daily: 20 }))];
    await sync(user);
    const { window } = (await calendarOf(workers, user)).sync;
    vendorOf().remove(user.email, user.calendarId, gone);
    put(user, appointmentIn(6, { title: 'New' }));
    vendorOf().expireCursors(user.email);
    expect(await sync(user)).toMatchObject({ written: 1, deleted: 1, unchanged: 20 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect((await calendarOf(workers, user)).sync.window).toEqual(window);
  });

  test('microsoft trap 13: the window rolls before it runs out, and what stays in it is not written again', async () => {
    const user = await connected();
    put(user, appointmentIn(-400, { title: 'Stand-up', daily: 10_000 }));
    const { futureDays } = workers.config.sync.window;
    const beyond = put(user, appointmentIn(futureDays + 10, { title: 'Beyond' }));
    await sync(user);
    const stored = async () => (await everythingOf(workers, user)).events;
    const before = await stored();
    expect(before.map(({ providerEventId }) => providerEventId)).not.toContain(beyond);

    workers.clock = after(6 * day);
    const early = await requestsDuring(vendorOf(), () => sync(user));
    expect(early.map(vendorOf().isListing).filter(Boolean)).toEqual(['incremental']);

    workers.clock = after(8 * day);
    expect(await sync(user)).toMatchObject({ written: 8 + 1, deleted: 8, unchanged: before.length - 8 });
    const later = await stored();
    expect(later.map(({ providerEventId }) => providerEventId)).toContain(beyond);
    const kept = new Map(before.map((event) => [event.providerEventId, event]));
    const same = later.filter((event) => kept.has(event.providerEventId));
    expect(same).toHaveLength(before.length - 8);
    expect(same).toEqual(same.map((event) => kept.get(event.providerEventId)));
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  test('microsoft trap 23: a fraction of a second counts: the sync waits for at least as long as it was told', async () => {
    const user = await connected();
    const { simulator, paths } = vendorOf();
    const action = { type: 'status', status: 429, headers: { 'retry-after': '2.128' }, body: {} } as const;
    simulator.fault({ match: { path: paths.events }, action });
    const outcome = await workers.sync(user.connectionId);
    if (outcome.type !== 'snooze') throw new Error(`the sync was answered ${outcome.type}`);
    expect(outcome.until.getTime()).toBeGreaterThanOrEqual(after(2128).getTime());
  });
});
