import { expect, test } from 'vitest';
import { aCalendar, syncTurn, testNow } from '../../support/builders.ts';
import {
  aPlace,
  asWanted,
  aWish,
  interviewTurn,
  newInterview,
  organizer,
  record,
} from './interviews-world.ts';
import { ownStore } from './own-store.ts';

const own = ownStore();

/** Counts from now on how often transactions are wanted, and how often their work begins. */
function countTransactions(): { wanted: number; begun: number } {
  const { connection } = own.database;
  const counts = { wanted: 0, begun: 0 };
  const startSession = connection.startSession.bind(connection);
  connection.startSession = async (options) => {
    const session = await startSession(options);
    const withTransaction = session.withTransaction.bind(session);
    session.withTransaction = (work, more) => {
      counts.wanted += 1;
      return withTransaction((given) => {
        counts.begun += 1;
        return work(given);
      }, more);
    };
    return session;
  };
  return counts;
}

test('what is written of one connection at the same time is written once each, and nothing begins again', async () => {
  const home = await organizer(own.store);
  const { facts, intents } = own.store;
  const wish = aWish(home.userId);
  const ids = Array.from({ length: 8 }, () => newInterview());
  const turns = await Promise.all(
    ids.map(async (id) => {
      await intents.putInterview(id, wish, testNow);
      return (await interviewTurn(own.store, id)).turn;
    }),
  );
  const sync = await syncTurn(own.store, home.connectionId);
  const counts = countTransactions();
  const book = async (turn: (typeof turns)[number]): Promise<void> => {
    await facts.placeInterview(turn, aPlace(turn.interviewId, home), testNow);
    const news = [{ type: 'interview.booked', data: {} }] as const;
    await facts.settleInterview(turn, asWanted(wish, { news }));
  };
  const listAgain = () =>
    facts.replaceCalendars(sync, [aCalendar('main', { primary: true }), aCalendar('more')], testNow);
  await Promise.all([...turns.map(book), listAgain(), listAgain()]);
  const states = await Promise.all(ids.map(async (id) => (await record(own.store, id)).state));
  expect(states).toEqual(ids.map(() => 'booked'));
  expect(counts.wanted).toBeGreaterThanOrEqual(2 * ids.length);
  expect(counts.begun).toBe(counts.wanted);
});
