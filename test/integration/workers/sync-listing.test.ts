import { describe, expect, it, onTestFinished } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { appointment, dayAt, everyKindOfEntry, fill } from '../../support/calendar-contents.ts';
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
import { after, day, hour, minute, ownWorkers, start } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('the listing of calendars of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const connected = async (): Promise<ConnectedUser> => {
    workers.vendors.google.simulator.behaviour.pageSizeLimit = 50;
    return newUser(workers, vendorOf());
  };
  const sync = async ({ connectionId }: ConnectedUser, instead = {}) => {
    const outcome = await workers.sync(connectionId, instead);
    if (outcome.type !== 'done') throw new Error(`the sync was answered ${JSON.stringify(outcome)}`);
    return outcome.result;
  };
  const synced = async (count = 0): Promise<ConnectedUser> => {
    const user = await connected();
    fill(user, count);
    await sync(user);
    return user;
  };
  const listingsDuring = async (doing: () => Promise<unknown>) =>
    (await requestsDuring(vendorOf(), doing)).map(vendorOf().isListing).filter((kind) => kind !== false);
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  const titlesOf = async (user: ConnectedUser) => (await eventsOf(workers, user)).map(({ title }) => title);

  it('I4: a first sync stores what the vendor holds, page by page', async () => {
    const user = await connected();
    fill(user, 120);
    everyKindOfEntry(user);
    const kinds = await listingsDuring(async () => {
      expect(await sync(user)).toMatchObject({ calendars: 1, unreached: 0, deleted: 0, unreadable: 0 });
    });
    expect(kinds[0]).toBe('full');
    expect(kinds).toContain('next page');
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await calendarOf(workers, user)).toMatchObject({
      sync: { window: windowOf(workers), lastSyncedAt: start, fullSyncAt: start },
    });
    expect(await connectionOf(workers, user)).toMatchObject({
      lastSyncedAt: start,
      nextSyncAt: after(5 * minute),
      consecutiveFailures: 0,
    });
  });

  it('I4: an incremental sync follows edits, moves, cancelled and moved occurrences and removals', async () => {
    const user = await connected();
    const { email, calendarId } = user;
    const entries = everyKindOfEntry(user);
    await sync(user);
    const vendor = vendorOf();
    vendor.put(email, calendarId, appointment('Timed, and renamed', 7), entries.timed);
    vendor.put(
      email,
      calendarId,
      appointment('Holiday', 0, { start: dayAt(20), end: dayAt(21), allDay: true }),
      entries.holiday,
    );
    vendor.remove(email, calendarId, entries.doomed);
    vendor.remove(email, calendarId, entries.course);
    vendor.cancelOccurrence(email, calendarId, entries.standUp, entries.standUpAt(3));
    vendor.cancelOccurrence(email, calendarId, entries.standUp, entries.standUpAt(25));
    const moved = {
      start: after(4 * hour, entries.standUpAt(5)),
      end: after(5 * hour, entries.standUpAt(5)),
    };
    vendor.moveOccurrence(email, calendarId, entries.standUp, entries.standUpAt(5), moved);
    vendor.put(email, calendarId, appointment('New', 9));
    vendor.put(email, calendarId, appointment('New series', 10, { daily: 3 }));
    vendor.put(
      email,
      calendarId,
      appointment('Moved out', 0, { start: after(300 * day), end: after(301 * day) }),
      entries.long,
    );
    const kinds = await listingsDuring(() => sync(user));
    expect(kinds).toContain('incremental');
    expect(kinds).not.toContain('full');
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('a sync of a quiet calendar asks for changes only and writes none', async () => {
    const user = await synced(3);
    const { events } = await everythingOf(workers, user);
    workers.clock = after(6 * minute);
    const kinds = await listingsDuring(async () => {
      expect(await sync(user)).toMatchObject({ written: 0, deleted: 0 });
    });
    expect(kinds).toEqual(['incremental']);
    expect((await everythingOf(workers, user)).events).toEqual(events);
    expect(await calendarOf(workers, user)).toMatchObject({
      sync: { lastSyncedAt: workers.clock, fullSyncAt: start },
    });
  });

  it('I4: an expired cursor starts one full listing, which rewrites nothing unchanged and removes what is gone', async () => {
    const user = await connected();
    const [doomed = ''] = fill(user, 120);
    everyKindOfEntry(user);
    await sync(user);
    const { events } = await everythingOf(workers, user);
    vendorOf().remove(user.email, user.calendarId, doomed);
    vendorOf().expireCursors(user.email);
    workers.clock = after(minute);
    const kinds = await listingsDuring(async () => {
      expect(await sync(user)).toMatchObject({ written: 0, deleted: 1, unchanged: events.length - 1 });
    });
    expect(kinds.filter((kind) => kind !== 'next page')).toEqual(['incremental', 'full']);
    const left = events.filter(({ providerEventId }) => providerEventId !== doomed);
    expect((await everythingOf(workers, user)).events).toEqual(left);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await listingsDuring(() => sync(user))).toEqual(['incremental']);
  });

  it('a cursor that is expired even in the full listing ends the run instead of going round', async () => {
    const user = await synced(3);
    const before = await calendarOf(workers, user);
    const match = { path: vendorOf().paths.events };
    vendorOf().simulator.fault({ match, times: 9, action: { type: 'status', status: 410 } });
    const kinds = await listingsDuring(() =>
      expect(workers.sync(user.connectionId)).rejects.toMatchObject({ kind: 'cursor_expired' }),
    );
    expect(kinds).toEqual(['incremental', 'full']);
    expect(await calendarOf(workers, user)).toEqual(before);
    expect(await connectionOf(workers, user)).toMatchObject({ consecutiveFailures: 1 });
  });

  it('a page that fails leaves the cursor where it was, and the next run misses nothing', async () => {
    const user = await connected();
    fill(user, 120);
    const match = { path: vendorOf().paths.events };
    vendorOf().simulator.fault({ match, skip: 1, action: { type: 'status', status: 503 } });
    await expect(workers.sync(user.connectionId)).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await calendarOf(workers, user)).sync).toMatchObject({ cursor: null });
    expect((await everythingOf(workers, user)).events.length).toBeGreaterThan(0);
    const kinds = await listingsDuring(() => sync(user));
    expect(kinds[0]).toBe('full');
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });

  it('a page of changes that breaks off leaves the cursor where it was, too', async () => {
    const user = await connected();
    const ids = fill(user, 120);
    await sync(user);
    const before = await calendarOf(workers, user);
    ids.forEach((eventId, n) =>
      vendorOf().put(user.email, user.calendarId, appointment(`Edited ${n}`, 2 * n + 1), eventId),
    );
    const match = { path: vendorOf().paths.events };
    vendorOf().simulator.fault({ match, skip: 1, action: { type: 'truncate' } });
    await expect(workers.sync(user.connectionId)).rejects.toMatchObject({ kind: 'malformed' });
    expect(await calendarOf(workers, user)).toEqual({
      ...before,
      sync: { ...before.sync, unfinished: true },
    });
    // The changes since the old cursor would leave out what came and went since the page that was written.
    expect(await listingsDuring(() => sync(user))).toContain('full');
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await listingsDuring(() => sync(user))).not.toContain('full');
  });

  it('a full listing that breaks off removes nothing', async () => {
    const user = await synced(120);
    const { events } = await everythingOf(workers, user);
    vendorOf().expireCursors(user.email);
    const match = { path: vendorOf().paths.events };
    vendorOf().simulator.fault({ match, skip: 2, action: { type: 'cut' } });
    await expect(workers.sync(user.connectionId)).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await everythingOf(workers, user)).events).toEqual(events);
  });

  it('the window rolls on: a week later everything is listed once for the new window', async () => {
    const user = await connected();
    const { email, calendarId } = user;
    const { start: first, end } = windowOf(workers);
    vendorOf().put(
      email,
      calendarId,
      appointment('Leaves', 0, { start: after(2 * day, first), end: after(3 * day, first) }),
    );
    vendorOf().put(
      email,
      calendarId,
      appointment('Enters', 0, { start: after(2 * day, end), end: after(3 * day, end) }),
    );
    await sync(user);
    expect(await titlesOf(user)).toEqual(['Leaves']);
    workers.clock = after(7 * day);
    expect(await listingsDuring(() => sync(user))).toEqual(['incremental']);
    workers.clock = after(8 * day);
    expect(await listingsDuring(() => sync(user))).toEqual(['full']);
    expect(await titlesOf(user)).toEqual(['Enters']);
    expect((await everythingOf(workers, user)).events).toHaveLength(1);
    expect((await calendarOf(workers, user)).sync).toMatchObject({ window: windowOf(workers) });
    expect(await listingsDuring(() => sync(user))).toEqual(['incremental']);
  });

  it('an unreadable entry is counted and named, sinks no neighbour, and its stored copy stays', async () => {
    const user = await synced(3);
    const { events } = await everythingOf(workers, user);
    const broken = events[0]!.providerEventId;
    const { cursor } = (await calendarOf(workers, user)).sync;
    const match = { path: vendorOf().paths.events };
    const body = vendorOf().page(cursor ?? '', ['fresh'], [broken], after(5 * hour));
    vendorOf().simulator.fault({ match, action: { type: 'status', status: 200, body } });
    expect(await sync(user)).toMatchObject({ written: 1, deleted: 0, unreadable: 1 });
    const stored = (await everythingOf(workers, user)).events;
    expect(stored).toEqual([...events, expect.objectContaining({ providerEventId: 'fresh' })]);
    expect((await calendarOf(workers, user)).sync.unreadable).toEqual([
      { providerEventId: broken, reason: expect.stringContaining('start') },
    ]);
  });

  it('an unreadable entry that an incremental sync can read, or that is gone, is told of no more', async () => {
    const user = await synced(3);
    const { email, calendarId } = user;
    const [mended = '', doomed = '', stays = ''] = (await everythingOf(workers, user)).events.map(
      ({ providerEventId }) => providerEventId,
    );
    const { cursor } = (await calendarOf(workers, user)).sync;
    const match = { path: vendorOf().paths.events };
    const body = vendorOf().page(cursor ?? '', [], [mended, doomed, stays], start);
    vendorOf().simulator.fault({ match, action: { type: 'status', status: 200, body } });
    await sync(user);
    expect((await calendarOf(workers, user)).sync).toMatchObject({ unreadableCount: 3 });
    vendorOf().put(email, calendarId, appointment('Mended', 50), mended);
    vendorOf().remove(email, calendarId, doomed);
    expect(await listingsDuring(() => sync(user))).toEqual(['incremental']);
    expect((await calendarOf(workers, user)).sync).toMatchObject({
      unreadable: [{ providerEventId: stays }],
      unreadableCount: 1,
    });
  });

  it('an unreadable entry in a full listing keeps its stored copy; a readable one clears the list', async () => {
    const user = await synced(3);
    const { events } = await everythingOf(workers, user);
    const broken = events[0]!.providerEventId;
    const { cursor } = (await calendarOf(workers, user)).sync;
    vendorOf().expireCursors(user.email);
    const match = { path: vendorOf().paths.events };
    const body = vendorOf().page(cursor ?? '', [], [broken], start);
    vendorOf().simulator.fault({ match, skip: 1, action: { type: 'status', status: 200, body } });
    expect(await sync(user)).toMatchObject({ written: 0, deleted: 2, unreadable: 1 });
    expect((await everythingOf(workers, user)).events).toEqual([events[0]]);
    expect((await calendarOf(workers, user)).sync.unreadable).toHaveLength(1);
    await sync(user);
    expect((await calendarOf(workers, user)).sync.unreadable).toEqual([]);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
  });
});

describe('what came and went between a page that was written and its cursor', () => {
  it('I4: is not left behind: an event that was stored, and became a series before the cursor followed (soak, seed 204)', async () => {
    const { google } = workers.vendors;
    const user = await newUser(workers, google);
    await workers.sync(user.connectionId);
    const at = (hours: string) => ({ dateTime: `2040-03-10T${hours}:00:00Z`, timeZone: 'UTC' });
    const entry = { id: 'becomesaseries', summary: 'Single', start: at('09'), end: at('10') };
    google.simulator.putEvent(user.email, user.calendarId, entry);
    const advanceCursor = () => Promise.reject(new Error('the worker dies here'));
    await expect(workers.sync(user.connectionId, { facts: { advanceCursor } })).rejects.toThrow('dies here');
    expect((await eventsOf(workers, user)).map(({ id }) => id)).toEqual(['becomesaseries']);
    const recurrence = ['RRULE:FREQ=WEEKLY;COUNT=3'];
    google.simulator.putEvent(user.email, user.calendarId, { ...entry, recurrence });
    await workers.sync(user.connectionId);
    const stored = await eventsOf(workers, user);
    expect(stored).toEqual(google.truth(user.email, user.calendarId, windowOf(workers)));
    expect(stored).toHaveLength(3);
  });

  it.each(providerIds)(
    'I4: is not left behind by the second try with %s, after a token that was refused in the middle of a listing',
    async (id) => {
      const vendor = workers.vendors[id];
      workers.vendors.google.simulator.behaviour.pageSizeLimit = 50;
      const user = await newUser(workers, vendor);
      await workers.sync(user.connectionId);
      const ids = fill(user, 120);
      const away = { start: after(300 * day), end: after(301 * day) };
      const provider = workers.provider(id);
      const refresh: Provider['refresh'] = async (...args) => {
        const written = new Set((await eventsOf(workers, user)).map((entry) => entry.id));
        const [leaves = '', becomesASeries = ''] = ids.filter((one) => written.has(one));
        vendor.put(user.email, user.calendarId, appointment('Moved out', 0, away), leaves);
        vendor.put(user.email, user.calendarId, appointment('Series', 3, { daily: 3 }), becomesASeries);
        return provider.refresh(...args);
      };
      const match = { path: vendor.paths.events };
      vendor.simulator.fault({ match, skip: 1, action: { type: 'status', status: 401 } });
      const requests = await requestsDuring(vendor, async () => {
        const outcome = await workers.sync(user.connectionId, { provider: { ...provider, refresh } });
        expect(outcome).toMatchObject({ type: 'done' });
      });
      expect(requests.map(vendor.isListing)).toContain('full');
      const stored = await eventsOf(workers, user);
      expect(stored).toEqual(vendor.truth(user.email, user.calendarId, windowOf(workers)));
      expect(stored).toHaveLength(121);
    },
  );
});

describe('an Outlook series of which an occurrence cannot be read', () => {
  it('I4: keeps it as it was, and loses the one that was cancelled in the same round', async () => {
    const { microsoft } = workers.vendors;
    const { simulator } = microsoft;
    const user = await newUser(workers, microsoft);
    const { email, calendarId } = user;
    const seriesId = microsoft.put(email, calendarId, appointment('Series', 24, { daily: 3 }));
    await workers.sync(user.connectionId);
    const before = await eventsOf(workers, user);
    microsoft.cancelOccurrence(email, calendarId, seriesId, after(48 * hour));
    const { start: from, end: to } = windowOf(workers);
    const [first, last] = simulator.truth(email, calendarId, from, to);
    const broken = { ...last, start: { dateTime: '9999-99-99T00:00:00', timeZone: 'UTC' } };
    const action = { type: 'status', status: 200, body: { value: [first, broken] } } as const;
    simulator.fault({ match: { path: '/instances$' }, action });
    expect(await workers.sync(user.connectionId)).toMatchObject({ result: { deleted: 1, unreadable: 1 } });
    expect((await eventsOf(workers, user)).map(({ id }) => id)).toEqual([first?.id, last?.id].toSorted());
    expect(before.map(({ id }) => id)).toEqual(expect.arrayContaining([first?.id, last?.id]));
    expect((await calendarOf(workers, user)).sync).toMatchObject({
      unreadable: [{ providerEventId: last?.id }],
      unreadableCount: 1,
    });
    microsoft.remove(email, calendarId, seriesId);
    await workers.sync(user.connectionId);
    expect((await calendarOf(workers, user)).sync).toMatchObject({ unreadable: [], unreadableCount: 0 });
  });
});

describe('an Outlook series of which nothing is left', () => {
  it('I4: is gone, though its cancelled occurrence left no trace and only another is told to be removed (soak, seed 11)', async () => {
    const { microsoft } = workers.vendors;
    const { simulator } = microsoft;
    simulator.setDeltaBehaviour({ masters: 'omitted' });
    onTestFinished(() => simulator.setDeltaBehaviour({ masters: 'first' }));
    const user = await newUser(workers, microsoft);
    const at = (date: string, time: string) => ({ dateTime: `${date}T${time}:00:00`, timeZone: 'UTC' });
    const first = '2040-03-10';
    simulator.putEvent(user.email, user.calendarId, {
      id: 'leaves',
      start: at(first, '09'),
      end: at(first, '10'),
      recurrence: {
        pattern: { type: 'daily', interval: 1 },
        range: { type: 'numbered', startDate: first, numberOfOccurrences: 2 },
      },
    });
    await workers.sync(user.connectionId);
    expect(await eventsOf(workers, user)).toHaveLength(2);
    simulator.cancelOccurrence(user.email, user.calendarId, 'leaves', '2040-03-11');
    const away = { start: at('2045-01-01', '09'), end: at('2045-01-01', '10') };
    simulator.moveOccurrence(user.email, user.calendarId, 'leaves', first, away);
    await workers.sync(user.connectionId);
    expect(await eventsOf(workers, user)).toEqual([]);
  });
});
