import { describe, expect, test } from 'vitest';
import type { InterviewState } from '../../../src/domain/interview.ts';
import { openDatabase } from '../../../src/store/mongodb.ts';
import { minutesLater, testNow } from '../../support/builders.ts';
import { testServices } from '../../support/services.ts';
import { aHold } from './holds-world.ts';
import {
  asWanted,
  aFullWish,
  aWish,
  booked,
  interviewTurn,
  movedTo,
  newInterview,
  organizer,
  record,
  settlement,
} from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const put: (typeof own)['store']['intents']['putInterview'] = (...given) =>
  own.store.intents.putInterview(...given);
const due = (now = testNow) => own.store.facts.dueInterviews(now, 1000);

/** An interview in this state, without an event. */
async function inState(state: InterviewState) {
  const id = newInterview();
  const wish = aWish(newUser());
  await put(id, wish, testNow);
  const set = { state, ...(state === 'cancelled' && { withdrawn: { at: testNow } }) };
  await own.database.interviews.updateOne({ _id: id }, { $set: set, $unset: { dueAt: 1 } });
  return { id, wish };
}

describe('the first wish', () => {
  test('is kept as it was said, pending and due, and nothing in it is null', async () => {
    const id = newInterview();
    const wish = aFullWish(newUser());
    const { start, end } = wish;
    const held = aHold(wish.organizer.userId, { slots: [{ start, end }], showInCalendar: false });
    await own.store.intents.putHold('hold-1', held, testNow);
    const answer = await put(id, wish, testNow);
    expect(answer).toEqual({
      type: 'created',
      interview: {
        id,
        userId: wish.organizer.userId,
        revision: 1,
        requested: wish,
        desired: wish,
        state: 'pending',
        lastPlaceNumber: 0,
        formerPlaces: [],
        attempts: [],
        dueAt: testNow,
        createdAt: testNow,
        updatedAt: testNow,
      },
    });
    if (answer.type === 'hold_unavailable') throw new Error(answer.why);
    expect(await record(own.store, id)).toEqual(answer.interview);
    await put(newInterview(), { ...aWish(newUser()), description: undefined, holdId: undefined }, testNow);
    const stored = await own.database.interviews.find().lean();
    expect(JSON.stringify(stored.map(({ turn: _turn, ...rest }) => rest))).not.toContain('null');
    expect(await due()).toContain(id);
  });

  test('that names a revision has seen one that is not there', async () => {
    const id = newInterview();
    expect(await put(id, aWish(newUser()), testNow, { ifRevision: 1 })).toEqual({ type: 'stale' });
    expect(await own.store.reads.interview(id)).toBeUndefined();
  });

  test('of many that come at once is one; the others are nothing new, or revisions that lose nothing', async () => {
    const [id, other] = [newInterview(), newInterview()];
    const wish = aWish(newUser());
    const same = await Promise.all(Array.from({ length: 10 }, () => put(id, wish, testNow)));
    expect(same.map(({ type }) => type).toSorted()).toEqual(['created', ...Array(9).fill('unchanged')]);
    const titles = Array.from({ length: 10 }, (_, n) => `Title ${n}`);
    await Promise.all(titles.map((title) => put(other, { ...wish, title }, testNow)));
    expect(await record(own.store, other)).toMatchObject({ revision: 10, state: 'pending' });
  });

  test('is refused under an id that fits in no URL', async () => {
    await expect(put('no id', aWish(newUser()), testNow)).rejects.toThrow('must be 1 to 128');
    await expect(
      put(newInterview(), { ...aWish(newUser()), title: undefined! }, testNow),
    ).resolves.toBeDefined();
    await expect(
      put(newInterview(), { ...aWish(newUser()), policy: 'other' as 'hold' }, testNow),
    ).rejects.toThrow('policy');
  });
});

describe('another body', () => {
  test('is another revision: due, pending, with the reason and the withdrawal forgotten', async () => {
    const home = await organizer(own.store);
    const { id, requested } = await booked(own.store, home);
    expect(await due()).not.toContain(id);
    await own.store.intents.withdrawInterview(id, minutesLater(1), 'sorry');
    const body = { ...requested, title: 'Another title' };
    const answer = await put(id, body, minutesLater(2));
    expect(answer).toMatchObject({
      type: 'revised',
      interview: {
        revision: 2,
        requested: body,
        desired: body,
        state: 'pending',
        withdrawn: undefined,
        reason: undefined,
        dueAt: minutesLater(1),
        applied: { revision: 1 },
        updatedAt: minutesLater(2),
      },
    });
    if (answer.type === 'hold_unavailable') throw new Error(answer.why);
    expect(await record(own.store, id)).toEqual(answer.interview);
  });

  test('leaves what it does not change as people have it in the calendar', async () => {
    const { id, desired, requested } = await movedByPeople();
    const answer = await put(id, { ...requested, title: 'Another title' }, testNow);
    expect(answer).toMatchObject({
      type: 'revised',
      interview: { desired: { title: 'Another title', start: desired.start, end: desired.end } },
    });
  });

  test('counts as a whole with the revision that its sender has seen, and is stale with another', async () => {
    const { id, requested, revision } = await movedByPeople();
    expect(revision).toBe(2);
    const stale = await put(id, requested, testNow, { ifRevision: 1 });
    expect(stale).toEqual({ type: 'stale', interview: await record(own.store, id) });
    const answer = await put(id, requested, testNow, { ifRevision: 2 });
    expect(answer).toMatchObject({ type: 'revised', interview: { revision: 3, desired: requested } });
    expect(await put(id, requested, testNow, { ifRevision: 3 })).toMatchObject({ type: 'unchanged' });
  });

  test('changes whose it is, and leaves its event where it is', async () => {
    const { id, requested, place } = await booked(own.store, await organizer(own.store));
    const userId = newUser();
    await put(id, { ...requested, organizer: { userId } }, testNow);
    expect(await record(own.store, id)).toMatchObject({ userId, place });
  });
});

describe('the same body', () => {
  test('is nothing new, even where the wish has followed the calendar since', async () => {
    const { id, requested } = await movedByPeople();
    const before = await record(own.store, id);
    expect(await put(id, requested, minutesLater(5))).toEqual({ type: 'unchanged', interview: before });
    expect(await record(own.store, id)).toEqual(before);
  });

  test.each(['conflict', 'failed'] as const)('tries a %s again', async (state) => {
    const { id, wish } = await inState(state);
    expect(await put(id, wish, minutesLater(1))).toMatchObject({
      type: 'unchanged',
      interview: { state: 'pending', revision: 1, dueAt: minutesLater(1) },
    });
    expect(await due(minutesLater(1))).toContain(id);
  });

  test.each(['cancelling', 'cancelled', 'removed_by_user'] as const)(
    'leaves %s as it is; with the revision it is wanted again',
    async (state) => {
      const { id, wish } = await inState(state);
      expect(await put(id, wish, testNow)).toMatchObject({ type: 'unchanged', interview: { state } });
      expect(await due()).not.toContain(id);
      expect(await put(id, wish, testNow, { ifRevision: 1 })).toMatchObject({
        type: 'revised',
        interview: { state: 'pending', revision: 2, withdrawn: undefined },
      });
    },
  );

  test.each(['pending', 'waiting', 'booked'] as const)('leaves %s as it is', async (state) => {
    const { id, wish } = await inState(state);
    for (const options of [{}, { ifRevision: 1 }])
      expect(await put(id, wish, minutesLater(1), options)).toMatchObject({
        type: 'unchanged',
        interview: { state, revision: 1, updatedAt: testNow },
      });
  });
});

describe('a withdrawal', () => {
  test('is to be carried out at once, and frees the time that was claimed', async () => {
    const { id } = await booked(own.store, await organizer(own.store));
    const claim = { start: testNow, end: minutesLater(1), userIds: ['somebody'] };
    await own.database.interviews.updateOne({ _id: id }, { $set: { claim } });
    const answer = await own.store.intents.withdrawInterview(id, minutesLater(1), 'Sorry');
    expect(answer).toMatchObject({
      state: 'cancelling',
      withdrawn: { message: 'Sorry', at: minutesLater(1) },
      dueAt: minutesLater(1),
      revision: 1,
    });
    expect(await record(own.store, id)).toEqual(answer);
    expect(await own.database.interviews.findById(id).lean()).not.toHaveProperty('claim');
    expect(await due(minutesLater(1))).toContain(id);
  });

  test('may be said again: another message replaces the first until it is sent, and none replaces nothing', async () => {
    const { withdrawInterview } = own.store.intents;
    const { id } = await inState('booked');
    await withdrawInterview(id, testNow, 'Sorry');
    expect(await withdrawInterview(id, minutesLater(1))).toMatchObject({
      withdrawn: { message: 'Sorry', at: testNow },
    });
    expect(await withdrawInterview(id, minutesLater(1), 'Very sorry')).toMatchObject({
      withdrawn: { message: 'Very sorry', at: testNow },
    });
    const { turn } = await interviewTurn(own.store, id);
    await own.store.facts.settleInterview(turn, settlement({ happening: 'cleared', placeGone: true }));
    expect(await withdrawInterview(id, minutesLater(2), 'Too late')).toMatchObject({
      state: 'cancelled',
      withdrawn: { message: 'Very sorry', at: testNow },
      dueAt: undefined,
    });
  });

  test('of something that is not there is undefined', async () => {
    expect(await own.store.intents.withdrawInterview('nothing', testNow)).toBeUndefined();
    expect(await own.store.reads.interview('nothing')).toBeUndefined();
    expect(await own.store.reads.interview('not / an id')).toBeUndefined();
  });

  test('and a new wish at once leave either the one or the other', async () => {
    const { id, wish } = await inState('booked');
    await Promise.all([
      own.store.intents.withdrawInterview(id, testNow),
      put(id, { ...wish, title: 'Another' }, testNow),
    ]);
    const { state, withdrawn } = await record(own.store, id);
    expect(state).toBe(withdrawn === undefined ? 'pending' : 'cancelling');
  });
});

describe('an interview is kept', () => {
  const daysMs = 400 * 86_400_000;

  test('for 400 days after its end, as it is wanted by then', async () => {
    const { id, requested } = await booked(own.store, await organizer(own.store));
    const expiry = async () => (await own.database.interviews.findById(id).lean())!.expiresAt.getTime();
    expect(await expiry()).toBe(requested.end.getTime() + daysMs);
    const later = { start: minutesLater(6000), end: minutesLater(6060) };
    await put(id, { ...requested, ...later }, testNow);
    expect(await expiry()).toBe(later.end.getTime() + daysMs);
    const { turn, interview } = await interviewTurn(own.store, id);
    const moved = { start: minutesLater(9000), end: minutesLater(9060) };
    const { desired, followed } = movedTo(interview.desired, moved);
    await own.store.facts.settleInterview(turn, asWanted(desired, { followed }));
    expect(await expiry()).toBe(moved.end.getTime() + daysMs);
  });

  test('or after it was asked for, where that is later', async () => {
    const id = newInterview();
    const past = { start: minutesLater(-6060), end: minutesLater(-6000) };
    await put(id, aWish(newUser(), past), testNow);
    const stored = await own.database.interviews.findById(id).lean();
    expect(stored!.expiresAt).toEqual(new Date(testNow.getTime() + daysMs));
  });

  test('and MongoDB itself removes it', async () => {
    const database = await openDatabase({ mongodbUri: testServices().mongodbUri });
    const indexes = await database.interviews.collection.indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
    await database.connection.close();
  });
});

/** At revision 2, because people have put it an hour later. */
async function movedByPeople() {
  const { id, requested } = await booked(own.store, await organizer(own.store));
  const { turn } = await interviewTurn(own.store, id);
  const later = { start: minutesLater(660), end: minutesLater(720) };
  const { desired, followed } = movedTo(requested, later);
  await own.store.facts.settleInterview(turn, asWanted(desired, { followed }));
  return record(own.store, id);
}
