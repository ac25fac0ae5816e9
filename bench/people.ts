import type { CalendarEvent } from '../src/domain/event.ts';
import { windowAt } from '../src/domain/sync.ts';
import type { Store } from '../src/store/store.ts';
import { benchNow, benchWindow } from './entries.ts';
import type { Syncing } from './product.ts';
import { diceOf, seededRandom, type Dice } from './seeded.ts';

const weeksBefore = 4;
const weeksAhead = 26;
const eventsPerWeek = 25;
const dayMs = 86_400_000;

/** One person after a first sync: 25 entries a week over seven months, in one calendar. Gives the calendar's id. */
export async function seedPerson(
  store: Store,
  syncing: Syncing,
  userId: string,
  seed: number,
): Promise<string> {
  const { facts } = store;
  const expiresAt = new Date(benchNow.getTime() + dayMs);
  const tokens = { accessToken: 'access', refreshToken: 'refresh', expiresAt, scopes: [] };
  const account = { id: userId, email: `${userId}@company.example` };
  const connectionId = await syncing.connect(store, 'google', { tokens, account }, userId);
  const leaseUntil = new Date(benchNow.getTime() + 60_000);
  const answer = await facts.takeSyncTurn(connectionId, benchNow, leaseUntil);
  if (answer.type !== 'taken') throw new Error(`the sync turn of ${userId} was ${answer.type}`);
  const listed = {
    providerCalendarId: account.email,
    name: 'Calendar',
    primary: true,
    canWrite: true,
    owned: true,
  };
  const [calendar] = await facts.replaceCalendars(answer.turn, [listed], benchNow);
  if (calendar === undefined) throw new Error(`${userId} has no calendar`);
  const upserts = eventsOf(seed).map((event) => ({ event, fingerprint: event.providerEventId }));
  await facts.applyPage(answer.turn, calendar.id, { upserts, deletes: [] }, benchNow, leaseUntil);
  const window = windowAt(benchNow, benchWindow);
  const advance = { expectedCursor: null, cursor: 'cursor', window, full: true, unreadable: [] };
  await facts.advanceCursor(answer.turn, calendar.id, advance, benchNow);
  await facts.finishSync(answer.turn, { now: benchNow, nextSyncAt: leaseUntil });
  return calendar.id;
}

function eventsOf(seed: number): CalendarEvent[] {
  const dice = diceOf(seededRandom(seed));
  const weeks = Array.from({ length: weeksBefore + weeksAhead }, (_, index) => index - weeksBefore);
  return weeks.flatMap((week) =>
    Array.from({ length: eventsPerWeek }, (_, index) => eventOf(dice, week, `w${week}e${index}`)),
  );
}

function eventOf(dice: Dice, week: number, providerEventId: string): CalendarEvent {
  const allDay = dice.chance(0.04);
  const midnight = Math.floor(benchNow.getTime() / dayMs) * dayMs + (week * 7 + dice.between(0, 4)) * dayMs;
  const startMs = allDay ? midnight : midnight + (8 * 4 + dice.between(0, 36)) * 900_000;
  const start = new Date(startMs);
  return {
    providerEventId,
    status: 'confirmed',
    kind: 'default',
    start,
    end: new Date(startMs + (allDay ? dayMs : dice.oneOf([1, 2, 2, 3, 4, 4, 6]) * 900_000)),
    startTimeZone: 'UTC',
    allDay,
    ...(allDay && { startDate: dateOf(startMs), endDate: dateOf(startMs + dayMs) }),
    busy: dice.chance(0.88) ? 'busy' : dice.oneOf(['free', 'tentative', 'out_of_office']),
    response: dice.chance(0.9) ? 'accepted' : dice.oneOf(['declined', 'needs_action']),
    attendees: [],
    visibility: 'default',
  };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
