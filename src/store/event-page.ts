import type { ClientSession, mongo, Types } from 'mongoose';
import { eventsChanged, type WrittenEntry } from '../domain/change.ts';
import type { CalendarEvent } from '../domain/event.ts';
import { isSameSpan, type Belonging, type Belongings } from '../domain/interview-touch.ts';
import type { FingerprintedEvent } from '../domain/sync.ts';
import type { EventDocument } from './events.ts';
import { belongingsOf, markInterviews } from './interview-touches.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { PageWrite, SyncTurn } from './store.ts';
import type { FencedWork } from './sync-fence.ts';

interface PageOfCalendar {
  readonly turn: SyncTurn;
  readonly calendarId: string;
  readonly page: PageWrite;
  readonly now: Date;
}

/** Within the fence. What is an interview's is not told here: it is seen to, and the interview tells of it. */
export async function writePage(
  database: Database,
  session: ClientSession,
  { turn, calendarId, page, now }: PageOfCalendar,
): Promise<FencedWork> {
  const calendar = objectId(calendarId);
  const connection = objectId(turn.connectionId);
  if (calendar === undefined || connection === undefined)
    throw new Error('store: no valid calendar to write to');
  const living = page.upserts.map(({ event }) => event);
  const ids = [...living.map(({ providerEventId }) => providerEventId), ...page.deletes];
  const stored = await storedEntries(database.events, session, calendar, ids);
  const removed = page.deletes.flatMap((id) => stored.get(id) ?? []);
  const unkept = page.unkept ?? [];
  const interviewIds = removed.flatMap(({ interviewId }) => interviewId ?? []);
  const entries = { living, gone: [...removed, ...unkept], interviewIds };
  const belongings = await belongingsOf(database, turn, calendarId, entries, session);
  const upserts = page.upserts.flatMap((upsert) => upsertOf(upsert, stored, belongings) ?? []);
  const owner = { userId: turn.userId, connectionId: connection, calendarId: calendar };
  const operations = [
    ...upserts.map((upsert) => operationFor(upsert, { ...owner, run: turn.run, updatedAt: now })),
    ...removalOf(calendar, removed),
  ];
  await writeEvents(database, session, calendar, operations);
  const touched = touchedInterviews(belongings, upserts, removed, unkept);
  await markInterviews(database, session, touched, now);
  return {
    written: operations.length > 0 || touched.length > 0,
    change: eventsChanged(calendarId, toldEntries(upserts, removed)),
    interviewIds: touched,
  };
}

type StoredEntry = Pick<
  EventDocument,
  'providerEventId' | 'start' | 'end' | 'fingerprint' | 'interviewId' | 'interviewApart'
>;

async function storedEntries(
  events: Database['events'],
  session: ClientSession,
  calendarId: Types.ObjectId,
  providerEventIds: readonly string[],
): Promise<Map<string, StoredEntry>> {
  const shown = { providerEventId: 1, start: 1, end: 1, fingerprint: 1, interviewId: 1, interviewApart: 1 };
  const found = await events
    .find({ calendarId, providerEventId: { $in: [...providerEventIds] } }, { _id: 0, ...shown }, { session })
    .lean<StoredEntry[]>();
  return new Map(found.map((entry) => [entry.providerEventId, entry]));
}

/** An entry that is to be written. */
interface Upsert extends FingerprintedEvent, Stamp {
  readonly before: StoredEntry | undefined;
  readonly belonging: Belonging | undefined;
}

/** What is written of its interview. */
type Stamp = Pick<EventDocument, 'interviewId' | 'interviewApart'>;

/** Undefined where it is stored like this already. */
function upsertOf(
  { event, fingerprint }: FingerprintedEvent,
  stored: ReadonlyMap<string, StoredEntry>,
  belongings: Belongings,
): Upsert | undefined {
  const before = stored.get(event.providerEventId);
  const belonging = belongings.of(event);
  const stamp = stampOf(event, before, belonging);
  const isSame = before?.fingerprint === fingerprint && before.interviewId === stamp.interviewId;
  return isSame ? undefined : { event, fingerprint, before, belonging, ...stamp };
}

/** An interview that is over does not know its event any more; what is stored of that does. */
function stampOf(
  event: CalendarEvent,
  before: StoredEntry | undefined,
  belonging: Belonging | undefined,
): Stamp {
  const interviewId = belonging?.interviewId ?? before?.interviewId;
  if (interviewId === undefined) return {};
  const isWhereItWas = before?.interviewApart !== true && before !== undefined && isSameSpan(before, event);
  const isExpected = belonging?.isExpected ?? isWhereItWas;
  return { interviewId, ...(!isExpected && { interviewApart: true }) };
}

/**
 * By the driver itself: mongoose would cast and check every field of every event again, which takes longer than the
 * insertion does. What is written has come through the adapters' parsers; a test holds it against the schema.
 * Within the fence nobody else adds any, so what is not there now can be inserted, which is faster than an upsert.
 */
async function writeEvents(
  { events, calendars }: Database,
  session: ClientSession,
  calendar: Types.ObjectId,
  operations: mongo.AnyBulkWriteOperation[],
): Promise<void> {
  if (operations.length === 0) return;
  await calendars.updateOne({ _id: calendar }, { $set: { 'sync.unfinished': true } }, { session });
  await events.collection.bulkWrite(operations, { session, ordered: false, ignoreUndefined: true });
}

function operationFor(
  { event, fingerprint, before, interviewId, interviewApart }: Upsert,
  owner: Pick<EventDocument, 'userId' | 'connectionId' | 'calendarId' | 'run' | 'updatedAt'>,
): mongo.AnyBulkWriteOperation {
  const { clientKey: _clientKey, ...kept } = event;
  const document = { ...owner, ...kept, fingerprint, interviewId, interviewApart };
  if (before === undefined) return { insertOne: { document } };
  const { calendarId } = owner;
  const filter = { calendarId, providerEventId: event.providerEventId };
  return { replaceOne: { filter, replacement: document } };
}

function removalOf(
  calendarId: Types.ObjectId,
  removed: readonly StoredEntry[],
): mongo.AnyBulkWriteOperation[] {
  if (removed.length === 0) return [];
  const ids = removed.map(({ providerEventId }) => providerEventId);
  return [{ deleteMany: { filter: { calendarId, providerEventId: { $in: ids } } } }];
}

/** Those of which somebody may have changed the event. */
function touchedInterviews(
  belongings: Belongings,
  upserts: readonly Upsert[],
  removed: readonly StoredEntry[],
  unkept: NonNullable<PageWrite['unkept']>,
): string[] {
  const changed = upserts.flatMap(({ belonging }) =>
    belonging?.isNews === true ? belonging.interviewId : [],
  );
  const gone = removed.flatMap(
    ({ providerEventId, interviewId }) => belongings.losing({ providerEventId }, interviewId) ?? [],
  );
  const beside = unkept.flatMap((entry) => belongings.losing(entry) ?? []);
  return [...new Set([...changed, ...gone, ...beside])];
}

function toldEntries(upserts: readonly Upsert[], removed: readonly StoredEntry[]): WrittenEntry[] {
  const told = upserts.filter((upsert) => !(isInterviews(upsert.before) && isInterviews(upsert)));
  const gone = removed.filter((entry) => !isInterviews(entry));
  return [
    ...told.map(({ event, before }) => ({ providerEventId: event.providerEventId, before, now: event })),
    ...gone.map((entry) => ({ providerEventId: entry.providerEventId, before: entry })),
  ];
}

/** What its interview tells of, if anything does. One that was never there has told nobody anything. */
export function isInterviews(entry: Stamp | undefined): boolean {
  return entry === undefined || (entry.interviewId !== undefined && entry.interviewApart !== true);
}
