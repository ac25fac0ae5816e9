import { describe, expect, it } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { appointment, dayAt } from '../../support/calendar-contents.ts';
import {
  calendarOf,
  everythingOf,
  newUser,
  requestsDuring,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, hour, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('what is kept of calendars of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  /** Two calendars with an entry each, and read. */
  const withTwoCalendars = async () => {
    const user = await newUser(workers, vendorOf());
    const second = vendorOf().addCalendar(user.email, 'Second');
    vendorOf().put(user.email, user.calendarId, appointment('In the first', 1));
    vendorOf().put(user.email, second, appointment('In the second', 2));
    await workers.sync(user.connectionId);
    return { user, second };
  };
  const titlesIn = async (user: ConnectedUser) =>
    (await everythingOf(workers, user)).events.map(({ title }) => title).toSorted();

  it('several calendars are read, and each keeps its own cursor', async () => {
    const { user, second } = await withTwoCalendars();
    expect(await titlesIn(user)).toEqual(['In the first', 'In the second']);
    const cursors = [await calendarOf(workers, user), await calendarOf(workers, user, second)];
    expect(new Set(cursors.map(({ sync }) => sync.cursor)).size).toBe(2);
  });

  it('a calendar that is taken out loses its events, and is read anew when it is taken in again', async () => {
    const { user, second } = await withTwoCalendars();
    const calendar = await calendarOf(workers, user, second);
    await workers.store.intents.selectCalendar(calendar.id, false, workers.clock);
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done', result: { calendars: 1 } });
    expect(await titlesIn(user)).toEqual(['In the first']);
    vendorOf().put(user.email, second, appointment('Meanwhile', 3));
    await workers.store.intents.selectCalendar(calendar.id, true, workers.clock);
    expect((await calendarOf(workers, user, second)).sync.lastSyncedAt).toBeUndefined();
    expect(await workers.sync(user.connectionId)).toMatchObject({ result: { calendars: 2, written: 2 } });
    expect(await titlesIn(user)).toEqual(['In the first', 'In the second', 'Meanwhile']);
  });

  it('a calendar that is gone at the vendor is gone here, with its events', async () => {
    const { user, second } = await withTwoCalendars();
    vendorOf().removeCalendar(user.email, second);
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done', result: { calendars: 1 } });
    expect(await titlesIn(user)).toEqual(['In the first']);
    await expect(calendarOf(workers, user, second)).rejects.toThrow('is not stored');
  });

  it('a private entry is kept without title, description, place, people and link', async () => {
    const user = await newUser(workers, vendorOf());
    const details = { description: 'Secret', location: 'Clinic', guest: 'doctor@example.com' };
    vendorOf().put(user.email, user.calendarId, appointment('Doctor', 1, { ...details, private: true }));
    await workers.sync(user.connectionId);
    const [event] = (await everythingOf(workers, user)).events;
    expect(event).toMatchObject({ visibility: 'private', busy: 'busy', start: after(hour), attendees: [] });
    for (const field of ['title', 'description', 'location', 'organizer', 'meetingUrl'])
      expect(event).not.toHaveProperty(field);
  });

  it('EVENT_DETAIL=busy keeps no details; switching it rewrites what is stored at the next sync', async () => {
    const user = await newUser(workers, vendorOf());
    const details = { description: 'Second round', location: 'Room 4', guest: 'guest@example.com' };
    vendorOf().put(user.email, user.calendarId, appointment('Interview', 1, details));
    await workers.sync(user.connectionId, { detail: 'full' });
    const [full] = (await everythingOf(workers, user)).events;
    expect(full).toMatchObject({ title: 'Interview', location: 'Room 4' });
    expect(await workers.sync(user.connectionId, { detail: 'busy' })).toMatchObject({
      result: { written: 1 },
    });
    const [busy] = (await everythingOf(workers, user)).events;
    expect(busy).toMatchObject({ busy: 'busy', start: after(hour), attendees: [] });
    for (const field of ['title', 'description', 'location', 'organizer'])
      expect(busy).not.toHaveProperty(field);
    expect(await workers.sync(user.connectionId, { detail: 'busy' })).toMatchObject({
      result: { written: 0 },
    });
    await workers.sync(user.connectionId, { detail: 'full' });
    expect((await everythingOf(workers, user)).events).toEqual([{ ...full, run: 4 }]);
  });
});

describe('a Google calendar that moves to another time zone', () => {
  it('is read anew, and its all-day entries begin when the day begins there', async () => {
    const vendor = workers.vendors.google;
    const user = await newUser(workers, vendor);
    const { email } = user;
    const holiday = { start: dayAt(3), end: dayAt(4), allDay: true };
    const eventId = vendor.put(email, email, appointment('Holiday', 0, holiday));
    await workers.sync(user.connectionId);
    const startsAt = async () => (await everythingOf(workers, user)).events.map((event) => event.start);
    expect(await startsAt()).toEqual([new Date('2040-03-08T00:00:00Z')]);

    const answer = (path: string, body: unknown): void =>
      vendor.simulator.fault({ match: { path }, action: { type: 'status', status: 200, body } });
    const timeZone = 'America/New_York';
    const dates = { start: { date: '2040-03-08' }, end: { date: '2040-03-09' } };
    answer(vendor.paths.calendars, { items: [{ id: email, timeZone, accessRole: 'owner', primary: true }] });
    const items = [{ id: eventId, summary: 'Holiday', status: 'confirmed', ...dates }];
    answer(vendor.paths.events, { timeZone, items, nextSyncToken: 'a-token' });
    const requests = await requestsDuring(vendor, () => workers.sync(user.connectionId));
    expect(requests.map(vendor.isListing)).toContain('full');
    expect(await startsAt()).toEqual([new Date('2040-03-08T05:00:00Z')]);
    expect(await calendarOf(workers, user)).toMatchObject({ timeZone });
  });
});
