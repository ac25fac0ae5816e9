import type { ConferenceWish } from '../../domain/interview.ts';
import type { Graph } from './client.ts';
import type { GraphEvent } from './graph-event.ts';
import { hasMeeting, meetingOf } from './interview-wire.ts';
import { listAt, textAt, type JsonObject } from './json.ts';
import { calendarPath } from './single-event.ts';
import { refusedUnasked } from './write-failures.ts';

const teams = 'teamsForBusiness';

/**
 * The online meeting provider to ask for; undefined for none. A calendar is only asked what it has where there is to be a
 * meeting: Graph passes over in silence what a calendar does not allow.
 */
export async function meetingFor(
  graph: Graph,
  calendarId: string,
  wish: ConferenceWish,
  operation: string,
): Promise<string | undefined> {
  switch (wish) {
    case 'none':
      return undefined;
    case 'google_meet':
      throw unavailable(operation, 'Outlook makes no Google Meet meetings');
    case 'teams':
      if ((await providersOf(graph, calendarId)).allowed.includes(teams)) return teams;
      throw unavailable(operation, 'the calendar allows no Teams meetings, as those of personal accounts');
    case 'provider_default':
      return (await providersOf(graph, calendarId)).preferred;
  }
}

async function providersOf(
  graph: Graph,
  calendarId: string,
): Promise<{ readonly allowed: readonly string[]; readonly preferred: string | undefined }> {
  const fields = 'allowedOnlineMeetingProviders,defaultOnlineMeetingProvider';
  const calendar = await graph.get('calendars.get', `${calendarPath(calendarId)}?$select=${fields}`);
  const allowed = listAt(calendar.allowedOnlineMeetingProviders).flatMap((name) => textAt(name) ?? []);
  const preferred = textAt(calendar.defaultOnlineMeetingProvider);
  const isOffered = preferred !== undefined && preferred !== 'unknown' && allowed.includes(preferred);
  return { allowed, preferred: isOffered ? preferred : undefined };
}

/** A meeting that is there stays, whatever is written: also where none is wanted any more, for Graph has no way to end it. */
export async function conferencePatch(
  graph: Graph,
  calendarId: string,
  native: GraphEvent,
  wish: ConferenceWish | undefined,
): Promise<JsonObject> {
  const operation = 'events.update';
  if (wish === undefined) return {};
  if (!hasMeeting(native)) return meetingOf(await meetingFor(graph, calendarId, wish, operation));
  const isTeams = native.onlineMeetingProvider === teams;
  if (wish === 'none' || wish === 'provider_default' || (wish === 'teams' && isTeams)) return {};
  throw unavailable(operation, 'the online meeting of an event in Outlook cannot be exchanged for another');
}

function unavailable(operation: string, why: string): Error {
  return refusedUnasked(operation, 'conference_unavailable', why);
}
