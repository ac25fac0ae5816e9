import { describe, expect, test } from 'vitest';
import { slotInterviewId } from '../../../src/domain/hold.ts';
import type { InterviewWish } from '../../../src/domain/interview.ts';
import type { EntryTraits } from '../../../src/store/store.ts';
import { connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import { storedTime } from '../../support/stored-time.ts';
import { aHold, holdOf, newHold, span } from './holds-world.ts';
import { aWish, interviewTurn, newInterview } from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const hold = (...given: Parameters<(typeof own)['store']['intents']['putHold']>) =>
  own.store.intents.putHold(...given);
const book = (id: string, wish: InterviewWish, now = testNow) =>
  own.store.intents.putInterview(id, wish, now);

async function held(userId = newUser(), fields: Parameters<typeof aHold>[1] = {}) {
  const id = newHold();
  await hold(id, aHold(userId, fields), testNow);
  return { id, userId };
}

/** Tries to claim an hour of somebody for an interview of somebody else. */
async function claim(userId: string, time = span(600, 660), now = testNow, holdId?: string) {
  const id = newInterview();
  await book(id, aWish(newUser(), time));
  const { turn } = await interviewTurn(own.store, id);
  return own.store.facts.claimTime(turn, { ...time, userIds: [userId], holdId }, now);
}

const claimOf = async (id: string) => (await own.database.interviews.findById(id).lean())?.claim;

describe('time that is held', () => {
  test('is in the way of interviews, for the organizer and for the others; but not of the one that names the hold', async () => {
    const other = newUser();
    const { id, userId } = await held(newUser(), { participants: [other] });
    for (const taker of [userId, other])
      expect(await claim(taker, span(630, 640))).toEqual({ ...span(600, 660), userId: taker, holdId: id });
    expect(await claim(newUser(), span(630, 640))).toBeUndefined();
    expect(await claim(userId, span(660, 700))).toBeUndefined();
    expect(await claim(userId, span(630, 640), testNow, id)).toBeUndefined();
  });

  test('is free once the hold is released, or its time has run out, also where nobody has written that down', async () => {
    const { id, userId } = await held();
    expect(await claim(userId, span(600, 660), minutesLater(299))).toMatchObject({ holdId: id });
    expect(await claim(userId, span(600, 660), minutesLater(300))).toBeUndefined();
    await own.store.intents.releaseHold(id, testNow);
    expect(await claim(userId, span(700, 760))).toBeUndefined();
  });

  test('gives the earliest of what is in the way, be it held or claimed', async () => {
    const { id, userId } = await held();
    await claim(userId, span(660, 690));
    expect(await claim(userId, span(590, 800))).toMatchObject({ ...span(600, 660), holdId: id });
    expect(await claim(userId, span(665, 800))).toMatchObject(span(660, 690));
  });

  test('takes up everybody whom the hold names, busily, from the PUT to the end', async () => {
    const other = newUser();
    const { id, userId } = await held(newUser(), { participants: [other], showInCalendar: false });
    const entries: EntryTraits[] = [];
    const counts = (entry: EntryTraits) => entries.push(entry) > 0;
    const promised = async (user: string, now = testNow) =>
      (await storedTime(own.store, user, span(0, 720), { now, counts })).promised;
    const slots = [span(600, 660), span(700, 720)];
    expect([await promised(userId), await promised(other), await promised('somebody else')]).toEqual([
      slots,
      slots,
      [],
    ]);
    const [first] = entries;
    expect(first).toMatchObject({ busy: 'busy', kind: 'default', response: 'organizer' });
    expect(first?.interviewId).toBe(slotInterviewId(id, { number: 1 }));
    expect(entries.map(({ response }) => response)).toEqual([
      'organizer',
      'organizer',
      'needs_action',
      'needs_action',
    ]);
    expect(await promised(other, minutesLater(300))).toEqual([]);
    await own.store.intents.releaseHold(id, testNow);
    expect(await promised(userId)).toEqual([]);
  });

  test('is counted by the hold alone, and not by what the calendar is to show of it', async () => {
    const { userId } = await held();
    const entries: EntryTraits[] = [];
    const counts = (entry: EntryTraits) => entries.push(entry) > 0;
    await storedTime(own.store, userId, span(0, 1440), { counts });
    expect(entries).toHaveLength(3);
  });
});

describe('a hold that checks', () => {
  test('is refused where an interview has claimed some of a slot, or another hold keeps it; nothing is written', async () => {
    const other = newUser();
    const { id: first } = await held(newUser(), { participants: [other] });
    const id = newHold();
    const wish = aHold(newUser(), {
      participants: [other],
      slots: [span(500, 520), span(640, 700)],
      checkConflicts: true,
    });
    expect(await hold(id, wish, testNow)).toEqual({
      type: 'taken',
      slot: span(640, 700),
      clash: { ...span(600, 660), userId: other, holdId: first },
    });
    expect(await own.store.reads.hold(id)).toBeUndefined();
    expect(await own.store.reads.interviewsOfHold(id)).toEqual([]);
    await own.store.intents.releaseHold(first, testNow);
    await claim(other, span(690, 699));
    expect(await hold(id, wish, testNow)).toMatchObject({ type: 'taken', clash: span(690, 699) });
  });

  test('is not in its own way', async () => {
    const { id, userId } = await held(newUser(), { checkConflicts: true });
    const slots = [span(600, 660), span(630, 690)];
    expect(await hold(id, aHold(userId, { slots, checkConflicts: true }), testNow)).toMatchObject({
      type: 'revised',
    });
  });

  test('of ten that race for one hour, and interviews with them, one gets it', async () => {
    for (let round = 0; round < 4; round += 1) {
      const userId = newUser();
      const wish = aHold(userId, { slots: [span(600, 660)], checkConflicts: true, showInCalendar: false });
      const answers = await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          if (n % 2 === 0) return (await hold(newHold(), wish, testNow)).type === 'created';
          return (await claim(userId, span(630, 690))) === undefined;
        }),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
    }
  });
});

describe('an interview that takes a slot', () => {
  const taking = (userId: string, holdId: string, fields: Partial<InterviewWish> = {}) =>
    aWish(userId, { ...span(700, 760), holdId, ...fields });

  test('confirms the hold, releases the other slots, and has the time claimed at once', async () => {
    const { id, userId } = await held();
    const guest = newUser();
    await connectedAccount(own.store, {
      userId: guest,
      grant: { accountId: guest, email: `${guest}@example.com` },
    });
    const attendees = [{ email: `${guest.toUpperCase()}@example.com`, optional: false, resource: false }];
    const interviewId = newInterview();
    expect(await book(interviewId, taking(userId, id, { attendees }))).toMatchObject({ type: 'created' });
    expect(await holdOf(own.store, id)).toMatchObject({
      state: 'confirmed',
      confirmedBy: interviewId,
      slots: [{ state: 'released' }, { state: 'confirmed' }, { state: 'released' }],
    });
    const slots = await own.store.reads.interviewsOfHold(id);
    expect(slots.map(({ state }) => state)).toEqual(['cancelling', 'cancelling', 'cancelling']);
    const due = await own.store.facts.dueInterviews(testNow, 1000);
    expect(due).toEqual(expect.arrayContaining([interviewId, ...slots.map((slot) => slot.id)]));
    expect(await claimOf(interviewId)).toEqual({ ...span(700, 760), userIds: [userId, guest] });
    expect((await storedTime(own.store, userId, span(0, 1440))).promised).toEqual([span(700, 760)]);
    for (const taken of [userId, guest])
      expect(await claim(taken, span(700, 760))).toMatchObject({ interviewId });
    expect(await claim(userId, span(600, 660))).toBeUndefined();
  });

  test('of ten that race for one hold one gets it, and the others are not there', async () => {
    const { id, userId } = await held();
    const ids = Array.from({ length: 10 }, () => newInterview());
    const answers = await Promise.all(
      ids.map((interviewId, n) => book(interviewId, taking(userId, id, n % 2 === 0 ? {} : span(600, 660)))),
    );
    const winners = ids.filter((_, n) => answers[n]!.type === 'created');
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ type }) => type !== 'created')).toEqual(
      Array.from({ length: 9 }, () => ({ type: 'hold_unavailable', why: 'confirmed' })),
    );
    const found = await Promise.all(ids.map((interviewId) => own.store.reads.interview(interviewId)));
    expect(found.filter((one) => one !== undefined).map((one) => one.id)).toEqual(winners);
    expect(await holdOf(own.store, id)).toMatchObject({ confirmedBy: winners[0] });
  });

  test('at once with a release comes before it or not at all', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, userId } = await held();
      const interviewId = newInterview();
      const [answer] = await Promise.all([
        book(interviewId, taking(userId, id)),
        own.store.intents.releaseHold(id, testNow),
      ]);
      const isTaken = answer.type === 'created';
      expect((await holdOf(own.store, id)).state).toBe(isTaken ? 'confirmed' : 'released');
      expect((await own.store.reads.interview(interviewId)) !== undefined).toBe(isTaken);
    }
  });

  test.each([
    ['there is no such hold', 'unknown', async () => 'no-such-hold'],
    ['it is of other people', 'unknown', async () => (await held()).id],
    [
      'it has no such slot',
      'no_such_slot',
      async (userId: string) => (await held(userId, { slots: [span(700, 761)] })).id,
    ],
    [
      'it was released',
      'released',
      async (userId: string) => {
        const { id } = await held(userId);
        await own.store.intents.releaseHold(id, testNow);
        return id;
      },
    ],
    [
      'its time has run out',
      'expired',
      async (userId: string) => (await held(userId, { expiresAt: testNow })).id,
    ],
    [
      'somebody has given the slot up',
      'slot_removed_by_user',
      async (userId: string) => {
        const { id } = await held(userId);
        await own.database.holds.updateOne({ _id: id }, { $set: { 'slots.1.state': 'removed_by_user' } });
        return id;
      },
    ],
  ] as const)('is refused where %s', async (_, why, holdFor) => {
    const userId = newUser();
    const interviewId = newInterview();
    const answer = await book(interviewId, taking(userId, await holdFor(userId)));
    expect(answer).toEqual({ type: 'hold_unavailable', why });
    expect(await own.store.reads.interview(interviewId)).toBeUndefined();
  });

  test('may be of one whose time is held with the organizer’s', async () => {
    const other = newUser();
    const { id } = await held(newUser(), { participants: [other] });
    expect(await book(newInterview(), taking(other, id))).toMatchObject({ type: 'created' });
  });

  test('once it has taken one, can be asked for again, changed and moved', async () => {
    const { id, userId } = await held();
    const interviewId = newInterview();
    const wish = taking(userId, id);
    await book(interviewId, wish);
    expect(await book(interviewId, wish, minutesLater(400))).toMatchObject({ type: 'unchanged' });
    const moved = { ...wish, ...span(1000, 1060), title: 'Second round' };
    expect(await book(interviewId, moved, minutesLater(400))).toMatchObject({ type: 'revised' });
    await hold(id, aHold(userId, { title: 'The next one', slots: [span(1200, 1260)] }), testNow);
    expect(await book(interviewId, { ...moved, title: 'Third round' })).toMatchObject({ type: 'revised' });
    expect(await holdOf(own.store, id)).toMatchObject({ state: 'held' });
  });

  test('that is not wanted any more has to take one anew', async () => {
    const { id, userId } = await held();
    const interviewId = newInterview();
    await book(interviewId, taking(userId, id));
    await own.store.intents.withdrawInterview(interviewId, testNow);
    await hold(id, aHold(userId, { title: 'The next ones' }), testNow);
    const again = taking(userId, id, { title: 'Again' });
    expect(await book(interviewId, { ...again, ...span(701, 760) })).toMatchObject({ why: 'no_such_slot' });
    expect(await book(interviewId, again)).toMatchObject({ type: 'revised' });
    expect(await holdOf(own.store, id)).toMatchObject({ state: 'confirmed', confirmedBy: interviewId });
  });

  test('with a revision that is not current takes nothing', async () => {
    const { id, userId } = await held();
    const put = own.store.intents.putInterview(newInterview(), taking(userId, id), testNow, {
      ifRevision: 3,
    });
    expect(await put).toEqual({ type: 'stale' });
    expect(await holdOf(own.store, id)).toMatchObject({ state: 'held' });
  });
});
