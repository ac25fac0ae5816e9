import type { CalendarEvent } from '../../../src/domain/event.ts';
import type { NewCalendar, Store } from '../../../src/store/store.ts';
import {
  aCalendar,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';

export const day = 24 * 60;

let accounts = 0;

/** A connected account with one calendar that was read whole at `now`. */
export async function syncedAt(
  store: Store,
  userId: string,
  events: readonly CalendarEvent[],
  { now = testNow, calendar: fields = {} }: { now?: Date; calendar?: Partial<NewCalendar> } = {},
) {
  const { facts } = store;
  accounts += 1;
  const grant = { accountId: `account-${accounts}`, email: `${userId}@example.com` };
  const { id: connectionId } = await connectedAccount(store, { userId, grant });
  const turn = await syncTurn(store, connectionId, now);
  const listed = [aCalendar('main', { primary: true, ...fields })];
  const [calendar] = await facts.replaceCalendars(turn, listed, now);
  if (calendar === undefined) throw new Error('the calendar was not selected');
  const page = { upserts: events.map(fingerprinted), deletes: [] };
  await facts.applyPage(turn, calendar.id, page, now, minutesLater(1, now));
  const window = { start: minutesLater(-30 * day), end: minutesLater(187 * day) };
  const advance = { expectedCursor: null, cursor: 'c1', window, full: true, unreadable: [] };
  await facts.advanceCursor(turn, calendar.id, advance, now);
  await facts.finishSync(turn, { now, nextSyncAt: minutesLater(5, now) });
  return { connectionId, calendarId: calendar.id };
}
