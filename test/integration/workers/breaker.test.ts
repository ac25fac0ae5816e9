import { describe, expect, it } from 'vitest';
import { done } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { appointment, fill } from '../../support/calendar-contents.ts';
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
import { after, day, minute, ownWorkers, second, start } from '../../support/own-workers.ts';
import { storedFreshness } from '../../support/stored-time.ts';
import { stalling } from '../../support/stalling-provider.ts';

const workers = ownWorkers();

/** What a worker meets that is killed. */
class Killed extends Error {}

describe.each(providerIds)('the breaker over calendars of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  const sync = async ({ connectionId }: ConnectedUser, instead = {}) => {
    const outcome = await workers.sync(connectionId, instead);
    if (outcome.type !== 'done') throw new Error(`the sync was answered ${JSON.stringify(outcome)}`);
    return outcome.result;
  };
  const synced = async (count: number): Promise<{ user: ConnectedUser; ids: string[] }> => {
    const user = await newUser(workers, vendorOf());
    const ids = fill(user, count);
    await sync(user);
    return { user, ids };
  };
  /** The next full listing names nothing but these, with every sign of success. */
  const loseAllBut = async (user: ConnectedUser, named: string[] = []): Promise<void> => {
    const { cursor, hold } = (await calendarOf(workers, user)).sync;
    const body = vendorOf().page(cursor ?? '', named, [], start);
    vendorOf().expireCursors(user.email);
    const match = { path: vendorOf().paths.events };
    // The reading that is to confirm a hold does not ask for changes first.
    const skip = hold === undefined ? 1 : 0;
    vendorOf().simulator.fault({ match, skip, action: { type: 'status', status: 200, body } });
  };
  const listingsDuring = async (doing: () => Promise<unknown>) =>
    (await requestsDuring(vendorOf(), doing)).map(vendorOf().isListing).filter((kind) => kind !== false);

  it('I11: a listing that would remove a large share is held, with time and numbers, and due again in a minute', async () => {
    const { user } = await synced(30);
    const { events, calendars } = await everythingOf(workers, user);
    await loseAllBut(user);
    workers.clock = after(5 * second);
    expect(await sync(user)).toMatchObject({ held: 30, deleted: 0 });
    expect((await everythingOf(workers, user)).events).toEqual(events);
    const { sync: progress } = await calendarOf(workers, user);
    expect(progress).toMatchObject({
      cursor: calendars[0]?.sync.cursor,
      lastSyncedAt: start,
      hold: { since: workers.clock, readAt: workers.clock, stored: 30, removals: 30 },
    });
    expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(65 * second) });
  });

  it('I11: a second full reading that finds everything clears the hold, and nothing was lost', async () => {
    const { user } = await synced(30);
    const { events } = await everythingOf(workers, user);
    await loseAllBut(user);
    await sync(user);
    workers.clock = after(minute);
    expect(await listingsDuring(() => sync(user))).toEqual(['full']);
    expect((await everythingOf(workers, user)).events).toEqual(events);
    const { sync: progress } = await calendarOf(workers, user);
    expect(progress).toMatchObject({ lastSyncedAt: workers.clock, hold: undefined });
    expect(await listingsDuring(() => sync(user))).toEqual(['incremental']);
  });

  it('I11: nobody looks free because of it: the entries stay, and then the calendar grows stale', async () => {
    const { user } = await synced(30);
    await loseAllBut(user);
    await sync(user);
    workers.clock = after(2 * minute);
    // Wrong again, and differently.
    const [kept] = (await everythingOf(workers, user)).events;
    await loseAllBut(user, [kept!.providerEventId]);
    expect(await sync(user)).toMatchObject({ held: 29 });
    const { sync: progress } = await calendarOf(workers, user);
    expect(progress.hold).toMatchObject({ since: start, readAt: workers.clock, removals: 29 });
    workers.clock = after(16 * minute);
    const range = { start: workers.clock, end: after(day) };
    expect(await storedFreshness(workers.store, user.userId, range, workers.clock)).toMatchObject({
      state: 'stale',
      lastSyncedAt: start,
    });
    const { id: calendarId } = await calendarOf(workers, user);
    const entries = await workers.store.facts.countEntries([calendarId], windowOf(workers));
    expect(entries).toBe(30);
  });

  it('I11: a series of 200 that its owner deletes is held, confirmed a minute later, and gone', async () => {
    const user = await newUser(workers, vendorOf());
    const series = vendorOf().put(user.email, user.calendarId, appointment('Stand-up', 1, { daily: 170 }));
    fill(user, 5);
    await sync(user);
    vendorOf().remove(user.email, user.calendarId, series);
    expect(await sync(user)).toMatchObject({ held: 170, deleted: 0 });
    expect((await everythingOf(workers, user)).events).toHaveLength(175);
    workers.clock = after(minute);
    expect(await listingsDuring(() => sync(user))).toContain('full');
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await eventsOf(workers, user)).toHaveLength(5);
    expect((await calendarOf(workers, user)).sync).toMatchObject({
      lastSyncedAt: workers.clock,
      hold: undefined,
    });
    expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(6 * minute) });
    expect(await listingsDuring(() => sync(user))).toEqual(['incremental']);
  });

  it('I11: a run before the minute is over writes what is new, removes nothing and puts nothing off', async () => {
    const { user, ids } = await synced(20);
    for (const eventId of ids) vendorOf().remove(user.email, user.calendarId, eventId);
    await sync(user);
    workers.clock = after(30 * second);
    vendorOf().put(user.email, user.calendarId, appointment('New', 7));
    expect(await sync(user)).toMatchObject({ written: 1, held: 20, deleted: 0 });
    expect((await calendarOf(workers, user)).sync.hold).toMatchObject({ since: start, readAt: start });
    expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(minute) });
    workers.clock = after(minute);
    expect(await sync(user)).toMatchObject({ deleted: 20, held: 0 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('I11: what comes back before the second reading ends the hold at once', async () => {
    const { user, ids } = await synced(20);
    await loseAllBut(user);
    await sync(user);
    workers.clock = after(10 * second);
    vendorOf().remove(user.email, user.calendarId, ids[0] ?? '');
    expect(await sync(user)).toMatchObject({ deleted: 1, held: 0 });
    expect((await calendarOf(workers, user)).sync.hold).toBeUndefined();
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('a small share is removed at once, and so is what a window that moved on has left', async () => {
    const user = await newUser(workers, vendorOf());
    const past = { start: after(-28 * day), end: after(-28 * day + minute) };
    for (let n = 0; n < 30; n += 1)
      vendorOf().put(user.email, user.calendarId, appointment(`Past ${n}`, 0, past));
    const ids = fill(user, 19);
    await sync(user);
    for (const eventId of ids.slice(0, 9)) vendorOf().remove(user.email, user.calendarId, eventId);
    expect(await sync(user)).toMatchObject({ deleted: 9, held: 0 });
    workers.clock = after(8 * day);
    expect(await sync(user)).toMatchObject({ deleted: 30, held: 0 });
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('a full listing that names nothing at all is held, however little is stored', async () => {
    const { user, ids } = await synced(1);
    vendorOf().remove(user.email, user.calendarId, ids[0] ?? '');
    vendorOf().expireCursors(user.email);
    expect(await sync(user)).toMatchObject({ held: 1 });
    workers.clock = after(minute);
    expect(await sync(user)).toMatchObject({ deleted: 1 });
    expect(await eventsOf(workers, user)).toEqual([]);
  });

  it('a calendar that its user takes out trips nothing, also in the midst of a hold', async () => {
    const { user } = await synced(30);
    await loseAllBut(user);
    await sync(user);
    const calendar = await calendarOf(workers, user);
    await workers.store.intents.selectCalendar(calendar.id, false, workers.clock);
    expect(await sync(user)).toMatchObject({ calendars: 0, held: 0 });
    const { calendars, events } = await everythingOf(workers, user);
    expect(events).toEqual([]);
    expect(calendars[0]?.sync).toEqual({ cursor: null, unreadable: [] });
  });

  it('I11: a worker that dies before it has recorded the hold has removed nothing', async () => {
    const { user, ids } = await synced(20);
    const { events } = await everythingOf(workers, user);
    for (const eventId of ids) vendorOf().remove(user.email, user.calendarId, eventId);
    const holdRemovals = async () => Promise.reject(new Killed());
    await expect(workers.sync(user.connectionId, { facts: { holdRemovals } })).rejects.toThrow(Killed);
    expect((await everythingOf(workers, user)).events).toEqual(events);
    expect(await sync(user)).toMatchObject({ held: 20 });
  });

  it('I11: a worker that dies in the midst of confirmed removals is made up for', async () => {
    const { user, ids } = await synced(20);
    for (const eventId of ids) vendorOf().remove(user.email, user.calendarId, eventId);
    await sync(user);
    workers.clock = after(minute);
    const advanceCursor = async () => Promise.reject(new Killed());
    await expect(workers.sync(user.connectionId, { facts: { advanceCursor } })).rejects.toThrow(Killed);
    workers.clock = after(2 * minute);
    await sync(user);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect((await calendarOf(workers, user)).sync.hold).toBeUndefined();
  });

  it('I5: a run that stalled over an empty listing holds nothing after another took over', async () => {
    const { user } = await synced(30);
    await loseAllBut(user);
    const stall = stalling(workers.provider(id), 'end');
    const late = workers.sync(user.connectionId, { provider: stall.provider });
    await stall.reached;
    workers.clock = after(61 * second);
    await sync(user);
    const written = await everythingOf(workers, user);
    expect(written.calendars[0]?.sync.hold).toBeUndefined();
    stall.release();
    expect(await late).toEqual(done({ skipped: expect.stringContaining('has lost its turn') }));
    expect(await everythingOf(workers, user)).toEqual(written);
  });

  describe('the list of calendars', () => {
    const emptyList = (times: number): void => {
      const body = id === 'google' ? { items: [] } : { value: [] };
      const match = { path: vendorOf().paths.calendars };
      vendorOf().simulator.fault({ match, times, action: { type: 'status', status: 200, body } });
    };

    it('I11: that comes back empty takes nothing away, and the next one clears it', async () => {
      const { user } = await synced(3);
      const { events } = await everythingOf(workers, user);
      emptyList(1);
      workers.clock = after(second);
      expect(await sync(user)).toMatchObject({ calendars: 1, deleted: 0 });
      expect((await everythingOf(workers, user)).events).toEqual(events);
      expect(await calendarOf(workers, user)).toMatchObject({ missingSince: workers.clock });
      expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(61 * second) });
      workers.clock = after(minute);
      await sync(user);
      expect((await calendarOf(workers, user)).missingSince).toBeUndefined();
      expect((await everythingOf(workers, user)).events).toEqual(events);
    });

    it('I11: that is empty again a minute later is obeyed; before that, it is not', async () => {
      const { user } = await synced(3);
      emptyList(3);
      await sync(user);
      workers.clock = after(59 * second);
      expect(await sync(user)).toMatchObject({ calendars: 1 });
      expect(await calendarOf(workers, user)).toMatchObject({ missingSince: start });
      workers.clock = after(minute);
      expect(await sync(user)).toMatchObject({ calendars: 0 });
      expect(await everythingOf(workers, user)).toMatchObject({ calendars: [], events: [] });
    });

    it('that loses an empty calendar is obeyed at once', async () => {
      const { user } = await synced(3);
      const other = vendorOf().addCalendar(user.email, 'Other');
      expect(await sync(user)).toMatchObject({ calendars: 2 });
      vendorOf().removeCalendar(user.email, other);
      expect(await sync(user)).toMatchObject({ calendars: 1 });
    });
  });
});
