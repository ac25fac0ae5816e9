import type { EventChange } from '../../domain/sync.ts';
import { ianaZoneOf } from '../../domain/zone.ts';
import type { Access, EventPage, EventQuery } from '../provider.ts';
import type { GoogleClient } from './client.ts';
import { malformed, outdatedCursor, type Attempt } from './failures.ts';
import { readItem } from './normalise.ts';
import { listOf, textOf, type JsonObject } from './wire.ts';

const fields =
  'timeZone,nextPageToken,nextSyncToken,items(id,iCalUID,etag,status,eventType,summary,description,location,' +
  'start,end,transparency,visibility,organizer(email,displayName,self),' +
  'attendees(email,displayName,responseStatus,self,organizer,optional,resource),recurringEventId,' +
  'originalStartTime,hangoutLink,conferenceData(entryPoints(entryPointType,uri)),workingLocationProperties(type))';

/**
 * Everything that has to be the same in all requests of a sync token's life. Raise `cursorVersion` with any change.
 * `showDeleted` stays unset: a full listing then gives the living only, and one from a token reports the dead anyway.
 */
const constantParameters = { singleEvents: true, maxResults: 2500, fields };
const cursorVersion = 'g1';

/** developers.google.com/workspace/calendar/api/guides/sync; the promises are those of `Provider.listEvents`. */
export async function* listEvents(
  client: GoogleClient,
  access: Access,
  query: EventQuery,
): AsyncGenerator<EventPage, void, undefined> {
  const calendarId = query.providerCalendarId;
  const attempt = { operation: 'events.list', calendarId };
  const since = query.cursor === null ? undefined : readCursor(attempt, query.cursor);
  const span = since === undefined ? windowParameters(query) : { syncToken: since.syncToken };
  const seenTokens = new Set<string>();
  const livingSeries = new Set<string>();
  let zone = since?.zone;
  let pageToken: string | undefined;
  do {
    const at = pageToken === undefined ? {} : { pageToken };
    const parameters = { calendarId, ...constantParameters, ...span, ...at };
    const page = await client.call(attempt, access, (api, options) => api.events.list(parameters, options));
    zone = sameZone(attempt, zone, zoneOf(page, query));
    pageToken = nextPage(attempt, page, seenTokens);
    const cursor = pageToken === undefined ? writeCursor(attempt, page, zone) : null;
    yield { ...readItems(attempt, page, zone, livingSeries), cursor };
  } while (pageToken !== undefined);
}

function windowParameters({ window }: EventQuery): { timeMin: string; timeMax: string } {
  return { timeMin: window.start.toISOString(), timeMax: window.end.toISOString() };
}

/** The zone of the calendar's days: as told with the page, else as the calendar list told. Never holds a colon. */
function zoneOf(page: JsonObject, query: EventQuery): string {
  return ianaZoneOf(textOf(page['timeZone']) ?? '') ?? ianaZoneOf(query.timeZone ?? '') ?? 'UTC';
}

function sameZone(attempt: Attempt, before: string | undefined, zone: string): string {
  if (before === undefined || before === zone) return zone;
  throw outdatedCursor(attempt, 'the calendar has moved to another time zone');
}

/** Undefined on the last page. A token that was there before would have us turn for ever. */
export function nextPage(attempt: Attempt, page: JsonObject, seenTokens: Set<string>): string | undefined {
  const pageToken = textOf(page['nextPageToken']);
  if (pageToken === undefined) return undefined;
  if (seenTokens.has(pageToken)) throw malformed(attempt, 'pages in a circle');
  seenTokens.add(pageToken);
  return pageToken;
}

interface Cursor {
  readonly syncToken: string;
  /** The zone in which all-day entries were turned into instants: in another one all of them are wrong. */
  readonly zone: string;
}

function writeCursor(attempt: Attempt, page: JsonObject, zone: string): string {
  const syncToken = textOf(page['nextSyncToken']);
  if (syncToken === undefined) throw malformed(attempt, 'a last page without a sync token');
  return `${cursorVersion}:${zone}:${syncToken}`;
}

function readCursor(attempt: Attempt, cursor: string): Cursor {
  const [, version, zone, syncToken] = /^([^:]*):([^:]*):(.+)$/s.exec(cursor) ?? [];
  if (version !== cursorVersion || zone === undefined || syncToken === undefined) {
    throw outdatedCursor(attempt, 'another version of the query made it');
  }
  return { zone, syncToken };
}

/**
 * `livingSeries`: those of which this listing has named occurrences. One that is called cancelled all the same was a
 * single event until somebody made a series of it, under the same id.
 */
function readItems(
  attempt: Attempt,
  page: JsonObject,
  zone: string,
  livingSeries: Set<string>,
): Omit<EventPage, 'cursor'> {
  const items = listOf(page['items']);
  if (items === undefined) throw malformed(attempt, 'no list of events');
  const changes: EventPage['changes'][number][] = [];
  const unreadable: EventPage['unreadable'][number][] = [];
  for (const item of items) {
    const reading = readItem(item, zone);
    if ('reason' in reading) unreadable.push(reading);
    else changes.push(reading);
    if ('event' in reading && reading.event.recurringEventId !== undefined)
      livingSeries.add(reading.event.recurringEventId);
  }
  return { changes: changes.map((change) => sparingOccurrences(change, livingSeries)), unreadable };
}

function sparingOccurrences(change: EventChange, livingSeries: ReadonlySet<string>): EventChange {
  const goesAlone = change.type === 'delete' && livingSeries.has(change.providerEventId);
  return goesAlone ? { ...change, alone: true } : change;
}
