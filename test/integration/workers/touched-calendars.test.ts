import { describe, expect, it } from 'vitest';
import { done } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { appointment, fill } from '../../support/calendar-contents.ts';
import {
  calendarOf,
  connectionOf,
  eventsOf,
  jobsOf,
  newUser,
  requestsDuring,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, minute, ownWorkers, second } from '../../support/own-workers.ts';
import { stalling } from '../../support/stalling-provider.ts';
import { aWatch } from '../../support/watches.ts';

const workers = ownWorkers();

describe.each(providerIds)('a sync because of a notification from %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  /** Synced, with a second calendar that counts, a minute ago. */
  const synced = async (): Promise<ConnectedUser & { second: string }> => {
    const user = await newUser(workers, vendorOf());
    const other = vendorOf().addCalendar(user.email, 'Second');
    fill(user, 5);
    await workers.sync(user.connectionId);
    const jobs = await jobsOf(workers, 'sync', user.connectionId);
    await Promise.all(jobs.map((job) => job.remove()));
    workers.clock = after(minute);
    return { ...user, second: other };
  };
  /** What intake writes when a vendor tells of these calendars; of all, where none is named. */
  const notify = async (user: ConnectedUser, ...providerCalendarIds: string[]): Promise<void> => {
    const connection = await connectionOf(workers, user);
    const named = await Promise.all(
      providerCalendarIds.map((name) => calendarOf(workers, user, name).then((calendar) => calendar.id)),
    );
    for (const calendarId of named.length === 0 ? [undefined] : named) {
      const watch = await aWatch(workers.database, connection, { calendarId }, workers.clock);
      const { id: watchId, provider, providerWatchId = '' } = watch;
      const told = { provider, kind: 'changed', watchId, providerWatchId } as const;
      await workers.store.intents.acceptNotification(watch, told, workers.clock);
    }
  };
  const due = { onlyDue: true } as const;
  const calls = async (doing: () => Promise<unknown>) => {
    const requests = await requestsDuring(vendorOf(), doing);
    const lists = requests.filter(({ path }) => new RegExp(vendorOf().paths.calendars).test(path));
    const listings = requests.map((request) => vendorOf().isListing(request)).filter(Boolean);
    return { lists: lists.length, listings };
  };

  it('reads the calendar that was named and nothing else, and leaves the sweep where it was', async () => {
    const user = await synced();
    const { nextSyncAt: sweepAt } = await connectionOf(workers, user);
    vendorOf().put(user.email, user.calendarId, appointment('New', 3));
    await notify(user, user.calendarId);
    const made = await calls(async () => {
      expect(await workers.sync(user.connectionId, due)).toMatchObject({
        type: 'done',
        result: { calendars: 1, written: 1 },
      });
    });
    expect(made).toEqual({ lists: 0, listings: ['incremental'] });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await connectionOf(workers, user)).toMatchObject({
      nextSyncAt: sweepAt,
      lastSyncedAt: workers.clock,
    });
  });

  it('reads all that count, without their list, where the watch covers the account', async () => {
    const user = await synced();
    const spare = await calendarOf(workers, user, user.second);
    await notify(user);
    expect(await calls(() => workers.sync(user.connectionId, due))).toEqual({
      lists: 0,
      listings: ['incremental', 'incremental'],
    });
    await workers.store.intents.selectCalendar(spare.id, false, workers.clock);
    await workers.sync(user.connectionId, due);
    await notify(user);
    expect((await calls(() => workers.sync(user.connectionId, due))).listings).toEqual(['incremental']);
  });

  it('asks nobody anything where the calendar is gone or not counted any more', async () => {
    const user = await synced();
    const spare = await calendarOf(workers, user, user.second);
    await notify(user, user.second);
    await workers.database.calendars.deleteOne({ _id: spare.id });
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(await workers.sync(user.connectionId, due)).toMatchObject({ result: { calendars: 0 } });
    });
    expect(requests).toEqual([]);
  });

  it('I3: is skipped where another has served the notification already', async () => {
    const user = await synced();
    await notify(user, user.calendarId);
    await workers.sync(user.connectionId, due);
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(await workers.sync(user.connectionId, due)).toEqual(done({ skipped: 'nothing is due' }));
    });
    expect(requests).toEqual([]);
  });

  it.each([
    [
      'somebody asked for a sync',
      (user: ConnectedUser) => workers.store.intents.requestSync(user.connectionId, workers.clock),
    ],
    ['the time of the sweep has come', async () => void (workers.clock = after(10 * minute))],
  ])('reads everything where %s', async (_, first) => {
    const user = await synced();
    await notify(user, user.calendarId);
    await first(user);
    expect(await calls(() => workers.sync(user.connectionId, due))).toEqual({
      lists: 1,
      listings: ['incremental', 'incremental'],
    });
    const { nextSyncAt } = await connectionOf(workers, user);
    expect(nextSyncAt).toEqual(after(5 * minute, workers.clock));
  });

  it('reads everything where the job does not say that only what is due is wanted', async () => {
    const user = await synced();
    await notify(user, user.calendarId);
    expect((await calls(() => workers.sync(user.connectionId))).lists).toBe(1);
  });

  it('I2: a run that fails leaves its marks to the next, which is no less a run for them alone', async () => {
    const user = await synced();
    vendorOf().put(user.email, user.calendarId, appointment('New', 3));
    await notify(user, user.calendarId);
    const action = { type: 'status', status: 503 } as const;
    vendorOf().simulator.fault({ match: { path: '/(events|delta)$' }, times: 1, action });
    await expect(workers.sync(user.connectionId, due)).rejects.toThrow(/503|unavailable|fault/i);
    vendorOf().simulator.clearFaults();
    workers.clock = after(minute + second);
    expect(await calls(() => workers.sync(user.connectionId, due))).toEqual({
      lists: 0,
      listings: ['incremental'],
    });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('I2: after a run that died with its marks everything is read, also where others came since', async () => {
    const user = await synced();
    vendorOf().put(user.email, user.calendarId, appointment('New', 3));
    await notify(user, user.calendarId);
    const stall = stalling(workers.provider(id), 'page');
    const dead = workers.sync(user.connectionId, { ...due, provider: stall.provider });
    await stall.reached;
    workers.clock = after(minute + 61 * second);
    await notify(user, user.second);
    expect(await calls(() => workers.sync(user.connectionId, due))).toEqual({
      lists: 1,
      listings: ['incremental', 'incremental'],
    });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    stall.release();
    await dead;
  });

  it('I2: one that is interrupted leaves its marks to the next', async () => {
    const user = await synced();
    await notify(user);
    const stall = stalling(workers.provider(id), 'page');
    const ending = new AbortController();
    const interrupted = { ...due, provider: stall.provider, signal: ending.signal };
    const running = workers.sync(user.connectionId, interrupted);
    await stall.reached;
    ending.abort(new Error('the process ends'));
    stall.release();
    await expect(running).rejects.toThrow('the process ends');
    expect(await calls(() => workers.sync(user.connectionId, due))).toEqual({
      lists: 0,
      listings: ['incremental', 'incremental'],
    });
  });

  it('I2: a notification during a run is followed by another run that sees the change', async () => {
    const user = await synced();
    await notify(user, user.calendarId);
    const stall = stalling(workers.provider(id), 'end');
    const running = workers.sync(user.connectionId, { ...due, provider: stall.provider });
    await stall.reached;
    vendorOf().put(user.email, user.calendarId, appointment('Late', 4));
    // Its own enqueuing is left out, as if Redis had been emptied.
    await notify(user, user.calendarId);
    stall.release();
    await running;
    expect(await eventsOf(workers, user)).not.toEqual(truthOf(user));
    expect(await jobsOf(workers, 'sync', user.connectionId)).toHaveLength(1);
    expect(await workers.store.facts.dueConnections(workers.clock, 1000)).toContain(user.connectionId);
    expect((await calls(() => workers.sync(user.connectionId, due))).listings).toEqual(['incremental']);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('a held removal is confirmed by a run of everything, at its time', async () => {
    const user = await synced();
    const more = fill(user, 12);
    await workers.sync(user.connectionId);
    for (const event of more) vendorOf().remove(user.email, user.calendarId, event);
    await notify(user, user.calendarId);
    expect(await workers.sync(user.connectionId, due)).toMatchObject({ result: { held: 12 } });
    const { nextSyncAt } = await connectionOf(workers, user);
    expect(nextSyncAt).toEqual(after(2 * minute));
    workers.clock = after(2 * minute);
    expect(await calls(() => workers.sync(user.connectionId, due))).toMatchObject({ lists: 1 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('tells how long the change took from its notification, failures included', async () => {
    const user = await synced();
    const told: unknown[] = [];
    const onFresh = (freshness: unknown) => void told.push(freshness);
    await notify(user, user.calendarId);
    workers.clock = after(minute + 40 * second);
    await notify(user, user.calendarId);
    await workers.sync(user.connectionId, { ...due, onFresh, provider: failing() }).catch(() => undefined);
    expect(told).toEqual([]);
    workers.clock = after(minute + 42 * second);
    await workers.sync(user.connectionId, { ...due, onFresh });
    expect(told).toEqual([{ provider: id, ms: 42 * second }]);
    await workers.store.intents.requestSync(user.connectionId, workers.clock);
    await workers.sync(user.connectionId, { ...due, onFresh });
    expect(told).toHaveLength(1);
  });

  it('the next one that reads everything comes with the sweep where watches cover all that counts, else after the interval', async () => {
    const user = await synced();
    const next = async () => {
      await workers.sync(user.connectionId);
      return (await connectionOf(workers, user)).nextSyncAt;
    };
    expect(await next()).toEqual(after(5 * minute, workers.clock));
    await workers.keepWatches(user.connectionId);
    expect(await next()).toEqual(after(10 * minute, workers.clock));
    await workers.database.watches.updateMany({ connectionId: user.connectionId }, { silentSweeps: 2 });
    expect(await next()).toEqual(after(5 * minute, workers.clock));
  });

  it('I2: what changed before a watch began to tell is read once it has begun', async () => {
    const user = await synced();
    vendorOf().put(user.email, user.calendarId, appointment('Between', 3));
    await workers.keepWatches(user.connectionId);
    expect(await workers.store.facts.dueConnections(workers.clock, 1000)).toContain(user.connectionId);
    expect((await calls(() => workers.sync(user.connectionId, due))).lists).toBe(0);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  const failing = () => ({
    ...workers.provider(id),
    listEvents: () => {
      throw new Error('a defect');
    },
  });
});
