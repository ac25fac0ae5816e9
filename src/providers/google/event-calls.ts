import type { calendar_v3 } from '@googleapis/calendar';

import { ianaZoneOf } from '../../domain/zone.ts';
import type { Access } from '../provider.ts';
import type { GoogleClient } from './client.ts';
import { nextPage } from './events.ts';
import { malformed, type Attempt } from './failures.ts';
import { listOf, objectOf, textOf, type JsonObject } from './wire.ts';
import { isEventMissing } from './write-failures.ts';

type WireEvent = calendar_v3.Schema$Event;

/** Who of those who are asked is mailed. */
export type SendUpdates = 'all' | 'none';

/** The requests about single events of one calendar, and what has to be known of that calendar. */
export interface EventCalls {
  attemptOf(operation: string, eventId?: string): Attempt;
  /** Undefined where Google does not know it; one that was taken out is there, as `cancelled`. */
  get(eventId: string): Promise<JsonObject | undefined>;
  insert(event: WireEvent, sendUpdates: SendUpdates): Promise<JsonObject>;
  /** `etag`: of the version that the patch was made for; any other is refused. */
  patch(
    target: { readonly eventId: string; readonly etag: string },
    patch: WireEvent,
    sendUpdates: SendUpdates,
  ): Promise<JsonObject>;
  /** One that is gone already is success. With an `etag`, any other version is refused. */
  remove(eventId: string, sendUpdates: SendUpdates, etag?: string): Promise<void>;
  /** The living events that bear this private property, `name=value`. */
  marked(property: string): Promise<JsonObject[]>;
  /** The zone of its days, and whether a Meet link can be asked for in it. */
  calendar(): Promise<{ readonly zone: string; readonly hasMeet: boolean }>;
}

interface Place {
  readonly client: GoogleClient;
  readonly access: Access;
  readonly calendarId: string;
}

export function eventCalls(client: GoogleClient, access: Access, calendarId: string): EventCalls {
  const place = { client, access, calendarId };
  const attemptOf = (operation: string, eventId?: string): Attempt => ({ operation, calendarId, eventId });
  return {
    attemptOf,
    get: (eventId) => unlessMissing(getEvent(place, eventId)),
    insert: (requestBody, sendUpdates) =>
      client.call(attemptOf('events.insert', requestBody.id ?? undefined), access, (api, options) =>
        api.events.insert({ calendarId, requestBody, sendUpdates, ...whole }, options),
      ),
    patch: ({ eventId, etag }, requestBody, sendUpdates) =>
      client.call(attemptOf('events.patch', eventId), access, (api, options) =>
        api.events.patch({ calendarId, eventId, requestBody, sendUpdates, ...whole }, onlyAs(etag, options)),
      ),
    remove: (eventId, sendUpdates, etag) =>
      unlessMissing(
        client.command(attemptOf('events.delete', eventId), access, (api, options) =>
          api.events.delete({ calendarId, eventId, sendUpdates }, onlyAs(etag, options)),
        ),
      ),
    marked: (property) => listMarked(place, property),
    calendar: () => getCalendar(place),
  };
}

const fields =
  'id,iCalUID,etag,status,created,summary,description,location,start,end,visibility,attendees,attendeesOmitted,' +
  'extendedProperties/private,hangoutLink,conferenceData(createRequest,entryPoints(entryPointType,uri),conferenceSolution(key)),htmlLink';

/** Without the version, Google takes no notice of conferences in what is written. */
const whole = { conferenceDataVersion: 1, fields };

function onlyAs<O extends { readonly headers?: object }>(etag: string | undefined, options: O): O {
  return etag === undefined ? options : { ...options, headers: { ...options.headers, 'if-match': etag } };
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!isEventMissing(error)) throw error;
    return undefined;
  }
}

function getEvent({ client, access, calendarId }: Place, eventId: string): Promise<JsonObject> {
  return client.call({ operation: 'events.get', calendarId, eventId }, access, (api, options) =>
    api.events.get({ calendarId, eventId, fields }, options),
  );
}

async function listMarked({ client, access, calendarId }: Place, property: string): Promise<JsonObject[]> {
  const attempt = { operation: 'events.list', calendarId };
  const parameters = {
    calendarId,
    privateExtendedProperty: [property],
    fields: `nextPageToken,items(${fields})`,
  };
  const found: JsonObject[] = [];
  const seenTokens = new Set<string>();
  let pageToken: string | undefined;
  do {
    const at = pageToken === undefined ? {} : { pageToken };
    const page = await client.call(attempt, access, (api, options) =>
      api.events.list({ ...parameters, ...at }, options),
    );
    const items = listOf(page['items']);
    if (items === undefined) throw malformed(attempt, 'no list of events');
    found.push(...items.map(objectOf));
    pageToken = nextPage(attempt, page, seenTokens);
  } while (pageToken !== undefined);
  return found;
}

async function getCalendar({ client, access, calendarId }: Place): ReturnType<EventCalls['calendar']> {
  const shown = await client.call({ operation: 'calendars.get', calendarId }, access, (api, options) =>
    api.calendars.get(
      { calendarId, fields: 'timeZone,conferenceProperties(allowedConferenceSolutionTypes)' },
      options,
    ),
  );
  const types = listOf(objectOf(shown['conferenceProperties'])['allowedConferenceSolutionTypes']) ?? [];
  return {
    zone: ianaZoneOf(textOf(shown['timeZone']) ?? '') ?? 'UTC',
    hasMeet: types.includes('hangoutsMeet'),
  };
}
