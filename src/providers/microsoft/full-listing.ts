import type { Graph } from './client.ts';
import type { Listing } from './events.ts';
import {
  completed,
  idOf,
  isCancelled,
  isThin,
  roleOf,
  seriesIdOf,
  seriesPart,
  versionOf,
  type GraphEvent,
} from './graph-event.ts';
import { createNamedIds } from './named-ids.ts';
import type { NormaliseContext } from './normalise.ts';
import { createCollector, type Collector } from './readings.ts';
import { getEvent } from './series.ts';

/** What is kept of a series, so that its thin occurrences can be completed when they come by. */
interface KnownSeries {
  readonly version: string | undefined;
  readonly part: GraphEvent;
}

/**
 * The first round of a calendar: everything in the window. Memory grows with the number of series only; an occurrence
 * does not wait for a master that may come on a later page, its master is asked for instead, once.
 *
 * It names what lives. What it has named and what changes before the round is over is taken back by a `delete`, or by
 * the series being read anew: delta tells of it now and never again.
 */
export function createFullListing(graph: Graph, context: NormaliseContext): Listing {
  /** Null: gone. */
  const seriesById = new Map<string, KnownSeries | null>();
  const unsettled = new Set<string>();
  const removed = new Set<string>();
  const named = createNamedIds();

  /** Masters first, because within a page too they may come after their occurrences. */
  function noteSeries(item: GraphEvent): void {
    const id = idOf(item);
    const role = roleOf(item);
    if (id === undefined) return;
    if (role === 'removed') {
      removed.add(id);
      seriesById.delete(id);
    }
    if (role === 'master') noteMaster(id, item);
  }

  function noteMaster(id: string, master: GraphEvent): void {
    const known = seriesById.get(id);
    const version = versionOf(master);
    const toldBefore = known === null || named.mayHave(id);
    if (toldBefore && (known?.version !== version || version === undefined)) unsettled.add(id);
    seriesById.set(id, { version, part: seriesPart(master) });
  }

  async function seriesOf(id: string): Promise<GraphEvent | undefined> {
    if (!seriesById.has(id)) {
      const master = await getEvent(graph, id);
      seriesById.set(
        id,
        master === undefined ? null : { version: versionOf(master), part: seriesPart(master) },
      );
    }
    return seriesById.get(id)?.part;
  }

  async function readItem(item: GraphEvent, page: Collector): Promise<void> {
    const id = idOf(item);
    if (id === undefined) return page.unreadable('(none)', 'it has no id');
    switch (roleOf(item)) {
      case 'removed':
        return takeBack(id, page);
      case 'master':
        return undefined;
      case 'occurrence':
        return readOccurrence(id, item, page);
      case 'exception':
        return name(id, item, page);
      case 'single':
        // A series of which a single event was made meanwhile.
        if (seriesById.delete(id)) takeBack(id, page);
        return name(id, item, page);
    }
  }

  async function readOccurrence(id: string, item: GraphEvent, page: Collector): Promise<void> {
    if (!isThin(item)) return name(id, item, page);
    const seriesId = seriesIdOf(item);
    if (seriesId === undefined) return page.unreadable(id, 'it does not name its series');
    const series = await seriesOf(seriesId);
    // A series that was deleted while we read it takes this occurrence along.
    if (series === undefined) return takeBack(id, page);
    return name(id, completed(item, series), page);
  }

  function name(id: string, item: GraphEvent, page: Collector): void {
    if (isCancelled(item)) return takeBack(id, page);
    named.add(id);
    const seriesId = seriesIdOf(item);
    if (seriesId !== undefined) named.add(seriesId);
    // A member of a series that was said to be gone: only a fresh reading can tell who is right.
    if (seriesId !== undefined && removed.has(seriesId)) unsettled.add(seriesId);
    page.upsert(item);
  }

  function takeBack(id: string, page: Collector): void {
    if (named.mayHave(id)) page.delete(id);
  }

  return {
    read: async (items) => {
      const page = createCollector(context);
      items.forEach(noteSeries);
      for (const item of items) await readItem(item, page);
      return page.readings;
    },
    unsettledSeries: () => unsettled,
  };
}
