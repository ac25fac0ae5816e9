import { withoutId, type SyncWindow } from '../../domain/sync.ts';
import { pagesOf, type Graph } from './client.ts';
import { isBadRequest, isItemGone } from './failures.ts';
import { isCancelled, roleOf, seriesIdOf, type GraphEvent } from './graph-event.ts';
import type { NormaliseContext } from './normalise.ts';
import { createCollector, type Readings } from './readings.ts';
import { calendarIdOf, eventPath, getEvent, getWithCalendar } from './single-event.ts';

export interface SeriesQuery {
  readonly window: SyncWindow;
  readonly providerCalendarId: string;
  readonly context: NormaliseContext;
}

/**
 * A series as it is now, over the window: one `series` change with all its living occurrences, which keeps those that
 * cannot be read. Before it goes a `delete` of the id itself, which stood for a single event if somebody has just made
 * a series of it. A series that is gone is only the `delete`. Where an occurrence has no id, nothing is said of those
 * that are missing: it may be any of them.
 */
export async function readSeries(graph: Graph, seriesId: string, query: SeriesQuery): Promise<Readings> {
  const occurrences = createCollector(query.context);
  try {
    const instances = await instancesOf(graph, seriesId, query.window);
    instances.filter((instance) => !isCancelled(instance)).forEach(occurrences.upsert);
  } catch (error) {
    if (isItemGone(error)) return onlyDeleted(seriesId, query);
    if (isBadRequest(error)) return readAsSingle(graph, seriesId, query, error);
    throw error;
  }
  const { changes, unreadable } = occurrences.readings;
  const keep = unreadable.map(({ providerEventId }) => providerEventId);
  if (keep.includes(withoutId)) return occurrences.readings;
  const whole = createCollector(query.context);
  whole.delete(seriesId, 'alone');
  const events = changes.flatMap((change) => (change.type === 'upsert' ? [change.event] : []));
  whole.series(seriesId, events, keep);
  return both(whole.readings, { changes: [], unreadable });
}

/**
 * A series of which Graph said `@removed`. That may mean that it is gone; that it was moved to another calendar, where
 * it goes on living under the same immutable id; or only that its master, which has the times of the first occurrence,
 * lies outside of the window, whatever its occurrences do. So Graph is asked before anything of it is taken away. Of a
 * single occurrence, Graph's word stands, and its series is read: there may be nothing else to tell that it changed.
 */
export async function readDoubtedSeries(graph: Graph, id: string, query: SeriesQuery): Promise<Readings> {
  const event = await getWithCalendar(graph, id);
  if (event === undefined || livesElsewhere(event, query)) return onlyDeleted(id, query);
  const seriesId = seriesIdOf(event);
  if (seriesId !== undefined) return both(onlyDeleted(id, query), await readSeries(graph, seriesId, query));
  return roleOf(event) === 'single' ? onlyThis(event, id, query) : readSeries(graph, id, query);
}

/** Where Graph does not tell, what is there counts: wrongly busy is better than wrongly free. */
function livesElsewhere(event: GraphEvent, { providerCalendarId }: SeriesQuery): boolean {
  const calendarId = calendarIdOf(event);
  return calendarId !== undefined && calendarId !== providerCalendarId;
}

async function instancesOf(graph: Graph, seriesId: string, window: SyncWindow): Promise<GraphEvent[]> {
  const instances: GraphEvent[] = [];
  const path = `${eventPath(seriesId)}/instances?${windowParameters(window)}&$top=100`;
  for await (const { items } of pagesOf(graph, 'events.instances', path)) instances.push(...items);
  return instances;
}

/** Graph refuses to list the occurrences of an event that is a series no more; any other `refusal` stands. */
async function readAsSingle(
  graph: Graph,
  id: string,
  query: SeriesQuery,
  refusal: unknown,
): Promise<Readings> {
  const event = await getEvent(graph, id);
  if (event === undefined) return onlyDeleted(id, query);
  if (roleOf(event) !== 'single') throw refusal;
  return onlyThis(event, id, query);
}

/** A single event, of which nothing is left of the series that it may have been. */
function onlyThis(event: GraphEvent, id: string, query: SeriesQuery): Readings {
  const page = createCollector(query.context);
  page.delete(id);
  if (!isCancelled(event)) page.upsert(event);
  return page.readings;
}

function onlyDeleted(id: string, { context }: SeriesQuery): Readings {
  const page = createCollector(context);
  page.delete(id);
  return page.readings;
}

function both(first: Readings, second: Readings): Readings {
  return {
    changes: [...first.changes, ...second.changes],
    unreadable: [...first.unreadable, ...second.unreadable],
  };
}

export function windowParameters({ start, end }: SyncWindow): string {
  return `startDateTime=${start.toISOString()}&endDateTime=${end.toISOString()}`;
}
