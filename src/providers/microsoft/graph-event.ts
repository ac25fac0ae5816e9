import { isObject, objectAt, textAt, type JsonObject } from './json.ts';

/** An event as Graph writes it; what is in it is read field by field in `normalise.ts`. */
export type GraphEvent = JsonObject;

export type EventRole = 'removed' | 'master' | 'occurrence' | 'exception' | 'single';

/**
 * What an item of a listing is. An occurrence follows its series in everything; an exception is one that was changed
 * by itself and speaks for itself.
 */
export function roleOf(item: GraphEvent): EventRole {
  if (item['@removed'] !== undefined) return 'removed';
  if (item.type === 'seriesMaster') return 'master';
  if (item.type === 'occurrence' || item.type === 'exception') return item.type;
  if (item.type === 'singleInstance') return 'single';
  // `type` is nullable in the contract.
  if (seriesIdOf(item) !== undefined) return isThin(item) ? 'occurrence' : 'exception';
  return isObject(item.recurrence) ? 'master' : 'single';
}

export function idOf(item: GraphEvent): string | undefined {
  return textAt(item.id);
}

export function seriesIdOf(item: GraphEvent): string | undefined {
  return textAt(item.seriesMasterId);
}

/** The organizer called it off; the attendee's copy is still there. */
export function isCancelled(item: GraphEvent): boolean {
  return item.isCancelled === true;
}

export function versionOf(item: GraphEvent): string | undefined {
  return textAt(item['@odata.etag']) ?? textAt(item.changeKey);
}

/** Delta gives of an occurrence only these: who it is, and when. */
export function isThin(item: GraphEvent): boolean {
  return item.subject === undefined && item.showAs === undefined && item.isAllDay === undefined;
}

/** What an occurrence has from its series: everything but what makes it this one. */
const inherited = [
  'subject',
  'body',
  'bodyPreview',
  'location',
  'isAllDay',
  'isCancelled',
  'showAs',
  'sensitivity',
  'isOrganizer',
  'organizer',
  'attendees',
  'responseStatus',
  'onlineMeeting',
  'onlineMeetingUrl',
  'originalStartTimeZone',
] as const;

/** The part of a master that is worth keeping while its occurrences come by. */
export function seriesPart(master: GraphEvent): GraphEvent {
  return Object.fromEntries(inherited.map((key) => [key, master[key]]));
}

/** A thin occurrence as Graph would write it in full. A full one is given back as it is. */
export function completed(occurrence: GraphEvent, series: GraphEvent): GraphEvent {
  return isThin(occurrence) ? { ...series, ...occurrence } : occurrence;
}

/** `emailAddress` of an attendee or organizer. */
export function addressOf(recipient: unknown): { email: string | undefined; name: string | undefined } {
  const { address, name } = objectAt(objectAt(recipient).emailAddress);
  return { email: textAt(address), name: textAt(name) };
}
