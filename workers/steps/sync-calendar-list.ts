import {
  isLargeRemoval,
  mayConfirm,
  confirmableAt,
  upcomingOf,
  type ConfirmPolicy,
  type EntryCount,
} from '../../src/domain/breaker.ts';
import { windowAt, type SyncWindow, type WindowPolicy } from '../../src/domain/sync.ts';
import type { CalendarRecord, Facts, NewCalendar, SyncTurn } from '../../src/store/store.ts';

export interface SyncCalendarListDependencies extends ConfirmPolicy {
  readonly facts: Pick<Facts, 'knownCalendars' | 'replaceCalendars' | 'countEntries'>;
  readonly now: () => Date;
  readonly window: WindowPolicy;
}

export interface CalendarList {
  /** Those that count. */
  readonly selected: readonly CalendarRecord[];
  /** Ids of those that the vendor's list leaves out and that stay for now (I11) … */
  readonly kept: readonly string[];
  /** … and from when on another list can confirm that they are gone. */
  readonly confirmableAt?: Date | undefined;
}

/**
 * Makes the stored list of calendars equal to the vendor's. Where that would take away a large share of what is stored,
 * a calendar goes only after a second list, a while later, leaves it out as well (I11). One that is kept is read like
 * any other: where the list was wrong it stays fresh, and where it was right it grows stale.
 */
export async function syncCalendarList(
  dependencies: SyncCalendarListDependencies,
  turn: SyncTurn,
  listed: readonly NewCalendar[],
): Promise<CalendarList> {
  const { facts, now } = dependencies;
  const at = now();
  const kept = (await doubtful(dependencies, turn, listed)).filter(
    ({ missingSince }) =>
      missingSince === undefined || !mayConfirm({ readAt: missingSince }, at, dependencies),
  );
  const keep = kept.map(({ id }) => id);
  const selected = await facts.replaceCalendars(turn, listed, at, keep);
  const times = kept.map(({ missingSince = at }) =>
    confirmableAt({ readAt: missingSince }, dependencies).getTime(),
  );
  return { selected, kept: keep, ...(times.length > 0 && { confirmableAt: new Date(Math.max(...times)) }) };
}

/** The calendars that the list leaves out, where they are too much to be let go at once. */
async function doubtful(
  { facts, now, window: policy }: SyncCalendarListDependencies,
  { connectionId }: SyncTurn,
  listed: readonly NewCalendar[],
): Promise<CalendarRecord[]> {
  const known = await facts.knownCalendars(connectionId);
  const names = new Set(listed.map(({ providerCalendarId }) => providerCalendarId));
  const missing = known.filter(({ providerCalendarId }) => !names.has(providerCalendarId));
  if (missing.length === 0) return [];
  const at = now();
  const window = windowAt(at, policy);
  const removed = await count(missing, window, at);
  const stored = await count(known, window, at);
  return isLargeRemoval({ stored, removed, byAbsence: true }) ? missing : [];

  /** Those that the user has taken out count for nothing, whatever is still stored of them. */
  async function count(calendars: CalendarRecord[], within: SyncWindow, from: Date): Promise<EntryCount> {
    const ids = calendars.filter(({ selected }) => selected).map(({ id }) => id);
    const [all, upcoming] = await Promise.all([
      facts.countEntries(ids, within),
      facts.countEntries(ids, upcomingOf(within, from)),
    ]);
    return { all, upcoming };
  }
}
