import { type BodyType, bodyAs } from './body-types.ts';
import {
  type CalendarItem,
  type EventInput,
  type Timing,
  exceptionSource,
  slotTiming,
} from './calendar-item.ts';
import type { Instance } from './calendar-view.ts';
import type { DirectoryUser } from './directory.ts';
import { eventDefaults } from './event-defaults.ts';
import { type EventReference, changeKeyOf, defaultId, iCalUIdOf, immutableId } from './graph-ids.ts';
import type { PatternedRecurrence } from './recurrence-pattern.ts';
import { midnightOf, utcStamp, wallClockAt } from './wall-clock.ts';

/** An event as it goes over the wire. */
export type GraphEvent = Record<string, unknown> & { id: string };

/** Whose eyes it is written for. */
export interface EventReader {
  user: DirectoryUser;
  calendarId: string;
  immutableIds: boolean;
  /** Windows or IANA name of `Prefer: outlook.timezone`. */
  timeZone: string;
  bodyType: BodyType;
}

/** Every property of a single event, an occurrence (with its master's properties) or an exception. */
export function fullEvent(reader: EventReader, { item, slot, exception, timing }: Instance): GraphEvent {
  const source = exception && slot ? exceptionSource(item, slot, exception.changes) : item.source;
  const reference = slot ? { key: item.key, date: slot.date } : { key: item.key };
  const type = exception ? 'exception' : slot ? 'occurrence' : 'singleInstance';
  return {
    ...stamps(reader, item, reference, exception ?? item),
    ...describe(reader, source, reference, timing),
    type,
    seriesMasterId: slot ? idFor(reader, { key: item.key }) : null,
    ...(slot ? { originalStart: utcStamp(slot.start).replace('.0000000', '') } : {}),
    recurrence: null,
  };
}

/** A series master: the times of its first occurrence, and the pattern. */
export function masterEvent(reader: EventReader, item: CalendarItem): GraphEvent {
  const { series } = item;
  if (!series) throw new Error(`event ${item.key} is not a series`);
  const reference = { key: item.key };
  return {
    ...stamps(reader, item, reference, item),
    ...describe(reader, item.source, reference, slotTiming(item.timing, series.slots.first)),
    type: 'seriesMaster',
    seriesMasterId: null,
    recurrence: completeRecurrence(series.recurrence, series.timeZone),
  };
}

/** All that delta says of an ordinary occurrence (fact sheet, section 6). */
export function thinOccurrence(reader: EventReader, { item, slot, timing }: Instance): GraphEvent {
  return {
    '@odata.type': '#microsoft.graph.event',
    '@odata.etag': etagOf(reader, item.revision),
    id: idFor(reader, { key: item.key, ...(slot ? { date: slot.date } : {}) }),
    seriesMasterId: idFor(reader, { key: item.key }),
    type: 'occurrence',
    ...timesOf(reader, timing),
  };
}

export function tombstone(
  reader: EventReader,
  reference: EventReference,
  reason: 'deleted' | 'changed',
): GraphEvent {
  return { '@odata.type': '#microsoft.graph.event', id: idFor(reader, reference), '@removed': { reason } };
}

export function idFor(reader: EventReader, reference: EventReference): string {
  const mailbox = reader.user.oid;
  return reader.immutableIds
    ? immutableId(mailbox, reference)
    : defaultId(mailbox, reader.calendarId, reference);
}

/** An occurrence shares its master's change key; an exception has its own. */
function stamps(
  reader: EventReader,
  item: CalendarItem,
  reference: EventReference,
  version: { revision: number; modifiedAt: number },
): GraphEvent {
  return {
    '@odata.etag': etagOf(reader, version.revision),
    id: idFor(reader, reference),
    createdDateTime: utcStamp(item.createdAt),
    lastModifiedDateTime: utcStamp(version.modifiedAt),
    changeKey: changeKeyOf(reader.user.oid, version.revision),
    iCalUId: iCalUIdOf(reader.user.oid, reference),
    webLink: `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(idFor(reader, reference))}&exvsurl=1&path=/calendar/item`,
  };
}

function etagOf(reader: EventReader, revision: number): string {
  return `W/"${changeKeyOf(reader.user.oid, revision)}"`;
}

function describe(
  reader: EventReader,
  source: EventInput,
  { date }: EventReference,
  timing: Timing,
): Record<string, unknown> {
  const { id: _id, start: _start, end: _end, recurrence: _recurrence, iCalUId, ...rest } = source;
  // Own data comes only with $expand (fact sheet, section 7).
  const { singleValueExtendedProperties: _own, ...given } = rest;
  const properties = { ...eventDefaults(reader.user, source), ...given };
  return {
    ...properties,
    ...(iCalUId !== undefined && !date ? { iCalUId } : {}),
    body: bodyAs(reader.bodyType, properties.body),
    isAllDay: timing.dates !== undefined,
    originalStartTimeZone: timing.startTimeZone,
    originalEndTimeZone: timing.endTimeZone,
    ...timesOf(reader, timing),
  };
}

function timesOf({ timeZone }: EventReader, { start, end, dates }: Timing): Record<string, unknown> {
  if (dates) return { start: midnightOf(dates.start, timeZone), end: midnightOf(dates.end, timeZone) };
  return { start: wallClockAt(start, timeZone), end: wallClockAt(end, timeZone) };
}

/** Unused members are there all the same, as zeros and as the year 1. */
function completeRecurrence({ pattern, range }: PatternedRecurrence, timeZone: string): PatternedRecurrence {
  return {
    pattern: {
      month: 0,
      dayOfMonth: 0,
      daysOfWeek: [],
      firstDayOfWeek: 'sunday',
      index: 'first',
      ...pattern,
    },
    range: { endDate: '0001-01-01', numberOfOccurrences: 0, ...range, recurrenceTimeZone: timeZone },
  };
}
