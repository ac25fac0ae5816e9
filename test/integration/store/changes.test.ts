import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/domain/change.ts';
import { LostTurnError } from '../../../src/domain/sync.ts';
import type { SyncTurn } from '../../../src/store/store.ts';
import {
  aCalendar,
  anEvent,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

/** What was recorded of a connection, in the order of its numbers, without the words that all have. */
async function recorded(connectionId: string) {
  const found = await own.database.changes.find({ connectionId }).sort({ seq: 1 }).lean();
  return found.map(({ seq, type, data }) => ({ seq, type, data }));
}

async function listing(...calendars: string[]) {
  const userId = newUser();
  const { id } = await connectedAccount(own.store, { userId });
  const turn = await syncTurn(own.store, id);
  const listed = (calendars.length > 0 ? calendars : ['a']).map((name) => aCalendar(name));
  const [calendar] = await own.store.facts.replaceCalendars(turn, listed, testNow);
  return { userId, id, turn, calendarId: calendar!.id };
}

const eventAt = (id: string, minutes: number, title = id) =>
  fingerprinted(anEvent(id, { start: minutesLater(minutes), title }));

function write(
  { turn, calendarId }: { turn: SyncTurn; calendarId: string },
  upserts: ReturnType<typeof eventAt>[],
  deletes: string[] = [],
  now = testNow,
): Promise<void> {
  return own.store.facts.applyPage(turn, calendarId, { upserts, deletes }, now, minutesLater(60));
}

const connected = {
  seq: 1,
  type: 'connection.connected',
  data: { provider: 'google', reconnected: false },
};

describe('the record of a page', () => {
  test('names what is new, different and gone, over the times as they were and as they are', async () => {
    const list = await listing();
    await write(list, [eventAt('moved', 60), eventAt('gone', 600), eventAt('same', 5000)]);
    await write(
      list,
      [eventAt('moved', 180), eventAt('same', 5000), eventAt('new', 120)],
      ['gone', 'never there'],
    );
    expect(await recorded(list.id)).toEqual([
      connected,
      {
        seq: 2,
        type: 'events.changed',
        data: {
          calendarId: list.calendarId,
          eventIds: ['moved', 'gone', 'same'],
          removedIds: [],
          range: { start: minutesLater(60), end: minutesLater(5060) },
          count: 3,
        },
      },
      {
        seq: 3,
        type: 'events.changed',
        data: {
          calendarId: list.calendarId,
          eventIds: ['moved', 'new'],
          removedIds: ['gone'],
          range: { start: minutesLater(60), end: minutesLater(660) },
          count: 3,
        },
      },
    ]);
  });

  test('holds no title, no address and no other content', async () => {
    const list = await listing();
    await write(list, [eventAt('e', 60, 'A secret title')]);
    expect(JSON.stringify(await own.database.changes.find({ connectionId: list.id }).lean())).not.toMatch(
      /secret|example\.com/,
    );
  });

  test('is not made where nothing changed; then the numbers have no gap and the lease is kept', async () => {
    const list = await listing();
    await write(list, [eventAt('e', 60)]);
    await write(list, [eventAt('e', 60)], ['never there'], minutesLater(55));
    expect(await recorded(list.id)).toHaveLength(2);
    const connection = await own.database.connections.findById(list.id).lean();
    expect(connection).toMatchObject({ changes: { seq: 2 }, sync: { leaseUntil: minutesLater(60) } });
    await write(list, [eventAt('e', 90)]);
    expect((await recorded(list.id)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test('leaves the ids out where there are more than five hundred', async () => {
    const list = await listing();
    await write(
      list,
      Array.from({ length: 501 }, (_, n) => eventAt(`e${n}`, n)),
    );
    await write(
      list,
      Array.from({ length: 500 }, (_, n) => eventAt(`e${n}`, n + 1)),
    );
    const [, many, few] = await recorded(list.id);
    expect(many!.data).toEqual({
      calendarId: list.calendarId,
      range: { start: testNow, end: minutesLater(560) },
      count: 501,
    });
    expect(few!.data).toMatchObject({ count: 500 });
    expect(few!.data.eventIds).toHaveLength(500);
  });

  test('I5: is not made by a run that lost its turn', async () => {
    const list = await listing();
    await syncTurn(own.store, list.id, minutesLater(70));
    await expect(write(list, [eventAt('e', 60)])).rejects.toThrow(LostTurnError);
    expect(await recorded(list.id)).toEqual([connected]);
  });

  test('never has an earlier time than the one before it, whatever a worker’s clock says', async () => {
    const list = await listing();
    await write(list, [eventAt('e', 60)], [], minutesLater(10));
    await write(list, [eventAt('e', 70)], [], minutesLater(5));
    const found = await own.database.changes.find({ connectionId: list.id }).sort({ seq: 1 }).lean();
    expect(found.map(({ at }) => at)).toEqual([testNow, minutesLater(10), minutesLater(10)]);
  });
});

describe('calendars that are removed or do not count any more', () => {
  test('are told of with their entries, each for itself', async () => {
    const list = await listing('a', 'b', 'c');
    const calendars = await own.store.reads.calendarsOf(list.id);
    const [a, b, c] = calendars.map(({ id }) => id) as [string, string, string];
    for (const calendarId of [a, b, c]) await write({ ...list, calendarId }, [eventAt('e', 60)]);
    await own.store.intents.selectCalendar(b, false, testNow);
    await own.store.facts.replaceCalendars(list.turn, [aCalendar('a'), aCalendar('b')], testNow);
    const told = (await recorded(list.id)).slice(4);
    const of = (calendarId: string) => ({
      calendarId,
      eventIds: [],
      removedIds: ['e'],
      range: { start: minutesLater(60), end: minutesLater(120) },
      count: 1,
    });
    expect(told.map(({ data }) => data)).toEqual(expect.arrayContaining([of(b), of(c)]));
    expect(told.map(({ seq }) => seq)).toEqual([5, 6]);
    await own.store.facts.replaceCalendars(list.turn, [aCalendar('a'), aCalendar('b')], testNow);
    expect(await recorded(list.id)).toHaveLength(6);
  });
});

describe('the life of a connection', () => {
  test('is told: connected, connected again, in need of authorization, each once', async () => {
    const userId = newUser();
    const { id } = await connectedAccount(own.store, { userId });
    await connectedAccount(own.store, { userId, now: minutesLater(1) });
    const reason = { code: 'grant_revoked', message: 'google said no', at: minutesLater(2) } as const;
    expect(await own.store.facts.markReauthRequired(id, 1, reason)).toBe(false);
    const both = [1, 2].map(() => own.store.facts.markReauthRequired(id, 2, reason));
    expect((await Promise.all(both)).toSorted()).toEqual([false, true]);
    expect(await recorded(id)).toEqual([
      connected,
      { seq: 2, type: 'connection.connected', data: { provider: 'google', reconnected: true } },
      {
        seq: 3,
        type: 'connection.reauth_required',
        data: {
          reason: {
            code: 'grant_revoked',
            message: 'google said no',
            hint: expect.stringContaining('authorization again'),
          },
        },
      },
    ]);
  });

  test('I10: ends with one word, which is all that stays, however often it is purged', async () => {
    const list = await listing();
    await write(list, [eventAt('e', 60)]);
    await Promise.all([1, 2, 3].map(() => own.store.facts.purgeConnection(list.id, testNow)));
    await own.store.facts.purgeConnection(list.id, minutesLater(5));
    expect(await recorded(list.id)).toEqual([
      { seq: 3, type: 'connection.disconnected', data: { provider: 'google' } },
    ]);
  });

  test('a change ends by itself when its retention is over', async () => {
    const { id } = await listing();
    const [change] = await own.database.changes.find({ connectionId: id }).lean();
    expect(change!.expiresAt).toEqual(minutesLater(30 * 24 * 60));
    const indexes = await own.database.changes.collection.indexes();
    expect(indexes.find(({ key }) => 'expiresAt' in key)?.expireAfterSeconds).toBe(0);
  });
});

describe('all writers of a connection at once', () => {
  test('number their changes without a gap, in the order in which they were committed', async () => {
    const list = await listing();
    await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        await write(list, [eventAt(`e${n}`, n)]);
        await own.store.intents.requestSync(list.id, testNow);
      }),
    );
    const changes = await recorded(list.id);
    expect(changes.map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
    expect(new Set(changes.flatMap(({ data }) => data.eventIds ?? [])).size).toBe(12);
  });
});

test('every change of a connection comes into the feed, each once and in its order', async () => {
  const list = await listing();
  for (let n = 0; n < 5; n += 1) await write(list, [eventAt('e', n)]);
  const found: Change[] = [];
  for (let after = 0; ;) {
    const page = await own.store.reads.changes({ after, limit: 7, now: testNow });
    if (page.type !== 'page') throw new Error(page.type);
    found.push(...page.changes);
    after = page.position;
    if (!page.more) break;
  }
  const ofThis = found.filter(({ connectionId }) => connectionId === list.id);
  expect(ofThis.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
});
