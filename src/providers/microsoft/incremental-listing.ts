import type { Listing } from './events.ts';
import { idOf, isCancelled, roleOf, seriesIdOf, type GraphEvent } from './graph-event.ts';
import type { NormaliseContext } from './normalise.ts';
import { createCollector, type Collector } from './readings.ts';

/**
 * A round of changes. Single events and removals are told as they come. A series is not: its cancelled occurrences
 * leave no trace, so whatever is said of any of its members only marks it, and it is read anew after the round. That
 * reading has the last word, also over a removal that came before it.
 */
export function createIncrementalListing(context: NormaliseContext): Listing {
  const touched = new Set<string>();

  function readItem(item: GraphEvent, page: Collector): void {
    const id = idOf(item);
    if (id === undefined) return page.unreadable('(none)', 'it has no id');
    switch (roleOf(item)) {
      case 'removed':
        // Often something that we never had, because it lies outside the window.
        return page.delete(id);
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
      const page = createCollector(context);
      for (const item of items) readItem(item, page);
      return page.readings;
    },
    unsettledSeries: () => touched,
  };
}
