import { describe, expect, it } from 'vitest';
import { pushCovers } from '../../../src/domain/watch.ts';
import { appointment } from '../../support/calendar-contents.ts';
import { calendarOf, newUser, requestsDuring } from '../../support/connected-user.ts';
import { after, day, minute, ownWorkers, start } from '../../support/own-workers.ts';
import { standing, syncedUser, watchedUser, watchesOf, watchOf } from '../../support/watched-user.ts';
import type { RecordedRequest } from '../../simulators/simulator.ts';

const workers = ownWorkers();

const idOf = ({ body }: RecordedRequest): unknown => (JSON.parse(body) as Record<string, unknown>)['id'];

describe('google', () => {
  it('google trap 16: every channel is opened under an id of its own, on renewal and after a lost answer too', async () => {
    const { google } = workers.vendors;
    const user = await syncedUser(workers, google);
    const requests = await requestsDuring(google, async () => {
      google.simulator.fault({ match: { path: '/watch$' }, action: { type: 'cut-after' } });
      await workers.keepWatches(user.connectionId);
      google.expireAccessTokens(user.email);
      for (const at of [2 * minute, 4 * day, 8 * day, 12 * day]) {
        workers.clock = after(at);
        await workers.keepWatches(user.connectionId);
      }
    });
    const watching = requests.filter(({ path }) => path.endsWith('/watch'));
    // The lost one, the refused one with an old token, and one for each half of a life.
    expect(watching.map(({ status }) => status)).toEqual([0, 401, 200, 200, 200, 200]);
    expect(new Set(watching.map(idOf)).size).toBe(watching.length);
  });

  it('google trap 17: a channel whose opening got no answer is known by its id and the hash of its token', async () => {
    const { google } = workers.vendors;
    const user = await syncedUser(workers, google);
    google.simulator.fault({ match: { path: '/watch$' }, action: { type: 'cut-after' } });
    await workers.keepWatches(user.connectionId);
    await google.simulator.pushesSettled();
    const lost = await watchOf(workers, user);
    const told = workers.notified.calls.filter(({ headers }) => headers['x-goog-channel-id'] === lost.id);
    expect(told).toHaveLength(1);
    expect(await workers.store.reads.watch(lost.id)).toEqual(lost);
  });

  it('google trap 18: a calendar that cannot be watched is asked once, remembered, and polled', async () => {
    const { google } = workers.vendors;
    const user = await newUser(workers, google);
    const holidays = 'en.german#holiday@group.v.calendar.google.com';
    google.simulator.addCalendar(user.email, { id: holidays, summary: 'Holidays' });
    await workers.sync(user.connectionId);
    const { id: calendarId } = await calendarOf(workers, user, holidays);
    await workers.store.intents.selectCalendar(calendarId, true, start);
    expect(await workers.keepWatches(user.connectionId)).toMatchObject({
      result: { created: 1, unsupported: 1, failed: 0 },
    });
    expect(await calendarOf(workers, user, holidays)).toMatchObject({
      pushUnsupported: { code: 'push_unsupported', at: start },
    });
    const watches = await watchesOf(workers, user);
    expect(watches).toMatchObject([{ calendarId: (await calendarOf(workers, user)).id, state: 'active' }]);
    const calendars = await workers.store.reads.calendarsOf(user.connectionId);
    expect(pushCovers(calendars, watches, start, 'calendar')).toBe(false);

    const requests = await requestsDuring(google, async () => {
      for (const days of [1, 4, 8]) {
        workers.clock = after(days * day);
        await workers.keepWatches(user.connectionId);
      }
    });
    expect(requests.filter(({ path }) => path.includes('holiday'))).toEqual([]);

    // Whoever takes it in anew asks once more.
    await workers.store.intents.selectCalendar(calendarId, false, start);
    await workers.store.intents.selectCalendar(calendarId, true, start);
    expect((await calendarOf(workers, user, holidays)).pushUnsupported).toBeUndefined();
  });
});

describe('microsoft', () => {
  it('microsoft trap 22: a subscription is renewed at half of its life, and at once when it asks to be authorized anew', async () => {
    const { microsoft } = workers.vendors;
    const user = await watchedUser(workers, microsoft);
    const { id, renewAt, expiresAt } = await watchOf(workers, user);
    expect(renewAt.getTime() - start.getTime()).toBeLessThan((expiresAt.getTime() - start.getTime()) * 0.56);
    microsoft.simulator.sendLifecycle(
      (await watchOf(workers, user)).providerWatchId!,
      'reauthorizationRequired',
    );
    // What intake makes of it.
    workers.clock = after(50 * minute);
    await workers.database.watches.updateOne({ _id: id }, { $set: { renewAt: workers.clock } });
    await workers.store.intents.requestWatches(user.connectionId, workers.clock);
    expect(await workers.keepWatches(user.connectionId)).toMatchObject({ result: { renewed: 1 } });

    // The token of its creation has lapsed by now, and would have made it dumb.
    workers.clock = after(80 * minute);
    const before = workers.notified.calls.length;
    microsoft.put(user.email, user.calendarId, appointment('New', 9));
    await microsoft.simulator.deliverNotifications();
    const told = workers.notified.calls.slice(before).filter(({ body }) => body.includes(id));
    expect(told.length).toBeGreaterThan(0);
    const { atVendor, active } = await standing(workers, user);
    expect(atVendor).toEqual(active);
  });
});
