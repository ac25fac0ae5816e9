import type { Access, EventPage, EventQuery } from '../provider.ts';
import { getPage, pagesOf, type Graph, type Page } from './client.ts';
import { cursorFailure, isBadRequest, malformedAnswer } from './failures.ts';
import { createFullListing } from './full-listing.ts';
import type { GraphEvent } from './graph-event.ts';
import { createIncrementalListing } from './incremental-listing.ts';
import type { Readings } from './readings.ts';
import { readDoubtedSeries, readSeries, windowParameters, type SeriesQuery } from './series.ts';

/** One round of a calendar's delta, item by item; the end of the round needs what came before it. */
export interface Listing {
  /** What the items of one page say, in their order. */
  read(items: readonly GraphEvent[]): Promise<Readings>;
  /** The series that have to be read anew once the round is over, by the ids of their masters. */
  unsettledSeries(): Iterable<string>;
  /** Whether the round said that this series is removed: see `readDoubtedSeries`. */
  isDoubted(seriesId: string): boolean;
}

/** Changes when a cursor of the version before must not be continued. */
const cursorVersion = 'm1:';

/**
 * https://learn.microsoft.com/graph/delta-query-events. The window is fixed in the cursor. What series have to say is
 * said last, from a fresh reading: a round tells of their occurrences in part and in any order.
 */
export async function* listEvents(
  graph: Graph,
  access: Pick<Access, 'email'>,
  query: EventQuery,
): AsyncGenerator<EventPage> {
  const context = { timeZone: query.timeZone, email: access.email };
  const { window, providerCalendarId, heldSeries = all } = query;
  const series: SeriesQuery = { window, providerCalendarId, context };
  const listing =
    query.cursor === null ? createFullListing(graph, context) : createIncrementalListing(context, heldSeries);
  for await (const { items, deltaLink } of roundOf(graph, firstAddress(graph, query))) {
    const readings = await listing.read(items);
    if (deltaLink === undefined) yield { ...readings, cursor: null };
    else yield* lastPages(graph, series, readings, listing, deltaLink);
  }
}

function all(ids: readonly string[]): Promise<ReadonlySet<string>> {
  return Promise.resolve(new Set(ids));
}

/** Holds each page until it is known whether another follows: only the last carries the cursor. */
async function* lastPages(
  graph: Graph,
  query: SeriesQuery,
  readings: Readings,
  listing: Listing,
  deltaLink: string,
): AsyncGenerator<EventPage> {
  let held = readings;
  for (const seriesId of listing.unsettledSeries()) {
    yield { ...held, cursor: null };
    const read = listing.isDoubted(seriesId) ? readDoubtedSeries : readSeries;
    held = await read(graph, seriesId, query);
  }
  yield { ...held, cursor: `${cursorVersion}${deltaLink}` };
}

function firstAddress(graph: Graph, { cursor, providerCalendarId, window }: EventQuery): string {
  if (cursor === null) {
    const calendar = `/me/calendars/${encodeURIComponent(providerCalendarId)}`;
    return `${calendar}/calendarView/delta?${windowParameters(window)}`;
  }
  if (!cursor.startsWith(cursorVersion)) throw cursorFailure('it was made by another version');
  const deltaLink = cursor.slice(cursorVersion.length);
  if (!graph.isOwn(deltaLink)) throw cursorFailure('it belongs to another Graph endpoint');
  return deltaLink;
}

interface RoundPage {
  readonly items: readonly GraphEvent[];
  /** On the last page only. */
  readonly deltaLink: string | undefined;
}

/** An empty page is not the end; only a delta link is. */
async function* roundOf(graph: Graph, firstPage: string): AsyncGenerator<RoundPage> {
  const pages = pagesOf(graph, 'events.list', firstPage, getRoundPage);
  for await (const { items, nextLink, deltaLink } of pages) {
    if (nextLink === undefined && deltaLink === undefined) {
      throw malformedAnswer('events.list', 'a page that has neither a next page nor a delta link');
    }
    yield { items, deltaLink: nextLink === undefined ? deltaLink : undefined };
  }
}

/** A link is Graph's own writing: where it takes it for a bad request, what it refers to is lost. */
async function getRoundPage(graph: Graph, operation: string, address: string): Promise<Page> {
  try {
    return await getPage(graph, operation, address);
  } catch (error) {
    if (isBadRequest(error) && graph.isOwn(address)) throw cursorFailure('Graph does not know it');
    throw error;
  }
}
