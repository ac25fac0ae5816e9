import { describe, expect, test } from 'vitest';
import type { Interval } from '../../../src/domain/interval.ts';
import type { InterviewClash, InterviewTurn } from '../../../src/store/store.ts';
import { minutesLater, testNow } from '../../support/builders.ts';
import { asWanted, aWish, interviewTurn, newInterview, record, settlement } from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

const span = (from: number, to: number): Interval => ({ start: minutesLater(from), end: minutesLater(to) });

function claim(
  turn: InterviewTurn,
  userIds: readonly string[],
  time = span(600, 660),
): Promise<InterviewClash | undefined> {
  return own.store.facts.claimTime(turn, { ...time, userIds }, testNow);
}

async function contender(userId = newUser()) {
  const id = newInterview();
  const wish = aWish(userId, { checkConflicts: true });
  await own.store.intents.putInterview(id, wish, testNow);
  const { turn } = await interviewTurn(own.store, id);
  return { id, wish, turn, userId };
}

const claimOf = async (id: string) => (await own.database.interviews.findById(id).lean())?.claim;

describe('a claim of time', () => {
  test('of ten that race for one person’s hour is given to one; the others hear who has it', async () => {
    const userId = newUser();
    for (let round = 0; round < 5; round += 1) {
      const hour = span(600 + 100 * round, 660 + 100 * round);
      const ten = await Promise.all(Array.from({ length: 10 }, () => contender(userId)));
      const answers = await Promise.all(ten.map(({ turn }) => claim(turn, [userId], hour)));
      const winners = ten.filter((_, n) => answers[n] === undefined);
      expect(winners).toHaveLength(1);
      const clash = { ...hour, userId, interviewId: winners[0]!.id };
      expect(answers.filter((answer) => answer !== undefined)).toEqual(
        Array.from({ length: 9 }, () => clash),
      );
      const claimed = await Promise.all(ten.map(({ id }) => claimOf(id)));
      expect(claimed.filter((one) => one !== undefined)).toHaveLength(1);
    }
  });

  test('of several that race for overlapping hours and people in any order leaves no two that overlap', async () => {
    const people = [newUser(), newUser(), newUser()];
    const claims = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => ({
        ...(await contender()),
        time: span(600 + 20 * (n % 4), 660 + 20 * (n % 4)),
        userIds: people.filter((_person, i) => i !== n % 3).toSorted(() => (n % 2 === 0 ? 1 : -1)),
      })),
    );
    await Promise.all(claims.map(({ turn, userIds, time }) => claim(turn, userIds, time)));
    const taken = (await Promise.all(claims.map(({ id }) => claimOf(id)))).filter((one) => one !== undefined);
    expect(taken.length).toBeGreaterThan(0);
    for (const one of taken) {
      const others = taken.filter((other) => other !== one && one.start < other.end && other.start < one.end);
      for (const other of others) expect(one.userIds.filter((id) => other.userIds.includes(id))).toEqual([]);
    }
  });

  test('succeeds beside what only touches it, and beside other people’s', async () => {
    const [one, two, three, four] = [
      await contender(),
      await contender(),
      await contender(),
      await contender(),
    ];
    expect(await claim(one.turn, ['ann', 'bob'])).toBeUndefined();
    expect(await claim(two.turn, ['ann'], span(660, 720))).toBeUndefined();
    expect(await claim(three.turn, ['bob'], span(540, 600))).toBeUndefined();
    expect(await claim(four.turn, ['cleo'])).toBeUndefined();
    expect(await claim(four.turn, ['cleo', 'bob'], span(659, 700))).toEqual({
      ...span(600, 660),
      userId: 'bob',
      interviewId: one.id,
    });
    expect(await claimOf(four.id)).toEqual({ ...span(600, 660), userIds: ['cleo'] });
  });

  test('is in its own way never: another time of the same interview takes its place', async () => {
    const { id, turn, userId } = await contender();
    const other = await contender();
    await claim(turn, [userId]);
    expect(await claim(turn, [userId], span(630, 690))).toBeUndefined();
    expect(await claimOf(id)).toEqual({ ...span(630, 690), userIds: [userId] });
    expect(await claim(other.turn, [userId], span(600, 630))).toBeUndefined();
  });

  test('gives the earliest of what is in the way', async () => {
    const { turn, userId } = await contender();
    for (const time of [span(640, 650), span(600, 610), span(620, 630)]) {
      const other = await contender();
      await claim(other.turn, [userId], time);
    }
    expect(await claim(turn, [userId])).toMatchObject(span(600, 610));
  });
});

describe('claimed time', () => {
  async function claimed() {
    const taker = await contender();
    await claim(taker.turn, [taker.userId]);
    const isFree = async (time = span(600, 660)) => {
      const { turn, id } = await contender();
      const clash = await claim(turn, [taker.userId], time);
      await own.database.interviews.updateOne({ _id: id }, { $unset: { claim: 1 } });
      return clash === undefined;
    };
    return { ...taker, isFree };
  }
  const settle: (typeof own)['store']['facts']['settleInterview'] = (...given) =>
    own.store.facts.settleInterview(...given);

  test('stays claimed while the interview is booked, waits or is tried again', async () => {
    const { id, wish, turn, isFree } = await claimed();
    await settle(turn, settlement({ keepTurn: true }));
    expect(await isFree()).toBe(false);
    await settle(turn, settlement({ happening: 'obstructed', keepTurn: true }));
    expect(await isFree()).toBe(false);
    await settle(turn, asWanted(wish));
    expect(await isFree()).toBe(false);
    expect(await record(own.store, id)).toMatchObject({ state: 'booked' });
  });

  test('is free once the interview is withdrawn', async () => {
    const { id, isFree } = await claimed();
    await own.store.intents.withdrawInterview(id, testNow);
    expect(await isFree()).toBe(true);
  });

  test('is free although a run claims it that has not seen the withdrawal, once that run ends', async () => {
    const { id, turn, userId, isFree } = await claimed();
    await own.store.intents.withdrawInterview(id, testNow);
    await claim(turn, [userId]);
    await settle(turn, settlement());
    expect(await isFree()).toBe(true);
  });

  test.each(['clashed', 'refused', 'removed'] as const)(
    'is free when it is %s and has no event',
    async (happening) => {
      const { turn, isFree } = await claimed();
      const clash = span(600, 660);
      await settle(turn, settlement({ happening, clash, placeGone: true }));
      expect(await isFree()).toBe(true);
    },
  );

  test.each(['clashed', 'refused'] as const)(
    'goes back to where the event is when another time is %s',
    async (happening) => {
      const { id, wish, turn, userId, isFree } = await claimed();
      await settle(turn, asWanted(wish));
      await own.store.intents.putInterview(id, { ...wish, ...span(900, 960) }, testNow);
      const { turn: next } = await interviewTurn(own.store, id);
      expect(await claim(next, [userId], span(900, 960))).toBeUndefined();
      await settle(next, settlement({ happening, clash: span(900, 960) }));
      expect(await claimOf(id)).toEqual({ ...span(600, 660), userIds: [userId] });
      expect(await isFree(span(900, 960))).toBe(true);
    },
  );

  test('goes with the event when people move it in the calendar', async () => {
    const { id, wish, turn, userId, isFree } = await claimed();
    await settle(turn, asWanted(wish, {}, span(900, 960)));
    expect(await claimOf(id)).toEqual({ ...span(900, 960), userIds: [userId] });
    expect(await isFree()).toBe(true);
  });
});
