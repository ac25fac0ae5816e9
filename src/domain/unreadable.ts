import { touchedBy, withoutId, type EventChange, type UnreadableEvent } from './sync.ts';

/** The entries of one calendar that could not be read. */
export interface UnreadableEntries {
  /** The latest of them, at most twenty. */
  readonly named: readonly UnreadableEvent[];
  /**
   * Of all of them. Exact where all are named; of those that are not it is as of the last full listing, since nobody
   * knows when one of them turns readable. Every entry without an id counts, though they share a name.
   */
  readonly count: number;
}

export const noUnreadable: UnreadableEntries = { named: [], count: 0 };

const namedAtMost = 20;

/** Follows a listing, page by page. What can be read by now, or is gone, is unreadable no more. */
export function unreadableSince(before: UnreadableEntries) {
  const named = new Map(before.named.map((entry) => [entry.providerEventId, entry]));
  let unnamed = before.count - named.size;
  return {
    /** An entry of which the page says both is unreadable. */
    note: (changes: readonly EventChange[], unreadable: readonly UnreadableEvent[]): void => {
      if (named.size > 0) forgetTold(named, changes);
      for (const entry of unreadable) {
        const isKnown = named.delete(entry.providerEventId);
        if (isKnown && entry.providerEventId === withoutId) unnamed += 1;
        named.set(entry.providerEventId, entry);
      }
    },
    now: (): UnreadableEntries => ({
      named: [...named.values()].slice(-namedAtMost),
      count: named.size + unnamed,
    }),
  };
}

function forgetTold(named: Map<string, UnreadableEvent>, changes: readonly EventChange[]): void {
  const told = touchedBy(changes);
  for (const id of told.ids) named.delete(id);
  const series = new Set(told.seriesIds);
  for (const { providerEventId, recurringEventId } of named.values()) {
    if (recurringEventId !== undefined && series.has(recurringEventId)) named.delete(providerEventId);
  }
}
