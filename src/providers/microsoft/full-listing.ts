import { withoutId } from '../../domain/sync.ts';
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
import { createNamedIds, type NamedIds } from './named-ids.ts';
import type { NormaliseContext } from './normalise.ts';
import { createCollector, type Collector } from './readings.ts';
import { getEvent } from './single-event.ts';

/** What has to be remembered from page to page. */
interface Round {
  readonly graph: Graph;
  /** Null: gone. */
  readonly seriesById: Map<string, KnownSeries | null>;
  /** Of which a member was named. */
  readonly namedSeries: Set<string>;
  /** To be read anew at the end. */
  readonly unsettled: Set<string>;
  readonly removed: Set<string>;
  /** Entries, and the series of which they are part. */
  readonly named: NamedIds;
}

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
 * the series being read anew: delta tells of it now and never again. A series that is said to be removed is asked for.
 */
export function createFullListing(graph: Graph, context: NormaliseContext): Listing {
  const round: Round = {
    graph,
    seriesById: new Map(),
    namedSeries: new Set(),
    unsettled: new Set(),
    removed: new Set(),
    named: createNamedIds(),
  };
  return {
    read: async (items) => {
      const page = createCollector(context);
      // Within a page too, masters may come after their occurrences.
      for (const item of items) noteSeries(round, item);
      for (const item of items) await readItem(round, item, page);
      return page.readings;
    },
    unsettledSeries: () => round.unsettled,
    isDoubted: (id) => round.removed.has(id),
  };
}

function noteSeries(round: Round, item: GraphEvent): void {
  const id = idOf(item);
  const role = roleOf(item);
  if (id === undefined) return;
  if (role === 'removed') {
    round.removed.add(id);
    round.seriesById.delete(id);
  }
  if (role === 'master') noteMaster(round, id, item);
}

function noteMaster({ seriesById, named, unsettled }: Round, id: string, master: GraphEvent): void {
  const former = seriesById.get(id);
  const series = keptOf(master);
  const toldBefore = former === null || named.mayHave(id);
  if (toldBefore && (former?.version !== series.version || series.version === undefined)) unsettled.add(id);
  seriesById.set(id, series);
}

function keptOf(master: GraphEvent): KnownSeries {
  return { version: versionOf(master), part: seriesPart(master) };
}

async function readItem(round: Round, item: GraphEvent, page: Collector): Promise<void> {
  const id = idOf(item);
  if (id === undefined) return page.unreadable(withoutId, 'it has no id');
  switch (roleOf(item)) {
    case 'removed':
      if (round.namedSeries.has(id)) round.unsettled.add(id);
      else takeBack(round, id, page);
      return undefined;
    case 'master':
      return undefined;
    case 'occurrence':
      return readOccurrence(round, id, item, page);
    case 'exception':
      return name(round, id, item, page);
    case 'single':
      // A series of which a single event was made meanwhile.
      if (round.seriesById.delete(id)) takeBack(round, id, page);
      return name(round, id, item, page);
  }
}

async function readOccurrence(round: Round, id: string, item: GraphEvent, page: Collector): Promise<void> {
  if (!isThin(item)) return name(round, id, item, page);
  const seriesId = seriesIdOf(item);
  if (seriesId === undefined) return page.unreadable(id, 'it does not name its series');
  const series = await seriesOf(round, seriesId);
  // A series that was deleted while we read it takes this occurrence along.
  if (series === null) return takeBack(round, id, page);
  return name(round, id, completed(item, series.part), page);
}

async function seriesOf({ graph, seriesById }: Round, id: string): Promise<KnownSeries | null> {
  const known = seriesById.get(id);
  if (known !== undefined) return known;
  const master = await getEvent(graph, id);
  const series = master === undefined ? null : keptOf(master);
  seriesById.set(id, series);
  return series;
}

function name(round: Round, id: string, item: GraphEvent, page: Collector): void {
  if (isCancelled(item)) return takeBack(round, id, page);
  round.named.add(id);
  const seriesId = seriesIdOf(item);
  if (seriesId !== undefined) nameSeries(round, seriesId);
  page.upsert(item);
}

function nameSeries({ named, namedSeries, removed, unsettled }: Round, id: string): void {
  named.add(id);
  namedSeries.add(id);
  // A member of a series that was said to be gone: only a fresh reading can tell who is right.
  if (removed.has(id)) unsettled.add(id);
}

function takeBack({ named }: Round, id: string, page: Collector): void {
  if (named.mayHave(id)) page.delete(id);
}
