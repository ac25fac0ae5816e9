import { ProviderError } from '../../src/domain/failure.ts';
import { isTouched } from '../../src/domain/sync-scope.ts';
import { LostTurnError } from '../../src/domain/sync.ts';
import type { CalendarRecord, Facts, SyncTurn } from '../../src/store/store.ts';
import type { CalendarCounts, CalendarJob } from './apply-listing.ts';
import { calendarNow } from './calendar-now.ts';
import type { Run, TurnResult } from './connection-turn.ts';
import {
  syncCalendarList,
  type CalendarList,
  type SyncCalendarListDependencies,
} from './sync-calendar-list.ts';

export interface ReadCalendarsDependencies extends SyncCalendarListDependencies {
  readonly facts: SyncCalendarListDependencies['facts'] & Pick<Facts, 'failCalendar'>;
}

/**
 * What the turn's scope asks for, each calendar by `read`: all that count, after their list was brought up to date; or
 * those that notifications named, as they are known. Answers what was done, in numbers.
 */
export async function readCalendars(
  dependencies: ReadCalendarsDependencies,
  run: Run,
  read: (job: CalendarJob) => Promise<CalendarCounts>,
): Promise<TurnResult> {
  const { context, turn } = run;
  const list = await calendarsInScope(dependencies, run);
  const total = { calendars: list.selected.length, unreached: 0, ...nothing };
  const due = [list.confirmableAt];
  const fresh = freshness(turn, dependencies.now);
  for (const calendar of list.selected) {
    const counts = await readCalendar(dependencies, run, calendar, read);
    fresh.read(calendar.id, counts !== undefined && counts.held === 0);
    if (counts === undefined) {
      total.unreached += 1;
      continue;
    }
    const level = counts.held > 0 ? 'warn' : 'info';
    const said = counts.held > 0 ? 'removals are held until a second reading' : 'calendar synced';
    context.log[level]({ calendarId: calendar.id, ...counts }, said);
    for (const name of countNames) total[name] += counts[name];
    due.push(counts.confirmableAt);
  }
  return { counts: total, dueAt: earliest(due), freshAt: fresh.at() };
}

async function calendarsInScope(
  dependencies: ReadCalendarsDependencies,
  run: Run,
): Promise<Pick<CalendarList, 'selected' | 'confirmableAt'>> {
  const { context, turn } = run;
  const { scope } = turn;
  if (scope.type === 'touched') {
    const known = await dependencies.facts.knownCalendars(turn.connectionId);
    return { selected: known.filter(({ id, selected }) => selected && isTouched(scope.calendarIds, id)) };
  }
  const listed = await run.withAccess((access) => run.provider.listCalendars(access));
  const list = await syncCalendarList(dependencies, turn, listed);
  if (list.kept.length > 0) {
    context.log.warn(
      { calendarIds: list.kept },
      'calendars are missing from the list: waiting for a second one',
    );
  }
  return list;
}

/** When the last of the calendars that notifications named was read; never, where one of them could not be. */
function freshness({ notified }: SyncTurn, now: () => Date) {
  let at: Date | undefined;
  let failed = false;
  return {
    read: (calendarId: string, wasRead: boolean): void => {
      if (notified === undefined || !isTouched(notified.calendarIds, calendarId)) return;
      if (wasRead) at = now();
      else failed = true;
    },
    at: (): Date | undefined => (failed ? undefined : at),
  };
}

const nothing = { written: 0, deleted: 0, unchanged: 0, unreadable: 0, held: 0 };
const countNames = Object.keys(nothing) as (keyof typeof nothing)[];

/** A calendar that the vendor refuses is noted and grows stale; it does not hold up its neighbours. */
async function readCalendar(
  dependencies: ReadCalendarsDependencies,
  { provider, turn, context, withAccess }: Run,
  calendar: CalendarRecord,
  read: (job: CalendarJob) => Promise<CalendarCounts>,
): Promise<CalendarCounts | undefined> {
  const { facts, now } = dependencies;
  const asOfThisTry = recordPerTry(dependencies, turn, calendar);
  try {
    return await withAccess(async (access) =>
      read({ provider, access, turn, calendar: await asOfThisTry() }),
    );
  } catch (error) {
    if (!(error instanceof ProviderError && error.kind === 'refused')) throw error;
    context.log.warn({ calendarId: calendar.id, err: error }, 'the provider refuses this calendar');
    const { code, message } = error.toFailure();
    await facts.failCalendar(turn, calendar.id, { code, message, at: now() });
    return undefined;
  }
}

/**
 * A token that is refused in the middle of a listing leads to a second try, and the first may have written pages by
 * then, or moved the cursor: the second goes by what is stored now (I4).
 */
function recordPerTry(
  dependencies: ReadCalendarsDependencies,
  { connectionId, run }: SyncTurn,
  known: CalendarRecord,
): () => Promise<CalendarRecord> {
  let tries = 0;
  return async () => {
    tries += 1;
    if (tries === 1) return known;
    const calendar = await calendarNow(dependencies, known);
    if (calendar?.selected !== true) throw new LostTurnError(connectionId, run);
    return calendar;
  };
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  const [first] = dates.filter((date) => date !== undefined).toSorted((a, b) => a.getTime() - b.getTime());
  return first;
}
