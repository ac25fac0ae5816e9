import { describe, expect, test } from 'vitest';
import type { InterviewChangeBody } from '../../../src/domain/change.ts';
import { failure } from '../../../src/domain/failure.ts';
import type { InterviewWish } from '../../../src/domain/interview.ts';
import { storeOver } from '../../../src/store/index.ts';
import type { InterviewNewsBody } from '../../../src/store/store.ts';
import { aFullEvent, connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import {
  aPlace,
  aSnapshot,
  asWanted,
  aWish,
  booked,
  followedBy,
  interviewTurn,
  movedTo,
  newInterview,
  organizer,
  record,
  settlement,
  triedWith,
} from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

const settle: (typeof own)['store']['facts']['settleInterview'] = (...given) =>
  own.store.facts.settleInterview(...given);

async function wanted(fields: Partial<InterviewWish> = {}) {
  const home = await organizer(own.store);
  const id = newInterview();
  const wish = aWish(home.userId, fields);
  await own.store.intents.putInterview(id, wish, testNow);
  const { turn } = await interviewTurn(own.store, id);
  return { id, home, wish, turn };
}

/** What was told of interviews in a connection's changes. */
async function told(connectionId: string) {
  const found = await own.database.changes
    .find({ connectionId, type: /^interview/ })
    .sort({ seq: 1 })
    .lean();
  return found.map(({ type, data }) => ({ type, data }));
}

const isTold = (type: InterviewNewsBody['type'], revision: number, id: string) => ({
  type,
  data: { interviewId: id, revision },
});
const booking = [{ type: 'interview.booked', data: {} }] as const;
const later = { start: minutesLater(660), end: minutesLater(720) };

/** That people have put it an hour later. */
const moved = (wish: InterviewWish) => movedTo(wish, later);

describe('a settlement', () => {
  test('writes down what the calendar holds, under the revision that was applied', async () => {
    const { id, home, wish, turn } = await wanted();
    await own.store.facts.placeInterview(turn, aPlace(id, home, triedWith(wish)), testNow);
    expect(await settle(turn, asWanted(wish, { now: minutesLater(1) }))).toEqual({ again: false });
    const settled = await record(own.store, id);
    expect(settled.applied).toEqual({
      revision: 1,
      wish,
      snapshot: aSnapshot(wish),
      iCalUID: 'uid@example.com',
      webLink: 'https://calendar.example/event',
      at: minutesLater(1),
      observedAt: minutesLater(1),
    });
    expect(settled).toMatchObject({
      state: 'booked',
      revision: 1,
      place: aPlace(id, home, { providerEventId: 'event-1' }),
      dueAt: undefined,
      updatedAt: minutesLater(1),
    });
  });

  test('forgets what was tried but for what it says is open, and gives no mark twice', async () => {
    const { id, home, wish, turn } = await wanted();
    await own.store.facts.placeInterview(turn, aPlace(id, home, triedWith(wish)), testNow);
    const { applied, ...rest } = asWanted(wish, { now: minutesLater(1), keepTurn: true });
    const open = { tries: [{ mark: '2', wish, fields: ['title'] as const }], tried: 2 };
    await settle(turn, { ...rest, applied: { ...applied!, tries: open } });
    expect((await record(own.store, id)).place).toMatchObject(open);
    await settle(turn, { ...rest, applied: applied! });
    const { place } = await record(own.store, id);
    expect(place).not.toHaveProperty('tries');
    expect(place).toMatchObject({ tried: 2 });
  });

  test('of a reading moves when it was looked at, and not when it was written', async () => {
    const { id, applied } = await booked(own.store, await organizer(own.store));
    const { turn } = await interviewTurn(own.store, id);
    const seen = asWanted(applied!.wish, { now: minutesLater(3) }, { etag: '"2"' });
    await settle(turn, { ...seen, applied: { ...seen.applied!, written: false, webLink: undefined } });
    expect(await record(own.store, id)).toMatchObject({
      applied: { ...applied, snapshot: { etag: '"2"' }, at: testNow, observedAt: minutesLater(3) },
    });
  });

  test('keeps a snapshot with all that can be in it exactly, and nothing in it is null', async () => {
    const { id, wish, turn } = await wanted();
    const proposed = { start: minutesLater(700), end: minutesLater(760) };
    const attendees = [
      {
        email: 'kim@example.com',
        name: 'Kim',
        optional: true,
        resource: false,
        response: 'tentative',
        proposed,
      },
      { email: 'room@example.com', optional: false, resource: true, response: 'declined' },
    ] as const;
    const conference = { state: 'ready', url: 'https://meet.example.com/abc' } as const;
    const snapshot = { attendees, conference, description: 'Text', location: undefined, allDay: true };
    const end = asWanted(wish, {}, snapshot);
    await settle(turn, end);
    expect((await record(own.store, id)).applied!.snapshot).toEqual(end.applied!.snapshot);
    const stored = await own.database.interviews.findById(id).lean();
    expect(JSON.stringify(stored!.applied)).not.toContain('null');
  });

  test('says why and since when, and forgets it when it says nothing of it', async () => {
    const { id, turn } = await wanted();
    const reason = failure('grant_revoked', 'The grant is gone.');
    await settle(turn, settlement({ happening: 'obstructed', reason }));
    expect(await record(own.store, id)).toMatchObject({
      state: 'waiting',
      reason: { ...reason, at: testNow },
    });
    const { turn: again } = await interviewTurn(own.store, id);
    await settle(again, settlement({ now: minutesLater(5), reason: { ...reason, message: 'Still.' } }));
    expect(await record(own.store, id)).toMatchObject({ reason: { message: 'Still.', at: testNow } });
    const { turn: last, interview } = await interviewTurn(own.store, id);
    await settle(last, asWanted(interview.desired));
    expect(await record(own.store, id)).toMatchObject({ state: 'booked', reason: undefined });
  });

  test('keeps a clash as long as it is one', async () => {
    const { id, wish, turn } = await wanted();
    const clash = { start: minutesLater(590), end: minutesLater(630), userId: 'user', interviewId: 'other' };
    const reason = failure('slot_taken', 'Somebody is busy.');
    await settle(turn, settlement({ happening: 'clashed', clash, reason }));
    expect(await record(own.store, id)).toMatchObject({ state: 'conflict', clash, reason });
    await own.store.intents.putInterview(id, wish, testNow);
    expect(await record(own.store, id)).toMatchObject({
      state: 'pending',
      clash: undefined,
      reason: undefined,
    });
  });

  test('forgets an event that is gone', async () => {
    const { id } = await booked(own.store, await organizer(own.store));
    const { turn } = await interviewTurn(own.store, id);
    await settle(turn, settlement({ happening: 'removed', placeGone: true }));
    expect(await record(own.store, id)).toMatchObject({
      state: 'removed_by_user',
      place: undefined,
      applied: undefined,
      lastPlaceNumber: 1,
    });
  });

  test('keeps the latest twenty of what was tried', async () => {
    const { id, turn } = await wanted();
    const tries = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => ({
        at: minutesLater(from + n),
        revision: 1,
        action: 'create' as const,
        outcome: 'throttled',
        message: `try ${from + n}`,
      }));
    await settle(turn, settlement({ attempts: tries(0, 15), keepTurn: true }));
    await settle(turn, settlement({ attempts: tries(15, 25) }));
    expect((await record(own.store, id)).attempts).toEqual(tries(5, 25));
  });

  test('of a step keeps the turn and the interview due until the last one', async () => {
    const { id, wish, turn } = await wanted();
    expect(await settle(turn, asWanted(wish, { keepTurn: true }))).toEqual({ again: false });
    expect(await record(own.store, id)).toMatchObject({ state: 'booked', dueAt: testNow });
    expect(await own.store.facts.keepInterviewTurn(turn, minutesLater(2))).toBe(true);
    expect(await settle(turn, settlement())).toEqual({ again: false });
    expect(await record(own.store, id)).toMatchObject({ dueAt: undefined });
  });

  test('remembers under which revision people’s changes were put back', async () => {
    const { id, wish, turn } = await wanted({ policy: 'hold' });
    await settle(turn, asWanted(wish, { putBack: true, keepTurn: true }));
    await settle(turn, settlement());
    expect(await record(own.store, id)).toMatchObject({ putBackRevision: 1 });
  });
});

describe('a wish that follows the calendar', () => {
  test('is a new revision, and applied as that', async () => {
    const { id, requested } = await booked(own.store, await organizer(own.store));
    const { turn } = await interviewTurn(own.store, id);
    const { desired, followed } = moved(requested);
    expect(await settle(turn, asWanted(desired, { followed }))).toEqual({ again: false });
    expect(await record(own.store, id)).toMatchObject({
      revision: 2,
      requested,
      desired,
      state: 'booked',
      applied: { revision: 2, wish: desired },
    });
  });

  test('is not revised for the steps of the run that come after', async () => {
    const { id, requested } = await booked(own.store, await organizer(own.store));
    const { turn } = await interviewTurn(own.store, id);
    const { desired, followed } = moved(requested);
    await settle(turn, asWanted(desired, { followed, keepTurn: true }));
    expect(await settle(turn, asWanted(desired))).toEqual({ again: false });
    expect(await record(own.store, id)).toMatchObject({ revision: 2, applied: { revision: 2 } });
  });

  test('that says nothing else by that is no new one', async () => {
    const { id, requested } = await booked(own.store, await organizer(own.store));
    const { turn } = await interviewTurn(own.store, id);
    const guest = { email: 'new@example.com', optional: false, resource: false, response: 'none' } as const;
    const { attendees } = aSnapshot(requested);
    const { desired, followed } = followedBy(requested, { attendees: [...attendees, guest] });
    await settle(turn, asWanted(desired, { followed }));
    expect(await record(own.store, id)).toMatchObject({ revision: 1, applied: { revision: 1 } });
  });

  test('follows in another body of the main app as well, but for what that has changed', async () => {
    const { id, requested } = await booked(own.store, await organizer(own.store));
    const { turn } = await interviewTurn(own.store, id);
    const { desired, followed } = moved(requested);
    await own.store.intents.putInterview(id, { ...requested, title: 'Another title' }, testNow);
    expect(await settle(turn, asWanted(desired, { followed }))).toEqual({ again: true });
    expect(await record(own.store, id)).toMatchObject({
      revision: 3,
      desired: { ...desired, title: 'Another title' },
      state: 'pending',
      applied: { revision: 1, wish: desired },
      dueAt: testNow,
    });
  });

  test('leaves the time where the main app has named another one meanwhile', async () => {
    const { id, requested } = await booked(own.store, await organizer(own.store));
    const { turn } = await interviewTurn(own.store, id);
    const body = { ...requested, start: minutesLater(900), end: minutesLater(960) };
    await own.store.intents.putInterview(id, body, testNow);
    const { desired, followed } = moved(requested);
    await settle(turn, asWanted(desired, { followed }));
    expect(await record(own.store, id)).toMatchObject({ revision: 2, desired: body, state: 'pending' });
  });

  test('and a body at the same moment lose nothing of each other', async () => {
    for (let n = 0; n < 10; n += 1) {
      const { id, requested } = await booked(own.store, await organizer(own.store));
      const { turn } = await interviewTurn(own.store, id);
      const { desired, followed } = moved(requested);
      const [, put] = await Promise.all([
        settle(turn, asWanted(desired, { followed })),
        own.store.intents.putInterview(id, { ...requested, title: 'Another title' }, testNow),
      ]);
      expect(put.type).toBe('revised');
      expect(await record(own.store, id)).toMatchObject({
        revision: 3,
        requested: { title: 'Another title', start: requested.start },
        desired: { title: 'Another title', ...later },
        state: 'pending',
        dueAt: testNow,
      });
    }
  });
});

describe('what a run says of a revision that is not wanted any more', () => {
  test.each(['applied', 'obstructed', 'clashed', 'refused'] as const)(
    'leaves the new one pending: %s',
    async (happening) => {
      const { id, home, wish, turn } = await wanted();
      await own.store.intents.putInterview(id, { ...wish, title: 'Another' }, testNow);
      const reason = failure('slot_taken', 'Somebody is busy.');
      const clash = { start: testNow, end: minutesLater(1) };
      const news = [{ type: 'interview.conflict', data: { clash } }] as const;
      expect(await settle(turn, settlement({ happening, reason, clash, news }))).toEqual({ again: true });
      expect(await record(own.store, id)).toMatchObject({
        state: 'pending',
        revision: 2,
        reason: undefined,
        clash: undefined,
      });
      expect(await told(home.connectionId)).toMatchObject([isTold('interview.conflict', 1, id)]);
    },
  );

  test('does not count as applied in the new one, which is written then', async () => {
    const { id, wish, turn } = await wanted();
    await own.store.intents.putInterview(id, { ...wish, title: 'Another' }, testNow);
    await settle(turn, asWanted(wish));
    expect(await record(own.store, id)).toMatchObject({ state: 'pending', applied: { revision: 1, wish } });
  });

  test('counts where somebody has removed the event: the main app has to ask again', async () => {
    const home = await organizer(own.store);
    const { id, requested } = await booked(own.store, home);
    const { turn } = await interviewTurn(own.store, id);
    await own.store.intents.putInterview(id, { ...requested, title: 'Another' }, testNow);
    const news = [{ type: 'interview.cancelled', data: { by: 'user' } }] as const;
    await settle(turn, settlement({ happening: 'removed', placeGone: true, news }));
    expect(await record(own.store, id)).toMatchObject({ state: 'removed_by_user', place: undefined });
    expect(await told(home.connectionId)).toMatchObject([isTold('interview.cancelled', 2, id)]);
  });

  test('does not take back a withdrawal, nor a wish that came after one', async () => {
    const { id, wish, turn } = await wanted();
    await own.store.intents.withdrawInterview(id, testNow);
    await settle(turn, asWanted(wish));
    expect(await record(own.store, id)).toMatchObject({ state: 'cancelling' });
    const { turn: clearing } = await interviewTurn(own.store, id);
    await own.store.intents.putInterview(id, { ...wish, title: 'After all' }, testNow);
    expect(await settle(clearing, settlement({ happening: 'cleared', placeGone: true }))).toEqual({
      again: true,
    });
    expect(await record(own.store, id)).toMatchObject({ state: 'pending', place: undefined });
  });

  test('and a reading of what is not wanted leaves the revision that was applied last', async () => {
    const { id, requested } = await booked(own.store, await organizer(own.store));
    await own.store.intents.putInterview(id, { ...requested, ...later }, testNow);
    const { turn } = await interviewTurn(own.store, id);
    const clash = { start: testNow, end: minutesLater(1) };
    await settle(turn, { ...asWanted(requested), happening: 'clashed', clash });
    expect(await record(own.store, id)).toMatchObject({
      state: 'conflict',
      revision: 2,
      applied: { revision: 1 },
    });
  });
});

describe('what is told', () => {
  test('comes in order, with the interview and its revision, in the connection of its calendar', async () => {
    const home = await organizer(own.store);
    const { id, requested } = await booked(own.store, home);
    const { turn } = await interviewTurn(own.store, id);
    const { desired, followed } = moved(requested);
    const handling = 'followed';
    const answers = [
      { attendee: 0, resource: false, response: 'accepted', proposed: later },
      { attendee: undefined, resource: true, response: 'declined', proposed: undefined },
    ] as const;
    const reason = failure('time_passed', 'Too late.');
    const { start, end } = requested;
    const news: InterviewNewsBody[] = [
      { type: 'interview.booked', data: {} },
      { type: 'interview.updated', data: {} },
      { type: 'interview.moved', data: { handling, from: { start, end }, to: later } },
      { type: 'interview.changed', data: { handling, fields: ['title', 'attendees'] } },
      { type: 'interview.response', data: { answers } },
      { type: 'interview.cancelled', data: { by: 'user' } },
      { type: 'interview.conflict', data: { clash: later } },
      { type: 'interview.waiting', data: { reason } },
      { type: 'interview.failed', data: { reason } },
      { type: 'interview.conference', data: { state: 'ready' } },
    ];
    await settle(turn, asWanted(desired, { followed, news }));
    const bodies = news.map(
      ({ type, data }) => ({ type, data: { interviewId: id, revision: 2, ...data } }) as InterviewChangeBody,
    );
    const page = await own.store.reads.changes({ after: 0, limit: 500, now: testNow });
    if (page.type !== 'page') throw new Error(`the feed was answered ${page.type}`);
    const mine = page.changes.filter(({ connectionId }) => connectionId === home.connectionId);
    const [connected, ...rest] = mine;
    expect(connected!.type).toBe('connection.connected');
    expect(rest.map(({ type, data }) => ({ type, data }))).toEqual(bodies);
    expect(mine.map(({ sequence }) => sequence)).toEqual(mine.map((_, n) => n + 1));
    expect(JSON.stringify(await told(home.connectionId))).not.toContain('null');
  });

  test('is delivered as it is told, and whoever delivers hears of it once it is committed', async () => {
    const heard: string[] = [];
    const store = storeOver({
      ...own.database,
      recording: { ...own.database.recording, deliver: true, onRecorded: (id) => void heard.push(id) },
    });
    const { id, home, wish, turn } = await wanted();
    await store.facts.settleInterview(turn, asWanted(wish, { news: booking }));
    expect(heard).toEqual([home.connectionId]);
    expect(await store.facts.nextDelivery(home.connectionId)).toMatchObject({
      change: { ...isTold('interview.booked', 1, id), userId: home.userId },
    });
  });

  test('is nothing where there is no news', async () => {
    const { home, wish, turn } = await wanted();
    await settle(turn, asWanted(wish));
    expect(await told(home.connectionId)).toEqual([]);
  });

  test('is not told again by a settlement that runs twice', async () => {
    const { id, home, wish, turn } = await wanted();
    const twice = await Promise.allSettled([1, 2].map(() => settle(turn, asWanted(wish, { news: booking }))));
    expect(twice.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await told(home.connectionId)).toEqual([isTold('interview.booked', 1, id)]);
  });

  test('comes in the connection where the event is, else where it was, else in the organizer’s first', async () => {
    const userId = newUser();
    const first = await organizer(own.store, { userId, grant: { accountId: 'first' } });
    const second = await organizer(own.store, {
      userId,
      grant: { accountId: 'second' },
      now: minutesLater(1),
    });
    const tell = async (id: string) => {
      const { turn } = await interviewTurn(own.store, id);
      await settle(turn, settlement({ news: booking, keepTurn: true }));
      return turn;
    };
    const inSecond = await booked(own.store, second);
    const turn = await tell(inSecond.id);
    expect(await told(second.connectionId)).toEqual([isTold('interview.booked', 1, inSecond.id)]);
    expect(await told(first.connectionId)).toEqual([]);

    await own.store.facts.placeInterview(turn, aPlace(inSecond.id, first, { number: 2 }), testNow);
    await settle(turn, settlement({ placeGone: true, news: booking, keepTurn: true }));
    expect(await told(first.connectionId)).toHaveLength(1);
    await settle(turn, settlement({ clearedPlaces: [1], news: booking, keepTurn: true }));
    expect(await told(second.connectionId)).toHaveLength(2);
    await settle(turn, settlement({ news: booking }));
    expect(await told(first.connectionId)).toHaveLength(2);
  });

  test('passes over a connection that is leaving, and is told nowhere where there is none', async () => {
    const userId = newUser();
    const first = await organizer(own.store, { userId, grant: { accountId: 'first' } });
    const { connectionId } = await organizer(own.store, { userId, grant: { accountId: 'second' } });
    const { id } = await booked(own.store, first);
    await own.store.intents.requestDisconnect(first.connectionId, testNow);
    const { turn } = await interviewTurn(own.store, id);
    await settle(turn, settlement({ news: booking, keepTurn: true }));
    expect(await told(connectionId)).toEqual([isTold('interview.booked', 1, id)]);
    await own.store.intents.requestDisconnect(connectionId, testNow);
    expect(await settle(turn, settlement({ happening: 'refused', news: booking }))).toEqual({ again: false });
    expect(await told(connectionId)).toHaveLength(1);
  });

  test('does not lose its number to a page of the same connection that is written at the same time', async () => {
    const { wish, turn, home } = await wanted();
    const answer = await own.store.facts.takeSyncTurn(home.connectionId, testNow, minutesLater(1));
    if (answer.type !== 'taken') throw new Error(answer.type);
    const events = Array.from({ length: 10 }, (_, n) => ({
      event: aFullEvent(`e${n}`),
      fingerprint: `${n}`,
    }));
    await Promise.all([
      ...events.map((upsert) =>
        own.store.facts.applyPage(
          answer.turn,
          home.calendarId,
          { upserts: [upsert], deletes: [] },
          testNow,
          minutesLater(1),
        ),
      ),
      settle(turn, asWanted(wish, { news: [...booking, ...booking] })),
    ]);
    const numbers = await own.database.changes
      .find({ connectionId: home.connectionId })
      .sort({ seq: 1 })
      .lean();
    expect(numbers.map(({ seq }) => seq)).toEqual(numbers.map((_, n) => n + 1));
    expect(numbers).toHaveLength(13);
  });

  test('of an organizer who has connected nothing stays with the interview', async () => {
    const id = newInterview();
    await own.store.intents.putInterview(id, aWish(newUser()), testNow);
    const { turn } = await interviewTurn(own.store, id);
    const reason = failure('organizer_not_connected', 'Nothing to write to.');
    const news = [{ type: 'interview.waiting', data: { reason } }] as const;
    await settle(turn, settlement({ happening: 'obstructed', reason, news }));
    expect(await record(own.store, id)).toMatchObject({ state: 'waiting', reason });
    expect(await own.database.changes.findOne({ 'data.interviewId': id })).toBeNull();
    await connectedAccount(own.store, { userId: (await record(own.store, id)).userId });
  });
});
