import { hash } from 'node:crypto';
import { contentOf, withoutDetail, type CalendarEvent, type EventDetail } from '../../src/domain/event.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import {
  foldPage,
  touchedBy,
  windowAt,
  windowRunsOut,
  type SyncWindow,
  type UnreadableEvent,
  type WindowPolicy,
} from '../../src/domain/sync.ts';
import type { Access, EventPage, Provider } from '../../src/providers/provider.ts';
import type { CalendarRecord, Facts, SyncTurn } from '../../src/store/store.ts';

export interface SyncCalendarDependencies {
  readonly facts: Pick<Facts, 'marks' | 'applyPage' | 'storedIds' | 'advanceCursor'>;
  readonly now: () => Date;
  readonly window: WindowPolicy;
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
}

/** One calendar, one turn, one vendor. */
export interface CalendarJob {
  readonly provider: Provider;
  readonly access: Access;
  readonly turn: SyncTurn;
  readonly calendar: CalendarRecord;
}

/**
 * Makes the stored events of one calendar equal to the vendor's: the changes since the cursor, or everything in the
 * window where there is none, where it is dead (at most once), or where the window runs out. Events first, the cursor
 * after: a crash replays a page and never skips one (I4).
 */
export async function syncCalendar(
  dependencies: SyncCalendarDependencies,
  job: CalendarJob,
): Promise<CalendarCounts> {
  const { window } = job.calendar.sync;
  const cursor = continuableCursor(job.calendar, dependencies);
  const now = dependencies.now();
  const isDue = cursor === null || window === undefined || windowRunsOut(window, now, dependencies.window);
  if (isDue) return listFully(dependencies, job);
  try {
    return await list(dependencies, job, cursor, window);
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
function continuableCursor({ sync }: CalendarRecord, { detail }: SyncCalendarDependencies): string | null {
  return sync.cursor?.startsWith(`${detail}:`) === true ? sync.cursor.slice(detail.length + 1) : null;
}

function listFully(dependencies: SyncCalendarDependencies, job: CalendarJob): Promise<CalendarCounts> {
  return list(dependencies, job, null, windowAt(dependencies.now(), dependencies.window));
}

/** How many unreadable entries are named; more are only counted. */
const namedUnreadable = 20;

async function list(
  dependencies: SyncCalendarDependencies,
  job: CalendarJob,
  cursor: string | null,
  window: SyncWindow,
): Promise<CalendarCounts> {
  const { provider, access, calendar } = job;
  const full = cursor === null;
  const counts = { full, pages: 0, written: 0, deleted: 0, unchanged: 0, unreadable: 0 };
  const unreadable: UnreadableEvent[] = full ? [] : [...calendar.sync.unreadable];
  // A full listing names all that lives; what is stored and was not named is gone. The ids of one calendar fit into
  // memory: a hundred thousand take some ten megabytes.
  const named = full ? new Set<string>() : undefined;
  let nextCursor: string | null = null;
  const query = {
    providerCalendarId: calendar.providerCalendarId,
    timeZone: calendar.timeZone,
    window,
    cursor,
  };
  for await (const page of provider.listEvents(access, query)) {
    await applyPage(dependencies, job, page, window, counts);
    for (const id of idsOf(page)) named?.add(id);
    unreadable.push(...page.unreadable);
    nextCursor = page.cursor;
  }
  if (nextCursor === null) throw incomplete(provider, calendar);
  if (named !== undefined) await removeOthers(dependencies, job, named, counts);
  const advance = {
    expectedCursor: calendar.sync.cursor,
    cursor: `${dependencies.detail}:${nextCursor}`,
    window,
    full,
    unreadable: unreadable.slice(-namedUnreadable),
  };
  await dependencies.facts.advanceCursor(job.turn, calendar.id, advance, dependencies.now());
  return counts;
}

async function applyPage(
  { facts, now, leaseMs, detail }: SyncCalendarDependencies,
  { turn, calendar }: CalendarJob,
  page: EventPage,
  window: SyncWindow,
  counts: CalendarCounts,
): Promise<void> {
  const stored = await facts.marks(calendar.id, touchedBy(page.changes));
  const keep = (event: CalendarEvent): CalendarEvent => withoutDetail(event, detail);
  const { upserts, deletes, unchanged } = foldPage(page.changes, stored, { window, keep, fingerprint });
  await facts.applyPage(turn, calendar.id, { upserts, deletes }, now(), new Date(now().getTime() + leaseMs));
  counts.pages += 1;
  counts.written += upserts.length;
  counts.deleted += deletes.length;
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

const deleteBatch = 1000;

async function removeOthers(
  { facts, now, leaseMs }: SyncCalendarDependencies,
  { turn, calendar }: CalendarJob,
  named: ReadonlySet<string>,
  counts: CalendarCounts,
): Promise<void> {
  let deletes: string[] = [];
  const flush = async (): Promise<void> => {
    const leaseUntil = new Date(now().getTime() + leaseMs);
    await facts.applyPage(turn, calendar.id, { upserts: [], deletes }, now(), leaseUntil);
    counts.deleted += deletes.length;
    deletes = [];
  };
  for await (const id of facts.storedIds(calendar.id)) {
    if (!named.has(id)) deletes.push(id);
    if (deletes.length === deleteBatch) await flush();
  }
  if (deletes.length > 0) await flush();
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
