import type { CalendarEvent } from './event.ts';
import type { Interval } from './interval.ts';

/** The span of time whose entries are kept. Sliding: it is renewed by a full listing before it runs out. */
export type SyncWindow = Interval;

export interface WindowPolicy {
  readonly pastDays: number;
  readonly futureDays: number;
}

const dayMs = 86_400_000;

/** A window is made this much longer than promised, so that it has to be renewed once a week and not at every sync. */
const slackDays = 7;

export function windowAt(now: Date, policy: WindowPolicy): SyncWindow {
  const today = Math.floor(now.getTime() / dayMs) * dayMs;
  return {
    start: new Date(today - policy.pastDays * dayMs),
    end: new Date(today + (policy.futureDays + slackDays) * dayMs),
  };
}

/** Whether the promised future is no longer covered, or more is promised now than the window was made for. */
export function windowRunsOut(window: SyncWindow, now: Date, policy: WindowPolicy): boolean {
  const today = Math.floor(now.getTime() / dayMs) * dayMs;
  const tooShortAhead = window.end.getTime() < today + policy.futureDays * dayMs;
  const tooShortBehind = window.start.getTime() > today - policy.pastDays * dayMs;
  return tooShortAhead || tooShortBehind;
}

/** One thing that a vendor reports. All of them may come twice, in any order, for entries that we never had. */
export type EventChange =
  | { readonly type: 'upsert'; readonly event: CalendarEvent }
  /**
   * Gone, or cancelled. An id of a series takes all its occurrences along, unless it goes `alone`: a single entry of
   * which somebody has made a series under the same id is gone, and its occurrences live.
   */
  | { readonly type: 'delete'; readonly providerEventId: string; readonly alone?: true }
  /**
   * All occurrences of one series within the window: stored ones that are not among them are gone, but for those in
   * `keep`, which are there and cannot be read.
   */
  | {
      readonly type: 'series';
      readonly recurringEventId: string;
      readonly events: readonly CalendarEvent[];
      readonly keep?: readonly string[] | undefined;
    };

/** An entry that could not be read: counted and named, and what is stored of it stays as it is. */
export interface UnreadableEvent {
  readonly providerEventId: string;
  readonly reason: string;
  /** Where it is an occurrence and says of which series. */
  readonly recurringEventId?: string | undefined;
}

/** How an entry that has no id is named. */
export const withoutId = '(without id)';

/** What the fold needs to know of an entry that is stored. */
export interface StoredMark {
  readonly providerEventId: string;
  readonly recurringEventId?: string | undefined;
  readonly fingerprint: string;
}

export interface FingerprintedEvent {
  readonly event: CalendarEvent;
  readonly fingerprint: string;
}

/** An entry that is not stored and is not to be: it is gone, or lies outside the window. */
export interface UnkeptEntry {
  readonly providerEventId: string;
  /** Of one that lies outside; one without a version has none either. */
  readonly etag?: string | undefined;
}

export interface PageEffect {
  readonly upserts: readonly FingerprintedEvent[];
  readonly deletes: readonly string[];
  /** Nothing to write; but it may be the event of an interview. */
  readonly unkept: readonly UnkeptEntry[];
  readonly unchanged: number;
}

/** The stored entries that a page can touch: by their own id, or as occurrences of these series. */
export function touchedBy(changes: readonly EventChange[]): { ids: string[]; seriesIds: string[] } {
  const ids = new Set<string>();
  const seriesIds = new Set<string>();
  for (const change of changes) {
    switch (change.type) {
      case 'upsert':
        ids.add(change.event.providerEventId);
        break;
      case 'delete':
        ids.add(change.providerEventId);
        if (change.alone !== true) seriesIds.add(change.providerEventId);
        break;
      case 'series':
        seriesIds.add(change.recurringEventId);
        for (const event of change.events) ids.add(event.providerEventId);
        break;
    }
  }
  return { ids: [...ids], seriesIds: [...seriesIds] };
}

export interface FoldRules {
  readonly window: SyncWindow;
  /** The form in which an entry is kept (privacy), applied before the comparison. */
  readonly keep: (event: CalendarEvent) => CalendarEvent;
  readonly fingerprint: (event: CalendarEvent) => string;
}

/**
 * What a page does to the store: only what differs is written. Of several words on one entry the last counts.
 * An entry outside the window counts as gone: vendors report some although they were not asked to
 * (Google's sync tokens forget the window; Graph says `@removed`).
 */
export function foldPage(
  changes: readonly EventChange[],
  stored: readonly StoredMark[],
  rules: FoldRules,
): PageEffect {
  const { wanted, outside } = desiredState(changes, stored, rules.window);
  const marks = new Map(stored.map((mark) => [mark.providerEventId, mark]));
  const upserts: FingerprintedEvent[] = [];
  const deletes: string[] = [];
  const unkept: UnkeptEntry[] = [];
  let unchanged = 0;
  for (const [id, event] of wanted) {
    const mark = marks.get(id);
    if (event === undefined) {
      if (mark !== undefined) deletes.push(id);
      else unkept.push({ providerEventId: id, etag: outside.get(id)?.etag });
      continue;
    }
    const kept = rules.keep(event);
    const fingerprint = rules.fingerprint(kept);
    if (mark?.fingerprint === fingerprint) unchanged += 1;
    else upserts.push({ event: kept, fingerprint });
  }
  return { upserts, deletes, unkept, unchanged };
}

interface DesiredState {
  /** Id → the entry as it should be, or undefined where it should be gone … */
  readonly wanted: ReadonlyMap<string, CalendarEvent | undefined>;
  /** … although it lives, outside the window. */
  readonly outside: ReadonlyMap<string, CalendarEvent>;
}

function desiredState(
  changes: readonly EventChange[],
  stored: readonly StoredMark[],
  window: SyncWindow,
): DesiredState {
  const wanted = new Map<string, CalendarEvent | undefined>();
  const outside = new Map<string, CalendarEvent>();
  // Indexed, because a page may hold thousands of deletes, and each of them may be meant for a series.
  const storedIn = idsBySeries(stored);
  const toldIn = idsBySeries([]);
  const dropSeries = (seriesId: string, keep: readonly string[] = []): void => {
    const ids = new Set(storedIn.of(seriesId));
    for (const id of toldIn.of(seriesId)) if (wanted.get(id)?.recurringEventId === seriesId) ids.add(id);
    for (const id of keep) ids.delete(id);
    for (const id of ids) wanted.set(id, undefined);
  };
  const want = (event: CalendarEvent): void => {
    const isInside = isWithin(event, window);
    wanted.set(event.providerEventId, isInside ? event : undefined);
    if (!isInside) outside.set(event.providerEventId, event);
    toldIn.add(event);
  };
  for (const change of changes) {
    switch (change.type) {
      case 'upsert':
        want(change.event);
        break;
      case 'delete':
        if (change.alone !== true) dropSeries(change.providerEventId);
        wanted.set(change.providerEventId, undefined);
        outside.delete(change.providerEventId);
        break;
      case 'series':
        dropSeries(change.recurringEventId, change.keep);
        change.events.forEach(want);
        break;
    }
  }
  return { wanted, outside };
}

type Member = Pick<StoredMark, 'providerEventId' | 'recurringEventId'>;

function idsBySeries(entries: readonly Member[]) {
  const series = new Map<string, Set<string>>();
  const add = ({ providerEventId, recurringEventId }: Member): void => {
    if (recurringEventId === undefined) return;
    const ids = series.get(recurringEventId);
    if (ids === undefined) series.set(recurringEventId, new Set([providerEventId]));
    else ids.add(providerEventId);
  };
  entries.forEach(add);
  return { add, of: (seriesId: string): Iterable<string> => series.get(seriesId) ?? [] };
}

/** Whether an entry overlaps the window; one of no length counts by where it stands. */
export function isWithin(event: Interval, window: SyncWindow): boolean {
  if (event.start >= window.end) return false;
  return event.end > window.start || event.start >= window.start;
}

/** Another run has taken over the connection: whoever gets this stops at once and writes nothing more (I5). */
export class LostTurnError extends Error {
  /** `id`: of the connection or the interview. */
  constructor(id: string, run: number) {
    super(`run ${run} of ${id} has lost its turn to another`);
    this.name = 'LostTurnError';
  }
}
