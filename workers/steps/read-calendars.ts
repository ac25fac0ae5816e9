import { ProviderError } from '../../src/domain/failure.ts';
import type { CalendarRecord, Facts } from '../../src/store/store.ts';
import type { CalendarCounts, CalendarJob } from './apply-listing.ts';
import type { Run, TurnResult } from './connection-turn.ts';
import { syncCalendarList, type SyncCalendarListDependencies } from './sync-calendar-list.ts';

export interface ReadCalendarsDependencies extends SyncCalendarListDependencies {
  readonly facts: SyncCalendarListDependencies['facts'] & Pick<Facts, 'failCalendar'>;
}

/** The list of calendars, and then each that counts, by `read`. Answers what was done, in numbers. */
export async function readCalendars(
  dependencies: ReadCalendarsDependencies,
  run: Run,
  read: (job: CalendarJob) => Promise<CalendarCounts>,
): Promise<TurnResult> {
  const { context, turn } = run;
  const listed = await run.withAccess((access) => run.provider.listCalendars(access));
  const list = await syncCalendarList(dependencies, turn, listed);
  if (list.kept.length > 0) {
    context.log.warn(
      { calendarIds: list.kept },
      'calendars are missing from the list: waiting for a second one',
    );
  }
  const total = { calendars: list.selected.length, unreached: 0, ...nothing };
  const due = [list.confirmableAt];
  for (const calendar of list.selected) {
    const counts = await readCalendar(dependencies, run, calendar, read);
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
  return { counts: total, dueAt: earliest(due) };
}

const nothing = { written: 0, deleted: 0, unchanged: 0, unreadable: 0, held: 0 };
const countNames = Object.keys(nothing) as (keyof typeof nothing)[];

/** A calendar that the vendor refuses is noted and grows stale; it does not hold up its neighbours. */
async function readCalendar(
  { facts, now }: ReadCalendarsDependencies,
  { provider, turn, context, withAccess }: Run,
  calendar: CalendarRecord,
  read: (job: CalendarJob) => Promise<CalendarCounts>,
): Promise<CalendarCounts | undefined> {
  try {
    return await withAccess((access) => read({ provider, access, turn, calendar }));
  } catch (error) {
    if (!(error instanceof ProviderError && error.kind === 'refused')) throw error;
    context.log.warn({ calendarId: calendar.id, err: error }, 'the provider refuses this calendar');
    const { code, message } = error.toFailure();
    await facts.failCalendar(turn, calendar.id, { code, message, at: now() });
    return undefined;
  }
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  const [first] = dates.filter((date) => date !== undefined).toSorted((a, b) => a.getTime() - b.getTime());
  return first;
}
