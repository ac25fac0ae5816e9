import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aCalendar,
  aGrant,
  anEvent,
  connectedAccount,
  exchangingAttempt,
  fingerprinted,
  minutesLater,
  sealedText,
  someTokens,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

/** A connection with calendars and events, and an attempt on its way that would re-authorize it. */
async function lived(userId: string, calendars: number, events: number) {
  const connection = await connectedAccount(own.store, { userId });
  const { id, accountId, email } = connection;
  const turn = await syncTurn(own.store, id);
  const listed = Array.from({ length: calendars }, (_, n) => aCalendar(`calendar ${n}`));
  for (const calendar of await own.store.facts.replaceCalendars(turn, listed, testNow)) {
    const upserts = Array.from({ length: events }, (_, n) => fingerprinted(anEvent(`event ${n}`)));
    await own.store.facts.applyPage(turn, calendar.id, { upserts, deletes: [] }, testNow, minutesLater(1));
  }
  await own.store.facts.createWatch({ ...aNewWatch, connectionId: id });
  const reauthorizes = { connectionId: id, accountId, email };
  return { id, turn, attemptId: await exchangingAttempt(own.store, { userId, reauthorizes }) };
}

const aNewWatch = {
  secretHash: 'a'.repeat(64),
  expiresAt: minutesLater(60),
  renewAt: minutesLater(30),
  now: testNow,
};

/** Every document of every collection that holds this user's or this connection's id anywhere. */
async function traces(...words: string[]): Promise<string[]> {
  const collections = await own.database.connection.listCollections();
  const found: string[] = [];
  for (const { name } of collections) {
    const documents = await own.database.connection.collection(name).find().toArray();
    found.push(
      ...documents
        .filter((document) => words.some((word) => JSON.stringify(document).includes(word)))
        .map(({ type }) => (type === undefined ? name : `${name}: ${type}`)),
    );
  }
  return found.toSorted();
}

/** The one record that stays for a while: so that the main app hears of it. */
const farewell = ['changes: connection.disconnected'];

describe('disconnecting', () => {
  test('marks the connection and is found until it is purged; asking twice is harmless', async () => {
    const { id } = await lived(newUser(), 1, 1);
    expect(await own.store.intents.requestDisconnect(id, testNow)).toBe(true);
    expect(await own.store.intents.requestDisconnect(id, testNow)).toBe(true);
    expect(await own.store.facts.disconnectingConnections(10)).toEqual([id]);
    await own.store.facts.purgeConnection(id, testNow);
    expect(await own.store.facts.disconnectingConnections(10)).toEqual([]);
    expect(await own.store.intents.requestDisconnect(id, testNow)).toBe(false);
    expect(await own.store.intents.requestDisconnect('nonsense', testNow)).toBe(false);
    await own.store.facts.purgeConnection('nonsense', testNow);
  });

  test('an account counts as connected as long as anybody has a living connection of it', async () => {
    const { id, provider, accountId } = await connectedAccount(own.store, { userId: newUser() });
    expect(await own.store.facts.isAccountConnected(provider, accountId)).toBe(true);
    await own.store.intents.requestDisconnect(id, testNow);
    expect(await own.store.facts.isAccountConnected(provider, accountId)).toBe(false);
    expect(await own.store.facts.isAccountConnected(provider, 'nobody')).toBe(false);
    await own.store.facts.purgeConnection(id, testNow);
  });

  test('I10: the purge leaves nothing in any collection but the word of it, whatever there was, and nothing else is touched', async () => {
    const neighbour = newUser();
    const { id: neighbourId } = await lived(neighbour, 2, 3);
    const kept = await traces(neighbour, neighbourId);
    const contents = fc.record({ calendars: fc.nat(3), events: fc.nat(20), twice: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(contents, async ({ calendars, events, twice }) => {
        const userId = `${newUser()}-purged`;
        const { id } = await lived(userId, calendars, events);
        await Promise.all((twice ? [1, 2] : [1]).map(() => own.store.facts.purgeConnection(id, testNow)));
        expect(await traces(userId, id)).toEqual(farewell);
        expect(await traces(neighbour, neighbourId)).toEqual(kept);
      }),
      { numRuns: 8, seed: 3 },
    );
  });

  test('I10: a purge that was killed anywhere is found again and completed', async () => {
    const { events, calendars, watches, attempts } = own.database;
    const beginnings = [
      async () => undefined,
      async (connectionId: string) => events.deleteOne({ connectionId }),
      async (connectionId: string) => events.deleteMany({ connectionId }),
      async (connectionId: string) => calendars.deleteMany({ connectionId }),
      async (connectionId: string) => watches.deleteMany({ connectionId }),
      async (connectionId: string) => attempts.deleteMany({ connectionId }),
    ];
    for (const killedAfter of beginnings) {
      const userId = `${newUser()}-killed`;
      const { id } = await lived(userId, 2, 3);
      await own.store.intents.requestDisconnect(id, testNow);
      await killedAfter(id);
      expect(await own.store.facts.disconnectingConnections(10)).toEqual([id]);
      await own.store.facts.purgeConnection(id, testNow);
      expect(await traces(userId, id)).toEqual(farewell);
    }
  });

  test('I10: a sync that runs into the purge leaves nothing behind', async () => {
    const userId = `${newUser()}-raced`;
    const { id, turn } = await lived(userId, 1, 1);
    const [calendar] = await own.store.reads.calendarsOf(id);
    const pages = Array.from({ length: 30 }, (_, n) =>
      own.store.facts.applyPage(
        turn,
        calendar!.id,
        { upserts: [fingerprinted(anEvent(`late ${n}`))], deletes: [] },
        testNow,
        minutesLater(1),
      ),
    );
    const [written] = await Promise.all([
      Promise.allSettled(pages),
      own.store.facts.purgeConnection(id, testNow),
    ]);
    expect(written.some(({ status }) => status === 'rejected')).toBe(true);
    expect(await traces(userId, id)).toEqual(farewell);
  });

  test('I10: no watch is recorded for a connection that is leaving, and none survives a race with the purge', async () => {
    const userId = `${newUser()}-watched`;
    const { id } = await lived(userId, 1, 1);
    const watches = Array.from({ length: 10 }, () =>
      own.store.facts.createWatch({ ...aNewWatch, connectionId: id }),
    );
    const [created] = await Promise.all([Promise.all(watches), own.store.facts.purgeConnection(id, testNow)]);
    expect(created).toHaveLength(10);
    expect(await traces(userId, id)).toEqual(farewell);
    const other = await lived(newUser(), 1, 1);
    await own.store.intents.requestDisconnect(other.id, testNow);
    const before = await own.store.reads.watchesOf(other.id);
    expect(await own.store.facts.createWatch({ ...aNewWatch, connectionId: other.id })).toBeUndefined();
    expect(await own.store.reads.watchesOf(other.id)).toEqual(before);
    await own.store.facts.purgeConnection(other.id, testNow);
  });

  test('an account that is connected anew meanwhile gets a connection of its own, which the purge spares', async () => {
    const userId = newUser();
    const { id } = await lived(userId, 1, 5);
    await own.store.intents.requestDisconnect(id, testNow);
    expect(await own.store.facts.hasRefreshToken(userId, 'google', 'account-1')).toBe(false);
    const fresh = await connectedAccount(own.store, { userId, grant: { tokens: someTokens('fresh') } });
    expect(fresh.id).not.toBe(id);
    const turn = await syncTurn(own.store, fresh.id);
    await own.store.facts.replaceCalendars(turn, [aCalendar('a')], testNow);
    await own.store.facts.purgeConnection(id, testNow);
    expect(await own.store.facts.credentials(fresh.id)).toMatchObject({
      accessToken: sealedText('access fresh'),
      connection: { status: 'active' },
    });
    expect(await own.store.reads.calendarsOf(fresh.id)).toHaveLength(1);
    expect((await own.store.reads.connectionsOf(userId)).map((connection) => connection.id)).toEqual([
      fresh.id,
    ]);
  });

  test('a re-authorization that comes back after it does not connect again', async () => {
    const { id, attemptId } = await lived(newUser(), 0, 0);
    await own.store.intents.requestDisconnect(id, testNow);
    expect(await own.store.facts.completeAttempt(attemptId, aGrant(), testNow)).toBeUndefined();
    expect(await own.store.reads.attempt(attemptId)).toMatchObject({
      status: 'failed',
      failure: { code: 'unknown_record' },
    });
    await own.store.facts.purgeConnection(id, testNow);
  });
});
