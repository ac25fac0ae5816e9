import { describe, expect, it } from 'vitest';
import { done } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { appointment, everyKindOfEntry, fill } from '../../support/calendar-contents.ts';
import {
  calendarOf,
  eventsOf,
  everythingOf,
  jobsOf,
  newUser,
  requestsDuring,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, day, minute, ownWorkers, second, start } from '../../support/own-workers.ts';
import { stalling } from '../../support/stalling-provider.ts';

const workers = ownWorkers();

describe.each(providerIds)('the audit of a connection with %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  const planFor = ({ connectionId }: ConnectedUser, at: Date) =>
    workers.database.connections.updateOne({ _id: connectionId }, { $set: { nextAuditAt: at } });
  const synced = async (): Promise<ConnectedUser> => {
    const user = await newUser(workers, vendorOf());
    fill(user, 30);
    everyKindOfEntry(user);
    await workers.sync(user.connectionId);
    await planFor(user, start);
    return user;
  };
  const audit = async ({ connectionId }: ConnectedUser, instead = {}) => {
    const outcome = await workers.audit(connectionId, instead);
    if (outcome.type !== 'done') throw new Error(`the audit was answered ${JSON.stringify(outcome)}`);
    return outcome.result;
  };
  /** What no sync would ever notice: the vendor does not speak again of what did not change. */
  const spoil = async (user: ConnectedUser): Promise<void> => {
    const { database } = workers;
    const [lost, changed, sample] = (await everythingOf(workers, user)).events;
    await database.events.deleteOne({ _id: lost!._id });
    await database.events.updateOne(
      { _id: changed!._id },
      { $set: { title: 'Spoilt', fingerprint: 'of something else' } },
    );
    const { _id, ...copy } = sample!;
    await database.events.create([
      { ...copy, providerEventId: 'ghost-1' },
      { ...copy, providerEventId: 'ghost-2' },
    ]);
  };

  it('I4: finds what the syncs have missed, repairs it and records how much it was', async () => {
    const user = await synced();
    await spoil(user);
    await workers.sync(user.connectionId);
    expect(await eventsOf(workers, user)).not.toEqual(truthOf(user));
    workers.clock = after(minute);
    expect(await audit(user)).toMatchObject({ calendars: 1, written: 2, deleted: 2 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect((await calendarOf(workers, user)).audit).toEqual({
      at: workers.clock,
      missing: 1,
      extra: 2,
      different: 1,
    });
  });

  it('finds nothing where all is well, writes no event, and the next sync goes on from its cursor', async () => {
    const user = await synced();
    const { events } = await everythingOf(workers, user);
    workers.clock = after(minute);
    expect(await audit(user)).toMatchObject({ written: 0, deleted: 0 });
    expect((await everythingOf(workers, user)).events).toEqual(events);
    expect(await calendarOf(workers, user)).toMatchObject({
      sync: { lastSyncedAt: workers.clock },
      audit: { missing: 0, extra: 0, different: 0 },
    });
    vendorOf().put(user.email, user.calendarId, appointment('New', 100));
    const requests = await requestsDuring(vendorOf(), () => workers.sync(user.connectionId));
    expect(requests.map(vendorOf().isListing)).not.toContain('full');
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('what changed since the last sync, or while the audit reads, is stored and is no drift', async () => {
    const user = await synced();
    const { email, calendarId } = user;
    const [doomed, edited] = fill(user, 2);
    vendorOf().put(email, calendarId, appointment('Since the last sync', 100));
    const provider = workers.provider(id);
    const busy: Provider = {
      ...provider,
      async *listEvents(access, query) {
        if (query.cursor === null) {
          vendorOf().put(email, calendarId, appointment('In the midst', 101));
          vendorOf().put(email, calendarId, appointment('Edited in the midst', 102), edited);
          vendorOf().remove(email, calendarId, doomed ?? '');
        }
        yield* provider.listEvents(access, query);
      },
    };
    await audit(user, { provider: busy });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect((await calendarOf(workers, user)).audit).toMatchObject({ missing: 0, extra: 0, different: 0 });
  });

  it('what happens to series while the audit reads is stored and is no drift, though their occurrences are not named', async () => {
    const user = await synced();
    const { email, calendarId } = user;
    const { standUp, course, standUpAt } = everyKindOfEntry(user);
    const single = vendorOf().put(email, calendarId, appointment('Single', 60, { daily: 3 }));
    const later = vendorOf().put(email, calendarId, appointment('Deleted later', 70));
    const provider = workers.provider(id);
    let listings = 0;
    const busy: Provider = {
      ...provider,
      async *listEvents(access, query) {
        listings += 1;
        const away = { start: after(300 * day), end: after(301 * day) };
        if (listings === 2) {
          vendorOf().cancelOccurrence(email, calendarId, standUp, standUpAt(3));
          vendorOf().moveOccurrence(email, calendarId, standUp, standUpAt(5), away);
          vendorOf().remove(email, calendarId, course);
          vendorOf().put(email, calendarId, appointment('Single', 60), single);
          vendorOf().put(email, calendarId, appointment('Becomes a series', 70, { daily: 4 }), later);
        }
        if (listings === 3) vendorOf().remove(email, calendarId, later);
        yield* provider.listEvents(access, query);
      },
    };
    expect(await audit(user, { provider: busy })).toMatchObject({ held: 0 });
    expect(listings).toBe(3);
    expect((await calendarOf(workers, user)).audit).toMatchObject({ missing: 0, extra: 0, different: 0 });
    await workers.sync(user.connectionId);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('a token that is refused in its second reading costs it nothing: it goes on from what is stored by then', async () => {
    const user = await synced();
    const { email, calendarId } = user;
    vendorOf().put(email, calendarId, appointment('Since the last sync', 100));
    const provider = workers.provider(id);
    const refresh: Provider['refresh'] = (...args) => {
      vendorOf().put(email, calendarId, appointment('Between the two tries', 101));
      return provider.refresh(...args);
    };
    const match = { path: vendorOf().paths.events };
    vendorOf().simulator.fault({ match, skip: 1, action: { type: 'status', status: 401 } });
    expect(await audit(user, { provider: { ...provider, refresh } })).toMatchObject({ calendars: 1 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect((await calendarOf(workers, user)).audit).toMatchObject({ missing: 0, extra: 0, different: 0 });
  });

  it('a day that has come into the window since is no drift', async () => {
    const user = await synced();
    const { end } = windowOf(workers);
    const beyond = { start: after(day, end), end: after(day + minute, end) };
    vendorOf().put(user.email, user.calendarId, appointment('Beyond', 0, beyond));
    workers.clock = after(3 * day);
    await audit(user);
    expect((await calendarOf(workers, user)).audit).toMatchObject({ missing: 0, extra: 0, different: 0 });
  });

  it('I11: a reading that would remove a large share is held, and says nothing about drift', async () => {
    const user = await synced();
    const { events } = await everythingOf(workers, user);
    const { cursor } = (await calendarOf(workers, user)).sync;
    const match = { path: vendorOf().paths.events };
    const body = vendorOf().page(cursor ?? '', [], [], start);
    vendorOf().simulator.fault({ match, skip: 1, action: { type: 'status', status: 200, body } });
    expect(await audit(user)).toMatchObject({ held: events.length, deleted: 0 });
    expect((await everythingOf(workers, user)).events).toEqual(events);
    expect(await calendarOf(workers, user)).toMatchObject({
      audit: undefined,
      sync: { cursor, hold: { removals: events.length } },
    });
    workers.clock = after(minute);
    await workers.sync(user.connectionId);
    expect((await calendarOf(workers, user)).sync.hold).toBeUndefined();
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('I5: has the connection to itself, and one that stalled writes nothing after another took over', async () => {
    const user = await synced();
    const stall = stalling(workers.provider(id), 'end');
    const late = workers.audit(user.connectionId, { provider: stall.provider });
    await stall.reached;
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'snooze' });
    workers.clock = after(61 * second);
    await workers.sync(user.connectionId);
    const written = await everythingOf(workers, user);
    stall.release();
    expect(await late).toEqual(done({ skipped: expect.stringContaining('has lost its turn') }));
    const left = await everythingOf(workers, user);
    expect({ events: left.events, calendars: left.calendars }).toEqual({
      events: written.events,
      calendars: written.calendars,
    });
  });

  it('is drawn anew when it is over, and does nothing before that day', async () => {
    const user = await synced();
    await audit(user);
    const planned = (await everythingOf(workers, user)).connection?.nextAuditAt;
    expect(planned?.getTime()).toBeGreaterThan(start.getTime());
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(await audit(user)).toEqual({ skipped: 'not due' });
    });
    expect(requests).toEqual([]);
  });

  it('stays due where it fails and is tried again; after the last attempt another day is drawn', async () => {
    const user = await synced();
    const match = { path: vendorOf().paths.events };
    const planned = async () => (await everythingOf(workers, user)).connection?.nextAuditAt;
    vendorOf().simulator.fault({ match, times: 2, action: { type: 'status', status: 503 } });
    await expect(workers.audit(user.connectionId)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await planned()).toEqual(start);
    await expect(workers.audit(user.connectionId, { lastAttempt: true })).rejects.toMatchObject({
      kind: 'unavailable',
    });
    expect((await planned())?.getTime()).toBeGreaterThan(start.getTime());
  });
});

describe('the nights of the audits', () => {
  it('I1: a tick draws a night for every connection; when it comes, any number of ticks queue one audit', async () => {
    const user = await newUser(workers, workers.vendors.google);
    const planned = async () => (await everythingOf(workers, user)).connection?.nextAuditAt;
    await workers.tick();
    const night = await planned();
    expect(night?.getUTCHours()).toBe(3);
    await workers.tick();
    expect(await planned()).toEqual(night);
    expect(await jobsOf(workers, 'maintenance', user.connectionId)).toEqual([]);
    workers.clock = night!;
    await Promise.all(Array.from({ length: 5 }, () => workers.tick()));
    const jobs = await jobsOf(workers, 'maintenance', user.connectionId);
    expect(jobs.map(({ name }) => name)).toEqual(['audit-connection']);
    // Redis lost it: it is still due.
    await jobs[0]?.remove();
    await workers.tick();
    expect(await jobsOf(workers, 'maintenance', user.connectionId)).toHaveLength(1);
  });

  it('their finds add up for the metrics, with the calendars that are held now', async () => {
    const before = await workers.store.reads.calendarHealth(start);
    const user = await newUser(workers, workers.vendors.google);
    await workers.sync(user.connectionId);
    const { id } = await calendarOf(workers, user);
    const drift = { missing: 1, extra: 2, different: 3 };
    const hold = { since: start, readAt: start, stored: 1, removals: 1, digest: 'd' };
    await workers.database.calendars.updateOne(
      { _id: id },
      { $set: { audit: { at: start, ...drift }, 'sync.hold': hold, missingSince: start } },
    );
    expect(await workers.store.reads.calendarHealth(start)).toEqual({
      held: before.held + 1,
      unreadable: before.unreadable,
      audited: before.audited + 1,
      drift: {
        missing: before.drift.missing + 1,
        extra: before.drift.extra + 2,
        different: before.drift.different + 3,
      },
    });
    expect(await workers.store.reads.calendarHealth(after(100 * day))).toMatchObject({
      drift: { missing: 0, extra: 0, different: 0 },
    });
  });
});
