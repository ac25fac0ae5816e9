import { describe, expect, it } from 'vitest';
import {
  calendarOf,
  connect,
  eventsOf,
  everythingOf,
  newAccount,
  requestsDuring,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();
const vendorOf = () => workers.vendors.microsoft;

/** An administrator allowed more than we ask for: without that, a mailbox tells nobody its zone. */
function withMailboxSettings(authorizationUrl: string): string {
  const url = new URL(authorizationUrl);
  url.searchParams.set('scope', `${url.searchParams.get('scope')} MailboxSettings.Read`);
  return url.href;
}

async function connected(timeZone: string, through?: (url: string) => string): Promise<ConnectedUser> {
  const account = newAccount(vendorOf());
  vendorOf().simulator.setTimeZone(account.email, timeZone);
  const connectionId = await connect(workers, account, through === undefined ? {} : { through });
  return { ...account, connectionId };
}

/** Two days at a fair, made in a zone by that name. */
function putFair({ email, calendarId }: ConnectedUser, id: string, madeIn: string): void {
  vendorOf().simulator.putEvent(email, calendarId, {
    id,
    subject: id,
    isAllDay: true,
    start: { dateTime: '2040-03-15T00:00:00', timeZone: 'UTC' },
    end: { dateTime: '2040-03-17T00:00:00', timeZone: 'UTC' },
    originalStartTimeZone: madeIn,
    originalEndTimeZone: madeIn,
  });
}

async function startsOf(user: ConnectedUser) {
  const { events } = await everythingOf(workers, user);
  return Object.fromEntries(events.map(({ title, start }) => [title, start.toISOString().slice(0, 16)]));
}

const listingsDuring = async (doing: () => Promise<unknown>) =>
  (await requestsDuring(vendorOf(), doing)).map(vendorOf().isListing).filter((kind) => kind !== false);

describe('a mailbox that changes its time zone', () => {
  it('is read anew: days without a zone of their own begin when they begin there, others stay', async () => {
    const user = await connected('W. Europe Standard Time', withMailboxSettings);
    putFair(user, 'of nowhere', 'tzone://Microsoft/Custom');
    putFair(user, 'of New York', 'Eastern Standard Time');
    await workers.sync(user.connectionId);
    expect(await calendarOf(workers, user)).toMatchObject({ timeZone: 'Europe/Berlin' });
    const ofNewYork = { 'of New York': '2040-03-15T04:00' };
    expect(await startsOf(user)).toEqual({ 'of nowhere': '2040-03-14T23:00', ...ofNewYork });

    vendorOf().simulator.setTimeZone(user.email, 'Tokyo Standard Time');
    expect(await listingsDuring(() => workers.sync(user.connectionId))).toContain('full');
    expect(await calendarOf(workers, user)).toMatchObject({ timeZone: 'Asia/Tokyo' });
    expect(await startsOf(user)).toEqual({ 'of nowhere': '2040-03-14T15:00', ...ofNewYork });
    expect(await eventsOf(workers, user)).toEqual(
      vendorOf().truth(user.email, user.calendarId, windowOf(workers)),
    );
    expect(await listingsDuring(() => workers.sync(user.connectionId))).toEqual(['incremental']);
  });

  it('into a zone that nobody knows goes on being synced, with the days of UTC', async () => {
    const user = await connected('W. Europe Standard Time', withMailboxSettings);
    putFair(user, 'of nowhere', 'tzone://Microsoft/Custom');
    await workers.sync(user.connectionId);
    const timeZone = { timeZone: 'Customized Time Zone' };
    vendorOf().simulator.fault({
      match: { path: '/mailboxSettings$' },
      action: { type: 'status', status: 200, body: timeZone },
    });
    await workers.sync(user.connectionId);
    expect((await calendarOf(workers, user)).timeZone).toBeUndefined();
    expect(await startsOf(user)).toEqual({ 'of nowhere': '2040-03-15T00:00' });
  });

  it('and tells nobody is not read anew', async () => {
    const user = await connected('W. Europe Standard Time');
    putFair(user, 'of nowhere', 'tzone://Microsoft/Custom');
    await workers.sync(user.connectionId);
    vendorOf().simulator.setTimeZone(user.email, 'Tokyo Standard Time');
    expect(await listingsDuring(() => workers.sync(user.connectionId))).toEqual(['incremental']);
    expect(await startsOf(user)).toEqual({ 'of nowhere': '2040-03-15T00:00' });
  });
});
