import type { calendar_v3 } from '@googleapis/calendar';

import { ianaZoneOf } from '../../domain/zone.ts';
import type { Access } from '../provider.ts';
import type { GoogleClient } from './client.ts';
import { nextPage } from './events.ts';
import { malformed, type Attempt } from './failures.ts';
import { listOf, objectOf, textOf, type JsonObject } from './wire.ts';
import { isEventMissing } from './write-failures.ts';

const fields =
  'id,iCalUID,etag,status,created,summary,description,location,start,end,visibility,attendees,attendeesOmitted,' +
  'hangoutLink,conferenceData(createRequest,entryPoints(entryPointType,uri),conferenceSolution(key)),htmlLink';

/** Who of those who are asked is mailed. */
export type SendUpdates = 'all' | 'none';

/** The requests about single events of one calendar, and what has to be known of that calendar. Judges nothing. */
export type EventCalls = ReturnType<typeof eventCalls>;

export function eventCalls(client: GoogleClient, access: Access, calendarId: string) {
  const attemptOf = (operation: string, eventId?: string): Attempt => ({ operation, calendarId, eventId });

  const get = async (eventId: string): Promise<JsonObject | undefined> => {
    try {
      return await client.call(attemptOf('events.get', eventId), access, (api, options) =>
        api.events.get({ calendarId, eventId, fields }, options),
      );
    } catch (error) {
      if (isEventMissing(error)) return undefined;
      throw error;
    }
  };

  const insert = (requestBody: calendar_v3.Schema$Event, sendUpdates: SendUpdates): Promise<JsonObject> =>
    client.call(attemptOf('events.insert'), access, (api, options) =>
      api.events.insert({ calendarId, requestBody, sendUpdates, conferenceDataVersion: 1, fields }, options),
    );

  /** `etag`: of the version that the patch was made for; any other is refused. */
  const patch = (
    { eventId, etag }: { readonly eventId: string; readonly etag: string },
    requestBody: calendar_v3.Schema$Event,
    sendUpdates: SendUpdates,
  ): Promise<JsonObject> =>
    client.call(attemptOf('events.patch', eventId), access, (api, options) =>
      api.events.patch(
        { calendarId, eventId, requestBody, sendUpdates, conferenceDataVersion: 1, fields },
        { ...options, headers: { ...options.headers, 'if-match': etag } },
      ),
    );

  /** One that is gone already is success. */
  const remove = async (eventId: string, sendUpdates: SendUpdates): Promise<void> => {
    try {
      await client.command(attemptOf('events.delete', eventId), access, (api, options) =>
        api.events.delete({ calendarId, eventId, sendUpdates }, options),
      );
    } catch (error) {
      if (!isEventMissing(error)) throw error;
    }
  };

  /** The living events that bear this private property, `name=value`. */
  const marked = async (privateExtendedProperty: string): Promise<JsonObject[]> => {
    const attempt = attemptOf('events.list');
    const parameters = {
      calendarId,
      privateExtendedProperty: [privateExtendedProperty],
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
  };

  /** The zone of its days, and whether a Meet link can be asked for in it. */
  const calendar = async (): Promise<{ readonly zone: string; readonly hasMeet: boolean }> => {
    const shown = await client.call(attemptOf('calendars.get'), access, (api, options) =>
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
  };

  return { attemptOf, get, insert, patch, remove, marked, calendar };
}
