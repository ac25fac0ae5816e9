import { ProviderError } from '../../src/domain/failure.ts';
import type { Facts } from '../../src/store/store.ts';
import { applyListing, queryOf, type CalendarCounts, type CalendarJob, type Span } from './apply-listing.ts';
import { calendarNow } from './calendar-now.ts';
import { driftOf, forgetTold, noDifferences, type Differences } from './differences.ts';
import { continuableCursor, syncCalendar, type SyncCalendarDependencies } from './sync-calendar.ts';

export interface AuditCalendarDependencies extends SyncCalendarDependencies {
  readonly facts: SyncCalendarDependencies['facts'] & Pick<Facts, 'knownCalendars' | 'recordAudit'>;
}

/**
 * Syncs one calendar and then reads all of it again: what differs now should not, and is drift. It is repaired by the
 * reading itself and recorded on the calendar. Nothing is recorded where removals are held: then it is not known yet
 * whether the store is wrong or the vendor.
 */
export async function auditCalendar(
  dependencies: AuditCalendarDependencies,
  job: CalendarJob,
): Promise<CalendarCounts> {
  const synced = await syncCalendar(dependencies, job);
  const calendar = await calendarNow(dependencies, job.calendar);
  const { window } = calendar?.sync ?? {};
  if (synced.held > 0 || calendar === undefined || window === undefined) return synced;
  const differences = noDifferences();
  const again = { ...job, calendar };
  // The window of the cursor and not today's: a day that entered it since is no drift.
  const counts = await applyListing(dependencies, again, { cursor: null, window }, differences);
  const both = sumOf(synced, counts);
  if (counts.held > 0) return both;
  await excuse(
    dependencies,
    again,
    { cursor: continuableCursor(calendar, dependencies), window },
    differences,
  );
  await dependencies.facts.recordAudit(job.turn, calendar.id, {
    at: dependencies.now(),
    ...driftOf(differences),
  });
  return both;
}

/** What changed between the two readings is no drift: it is what the vendor tells from the cursor of the first. */
async function excuse(
  dependencies: AuditCalendarDependencies,
  { provider, access, calendar }: CalendarJob,
  span: Span,
  differences: Differences,
): Promise<void> {
  const { missing, extra, different } = driftOf(differences);
  if (missing + extra + different === 0) return;
  try {
    for await (const page of provider.listEvents(access, queryOf(dependencies, calendar, span)))
      forgetTold(differences, page);
  } catch (error) {
    // Without this word everything counts: better one false alarm than a drift that nobody sees.
    if (!(error instanceof ProviderError && error.kind === 'cursor_expired')) throw error;
  }
}

function sumOf(first: CalendarCounts, second: CalendarCounts): CalendarCounts {
  return {
    ...second,
    pages: first.pages + second.pages,
    written: first.written + second.written,
    deleted: first.deleted + second.deleted,
  };
}
