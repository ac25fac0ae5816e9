import type { ClientSession, QueryFilter } from 'mongoose';
import {
  belongingsIn,
  type Belongings,
  type NamedEntry,
  type PlacedInterview,
} from '../domain/interview-touch.ts';
import type { Interval } from '../domain/interval.ts';
import type { UnkeptEntry } from '../domain/sync.ts';
import type { CalendarDocument } from './calendars.ts';
import type { ConnectionDocument } from './connections.ts';
import { somethingHappened, type InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { SyncTurn } from './store.ts';

/** What a page of a calendar says, as far as interviews may be concerned. */
interface PageEntries {
  readonly living: readonly NamedEntry[];
  readonly gone: readonly UnkeptEntry[];
  /** Whose those that are gone were when they were stored. */
  readonly interviewIds?: readonly string[];
}

/** What these entries have to do with interviews. Nothing is asked where no entry has a name to ask for. */
export async function belongingsOf(
  database: Database,
  { connectionId }: Pick<SyncTurn, 'connectionId'>,
  calendarId: string,
  entries: PageEntries,
  session?: ClientSession,
): Promise<Belongings> {
  const { interviews } = database;
  const isLarge = entries.living.length + entries.gone.length > largePage;
  const isIdle = isLarge && (await interviews.exists({}).session(session ?? null)) === null;
  const query = isIdle ? undefined : interviewsQuery(interviews, entries, session);
  const found = await query?.lean<LookedAt[]>();
  return belongingsIn({ connectionId, calendarId }, (found ?? []).map(placedInterview));
}

/** From so many entries on, asking by all their names takes longer than asking whether there is any interview at all. */
const largePage = 500;

const looked = {
  place: 1,
  formerPlaces: 1,
  'applied.iCalUID': 1,
  'applied.snapshot.etag': 1,
  'applied.snapshot.start': 1,
  'applied.snapshot.end': 1,
  'desired.start': 1,
  'desired.end': 1,
} as const;

/** Each part is answered by an index of its own. */
export function interviewsQuery(
  interviews: Database['interviews'],
  { living, gone, interviewIds = [] }: PageEntries,
  session?: ClientSession,
) {
  const eventIds = [...living, ...gone].map(({ providerEventId }) => providerEventId);
  const keys = living.flatMap(({ clientKey }) => clientKey ?? []);
  const iCalUIDs = living.flatMap(({ iCalUID }) => iCalUID ?? []);
  const parts: QueryFilter<InterviewDocument>[] = [
    ...among('place.providerEventId', eventIds),
    ...among('formerPlaces.providerEventId', eventIds),
    ...among('place.key', keys),
    ...among('formerPlaces.key', keys),
    ...among('applied.iCalUID', iCalUIDs),
    ...among('_id', interviewIds),
  ];
  return parts.length === 0
    ? undefined
    : interviews.find({ $or: parts }, looked, session === undefined ? {} : { session });
}

function among(path: string, names: readonly string[]): QueryFilter<InterviewDocument>[] {
  return names.length === 0 ? [] : [{ [path]: { $in: [...new Set(names)] } }];
}

interface LookedAt extends Pick<InterviewDocument, '_id' | 'place' | 'formerPlaces'> {
  readonly applied?: { readonly iCalUID?: string; readonly snapshot: Interval & { readonly etag?: string } };
  readonly desired: Interval;
}

function placedInterview({ _id, place, formerPlaces, applied, desired }: LookedAt): PlacedInterview {
  const places = place === undefined ? formerPlaces : [place, ...formerPlaces];
  return {
    id: _id,
    places: places.map(({ connectionId, calendarId, key, providerEventId }) => ({
      connectionId: connectionId.toHexString(),
      calendarId: calendarId.toHexString(),
      key,
      providerEventId,
    })),
    etag: applied?.snapshot.etag,
    iCalUID: applied?.iCalUID,
    spans: [applied?.snapshot, desired, ...(place?.tries ?? []).map(({ wish }) => wish)].filter(
      (span) => span !== undefined,
    ),
  };
}

/** Whose these entries of a calendar are, by the vendor's id of the entry. */
export async function interviewsOf(
  database: Database,
  { connectionId, calendarId }: { readonly connectionId: string; readonly calendarId: string },
  living: readonly NamedEntry[],
): Promise<Map<string, string>> {
  const belongings = await belongingsOf(database, { connectionId }, calendarId, { living, gone: [] });
  return new Map(
    living.flatMap((entry) => {
      const belonging = belongings.of(entry);
      return belonging === undefined ? [] : [[entry.providerEventId, belonging.interviewId]];
    }),
  );
}

/** Has them looked at by a job of their own, which reads their events afresh. */
export async function markInterviews(
  { interviews }: Database,
  session: ClientSession,
  ids: readonly string[],
  now: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await interviews.updateMany({ _id: { $in: [...ids] } }, somethingHappened(now), { session });
}

/** Has those looked at whose event is in one of these calendars, which are gone. Gives their ids. */
export async function markInterviewsIn(
  database: Database,
  session: ClientSession,
  calendars: readonly Pick<CalendarDocument, '_id' | 'connectionId'>[],
  now: Date,
): Promise<string[]> {
  const [first] = calendars;
  if (first === undefined) return [];
  const calendarIds = calendars.map(({ _id }) => _id);
  const found = await database.interviews
    .find(
      { 'place.connectionId': first.connectionId, 'place.calendarId': { $in: calendarIds } },
      { _id: 1 },
      { session },
    )
    .lean();
  const ids = found.map(({ _id }) => _id);
  await markInterviews(database, session, ids, now);
  return ids;
}

/** Whether a page that writes nothing may have taken an interview's event away. */
export async function losesInterviews(
  database: Database,
  turn: SyncTurn,
  calendarId: string,
  unkept: readonly UnkeptEntry[] = [],
): Promise<boolean> {
  const belongings = await belongingsOf(database, turn, calendarId, { living: [], gone: unkept });
  return unkept.some((entry) => belongings.losing(entry) !== undefined);
}

/** The vendor's ids of interviews' events that were in this calendar within the span when we last wrote or read them. */
export async function placedEventIds(
  { interviews }: Database,
  { connectionId }: SyncTurn,
  calendarId: string,
  { start, end }: Interval,
): Promise<string[]> {
  const found = await interviews
    .find(
      {
        'place.connectionId': objectId(connectionId) ?? null,
        'place.calendarId': objectId(calendarId) ?? null,
        'applied.snapshot.start': { $lt: end },
        'applied.snapshot.end': { $gt: start },
      },
      { 'place.providerEventId': 1 },
    )
    .lean<Pick<InterviewDocument, 'place'>[]>();
  return found.flatMap(({ place }) => place?.providerEventId ?? []);
}

/**
 * Has those looked at now that were to be looked at later, because this connection could not be used: the user's own, and
 * those with an event in it. A run that has just found it so is followed by another. Gives their ids.
 */
export async function wakeInterviews(
  database: Database,
  session: ClientSession,
  { _id, userId }: Pick<ConnectionDocument, '_id' | 'userId'>,
  now: Date,
): Promise<string[]> {
  const planned = { dueAt: { $exists: true } };
  const concerned = [{ userId }, { 'place.connectionId': _id }, { 'formerPlaces.connectionId': _id }];
  const found = await database.interviews
    .find({ $or: concerned.map((whose) => ({ ...whose, ...planned })) }, { _id: 1 }, { session })
    .lean();
  const ids = found.map((interview) => interview._id);
  await markInterviews(database, session, ids, now);
  return ids;
}
