import { describe, expect, test } from 'vitest';
import { holdAt, slotInterviewId } from '../../../src/domain/hold.ts';
import { minutesLater, testNow } from '../../support/builders.ts';
import { aFullHold, aHold, holdOf, newHold, span } from './holds-world.ts';
import { aPlace, asWanted, interviewTurn, organizer, settlement, triedWith } from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const put = (...given: Parameters<(typeof own)['store']['intents']['putHold']>) =>
  own.store.intents.putHold(...given);
const statesOf = async (id: string) => (await holdOf(own.store, id)).slots.map(({ state }) => state);

/** What the calendar is to show: the times of the hold's interviews that are wanted. */
async function shown(id: string) {
  const found = await own.store.reads.interviewsOfHold(id);
  return found
    .filter(({ withdrawn }) => withdrawn === undefined)
    .map(({ desired: { start, end } }) => ({ start, end }))
    .toSorted((one, other) => one.start.getTime() - other.start.getTime());
}

const slotsOf = async (id: string) =>
  (await holdOf(own.store, id)).slots.map((slot) => slotInterviewId(id, slot));

async function isDue(ids: readonly string[], now = testNow) {
  const due = new Set(await own.store.facts.dueInterviews(now, 1000));
  return ids.map((id) => due.has(id));
}

/** As the job leaves it. */
async function bookSlot(interviewId: string, home: { connectionId: string; calendarId: string }) {
  const { turn, interview } = await interviewTurn(own.store, interviewId);
  const place = aPlace(interviewId, home, triedWith(interview.desired));
  await own.store.facts.placeInterview(turn, place, testNow);
  const news = [{ type: 'interview.booked', data: {} }] as const;
  await own.store.facts.settleInterview(turn, asWanted(interview.desired, { news }));
}

async function changesOf(userId: string) {
  const page = await own.store.reads.changes({ after: 0, limit: 10_000, now: testNow });
  if (page.type !== 'page') throw new Error('the changes are lost');
  return page.changes.filter((change) => change.userId === userId && !change.type.startsWith('connection'));
}

describe('a hold', () => {
  test('is stored whole, with its slots numbered and each an interview of ours that is due', async () => {
    const [userId, id] = [newUser(), newHold()];
    const wish = aFullHold(userId);
    const hold = {
      id,
      userId,
      requested: wish,
      state: 'held',
      slots: wish.slots.map((slot, n) => ({ ...slot, number: n + 1, state: 'held' })),
      expiresAt: wish.expiresAt,
      createdAt: testNow,
      updatedAt: testNow,
    };
    expect(await put(id, wish, testNow)).toEqual({ type: 'created', hold });
    expect(await own.store.reads.hold(id)).toEqual(hold);
    const interviews = await own.store.reads.interviewsOfHold(id);
    expect(interviews.map(({ requested }) => requested)).toEqual(
      wish.slots.map((slot) => ({
        ...slot,
        organizer: wish.organizer,
        title: wish.title,
        description: wish.description,
        timeZone: wish.timeZone,
        attendees: [],
        conference: 'none',
        visibility: 'default',
        tentative: true,
        sendInvitations: false,
        checkConflicts: false,
        policy: 'follow',
      })),
    );
    expect(await isDue(await slotsOf(id))).toEqual([true, true, true]);
  });

  test('that the calendar is not to show has no interviews', async () => {
    const id = newHold();
    await put(id, aHold(newUser(), { showInCalendar: false }), testNow);
    expect(await own.store.reads.interviewsOfHold(id)).toEqual([]);
    expect(await own.store.reads.hold('unknown')).toBeUndefined();
  });

  test('of the same body again, in any order, is nothing new', async () => {
    const [userId, id] = [newUser(), newHold()];
    await put(id, aHold(userId, { participants: ['ann', 'bob'] }), testNow);
    const { slots } = aHold(userId);
    const again = aHold(userId, { participants: ['bob', 'ann'], slots: slots.toReversed() });
    expect(await put(id, again, minutesLater(1))).toMatchObject({
      type: 'unchanged',
      hold: { updatedAt: testNow },
    });
  });

  test('of another body keeps the slots that stay, takes out those that went, and shows new ones', async () => {
    const [userId, id] = [newUser(), newHold()];
    await put(id, aHold(userId), testNow);
    const [first] = await slotsOf(id);
    await own.database.interviews.updateMany({ ofHold: id }, { $unset: { dueAt: 1 } });
    const slots = [span(900, 960), span(600, 660)];
    const answer = await put(id, aHold(userId, { slots }), minutesLater(1));
    expect(answer).toMatchObject({
      type: 'revised',
      hold: {
        slots: [
          { ...slots[0], number: 4 },
          { ...slots[1], number: 1 },
        ],
      },
    });
    expect(await shown(id)).toEqual([slots[1], slots[0]]);
    expect(
      await isDue([first!, ...[2, 3, 4].map((number) => slotInterviewId(id, { number }))], minutesLater(1)),
    ).toEqual([false, true, true, true]);
  });

  test('of another title has its entries say so, where people have moved them', async () => {
    const [id, home] = [newHold(), await organizer(own.store)];
    await put(id, aHold(home.userId), testNow);
    const [first] = await slotsOf(id);
    await bookSlot(first!, home);
    await own.database.interviews.updateOne(
      { _id: first! },
      { $set: { 'desired.start': minutesLater(610), 'desired.end': minutesLater(670) } },
    );
    await put(id, aHold(home.userId, { title: 'Held for Lee' }), testNow);
    expect(await own.store.reads.interview(first!)).toMatchObject({
      revision: 2,
      state: 'pending',
      requested: { ...span(600, 660), title: 'Held for Lee' },
      desired: { ...span(610, 670), title: 'Held for Lee' },
    });
    expect((await holdOf(own.store, id)).slots[0]).toMatchObject(span(600, 660));
  });

  test('goes out of the calendar, and back into it, as it is asked for', async () => {
    const [userId, id] = [newUser(), newHold()];
    await put(id, aHold(userId), testNow);
    await put(id, aHold(userId, { showInCalendar: false }), testNow);
    expect(await shown(id)).toEqual([]);
    expect(await statesOf(id)).toEqual(['held', 'held', 'held']);
    await put(id, aHold(userId), testNow);
    expect(await shown(id)).toEqual(aHold(userId).slots);
    expect(await own.store.reads.interviewsOfHold(id)).toHaveLength(3);
  });

  test('that several put at once is made once', async () => {
    const [userId, id] = [newUser(), newHold()];
    const answers = await Promise.all(Array.from({ length: 6 }, () => put(id, aHold(userId), testNow)));
    expect(answers.map(({ type }) => type).toSorted()).toEqual([
      'created',
      ...Array.from({ length: 5 }, () => 'unchanged'),
    ]);
    expect(await shown(id)).toHaveLength(3);
  });
});

describe('a hold ends', () => {
  test('when it is released, once: its entries are taken out', async () => {
    const [userId, id] = [newUser(), newHold()];
    await put(id, aHold(userId), testNow);
    expect(await own.store.intents.releaseHold(id, testNow)).toMatchObject({
      isNew: true,
      hold: { state: 'released', slots: [{ state: 'released' }, {}, {}] },
    });
    expect(await shown(id)).toEqual([]);
    expect(await isDue(await slotsOf(id))).toEqual([true, true, true]);
    expect(await own.store.intents.releaseHold(id, testNow)).toMatchObject({
      isNew: false,
      hold: { state: 'released' },
    });
    expect(await own.store.intents.releaseHold('unknown', testNow)).toBeUndefined();
  });

  test('when its time has run out, and not before', async () => {
    const [userId, id] = [newUser(), newHold()];
    await put(id, aHold(userId), testNow);
    await own.store.facts.endHold(id, minutesLater(299));
    expect(await statesOf(id)).toEqual(['held', 'held', 'held']);
    expect(holdAt(await holdOf(own.store, id), minutesLater(300)).state).toBe('expired');
    await own.store.facts.endHold(id, minutesLater(300));
    expect(await holdOf(own.store, id)).toMatchObject({ state: 'expired', updatedAt: minutesLater(300) });
    expect(await statesOf(id)).toEqual(['expired', 'expired', 'expired']);
    expect(await shown(id)).toEqual([]);
    await own.store.facts.endHold(id, minutesLater(301));
    expect(await holdOf(own.store, id)).toMatchObject({ updatedAt: minutesLater(300) });
  });

  test('released after its time has run out, it has expired', async () => {
    const id = newHold();
    await put(id, aHold(newUser()), testNow);
    expect(await own.store.intents.releaseHold(id, minutesLater(300))).toMatchObject({
      isNew: false,
      hold: { state: 'expired' },
    });
    expect(await shown(id)).toEqual([]);
  });

  test('with all others of which the time has run out, by one call', async () => {
    await own.store.facts.endHolds(minutesLater(600_000), 1000);
    const ids = [newHold(), newHold(), newHold()];
    for (const [n, id] of ids.entries())
      await put(id, aHold(newUser(), { expiresAt: minutesLater(100 + n) }), testNow);
    expect(await own.store.facts.endHolds(minutesLater(99), 10)).toBe(0);
    expect(await own.store.facts.endHolds(minutesLater(101), 1)).toBe(1);
    expect(await own.store.facts.endHolds(minutesLater(101), 10)).toBe(1);
    const states = await Promise.all(ids.map(async (id) => (await holdOf(own.store, id)).state));
    expect(states).toEqual(['expired', 'expired', 'held']);
  });

  test('and begins anew with another body: all its slots are new', async () => {
    const [userId, id] = [newUser(), newHold()];
    await put(id, aHold(userId), testNow);
    await own.store.intents.releaseHold(id, testNow);
    expect(await put(id, aHold(userId), testNow)).toMatchObject({
      type: 'unchanged',
      hold: { state: 'released' },
    });
    expect(await put(id, aHold(userId, { title: 'Once more' }), testNow)).toMatchObject({
      type: 'revised',
      hold: { state: 'held', slots: [{ number: 4, state: 'held' }, { number: 5 }, { number: 6 }] },
    });
    expect(await shown(id)).toEqual(aHold(userId).slots);
  });
});

describe('a slot whose entry somebody has deleted', () => {
  async function removed() {
    const [id, home] = [newHold(), await organizer(own.store)];
    await put(id, aHold(home.userId), testNow);
    const [first] = await slotsOf(id);
    await bookSlot(first!, home);
    const { turn } = await interviewTurn(own.store, first!);
    const news = [{ type: 'interview.cancelled', data: { by: 'user' } }] as const;
    await own.store.facts.settleInterview(turn, settlement({ happening: 'removed', placeGone: true, news }));
    return { id, first: first!, ...home };
  }

  test('is given up, and that is all that is told of the hold', async () => {
    const { id, userId } = await removed();
    expect(await statesOf(id)).toEqual(['removed_by_user', 'held', 'held']);
    expect(await changesOf(userId)).toMatchObject([
      { type: 'hold.slot_removed', data: { holdId: id, slot: span(600, 660) } },
    ]);
  });

  test('stays given up as long as bodies go on naming it, and however the hold ends', async () => {
    const { id, userId } = await removed();
    await put(id, aHold(userId, { title: 'Held for Lee' }), testNow);
    expect(await statesOf(id)).toEqual(['removed_by_user', 'held', 'held']);
    expect(await shown(id)).toEqual(aHold(userId).slots.slice(1));
    await own.store.intents.releaseHold(id, testNow);
    expect(await statesOf(id)).toEqual(['removed_by_user', 'released', 'released']);
  });

  test('is held again once a body has left it out in between', async () => {
    const { id, userId } = await removed();
    const { slots } = aHold(userId);
    await put(id, aHold(userId, { slots: slots.slice(1) }), testNow);
    await put(id, aHold(userId), testNow);
    expect(await statesOf(id)).toEqual(['held', 'held', 'held']);
    expect(await shown(id)).toEqual(slots);
  });

  test('and that the hold does not hold any more is told to nobody', async () => {
    const [id, home] = [newHold(), await organizer(own.store)];
    await put(id, aHold(home.userId), testNow);
    const [first] = await slotsOf(id);
    await bookSlot(first!, home);
    const { turn } = await interviewTurn(own.store, first!);
    await own.store.intents.releaseHold(id, testNow);
    await own.store.facts.settleInterview(turn, settlement({ happening: 'removed', placeGone: true }));
    expect(await statesOf(id)).toEqual(['released', 'released', 'released']);
    expect(await changesOf(home.userId)).toEqual([]);
  });
});
