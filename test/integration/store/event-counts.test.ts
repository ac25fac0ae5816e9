import { expect, test } from 'vitest';
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

/** A calendar with entries that stand differently to the hour that begins at `testNow`. */
async function aFilledCalendar() {
  const { facts } = own.store;
  const { id } = await connectedAccount(own.store, { userId: newUser() });
  const turn = await syncTurn(own.store, id);
  const [calendar] = await facts.replaceCalendars(turn, [aCalendar('a')], testNow);
  const spans = {
    before: [-60, 0],
    reachingIn: [-60, 1],
    atItsBeginning: [0, 0],
    within: [10, 20],
    around: [-60, 120],
    after: [60, 90],
  } as const;
  const upserts = Object.entries(spans).map(([name, [start, end]]) =>
    fingerprinted(anEvent(name, { start: minutesLater(start), end: minutesLater(end) })),
  );
  await facts.applyPage(turn, calendar!.id, { upserts, deletes: [] }, testNow, minutesLater(1));
  return { facts, calendarId: calendar!.id };
}

test('the entries that overlap a span are counted, one of no length by where it stands', async () => {
  const { facts, calendarId } = await aFilledCalendar();
  const hour = { start: testNow, end: minutesLater(60) };
  expect(await facts.countEntries([calendarId], hour)).toBe(4);
  expect(await facts.countEntries([calendarId, calendarId], hour)).toBe(4);
  expect(await facts.countEntries([], hour)).toBe(0);
  expect(await facts.countEntries(['no id'], hour)).toBe(0);
});

test('the spans are those of the entries that are stored', async () => {
  const { facts, calendarId } = await aFilledCalendar();
  expect(await facts.spans(calendarId, ['within', 'unknown'])).toEqual([
    { providerEventId: 'within', start: minutesLater(10), end: minutesLater(20) },
  ]);
});
