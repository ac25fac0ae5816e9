import { pagesOf, type Graph } from './client.ts';
import { isBadRequest, isItemGone } from './failures.ts';
import { isCancelled, versionOf, type GraphEvent } from './graph-event.ts';
import { keyProperty, markProperty } from './interview-wire.ts';
import { textAt, type JsonObject } from './json.ts';
import { calendarIdOf, calendarPath, eventPath, getWithCalendar } from './single-event.ts';
import { eventChanged, isCalendarGone, isRefused } from './write-failures.ts';

/**
 * The event, wherever in the mailbox; undefined where it is in none of its calendars (any more). An id that does not change
 * when an event is moved may outlive its way into the deleted items.
 */
export async function getLiving(
  graph: Graph,
  { providerCalendarId, providerEventId }: { providerCalendarId: string; providerEventId: string },
): Promise<GraphEvent | undefined> {
  const wire = await getWithCalendar(graph, providerEventId, markExpanded);
  if (wire === undefined || isCancelled(wire)) return undefined;
  const calendarId = calendarIdOf(wire);
  const isThere =
    calendarId === undefined || calendarId === providerCalendarId || (await isCalendar(graph, calendarId));
  return isThere ? wire : undefined;
}

/** Own properties come only where they are asked for by name. */
const markExpanded = `singleValueExtendedProperties(${encodeURIComponent(`$filter=id eq '${markProperty}'`)})`;

async function isCalendar(graph: Graph, id: string): Promise<boolean> {
  try {
    await graph.get('calendars.get', `${calendarPath(id)}?$select=id`);
    return true;
  } catch (error) {
    if (isCalendarGone(error) || isBadRequest(error)) return false;
    throw error;
  }
}

export function createEvent(graph: Graph, calendarId: string, body: JsonObject): Promise<GraphEvent> {
  return graph.send('events.create', 'POST', `${calendarPath(calendarId)}/events`, { body });
}

export function patchEvent(graph: Graph, id: string, body: JsonObject, ifMatch: string): Promise<GraphEvent> {
  return graph.send('events.update', 'PATCH', eventPath(id), { body, ifMatch });
}

/** One that is gone already is success. */
export async function deleteEvent(graph: Graph, id: string, ifMatch?: string): Promise<void> {
  await orGone(graph.send('events.delete', 'DELETE', eventPath(id), { ifMatch }));
}

/** Tells everybody who was asked; the same. */
export async function cancelMeeting(graph: Graph, id: string, comment: string | undefined): Promise<void> {
  const body = comment === undefined ? {} : { Comment: comment };
  await orGone(graph.send('events.cancel', 'POST', `${eventPath(id)}/cancel`, { body }));
}

async function orGone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!isItemGone(error)) throw error;
  }
}

/** The body as it is stored, of that version of the event. */
export async function storedBody(graph: Graph, id: string, etag: string): Promise<unknown> {
  const wire = await graph.get('events.get', `${eventPath(id)}?$select=body,changeKey`, { htmlBody: true });
  if (versionOf(wire) !== etag)
    throw eventChanged('events.update', 'the event has changed since it was read');
  return wire.body;
}

/** The events that bear the key: those of this calendar, else of the others into which somebody can have moved one. */
export async function markedEvents(graph: Graph, calendarId: string, key: string): Promise<GraphEvent[]> {
  const here = await markedIn(graph, calendarId, key);
  if (here.length > 0) return here;
  for await (const { items } of pagesOf(
    graph,
    'calendars.list',
    '/me/calendars?$select=id,canEdit&$top=100',
  )) {
    for (const { id, canEdit } of items) {
      const otherId = textAt(id);
      if (otherId === undefined || otherId === calendarId || canEdit !== true) continue;
      const there = await markedIn(graph, otherId, key).catch(noneWhereRefused);
      if (there.length > 0) return there;
    }
  }
  return [];
}

async function markedIn(graph: Graph, calendarId: string, key: string): Promise<GraphEvent[]> {
  const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${keyProperty}' and ep/value eq '${key}')`;
  const path = `${calendarPath(calendarId)}/events?$filter=${encodeURIComponent(filter)}&$expand=${markExpanded}&$top=100`;
  const found: GraphEvent[] = [];
  for await (const { items } of pagesOf(graph, 'events.find', path)) found.push(...items);
  return found;
}

/** Some calendars are listed and do not open. */
function noneWhereRefused(error: unknown): GraphEvent[] {
  if (isRefused(error)) return [];
  throw error;
}
