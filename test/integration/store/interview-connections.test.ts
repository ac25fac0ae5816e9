import { describe, expect, test, vi } from 'vitest';
import { LostTurnError } from '../../../src/domain/sync.ts';
import { storeOver } from '../../../src/store/index.ts';
import { objectId } from '../../../src/store/object-id.ts';
import {
  aCalendar,
  aGrant,
  connectedAccount,
  exchangingAttempt,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { aPlace, bookedInterview, type InterviewFields, type Whereabouts } from './booked-interviews.ts';
import { aSnapshot, aWish, triedWith } from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const now = minutesLater(5);

async function home(userId = newUser(), accountId = 'account-1'): Promise<Whereabouts> {
  const { id: connectionId } = await connectedAccount(own.store, { userId, grant: { accountId } });
  const turn = await syncTurn(own.store, connectionId);
  const [calendar] = await own.store.facts.replaceCalendars(turn, [aCalendar('main')], testNow);
  await own.store.facts.finishSync(turn, { now: testNow, nextSyncAt: minutesLater(60) });
  return { userId, connectionId, calendarId: calendar!.id };
}

let interviews = 0;

async function booked(at: Whereabouts, fields: InterviewFields = {}): Promise<string> {
  interviews += 1;
  const { _id } = await bookedInterview(own.database, `i-${interviews}`, at, fields);
  return _id;
}

const recordOf = async (id: string) => (await own.store.reads.interview(id))!;
const documentOf = async (id: string) => (await own.database.interviews.findById(id).lean())!;
const purge = ({ connectionId }: Whereabouts, store = own.store) =>
  store.facts.purgeConnection(connectionId, now);

/** The store, and what it says of interviews that are due. */
function heard() {
  const onInterviewsDue = vi.fn<(ids: readonly string[]) => void>();
  const store = storeOver({ ...own.database, recording: { ...own.database.recording, onInterviewsDue } });
  return { store, heardOf: () => onInterviewsDue.mock.calls.flatMap(([ids]) => ids) };
}

describe('an interview whose calendar is disconnected', () => {
  test('has failed, says why, and is not looked at again', async () => {
    const at = await home();
    const id = await booked(at, { dueAt: minutesLater(60) });
    const { store, heardOf } = heard();
    await purge(at, store);
    expect(await recordOf(id)).toMatchObject({
      state: 'failed',
      revision: 1,
      reason: { code: 'organizer_disconnected', at: now },
      lastPlaceNumber: 1,
    });
    for (const field of ['dueAt', 'place', 'applied']) expect(await documentOf(id)).not.toHaveProperty(field);
    expect(heardOf()).toEqual([]);
    await expect(new own.database.interviews(await documentOf(id)).validate()).resolves.toBeUndefined();
  });

  test('I10: keeps nothing of what its calendar or the provider said', async () => {
    const at = await home();
    const own1 = aWish(at.userId, { description: 'of the main app' });
    const theirs = { ...own1, title: 'Their title', description: undefined, location: 'Their place' };
    const moved = { ...theirs, start: minutesLater(300), end: minutesLater(360) };
    const attempt = { at: testNow, revision: 1, action: 'read', outcome: 'throttled' } as const;
    const id = await booked(at, {
      requested: own1,
      desired: moved,
      formerPlaces: [aPlace('before', at, 3)],
      attempts: [{ ...attempt, message: 'Their words' }],
      clash: { start: testNow, end: now },
      claim: { start: testNow, end: now, userIds: [at.userId] },
    });
    const { connectionId, calendarId } = at;
    await purge(at);
    const left = JSON.stringify(await documentOf(id));
    const words = ['Their', 'event 1 of', 'calendar of', '@ical', '"clash"', '"claim"'];
    for (const word of [...words, calendarId, connectionId]) expect(left).not.toContain(word);
    const { desired, formerPlaces, attempts } = await recordOf(id);
    expect(desired).toEqual({ ...own1, start: moved.start, end: moved.end });
    expect(formerPlaces).toEqual([]);
    expect(attempts).toEqual([attempt]);
  });

  test('is told as failed where its organizer has another connection, and twice to nobody', async () => {
    const at = await home();
    const other = await home(at.userId, 'account-2');
    const id = await booked(at);
    await Promise.all([purge(at), purge(at)]);
    await purge(at);
    const told = await own.database.changes
      .find({ connectionId: other.connectionId, type: /^interview/ })
      .lean();
    expect(told).toMatchObject([
      { type: 'interview.failed', data: { interviewId: id, reason: { code: 'organizer_disconnected' } } },
    ]);
  });

  test.each(['cancelled', 'removed_by_user'] as const)('that is %s stays so', async (state) => {
    const at = await home();
    const id = await booked(at, {
      state,
      place: undefined,
      applied: undefined,
      formerPlaces: [aPlace('x', at)],
    });
    await purge(at);
    expect(await recordOf(id)).toMatchObject({ state, formerPlaces: [] });
    expect((await recordOf(id)).reason).toBeUndefined();
  });

  test('that is being cancelled is so at once', async () => {
    const at = await home();
    const id = await booked(at, { state: 'cancelling', withdrawn: { at: testNow }, dueAt: minutesLater(60) });
    const { store, heardOf } = heard();
    await purge(at, store);
    expect(await recordOf(id)).toMatchObject({ state: 'cancelling', dueAt: now });
    expect(await documentOf(id)).not.toHaveProperty('place');
    expect(heardOf()).toEqual([id]);
  });

  test('goes on where it was to be somewhere else by now', async () => {
    const [at, next] = [await home(), await home()];
    const desired = [
      aWish(next.userId),
      aWish(at.userId, { organizer: { userId: at.userId, calendarId: next.calendarId } }),
    ];
    for (const wish of desired) {
      const id = await booked(at, { state: 'pending', revision: 2, desired: wish, requested: wish });
      await own.database.interviews.updateOne({ _id: id }, { $set: { userId: wish.organizer.userId } });
    }
    const { store, heardOf } = heard();
    await purge(at, store);
    const left = await own.database.interviews.find({ _id: { $in: heardOf() } }).lean();
    expect(left).toMatchObject([
      { state: 'pending', dueAt: now, turn: { dirty: true } },
      { state: 'pending', dueAt: now, turn: { dirty: true } },
    ]);
    expect(left.some((one) => 'place' in one || 'applied' in one)).toBe(false);
  });

  test('is left as it is where only an earlier event of it was there, which nobody takes out any more', async () => {
    const [at, before] = [await home(), await home()];
    const id = await booked(at, { formerPlaces: [aPlace('a', before), aPlace('b', at, 2)] });
    const { applied, place } = await recordOf(id);
    await purge(before);
    expect(await recordOf(id)).toMatchObject({ state: 'booked', applied, place, dueAt: now });
    expect((await recordOf(id)).formerPlaces.map(({ number }) => number)).toEqual([2]);
  });

  test('I5: I10: a run that is at it loses its turn, and brings nothing back', async () => {
    const at = await home();
    const id = await booked(at);
    const answer = await own.store.facts.takeInterviewTurn(id, testNow, minutesLater(60));
    if (answer.type !== 'taken') throw new Error(answer.type);
    await purge(at);
    const wish = aWish(at.userId);
    const applied = { wish, snapshot: aSnapshot(wish), written: true };
    const settlement = { now, attempts: [], news: [], happening: 'applied', applied } as const;
    await expect(own.store.facts.settleInterview(answer.turn, settlement)).rejects.toThrow(LostTurnError);
    expect(await recordOf(id)).toMatchObject({ state: 'failed' });
    expect(await documentOf(id)).not.toHaveProperty('applied');
  });

  test('I10: no event is placed in a connection that is leaving, nor survives a race with the purge', async () => {
    for (let n = 0; n < 10; n += 1) {
      const at = await home();
      interviews += 1;
      const id = `i-${interviews}`;
      await own.store.intents.putInterview(id, aWish(at.userId), testNow);
      const answer = await own.store.facts.takeInterviewTurn(id, testNow, minutesLater(60));
      if (answer.type !== 'taken') throw new Error(answer.type);
      const place = { ...aPlace(id, at), connectionId: at.connectionId, calendarId: at.calendarId };
      await Promise.allSettled([own.store.facts.placeInterview(answer.turn, place, now), purge(at)]);
      expect(await documentOf(id)).not.toHaveProperty('place');
      await expect(own.store.facts.placeInterview(answer.turn, place, now)).rejects.toThrow(LostTurnError);
    }
  });

  /** What tries again, in its turn, where the interview is already. */
  async function tryingAgain() {
    const at = await home();
    const id = await booked(at);
    const answer = await own.store.facts.takeInterviewTurn(id, testNow, minutesLater(60));
    if (answer.type !== 'taken') throw new Error(answer.type);
    const place = { ...(await recordOf(id)).place!, ...triedWith(aWish(at.userId)) };
    return { at, id, tryAgain: () => own.store.facts.placeInterview(answer.turn, place, now) };
  }

  test('I10: nor is tried again where it is once that is leaving', async () => {
    const { at, id, tryAgain } = await tryingAgain();
    await own.store.intents.requestDisconnect(at.connectionId, now);
    await expect(tryAgain()).rejects.toThrow(LostTurnError);
    expect((await recordOf(id)).place).not.toHaveProperty('tries');
    await purge(at);
  });

  test('I10: nor comes back by a try that saw the connection before the purge', async () => {
    const { at, id, tryAgain } = await tryingAgain();
    const { connections } = own.database;
    const exists = connections.exists.bind(connections);
    const seenBefore: typeof exists = (...given) =>
      exists(...given).transform((seen) => purge(at).then(() => seen) as never);
    vi.spyOn(connections, 'exists').mockImplementationOnce(seenBefore);
    await expect(tryAgain()).rejects.toThrow(LostTurnError);
    expect(await documentOf(id)).not.toHaveProperty('place');
  });

  test('I10: a purge that was killed between two of them is completed', async () => {
    const at = await home();
    const ids = [await booked(at), await booked(at), await booked(at)];
    const { connection } = own.database;
    const startSession = connection.startSession.bind(connection);
    let sessions = 0;
    vi.spyOn(connection, 'startSession').mockImplementation((options) => {
      sessions += 1;
      return sessions === 2 ? Promise.reject(new Error('killed')) : startSession(options);
    });
    await expect(purge(at)).rejects.toThrow('killed');
    vi.restoreAllMocks();
    expect(await own.store.facts.disconnectingConnections(10)).toEqual([at.connectionId]);
    await purge(at);
    for (const id of ids) expect(await documentOf(id)).not.toHaveProperty('place');
  });

  test('is nobody else’s: interviews in other connections stay as they are', async () => {
    const [at, other] = [await home(), await home()];
    const id = await booked(other);
    const before = await documentOf(id);
    await purge(at);
    expect(await documentOf(id)).toEqual(before);
  });
});

describe('interviews of somebody who has connected', () => {
  const complete = async (userId: string, accountId: string) => {
    const attemptId = await exchangingAttempt(own.store, { userId });
    const { store, heardOf } = heard();
    await store.facts.completeAttempt(attemptId, aGrant({ accountId }), now);
    return heardOf();
  };
  const waiting = {
    state: 'waiting',
    reason: { code: 'grant_revoked', message: '', hint: '', at: testNow },
    dueAt: minutesLater(600),
  } as const;

  test('are looked at at once where they have waited for that: the account is the same one, or another', async () => {
    const at = await home();
    const [there, nowhere] = [
      await booked(at, waiting),
      await booked(at, { ...waiting, place: undefined, applied: undefined }),
    ];
    const booking = await booked(at);
    expect((await complete(at.userId, 'account-1')).toSorted()).toEqual([there, nowhere].toSorted());
    for (const id of [there, nowhere])
      expect(await documentOf(id)).toMatchObject({ dueAt: now, turn: { dirty: true }, state: 'waiting' });
    expect(await documentOf(booking)).toMatchObject({ turn: { dirty: false } });
    expect(await documentOf(booking)).not.toHaveProperty('dueAt');
    expect(await complete(at.userId, 'account-2')).toHaveLength(2);
  });

  test('are looked at again where a run has found the connection unusable a moment before', async () => {
    const at = await home();
    const id = await booked(at, { state: 'pending', dueAt: testNow });
    const answer = await own.store.facts.takeInterviewTurn(id, testNow, minutesLater(60));
    if (answer.type !== 'taken') throw new Error(answer.type);
    await complete(at.userId, 'account-1');
    const reason = { ...waiting.reason };
    const settlement = { now, attempts: [], news: [], happening: 'obstructed', reason } as const;
    const later = { ...settlement, dueAt: minutesLater(600) };
    expect(await own.store.facts.settleInterview(answer.turn, later)).toEqual({ again: true });
    expect(await documentOf(id)).toMatchObject({ state: 'waiting', dueAt: testNow });
  });

  test('are taken out where that had to wait, also those that are somebody else’s by now', async () => {
    const [at, other] = [await home(), await home()];
    const formerPlaces = [aPlace('before', at, 7)];
    const id = await booked(other, { formerPlaces, dueAt: minutesLater(600) });
    expect(await complete(at.userId, 'account-1')).toEqual([id]);
  });

  test('I10: are those of nobody else', async () => {
    const [at, other] = [await home(), await home()];
    const id = await booked(other, waiting);
    const before = await documentOf(id);
    expect(await complete(at.userId, 'account-1')).toEqual([]);
    expect(await documentOf(id)).toEqual(before);
  });
});

describe('an interview whose calendar is gone', () => {
  test('is looked at, for its event went with it', async () => {
    const at = await home();
    const [here, elsewhere] = [await booked(at), await booked(await home())];
    const { store, heardOf } = heard();
    const turn = await syncTurn(own.store, at.connectionId, minutesLater(60));
    await store.facts.replaceCalendars(turn, [aCalendar('another')], now, [at.calendarId]);
    expect(heardOf()).toEqual([]);
    await store.facts.replaceCalendars(turn, [aCalendar('another')], now);
    expect(heardOf()).toEqual([here]);
    expect(await documentOf(here)).toMatchObject({ dueAt: now, turn: { dirty: true } });
    expect(await documentOf(elsewhere)).toMatchObject({ turn: { dirty: false } });
    expect(await own.database.calendars.exists({ _id: objectId(at.calendarId) ?? null })).toBeNull();
  });
});
