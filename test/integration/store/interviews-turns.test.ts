import { describe, expect, test } from 'vitest';
import { LostTurnError } from '../../../src/domain/sync.ts';
import { somethingHappened } from '../../../src/store/interviews.ts';
import { minutesLater, testNow } from '../../support/builders.ts';
import {
  aPlace,
  asWanted,
  aWish,
  booked,
  interviewTurn,
  newInterview,
  organizer,
  record,
  settlement,
  triedWith,
} from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

const leaseUntil = minutesLater(1);
const take: (typeof own)['store']['facts']['takeInterviewTurn'] = (...given) =>
  own.store.facts.takeInterviewTurn(...given);
const due = (now = testNow) => own.store.facts.dueInterviews(now, 1000);

async function wanted(now = testNow) {
  const id = newInterview();
  const wish = aWish(newUser());
  await own.store.intents.putInterview(id, wish, now);
  return { id, wish };
}

describe('the turn at an interview', () => {
  test('goes to one of many that want it at once; the others hear until when it is held', async () => {
    const { id, wish } = await wanted();
    const answers = await Promise.all(Array.from({ length: 10 }, () => take(id, testNow, leaseUntil)));
    const taken = answers.filter(({ type }) => type === 'taken');
    expect(taken).toEqual([
      {
        type: 'taken',
        turn: { interviewId: id, run: 1, revision: 1, desired: wish },
        interview: await record(own.store, id),
      },
    ]);
    expect(answers.filter(({ type }) => type === 'held')).toEqual(
      Array.from({ length: 9 }, () => ({ type: 'held', until: leaseUntil })),
    );
  });

  test('is free when the lease has run out, under a higher number; also after an orderly end', async () => {
    const { id } = await wanted();
    const first = await interviewTurn(own.store, id);
    expect(await take(id, minutesLater(0.99), minutesLater(2))).toMatchObject({ type: 'held' });
    const second = await interviewTurn(own.store, id, leaseUntil);
    expect(second.turn.run).toBeGreaterThan(first.turn.run);
    await own.store.facts.settleInterview(second.turn, settlement());
    expect((await interviewTurn(own.store, id, leaseUntil)).turn.run).toBeGreaterThan(second.turn.run);
  });

  test('is not given of an interview that is not there', async () => {
    expect(await take('nothing', testNow, leaseUntil)).toEqual({ type: 'unknown' });
  });

  test('can be prolonged by the run that has it, and by no other', async () => {
    const { id } = await wanted();
    const { turn } = await interviewTurn(own.store, id);
    const { keepInterviewTurn, dropInterviewTurn } = own.store.facts;
    expect(await keepInterviewTurn(turn, minutesLater(5))).toBe(true);
    expect(await keepInterviewTurn(turn, minutesLater(3))).toBe(true);
    expect(await take(id, minutesLater(4), minutesLater(6))).toEqual({
      type: 'held',
      until: minutesLater(5),
    });
    const { turn: other } = await interviewTurn(own.store, id, minutesLater(5));
    expect(await keepInterviewTurn(turn, minutesLater(9))).toBe(false);
    await dropInterviewTurn(turn);
    expect(await take(id, minutesLater(5), minutesLater(6))).toMatchObject({ type: 'held' });
    await dropInterviewTurn(other);
    expect(await keepInterviewTurn(other, minutesLater(9))).toBe(false);
    expect(await take(id, minutesLater(5), minutesLater(6))).toMatchObject({ type: 'taken' });
  });
});

describe('what is due (I1)', () => {
  test('is named the longest due first, and not while a run holds it', async () => {
    const late = (await wanted(minutesLater(200))).id;
    const early = (await wanted(minutesLater(100))).id;
    const isAmong = async (now: Date) => (await due(now)).filter((id) => id === late || id === early);
    expect(await isAmong(minutesLater(150))).toEqual([early]);
    expect(await isAmong(minutesLater(200))).toEqual([early, late]);
    expect(await own.store.facts.dueInterviews(minutesLater(200), 1)).toHaveLength(1);
    await interviewTurn(own.store, early, minutesLater(200));
    expect(await isAmong(minutesLater(200))).toEqual([late]);
    expect(await isAmong(minutesLater(201))).toEqual([early, late]);
  });

  test('stays due when a run dies or gives its turn back, and not when it has settled', async () => {
    const { id, wish } = await wanted();
    await interviewTurn(own.store, id);
    expect(await due(leaseUntil)).toContain(id);
    const { turn } = await interviewTurn(own.store, id, leaseUntil);
    await own.store.facts.dropInterviewTurn(turn);
    expect(await due(leaseUntil)).toContain(id);
    const { turn: last } = await interviewTurn(own.store, id, leaseUntil);
    await own.store.facts.settleInterview(last, asWanted(wish, { dueAt: minutesLater(30) }));
    expect(await due(minutesLater(29))).not.toContain(id);
    expect(await due(minutesLater(30))).toContain(id);
    const { turn: look } = await interviewTurn(own.store, id, minutesLater(30));
    await own.store.facts.settleInterview(look, asWanted(wish));
    expect(await due(minutesLater(10_000))).not.toContain(id);
  });

  test('is what was being made when its run died, although nothing had asked for that run', async () => {
    const { id, ...home } = { ...(await organizer(own.store)), id: (await wanted()).id };
    await own.database.interviews.updateOne({ _id: id }, { $unset: { dueAt: 1 } });
    const { turn } = await interviewTurn(own.store, id);
    await own.store.facts.placeInterview(turn, aPlace(id, home), testNow);
    expect(await due(leaseUntil)).toContain(id);
  });
});

describe('what happens during a run (I2)', () => {
  const happenings = {
    'another body': (id: string) =>
      own.store.intents.putInterview(id, aWish(newUser(), { title: 'Another' }), testNow),
    'a withdrawal': (id: string) => own.store.intents.withdrawInterview(id, testNow),
    'a notice of the sync': (id: string) =>
      own.database.interviews.updateOne({ _id: id }, somethingHappened(testNow)),
  };

  test.each(Object.entries(happenings))(
    '%s is followed by another run, even within the same millisecond',
    async (_name, happen) => {
      const { id, wish } = await wanted();
      const { turn } = await interviewTurn(own.store, id);
      await happen(id);
      const end = asWanted(wish, { dueAt: minutesLater(60) });
      expect(await own.store.facts.settleInterview(turn, end)).toEqual({ again: true });
      expect(await due()).toContain(id);
      const { turn: next, interview } = await interviewTurn(own.store, id);
      expect(next.revision).toBe(interview.revision);
      expect(await own.store.facts.settleInterview(next, settlement())).toEqual({ again: false });
      expect(await due(minutesLater(60))).not.toContain(id);
    },
  );

  test('is not lost between a step of the run and its end', async () => {
    const { id, wish } = await wanted();
    const { turn } = await interviewTurn(own.store, id);
    await own.database.interviews.updateOne({ _id: id }, somethingHappened(testNow));
    await own.store.facts.settleInterview(turn, asWanted(wish, { keepTurn: true }));
    expect(await own.store.facts.settleInterview(turn, settlement())).toEqual({ again: true });
    expect(await due()).toContain(id);
  });

  test('is served by the run when it happened before', async () => {
    const { id, wish } = await wanted();
    await own.database.interviews.updateOne({ _id: id }, somethingHappened(testNow));
    const { turn } = await interviewTurn(own.store, id);
    expect(await own.store.facts.settleInterview(turn, asWanted(wish))).toEqual({ again: false });
    expect(await due()).not.toContain(id);
  });

  test('at the moment of its end leaves the interview due, whichever is first', async () => {
    for (let n = 0; n < 20; n += 1) {
      const { id, wish } = await wanted();
      const { turn } = await interviewTurn(own.store, id);
      await Promise.all([
        own.store.facts.settleInterview(turn, asWanted(wish)),
        own.database.interviews.updateOne({ _id: id }, somethingHappened(testNow)),
      ]);
      expect(await record(own.store, id)).toMatchObject({ dueAt: testNow });
    }
  });
});

describe('the place of an interview', () => {
  async function inTurn() {
    const home = await organizer(own.store);
    const id = newInterview();
    const wish = aWish(home.userId);
    await own.store.intents.putInterview(id, wish, testNow);
    const { turn } = await interviewTurn(own.store, id);
    const place = (fields: Parameters<typeof aPlace>[2]) =>
      own.store.facts.placeInterview(turn, aPlace(id, home, fields), testNow);
    return { id, home, wish, turn, place };
  }

  test('is kept with what was tried there', async () => {
    const { id, home, wish, place } = await inTurn();
    await place({ number: 1 });
    expect(await record(own.store, id)).toMatchObject({ place: aPlace(id, home), lastPlaceNumber: 1 });
    await place({ number: 1, ...triedWith(wish), providerEventId: 'event-1' });
    const tried = aPlace(id, home, { ...triedWith(wish), providerEventId: 'event-1' });
    expect(await record(own.store, id)).toMatchObject({ place: tried, formerPlaces: [] });
  });

  test('where nothing was tried is forgotten for another one', async () => {
    const { id, place } = await inTurn();
    await place({ number: 1 });
    await place({ number: 2 });
    expect(await record(own.store, id)).toMatchObject({
      place: { number: 2 },
      formerPlaces: [],
      lastPlaceNumber: 2,
    });
  });

  test('where an event may be is still to be cleared after another one', async () => {
    const { id, home, wish, place } = await inTurn();
    await place({ number: 1, ...triedWith(wish) });
    await place({ number: 2 });
    expect(await record(own.store, id)).toMatchObject({
      place: { number: 2 },
      formerPlaces: [aPlace(id, home, triedWith(wish))],
    });
  });

  test('is written to the connection that it comes into, and what is tried there stands in nobody’s way', async () => {
    const { home, wish, place } = await inTurn();
    const writes = async () =>
      (await own.database.connections.findById(home.connectionId).lean())!.sync.writes;
    const before = await writes();
    await place({ number: 1 });
    expect(await writes()).toBe(before + 1);
    await place({ number: 1, ...triedWith(wish) });
    await place({ number: 2 });
    expect(await writes()).toBe(before + 1);
  });

  test('that is new holds nothing that was applied: its event is not taken for the one before it', async () => {
    const home = await organizer(own.store);
    const { id, place: before } = await booked(own.store, home);
    const { turn } = await interviewTurn(own.store, id);
    await own.store.facts.placeInterview(turn, before!, testNow);
    expect(await record(own.store, id)).toMatchObject({ applied: { revision: 1 }, formerPlaces: [] });
    await own.store.facts.placeInterview(turn, aPlace(id, home, { number: 2 }), testNow);
    const moved = await record(own.store, id);
    expect(moved).toMatchObject({ applied: undefined, formerPlaces: [before], lastPlaceNumber: 2 });
    await own.store.facts.settleInterview(turn, settlement({ clearedPlaces: [1] }));
    expect(await record(own.store, id)).toMatchObject({ place: { number: 2 }, formerPlaces: [] });
  });
});

describe('a run that has lost its turn (I5)', () => {
  const steps = ['placeInterview', 'settleInterview', 'claimTime'] as const;

  async function lost(however: 'taken over' | 'ended') {
    const home = await organizer(own.store);
    const id = newInterview();
    await own.store.intents.putInterview(id, aWish(home.userId), testNow);
    const { turn } = await interviewTurn(own.store, id);
    if (however === 'taken over') await interviewTurn(own.store, id, leaseUntil);
    else await own.store.facts.settleInterview(turn, settlement({ dueAt: testNow }));
    return { id, home, turn, wish: aWish(home.userId) };
  }

  test.each(steps.flatMap((step) => [[step, 'taken over'] as const, [step, 'ended'] as const]))(
    'writes nothing: %s once it has been %s',
    async (step, however) => {
      const { id, home, turn, wish } = await lost(however);
      const before = await own.database.interviews.findById(id).lean();
      const changes = await own.database.changes.countDocuments();
      const news = [{ type: 'interview.booked', data: {} }] as const;
      const given = {
        placeInterview: () => own.store.facts.placeInterview(turn, aPlace(id, home), testNow),
        settleInterview: () => own.store.facts.settleInterview(turn, asWanted(wish, { news })),
        claimTime: () => own.store.facts.claimTime(turn, { ...wish, userIds: [home.userId] }, testNow),
      };
      await expect(given[step]()).rejects.toThrow(LostTurnError);
      expect(await own.database.interviews.findById(id).lean()).toEqual(before);
      expect(await own.database.changes.countDocuments()).toBe(changes);
    },
  );

  test('still writes where only the clock has run out and nobody has taken over', async () => {
    const { id, wish } = await wanted();
    const { turn } = await interviewTurn(own.store, id);
    await own.store.facts.settleInterview(turn, asWanted(wish, { now: minutesLater(5) }));
    expect(await record(own.store, id)).toMatchObject({ state: 'booked' });
  });
});
