import type { Graph } from './client.ts';
import { isBadRequest, isItemGone } from './failures.ts';
import type { GraphEvent } from './graph-event.ts';
import { objectAt, textAt } from './json.ts';

/** One event or series master; undefined where it does not exist (any more). */
export function getEvent(graph: Graph, id: string): Promise<GraphEvent | undefined> {
  return unlessGone(() => graph.get('events.get', eventPath(id)));
}

/** The same, with the calendar in which it lies, as far as Graph tells, and with what else is to be expanded. */
export function getWithCalendar(
  graph: Graph,
  id: string,
  ...expanded: readonly string[]
): Promise<GraphEvent | undefined> {
  const get = (parts: readonly string[]): Promise<GraphEvent> =>
    graph.get('events.get', `${eventPath(id)}${parts.length === 0 ? '' : `?$expand=${parts.join(',')}`}`);
  return unlessGone(async () => {
    try {
      return await get(['calendar($select=id)', ...expanded]);
    } catch (error) {
      // Without the calendar, then.
      if (isBadRequest(error)) return get(expanded);
      throw error;
    }
  });
}

export function calendarIdOf(event: GraphEvent): string | undefined {
  return textAt(objectAt(event.calendar).id);
}

async function unlessGone<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (isItemGone(error)) return undefined;
    throw error;
  }
}

export function eventPath(id: string): `/${string}` {
  return `/me/events/${encodeURIComponent(id)}`;
}

export function calendarPath(id: string): `/${string}` {
  return `/me/calendars/${encodeURIComponent(id)}`;
}
