import { describe, expect, test } from 'vitest';
import { windowAt, type SyncWindow } from '../../../src/domain/sync.ts';
import {
  calendarOf,
  eventsOf,
  everythingOf,
  newUser,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, day, hour, minute, ownWorkers, type Instead } from '../../support/own-workers.ts';
import { stored } from '../../support/truth.ts';

const workers = ownWorkers();
const google = () => workers.vendors.google;

async function sync({ connectionId }: ConnectedUser, instead: Instead = {}) {
  const outcome = await workers.sync(connectionId, instead);
  if (outcome.type !== 'done') throw new Error(`the sync was answered ${JSON.stringify(outcome)}`);
  return outcome.result ?? {};
}

describe('a series of ten thousand instances', () => {
  // One a day: a little over 27 years.
  const policy = { pastDays: 30, futureDays: 10_100 };

  test(
    'I4: is stored, changed in single instances and ended like any other',
    { timeout: 120_000 },
    async () => {
      const user = await newUser(workers, google());
      const { email, calendarId } = user;
      const window: SyncWindow = windowAt(workers.clock, policy);
      const held = async () => {
        const { userId } = user;
        const found = await workers.store.reads.events({ userId, range: window, limit: 100_000 });
        return stored(JSON.parse(JSON.stringify(found)) as Record<string, unknown>[]);
      };
      const truth = () => google().truth(email, calendarId, window);
      const first = { title: 'Stand-up', start: after(day), end: after(day + hour), daily: 10_000 };
      const series = google().put(email, calendarId, first);

      expect(await sync(user, { window: policy })).toMatchObject({ written: 10_000 });
      expect(await held()).toEqual(truth());
      google().cancelOccurrence(email, calendarId, series, after(5000 * day));
      const moved = { start: after(9000 * day + hour), end: after(9000 * day + 2 * hour) };
      google().moveOccurrence(email, calendarId, series, after(9000 * day), moved);
      expect(await sync(user, { window: policy })).toMatchObject({ written: 1, deleted: 1 });
      expect(await held()).toEqual(truth());
      google().remove(email, calendarId, series);
      await sync(user, { window: policy });
      // A removal of everything may be held until it was read a second time (I11).
      workers.clock = after(5 * minute);
      await sync(user, { window: policy });
      expect(await held()).toEqual([]);
    },
  );
});

describe('a calendar that moves to another zone', () => {
  const fair = { id: 'fair0', summary: 'Fair', start: { date: '2040-03-15' }, end: { date: '2040-03-17' } };

  /** The next answers of the vendor: a calendar in that zone, and what is in it. */
  function answer({ email, calendarId }: ConnectedUser, timeZone: string, items: readonly object[]): void {
    const entry = { id: calendarId, summary: email, timeZone, accessRole: 'owner', primary: true };
    const answers = {
      '/calendarList$': { items: [entry] },
      '/events$': { timeZone, items, nextSyncToken: `token of ${timeZone}` },
    };
    for (const [path, body] of Object.entries(answers)) {
      google().simulator.fault({ match: { path }, action: { type: 'status', status: 200, body } });
    }
  }
  const daysOf = async (user: ConnectedUser) => {
    const { events } = await everythingOf(workers, user);
    return events.map(({ startDate, endDate, start, end }) => ({ startDate, endDate, start, end }));
  };

  test('keeps the dates of its all-day events and moves the instants at which their days begin', async () => {
    const user = await newUser(workers, google());
    const dates = { startDate: '2040-03-15', endDate: '2040-03-17' };
    answer(user, 'Europe/Berlin', [fair]);
    await sync(user);
    const [inBerlin, inTokyo] = ['2040-03-14T23:00:00Z', '2040-03-14T15:00:00Z'].map(
      (text) => new Date(text),
    );
    expect(await daysOf(user)).toEqual([{ ...dates, start: inBerlin, end: after(2 * day, inBerlin) }]);
    answer(user, 'Asia/Tokyo', [fair]);
    await sync(user);
    expect(await daysOf(user)).toEqual([{ ...dates, start: inTokyo, end: after(2 * day, inTokyo) }]);
    expect(await calendarOf(workers, user)).toMatchObject({ timeZone: 'Asia/Tokyo' });
  });

  test('that nobody knows goes on being synced, with the days of UTC', async () => {
    const user = await newUser(workers, google());
    const timeZone = 'Mars/Olympus';
    const [start, end] = [after(day), after(day + hour)];
    const timed = {
      id: 'timed',
      start: { dateTime: start.toISOString(), timeZone },
      end: { dateTime: end.toISOString(), timeZone },
    };
    answer(user, 'Europe/Berlin', [fair]);
    await sync(user);
    answer(user, timeZone, [timed, fair]);
    expect(await sync(user)).toMatchObject({ written: 2, unreadable: 0 });
    expect((await calendarOf(workers, user)).timeZone).toBeUndefined();
    const { events } = await everythingOf(workers, user);
    expect(events.map((event) => [event.providerEventId, event.start, event.startTimeZone])).toEqual([
      ['fair0', new Date('2040-03-15T00:00:00Z'), 'UTC'],
      ['timed', start, undefined],
    ]);
  });
});

describe('years that break parsers', () => {
  test('go through the store as they came, and those that cannot be written are named beside it', async () => {
    const user = await newUser(workers, google());
    const { simulator } = google();
    const at = (start: string, end: string) => ({ start: { dateTime: start }, end: { dateTime: end } });
    const items = [
      { id: 'since-year-one', summary: 'Ever', ...at('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z') },
      { id: 'of-year-one', ...at('0001-01-01T00:00:00Z', '0001-01-01T01:00:00Z') },
      { id: 'of-year-9999', ...at('9999-12-31T22:00:00Z', '9999-12-31T23:00:00Z') },
      { id: 'beyond', ...at('12040-03-06T09:00:00Z', '12040-03-06T10:00:00Z') },
    ];
    const body = { timeZone: 'UTC', items, nextSyncToken: 't' };
    simulator.fault({ match: { path: '/events$' }, action: { type: 'status', status: 200, body } });
    expect(await sync(user)).toMatchObject({ written: 1, unreadable: 1 });
    expect(await eventsOf(workers, user)).toMatchObject([
      { id: 'since-year-one', from: '0001-01-01T00:00:00.000Z', to: '9999-12-31T23:59:59.000Z' },
    ]);
    expect((await calendarOf(workers, user)).sync.unreadable).toMatchObject([{ providerEventId: 'beyond' }]);
    expect(windowOf(workers).end.getUTCFullYear()).toBe(2040);
  });
});
