import { peoplesChanges } from '../../domain/interview-changes.ts';
import type { EventDraft } from '../../domain/interview.ts';
import { lostSnapshot } from '../../domain/interview-tried.ts';
import type {
  Creation,
  EventPlace,
  EventReading,
  Finding,
  InterviewEvents,
  NewEventPlace,
  Telling,
} from '../interview-events.ts';
import type { Access } from '../provider.ts';
import type { Graph } from './client.ts';
import {
  cancelMeeting,
  createEvent,
  deleteEvent,
  getLiving,
  markedEvents,
  patchEvent,
  storedBody,
} from './event-calls.ts';
import { isItemGone } from './failures.ts';
import { isCancelled, versionOf, type GraphEvent } from './graph-event.ts';
import {
  attendeesIn,
  hasMeeting,
  isShownToOthers,
  joinUrlOf,
  markedWith,
  newEvent,
  patchedEvent,
  readingOf,
  withoutSelf,
} from './interview-wire.ts';
import { bodyBesideJoinBlock, textBody } from './join-block.ts';
import { objectAt, textAt, type JsonObject } from './json.ts';
import { conferencePatch, meetingFor } from './online-meeting.ts';
import { eventChanged, isRepeated, isZoneUnknown, refusedUnasked } from './write-failures.ts';

/**
 * learn.microsoft.com/graph/api/resources/event; the promises are those of `InterviewEvents`. Of the reminders Graph takes
 * the first. It mails the attendees of whatever is written, so that nothing is written that they are not to hear of.
 */
export function createMicrosoftInterviews(graphFor: (access: Access) => Graph): InterviewEvents {
  return {
    eventIdOf: () => undefined,
    createEvent: (access, place, creation, telling) =>
      createInterview({ graph: graphFor(access), access, place }, creation, telling),
    findEvent: (access, place) => findInterview({ graph: graphFor(access), access, place }),
    readEvent: (access, place) => readInterview({ graph: graphFor(access), access, place }),
    updateEvent: (access, place, update, telling) =>
      updateInterview({ graph: graphFor(access), access, place }, update, telling),
    cancelEvent: (access, place, telling, reading) =>
      cancelInterview({ graph: graphFor(access), access, place }, telling, reading),
  };
}

interface At<Place extends NewEventPlace = NewEventPlace> {
  readonly graph: Graph;
  readonly access: Access;
  readonly place: Place;
}

async function readInterview({ graph, access, place }: At<EventPlace>) {
  const wire = await getLiving(graph, place);
  if (wire === undefined) return { type: 'gone' } as const;
  return { type: 'event', reading: readingOf('events.get', wire, access) } as const;
}

async function createInterview(
  at: At,
  { draft, mark }: { readonly draft: EventDraft; readonly mark: string },
  { notify }: Telling,
): Promise<Creation> {
  const { graph, access, place } = at;
  const others = withoutSelf(draft.attendees, access);
  if (!notify && others.length > 0) throw wouldMail('events.create');
  const meeting = await meetingFor(graph, place.providerCalendarId, draft.conference, 'events.create');
  let wire: GraphEvent;
  try {
    wire = await inKnownZone(draft.timeZone, (timeZone) =>
      createEvent(
        graph,
        place.providerCalendarId,
        newEvent({ key: place.key, mark }, { ...draft, timeZone, attendees: others }, meeting),
      ),
    );
  } catch (error) {
    if (!isRepeated(error)) throw error;
    const finding = await findInterview(at);
    // A transaction stays used after its event was taken out.
    return finding.type === 'event' ? { type: 'found', reading: finding.reading } : { type: 'gone' };
  }
  const reading = readingOf('events.create', wire, access);
  if (saysWhatWasSent(reading, { ...draft, attendees: others }))
    return { type: 'created', reading: { ...reading, mark } };
  const { providerEventId } = reading;
  const finding = await readInterview({ ...at, place: { ...place, providerEventId } });
  if (finding.type === 'gone') return finding;
  return { type: 'found', reading: finding.reading };
}

/**
 * Graph answers a transaction that was used already as it answers a new one, with the event as it is by now, and without
 * its mark. Of a description nobody knows what Outlook makes.
 */
function saysWhatWasSent({ snapshot }: EventReading, draft: EventDraft): boolean {
  const { description } = snapshot;
  return peoplesChanges({ ...lostSnapshot(draft, snapshot), description }, snapshot).fields.length === 0;
}

/**
 * The first of those that bear the key in both our ways. Whoever copies an event in Outlook copies the property along, and
 * not the transaction; the copy is theirs. Whom a double has invited is told by Graph that it is off, and has to be: they
 * hold it in their calendars.
 */
async function findInterview({ graph, access, place }: At): Promise<Finding> {
  const found = await markedEvents(graph, place.providerCalendarId, place.key);
  const ours = found.filter(({ transactionId }) => (textAt(transactionId) ?? place.key) === place.key);
  const living = ours.filter((wire) => !isCancelled(wire)).toSorted(byAge);
  const [first] = living;
  if (first === undefined) return { type: ours.length > 0 ? 'gone' : 'none' };
  for (const other of living.slice(1)) {
    const id = textAt(other.id);
    if (id !== undefined && textAt(other.transactionId) === place.key) await deleteEvent(graph, id);
  }
  return { type: 'event', reading: readingOf('events.find', first, access) };
}

/** By when it was made and, of the same moment, in any order that stays. */
function byAge(one: GraphEvent, other: GraphEvent): number {
  const age = ({ createdDateTime, id }: GraphEvent) => `${textAt(createdDateTime)} ${textAt(id)}`;
  return age(one).localeCompare(age(other));
}

async function updateInterview(
  at: At<EventPlace>,
  { reading, patch, mark }: Parameters<InterviewEvents['updateEvent']>[2],
  { notify }: Telling,
): Promise<EventReading> {
  const { graph, access, place } = at;
  const { etag = '' } = reading.snapshot;
  const operation = 'events.update';
  const native = objectAt(reading.native);
  if (native.isOrganizer === false) throw notOrganizer(operation);
  const others = reading.snapshot.attendees.length + (patch.attendees?.length ?? 0);
  if (!notify && others > 0 && isShownToOthers(patch)) throw wouldMail(operation);
  try {
    const more = {
      ...(await conferencePatch(graph, place.providerCalendarId, native, patch.conference)),
      ...(await descriptionPatch(graph, reading, patch.description)),
    };
    const wire = await inKnownZone(patch.time?.timeZone, async (timeZone) => {
      const time = patch.time && timeZone !== undefined ? { ...patch.time, timeZone } : undefined;
      const body = { ...patchedEvent(native, { ...patch, time }, access), ...more };
      if (Object.keys(body).length === 0) return undefined;
      return patchEvent(graph, place.providerEventId, { ...body, ...markedWith(mark) }, etag);
    });
    return wire === undefined ? reading : { ...readingOf(operation, wire, access), mark };
  } catch (error) {
    if (isItemGone(error)) throw eventChanged(operation, 'the event is not there any more', error);
    throw error;
  }
}

/** Graph knows the Windows names of zones and some IANA names; who knows which: in UTC the instants are the same. */
async function inKnownZone<Zone extends string | undefined, T>(
  zone: Zone,
  write: (zone: Zone | 'UTC') => Promise<T>,
): Promise<T> {
  try {
    return await write(zone);
  } catch (error) {
    if (zone === undefined || zone === 'UTC' || !isZoneUnknown(error)) throw error;
    return write('UTC');
  }
}

/** The stored body is read for it, because of a join block; where there is none, the description is all there is. */
async function descriptionPatch(
  graph: Graph,
  { providerEventId, snapshot, native }: EventReading,
  description: string | undefined,
): Promise<JsonObject> {
  if (description === undefined) return {};
  const wire = objectAt(native);
  if (!hasMeeting(wire)) return { body: textBody(description) };
  const body = await storedBody(graph, providerEventId, snapshot.etag ?? '');
  return { body: bodyBesideJoinBlock(description, body, joinUrlOf(wire)) };
}

/** Whoever was asked by mail hears of either; a version can be given with the one only, and words with the other. */
async function cancelInterview(
  { graph, access, place }: At<EventPlace>,
  { message }: Telling,
  reading: EventReading | undefined,
): Promise<void> {
  const wire = await getLiving(graph, place);
  if (wire === undefined) return;
  if (wire.isOrganizer === false) throw notOrganizer('events.cancel');
  const version = versionOf(wire);
  if (reading !== undefined && reading.snapshot.etag !== version)
    throw eventChanged('events.cancel', 'the event has changed since it was read');
  const tellsNobody = attendeesIn(wire, access).length === 0;
  if (tellsNobody || (reading !== undefined && message === undefined))
    return deleteEvent(graph, place.providerEventId, version);
  await cancelMeeting(graph, place.providerEventId, message);
}

function wouldMail(operation: string): Error {
  return refusedUnasked(operation, 'invitations_unavoidable', 'it would mail the attendees');
}

function notOrganizer(operation: string): Error {
  return refusedUnasked(operation, 'provider_refused', 'somebody else organizes the event by now');
}
