import { mayConfirm } from '../../src/domain/breaker.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import { windowAt, windowRunsOut, type WindowPolicy } from '../../src/domain/sync.ts';
import type { CalendarRecord } from '../../src/store/store.ts';
import {
  applyListing,
  type ApplyListingDependencies,
  type CalendarCounts,
  type CalendarJob,
} from './apply-listing.ts';

export interface SyncCalendarDependencies extends ApplyListingDependencies {
  readonly window: WindowPolicy;
}

/**
 * Makes the stored events of one calendar equal to the vendor's: the changes since the cursor, or everything in the
 * window where there is none, where it is dead (at most once), where the window runs out, where removals that were
 * held wait for a second reading (I11), or where the last listing wrote pages and did not come to its end: what a vendor
 * tells since a cursor leaves out what came and went in between, and some of that may be in our store by then (I4).
 */
export async function syncCalendar(
  dependencies: SyncCalendarDependencies,
  job: CalendarJob,
): Promise<CalendarCounts> {
  const { window, hold, unfinished } = job.calendar.sync;
  const cursor = continuableCursor(job.calendar, dependencies);
  const now = dependencies.now();
  const isDue = cursor === null || window === undefined || windowRunsOut(window, now, dependencies.window);
  if (isDue || unfinished === true || (hold !== undefined && mayConfirm(hold, now, dependencies)))
    return listFully(dependencies, job);
  try {
    return await applyListing(dependencies, job, { cursor, window });
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'cursor_expired')
      return listFully(dependencies, job);
    throw error;
  }
}

/**
 * Stored cursors say how much detail was kept up to them: where more or less is to be kept now, everything has to be
 * read and written anew, for the vendor will not speak again of what did not change.
 */
export function continuableCursor(
  { sync }: CalendarRecord,
  { detail }: Pick<ApplyListingDependencies, 'detail'>,
): string | null {
  return sync.cursor?.startsWith(`${detail}:`) === true ? sync.cursor.slice(detail.length + 1) : null;
}

function listFully(dependencies: SyncCalendarDependencies, job: CalendarJob): Promise<CalendarCounts> {
  const window = windowAt(dependencies.now(), dependencies.window);
  return applyListing(dependencies, job, { cursor: null, window });
}
