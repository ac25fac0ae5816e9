import { describe, expect, it } from 'vitest';
import { eventsOf, newUser, windowOf, type ConnectedUser } from '../../support/connected-user.ts';
import { ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();
const google = () => workers.vendors.google;

const seriesId = 'standup0';
const laterId = `${seriesId}_R20400313T090000`;
const at = (day: string, hour: string) => ({ dateTime: `2040-03-${day}T${hour}:00:00`, timeZone: 'UTC' });

/** A stand-up on each of the ten days from the 10th to the 19th, which is in the store. */
async function withStandup(): Promise<ConnectedUser> {
  const user = await newUser(workers, google());
  google().simulator.putEvent(user.email, user.calendarId, {
    id: seriesId,
    summary: 'Stand-up',
    start: at('10', '09'),
    end: at('10', '10'),
    recurrence: ['RRULE:FREQ=DAILY;COUNT=10'],
  });
  await workers.sync(user.connectionId);
  return user;
}

const split = ({ email, calendarId }: ConnectedUser, id: string, from: string, summary: string) =>
  google().simulator.splitSeries(email, calendarId, id, from, { summary });

/** The store equals the vendor after a sync (I4); so many entries of each series. */
async function countsBySeries(user: ConnectedUser) {
  await workers.sync(user.connectionId);
  const events = await eventsOf(workers, user);
  expect(events).toEqual(google().truth(user.email, user.calendarId, windowOf(workers)));
  const bySeries = Map.groupBy(events, ({ series }) => series);
  return Object.fromEntries([...bySeries].map(([series, own]) => [series, own.length]));
}

describe('I4: a Google series that is split at "this and following"', () => {
  it('goes on under the id that Google makes of the first one’s', async () => {
    const user = await withStandup();
    expect(split(user, seriesId, '2040-03-13T09:00:00Z', 'Later').after.id).toBe(laterId);
    expect(await countsBySeries(user)).toEqual({ [seriesId]: 3, [laterId]: 7 });
    const titles = (await eventsOf(workers, user)).map(({ title }) => title).toSorted();
    expect(titles).toEqual([...Array<string>(7).fill('Later'), ...Array<string>(3).fill('Stand-up')]);
  });

  it('and split again keeps its three parts apart', async () => {
    const user = await withStandup();
    split(user, seriesId, '2040-03-13T09:00:00Z', 'Later');
    await workers.sync(user.connectionId);
    const { after } = split(user, laterId, '2040-03-17T09:00:00Z', 'Last');
    expect(after.id).toBe(`${seriesId}_R20400317T090000`);
    expect(await countsBySeries(user)).toEqual({ [seriesId]: 3, [laterId]: 4, [after.id ?? '']: 3 });
  });

  it('loses what was changed beyond the split, and each part lives and goes for itself', async () => {
    const user = await withStandup();
    const { email, calendarId } = user;
    const { simulator } = google();
    const moved = { start: at('15', '14'), end: at('15', '15') };
    simulator.moveInstance(email, calendarId, seriesId, '2040-03-15T09:00:00Z', moved);
    simulator.cancelInstance(email, calendarId, seriesId, '2040-03-16T09:00:00Z');
    expect(await countsBySeries(user)).toEqual({ [seriesId]: 9 });
    split(user, seriesId, '2040-03-13T09:00:00Z', 'Later');
    await countsBySeries(user);

    simulator.cancelInstance(email, calendarId, laterId, '2040-03-14T09:00:00Z');
    simulator.moveInstance(email, calendarId, laterId, '2040-03-18T09:00:00Z', moved);
    const { [laterId]: left } = await countsBySeries(user);
    simulator.deleteEvent(email, calendarId, seriesId);
    expect(await countsBySeries(user)).toEqual({ [laterId]: left });
  });
});
