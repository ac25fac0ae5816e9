import { describe, expect, test } from 'vitest';
import type { InterviewState } from '../../../src/domain/interview.ts';
import type { EntryTraits } from '../../../src/store/store.ts';
import { aCalendar, connectedAccount, minutesLater, syncTurn, testNow } from '../../support/builders.ts';
import { storedTime } from '../../support/stored-time.ts';
import { aWish, booked, interviewTurn, newInterview, organizer } from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const range = { start: minutesLater(0), end: minutesLater(1440) };
const hour = { start: minutesLater(600), end: minutesLater(660) };

/** What is promised and not shown yet, and what it was judged by. */
async function promisedTo(userId: string, within = range) {
  const entries: EntryTraits[] = [];
  const counts = (entry: EntryTraits) => entries.push(entry) > 0;
  const { promised } = await storedTime(own.store, userId, within, { counts });
  return { promised, entries };
}

const blocksOf = async (userId: string, within = range) => (await promisedTo(userId, within)).promised;

/** Reads a calendar to its end, in a run that began at `from`. */
async function readCalendar(
  { connectionId, calendarId }: { connectionId: string; calendarId: string },
  from: Date,
  end = from,
) {
  const turn = await syncTurn(own.store, connectionId, from);
  const calendar = await own.store.reads.calendar(calendarId);
  const advance = {
    expectedCursor: calendar!.sync.cursor,
    cursor: 'next',
    window: range,
    full: false,
    unreadable: [],
  };
  await own.store.facts.advanceCursor(turn, calendarId, advance, end);
  await own.store.facts.finishSync(turn, { now: end, nextSyncAt: minutesLater(60, end) });
}

describe('an interview takes up its organizer', () => {
  test('from the moment at which it is wanted, as far as it lies in the range', async () => {
    const userId = newUser();
    await own.store.intents.putInterview(newInterview(), aWish(userId), testNow);
    expect(await blocksOf(userId)).toEqual([hour]);
    expect(await blocksOf(userId, { start: minutesLater(660), end: minutesLater(700) })).toEqual([]);
    expect(await blocksOf(userId, { start: minutesLater(500), end: minutesLater(600) })).toEqual([]);
    expect(await blocksOf(userId, { start: minutesLater(659), end: minutesLater(700) })).toEqual([
      { start: minutesLater(659), end: minutesLater(660) },
    ]);
  });

  test('as what it is, so that a policy can tell', async () => {
    const userId = newUser();
    const id = newInterview();
    const wish = aWish(userId, { tentative: true, visibility: 'private' });
    await own.store.intents.putInterview(id, wish, testNow);
    expect((await promisedTo(userId)).entries).toEqual([
      {
        start: wish.start,
        end: wish.end,
        busy: 'tentative',
        kind: 'default',
        response: 'organizer',
        allDay: false,
        visibility: 'private',
        interviewId: id,
      },
    ]);
  });

  test.each([
    ['pending', 1],
    ['waiting', 1],
    ['booked', 1],
    ['conflict', 0],
    ['failed', 0],
    ['removed_by_user', 0],
    ['cancelling', 0],
    ['cancelled', 0],
  ] as const satisfies [InterviewState, number][])('in state %s: %i', async (state, times) => {
    const userId = newUser();
    const id = newInterview();
    await own.store.intents.putInterview(id, aWish(userId), testNow);
    await own.database.interviews.updateOne({ _id: id }, { $set: { state } });
    expect(await blocksOf(userId)).toHaveLength(times);
  });

  test('until its calendar was read by a run that began after it was written', async () => {
    const home = await organizer(own.store);
    await booked(own.store, home, {}, minutesLater(5));
    expect(await blocksOf(home.userId)).toMatchObject([hour]);
    await readCalendar(home, minutesLater(4), minutesLater(6));
    expect(await blocksOf(home.userId)).toMatchObject([hour]);
    await readCalendar(home, minutesLater(7));
    expect(await blocksOf(home.userId)).toEqual([]);
  });

  test('at its new time as well, until that is written and read', async () => {
    const home = await organizer(own.store);
    const { id, requested } = await booked(own.store, home, {}, minutesLater(5));
    await readCalendar(home, minutesLater(7));
    const later = { start: minutesLater(700), end: minutesLater(760) };
    await own.store.intents.putInterview(id, { ...requested, ...later }, minutesLater(8));
    expect(await blocksOf(home.userId)).toMatchObject([later]);
  });

  test('for good where its calendar does not count, or is gone', async () => {
    const home = await organizer(own.store);
    await booked(own.store, home);
    await readCalendar(home, minutesLater(7));
    await own.store.intents.selectCalendar(home.calendarId, false, minutesLater(8));
    expect(await blocksOf(home.userId)).toMatchObject([hour]);
    await own.database.calendars.deleteOne({ _id: home.calendarId });
    expect(await blocksOf(home.userId)).toMatchObject([hour]);
  });

  test('for good where its account is being disconnected: what its calendars show counts for nothing', async () => {
    const home = await organizer(own.store);
    await booked(own.store, home, {}, minutesLater(5));
    await readCalendar(home, minutesLater(7));
    expect(await blocksOf(home.userId)).toEqual([]);
    await own.store.intents.requestDisconnect(home.connectionId, minutesLater(8));
    expect(await blocksOf(home.userId)).toEqual([hour]);
  });
});

describe('those whose time it has claimed', () => {
  test('are taken up by it until their own calendars were read', async () => {
    const home = await organizer(own.store);
    const guest = await organizer(own.store);
    const { id } = await booked(own.store, home, {}, minutesLater(5));
    const claim = { ...hour, userIds: [home.userId, guest.userId, 'not connected'] };
    await own.database.interviews.updateOne({ _id: id }, { $set: { claim } });
    await readCalendar(home, minutesLater(7));
    expect(await blocksOf(home.userId)).toEqual([]);
    const forOthers = { promised: [hour], entries: [{ response: 'needs_action', interviewId: id }] };
    expect(await promisedTo(guest.userId)).toMatchObject(forOthers);
    expect(await promisedTo('not connected')).toMatchObject(forOthers);
    await readCalendar(guest, minutesLater(7));
    expect(await blocksOf(guest.userId)).toEqual([]);
  });

  test('are not otherwise taken up by what somebody else organizes', async () => {
    const [organizing, guest] = [newUser(), newUser()];
    await own.store.intents.putInterview(newInterview(), aWish(organizing), testNow);
    expect(await blocksOf(guest)).toEqual([]);
  });
});

describe('the calendar of an organizer', () => {
  const calendarOf = (userId: string, calendarId?: string) =>
    own.store.reads.writableCalendar({ userId, ...(calendarId !== undefined && { calendarId }) });

  async function account(userId: string, accountId: string, ...calendars: ReturnType<typeof aCalendar>[]) {
    const { id } = await connectedAccount(own.store, { userId, grant: { accountId } });
    const turn = await syncTurn(own.store, id);
    await own.store.facts.replaceCalendars(turn, calendars, testNow);
    const [first, second] = await own.store.reads.calendarsOf(id);
    const as = (calendar = first!) => ({
      connectionId: id,
      calendarId: calendar.id,
      providerCalendarId: calendar.providerCalendarId,
    });
    return { id, first: as(), second: as(second) };
  }

  test('is the primary one of the first connection that can be written to', async () => {
    const userId = newUser();
    expect(await calendarOf(userId)).toBeUndefined();
    await account(
      userId,
      '1',
      aCalendar('read-only', { primary: true, canWrite: false }),
      aCalendar('other'),
    );
    expect(await calendarOf(userId)).toBeUndefined();
    const { first } = await account(userId, '2', aCalendar('b', { primary: true }), aCalendar('a'));
    await account(userId, '3', aCalendar('c', { primary: true }));
    expect(await calendarOf(userId)).toEqual(first);
  });

  test('is in an active connection before one that waits for its user; one that is leaving does not count', async () => {
    const userId = newUser();
    const one = await account(userId, '1', aCalendar('a', { primary: true }));
    const two = await account(userId, '2', aCalendar('b', { primary: true }));
    await own.store.facts.markReauthRequired(one.id, 1, { code: 'grant_revoked', message: '', at: testNow });
    expect(await calendarOf(userId)).toEqual(two.first);
    await own.store.intents.requestDisconnect(two.id, testNow);
    expect(await calendarOf(userId)).toEqual(one.first);
    await own.store.intents.requestDisconnect(one.id, testNow);
    expect(await calendarOf(userId)).toBeUndefined();
  });

  test('is the one that they name, if it is theirs and can be written to (I10)', async () => {
    const userId = newUser();
    const { second } = await account(userId, '1', aCalendar('a', { primary: true }), aCalendar('b'));
    const { second: locked } = await account(
      userId,
      '2',
      aCalendar('c', { primary: true }),
      aCalendar('d', { canWrite: false }),
    );
    expect(await calendarOf(userId, second.calendarId)).toEqual(second);
    expect(await calendarOf(userId, locked.calendarId)).toBeUndefined();
    expect(await calendarOf(newUser(), second.calendarId)).toBeUndefined();
    expect(await calendarOf(userId, 'nonsense')).toBeUndefined();
  });
});

describe('the users of addresses', () => {
  test('are found whatever the capitals, but for those who are leaving', async () => {
    const [ann, bob, cleo] = [newUser(), newUser(), newUser()];
    await connectedAccount(own.store, { userId: ann, grant: { accountId: 'ann', email: 'Ann@Example.com' } });
    await connectedAccount(own.store, { userId: bob, grant: { accountId: 'bob', email: 'bob@example.com' } });
    const { id } = await connectedAccount(own.store, {
      userId: cleo,
      grant: { accountId: 'cleo', email: 'cleo@example.com' },
    });
    const asked = ['ann@example.com', ' BOB@example.com', 'cleo@example.com', 'änn@example.com'];
    const found = (...given: string[]) => own.store.facts.usersWithAddress(given);
    expect(await found(...asked)).toEqual(
      new Map([
        ['ann@example.com', ann],
        ['bob@example.com', bob],
        ['cleo@example.com', cleo],
      ]),
    );
    await own.store.intents.requestDisconnect(id, testNow);
    expect(await found('cleo@example.com')).toEqual(new Map());
    expect(await found()).toEqual(new Map());
  });
});

test('an interview that is being looked at takes up its organizer all the same', async () => {
  const userId = newUser();
  const id = newInterview();
  await own.store.intents.putInterview(id, aWish(userId), testNow);
  await interviewTurn(own.store, id);
  expect(await blocksOf(userId)).toHaveLength(1);
});
