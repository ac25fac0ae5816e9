import { ianaZoneOf } from '../../domain/zone.ts';
import type { Access, ProviderCalendar } from '../provider.ts';
import type { GoogleClient } from './client.ts';
import { malformed } from './failures.ts';
import { listOf, objectOf, textOf } from './wire.ts';

const attempt = { operation: 'calendarList.list' };

const fields =
  'nextPageToken,items(id,summary,summaryOverride,timeZone,accessRole,primary,deleted,backgroundColor,dataOwner)';

/**
 * developers.google.com/workspace/calendar/api/v3/reference/calendarList/list. Calendars that the user hid from their
 * own list stay out of ours.
 */
export async function listCalendars(client: GoogleClient, access: Access): Promise<ProviderCalendar[]> {
  const calendars = new Map<string, ProviderCalendar>();
  const seenTokens = new Set<string>();
  let pageToken: string | undefined;
  do {
    const at = pageToken === undefined ? {} : { pageToken };
    const page = await client.call(attempt, access, (api, options) =>
      api.calendarList.list({ maxResults: 250, fields, ...at }, options),
    );
    for (const calendar of readEntries(page['items'], access)) {
      calendars.set(calendar.providerCalendarId, calendar);
    }
    pageToken = textOf(page['nextPageToken']);
    if (pageToken !== undefined && seenTokens.has(pageToken)) throw malformed(attempt, 'pages in a circle');
    if (pageToken !== undefined) seenTokens.add(pageToken);
  } while (pageToken !== undefined);
  return [...calendars.values()];
}

function readEntries(items: unknown, access: Access): ProviderCalendar[] {
  const entries = listOf(items);
  if (entries === undefined) throw malformed(attempt, 'no list of calendars');
  return entries
    .filter((entry) => objectOf(entry)['deleted'] !== true)
    .map((entry) => readEntry(entry, access));
}

/** A list with a hole in it would make the calendar look gone, so an unreadable entry fails the whole listing. */
function readEntry(entry: unknown, access: Access): ProviderCalendar {
  const fieldsOf = objectOf(entry);
  const id = textOf(fieldsOf['id']);
  if (id === undefined) throw malformed(attempt, 'a calendar without id');
  const role = textOf(fieldsOf['accessRole']);
  const primary = fieldsOf['primary'] === true;
  const color = textOf(fieldsOf['backgroundColor']);
  return {
    providerCalendarId: id,
    name: textOf(fieldsOf['summaryOverride']) ?? textOf(fieldsOf['summary']) ?? id,
    timeZone: ianaZoneOf(textOf(fieldsOf['timeZone']) ?? ''),
    primary,
    canWrite: role !== undefined && writingRoles.has(role),
    color: color !== undefined && /^#[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : undefined,
    owned: primary || (role === 'owner' && isOwnData(textOf(fieldsOf['dataOwner']), access.email)),
  };
}

const writingRoles: ReadonlySet<string> = new Set(['owner', 'writer', 'writerWithoutPrivateAccess']);

/** Somebody else's calendar can be shared with the role `owner`; `dataOwner` tells whose it is. */
function isOwnData(dataOwner: string | undefined, email: string): boolean {
  return dataOwner === undefined || dataOwner.toLowerCase() === email.toLowerCase();
}
