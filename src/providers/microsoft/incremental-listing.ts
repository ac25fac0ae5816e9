import { withoutId } from '../../domain/sync.ts';
import type { Listing } from './events.ts';
import { idOf, isCancelled, roleOf, seriesIdOf, type GraphEvent } from './graph-event.ts';
import type { NormaliseContext } from './normalise.ts';
import { createCollector, type Collector } from './readings.ts';

type HeldSeries = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

/**
 * A round of changes. Single events and removals are told as they come. A series is not: its cancelled occurrences
 * leave no trace, so whatever is said of any of its members, a removal too, only marks it, and it is read anew after the
 * round. That reading has the last word, also over a removal. Of a series that is held, a removal is told after that reading only:
 * Graph says `@removed` also of what was changed outside of the window, where the master of a living series can lie.
 */
export function createIncrementalListing(context: NormaliseContext, heldSeries: HeldSeries): Listing {
  const touched = new Set<string>();
  const doubted = new Set<string>();

  function readItem(item: GraphEvent, page: Collector): void {
    const id = idOf(item);
    if (id === undefined) return page.unreadable(withoutId, 'it has no id');
    switch (roleOf(item)) {
      case 'removed':
        // Often something that we never had, because it lies outside the window.
        return doubted.has(id) ? undefined : page.delete(id);
      case 'master':
        touched.add(id);
        return undefined;
      case 'occurrence':
      case 'exception':
        return readMember(id, item, page);
      case 'single':
        return readSingle(id, item, page);
    }
  }

  function readMember(id: string, item: GraphEvent, page: Collector): void {
    const seriesId = seriesIdOf(item);
    if (seriesId === undefined) return page.unreadable(id, 'it does not name its series');
    touched.add(seriesId);
  }

  function readSingle(id: string, item: GraphEvent, page: Collector): void {
    if (isCancelled(item)) return page.delete(id);
    // It may have been a series until now, under the same id.
    page.series(id, []);
    page.upsert(item);
  }

  return {
    read: async (items) => {
      const removed = items.filter((item) => roleOf(item) === 'removed').flatMap((item) => idOf(item) ?? []);
      for (const id of removed.length === 0 ? [] : await heldSeries(removed)) {
        touched.add(id);
        if (removed.includes(id)) doubted.add(id);
      }
      const page = createCollector(context);
      for (const item of items) readItem(item, page);
      return page.readings;
    },
    unsettledSeries: () => touched,
    isDoubted: (id) => doubted.has(id),
  };
}
