import { hash } from 'node:crypto';
import { confirmableAt } from '../../src/domain/breaker.ts';
import { contentOf, withoutDetail, type CalendarEvent, type EventDetail } from '../../src/domain/event.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import { foldPage, touchedBy, type SyncWindow } from '../../src/domain/sync.ts';
import { noUnreadable, unreadableSince } from '../../src/domain/unreadable.ts';
import type { Access, EventPage, EventQuery, Provider } from '../../src/providers/provider.ts';
import type { CalendarRecord, Facts, SyncTurn } from '../../src/store/store.ts';
import { noteUnlisted, noteWritten, type Differences } from './differences.ts';
import { batchesOf, weighRemovals, type WeighRemovalsDependencies } from './weigh-removals.ts';

export interface ApplyListingDependencies extends WeighRemovalsDependencies {
  readonly facts: WeighRemovalsDependencies['facts'] &
    Pick<Facts, 'marks' | 'applyPage' | 'storedIds' | 'placedEventIds' | 'holdRemovals' | 'advanceCursor'>;
  readonly leaseMs: number;
  readonly detail: EventDetail;
}

export interface CalendarCounts {
  readonly full: boolean;
  pages: number;
  written: number;
  deleted: number;
  unchanged: number;
  unreadable: number;
  /** Removals that the breaker has not obeyed (I11) … */
  held: number;
  /** … and from when on a second reading can confirm them. */
  confirmableAt?: Date;
}

/** One calendar, one turn, one vendor. */
export interface CalendarJob {
  readonly provider: Provider;
  readonly access: Access;
  readonly turn: SyncTurn;
  readonly calendar: CalendarRecord;
}

/** What to list: the changes since a cursor, or everything. */
export interface Span {
  readonly cursor: string | null;
  readonly window: SyncWindow;
}

/** One reading of one calendar. */
interface Listing {
  readonly job: CalendarJob;
  readonly window: SyncWindow;
  readonly counts: CalendarCounts;
  /**
   * A full listing names all that lives; what is stored and was not named is gone. The ids of one calendar fit into
   * memory: a hundred thousand take some ten megabytes.
   */
  readonly named: Set<string> | undefined;
  /** Stored entries that are gone. They are removed when all is read, because it takes the whole to weigh them. */
  readonly gone: Set<string>;
  readonly unreadable: ReturnType<typeof unreadableSince>;
  readonly differences: Differences | undefined;
}

/**
 * Reads one calendar and writes what differs, page by page; then removes what is gone, unless that is so much that it
 * takes a second reading to believe it (I11). Events first, the cursor after: a crash replays a page and never skips
 * one (I4). Where removals are held, the cursor stays, so that they come again.
 * `differences` is filled in where it is given.
 */
export async function applyListing(
  dependencies: ApplyListingDependencies,
  job: CalendarJob,
  span: Span,
  differences?: Differences,
): Promise<CalendarCounts> {
  const listing = newListing(job, span, differences);
  const { provider, access, calendar } = job;
  let cursor: string | null = null;
  for await (const page of provider.listEvents(access, queryOf(dependencies, calendar, span))) {
    await applyPage(dependencies, listing, page);
    cursor = page.cursor;
  }
  if (cursor === null) throw incomplete(provider, calendar);
  await addUnnamed(dependencies, listing);
  if (!(await removeGone(dependencies, listing))) return listing.counts;
  const unreadable = listing.unreadable.now();
  const advance = {
    expectedCursor: calendar.sync.cursor,
    cursor: `${dependencies.detail}:${cursor}`,
    window: span.window,
    full: listing.counts.full,
    unreadable: unreadable.named,
    unreadableCount: unreadable.count,
  };
  await dependencies.facts.advanceCursor(job.turn, calendar.id, advance, dependencies.now());
  return listing.counts;
}

function newListing(job: CalendarJob, { cursor, window }: Span, differences?: Differences): Listing {
  const full = cursor === null;
  const { unreadable: named, unreadableCount: count } = job.calendar.sync;
  return {
    job,
    window,
    counts: { full, pages: 0, written: 0, deleted: 0, unchanged: 0, unreadable: 0, held: 0 },
    named: full ? new Set() : undefined,
    gone: new Set(),
    unreadable: unreadableSince(full ? noUnreadable : { named, count }),
    differences,
  };
}

export function queryOf(
  dependencies: Pick<ApplyListingDependencies, 'facts'>,
  calendar: CalendarRecord,
  span: Span,
): EventQuery {
  const { providerCalendarId, timeZone } = calendar;
  return { providerCalendarId, timeZone, ...span, heldSeries: heldSeriesOf(dependencies, calendar) };
}

/** The series of which occurrences are stored, and that one of these ids names or is an occurrence of. */
function heldSeriesOf(
  { facts }: Pick<ApplyListingDependencies, 'facts'>,
  { id }: CalendarRecord,
): NonNullable<EventQuery['heldSeries']> {
  return async (ids) => {
    const marks = await facts.marks(id, { ids, seriesIds: ids });
    return new Set(marks.flatMap(({ recurringEventId }) => recurringEventId ?? []));
  };
}

async function applyPage(
  { facts, now, leaseMs, detail }: ApplyListingDependencies,
  { job: { turn, calendar }, window, counts, gone, named, unreadable, differences }: Listing,
  page: EventPage,
): Promise<void> {
  const stored = await facts.marks(calendar.id, touchedBy(page.changes));
  const keep = (event: CalendarEvent): CalendarEvent => withoutDetail(event, detail);
  const { upserts, deletes, unkept, unchanged } = foldPage(page.changes, stored, {
    window,
    keep,
    fingerprint,
  });
  const write = { upserts, deletes: [], unkept };
  await facts.applyPage(turn, calendar.id, write, now(), new Date(now().getTime() + leaseMs));
  for (const id of idsOf(page)) {
    named?.add(id);
    // It was said to be gone on an earlier page; the last word counts.
    gone.delete(id);
  }
  for (const id of deletes) gone.add(id);
  unreadable.note(page.changes, page.unreadable);
  if (differences !== undefined) noteWritten(differences, upserts, stored);
  counts.pages += 1;
  counts.written += upserts.length;
  counts.unchanged += unchanged;
  counts.unreadable += page.unreadable.length;
}

/** An unreadable entry counts as named: what is stored of it stays. */
function* idsOf(page: EventPage): Iterable<string> {
  for (const change of page.changes) {
    if (change.type === 'upsert') yield change.event.providerEventId;
    if (change.type === 'series') for (const event of change.events) yield event.providerEventId;
  }
  for (const { providerEventId } of page.unreadable) yield providerEventId;
}

async function addUnnamed(dependencies: ApplyListingDependencies, listing: Listing): Promise<void> {
  const { facts } = dependencies;
  const { job, named, gone, differences } = listing;
  if (named === undefined) return;
  for await (const id of facts.storedIds(job.calendar.id)) if (!named.has(id)) gone.add(id);
  await missPlaced(dependencies, listing, named);
  if (differences === undefined) return;
  for (const ids of batchesOf(gone, removedAtOnce))
    noteUnlisted(differences, await facts.marks(job.calendar.id, { ids, seriesIds: [] }));
}

/** An interview's event that went before it was ever stored is missed by nobody but the interview. */
async function missPlaced(
  { facts, now, leaseMs }: ApplyListingDependencies,
  { job: { turn, calendar }, window, gone }: Listing,
  named: ReadonlySet<string>,
): Promise<void> {
  const placed = await facts.placedEventIds(turn, calendar.id, window);
  const unkept = placed
    .filter((id) => !named.has(id) && !gone.has(id))
    .map((providerEventId) => ({ providerEventId }));
  if (unkept.length === 0) return;
  const write = { upserts: [], deletes: [], unkept };
  await facts.applyPage(turn, calendar.id, write, now(), new Date(now().getTime() + leaseMs));
}

const removedAtOnce = 1000;

/** False where the removals are held. */
async function removeGone(dependencies: ApplyListingDependencies, listing: Listing): Promise<boolean> {
  const { facts, now, leaseMs } = dependencies;
  const { job, window, counts, gone } = listing;
  const { turn, calendar } = job;
  const hold = await weighRemovals(dependencies, calendar, { ids: gone, window, full: counts.full });
  if (hold !== undefined) {
    await facts.holdRemovals(turn, calendar.id, hold, now());
    counts.held = gone.size;
    counts.confirmableAt = confirmableAt(hold, dependencies);
    return false;
  }
  for (const deletes of batchesOf(gone, removedAtOnce)) {
    const leaseUntil = new Date(now().getTime() + leaseMs);
    await facts.applyPage(turn, calendar.id, { upserts: [], deletes }, now(), leaseUntil);
    counts.deleted += deletes.length;
  }
  return true;
}

function incomplete(provider: Provider, calendar: CalendarRecord): ProviderError {
  const message = `${provider.id} ended the listing of calendar ${calendar.id} without a cursor for the next one`;
  return new ProviderError('malformed', message, {
    provider: provider.id,
    operation: 'events.list',
    code: 'malformed_answer',
  });
}

function fingerprint(event: CalendarEvent): string {
  return hash('sha1', contentOf(event), 'base64url');
}
