import type { Drift } from '../../src/domain/audit.ts';
import { touchedBy, type FingerprintedEvent, type StoredMark } from '../../src/domain/sync.ts';
import type { EventPage } from '../../src/providers/provider.ts';

/** Entries, and the series of which they are occurrences. */
type Entries = Map<string, string | undefined>;

/** Where the store was not as a listing says. */
export type Differences = Readonly<Record<keyof Drift, Entries>>;

export function noDifferences(): Differences {
  return { missing: new Map(), extra: new Map(), different: new Map() };
}

/** What was written, beside what was stored of it before. */
export function noteWritten(
  { missing, different }: Differences,
  upserts: readonly FingerprintedEvent[],
  stored: readonly StoredMark[],
): void {
  const known = new Set(stored.map(({ providerEventId }) => providerEventId));
  for (const { event } of upserts) {
    const { providerEventId: id, recurringEventId } = event;
    if (!known.has(id)) missing.set(id, recurringEventId);
    else if (!missing.has(id)) different.set(id, recurringEventId);
  }
}

/** What is stored and was not listed. */
export function noteUnlisted({ extra }: Differences, marks: readonly StoredMark[]): void {
  for (const { providerEventId, recurringEventId } of marks) extra.set(providerEventId, recurringEventId);
}

/**
 * Takes out whatever a page speaks of. What it says of a series goes for all occurrences: a cancelled one may be
 * missing from the series as it is now, and those of a deleted one may not be named at all.
 */
export function forgetTold(differences: Differences, { changes, unreadable }: EventPage): void {
  const told = touchedBy(changes);
  const ids = new Set([...told.ids, ...unreadable.map(({ providerEventId }) => providerEventId)]);
  const seriesIds = new Set(told.seriesIds);
  for (const entries of Object.values(differences)) {
    for (const [id, seriesId] of entries) {
      if (ids.has(id) || (seriesId !== undefined && seriesIds.has(seriesId))) entries.delete(id);
    }
  }
}

export function driftOf({ missing, extra, different }: Differences): Drift {
  return { missing: missing.size, extra: extra.size, different: different.size };
}
