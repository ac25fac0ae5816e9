import type { ClientSession, mongo, Types } from 'mongoose';
import { eventsChanged, type ChangeBody, type WrittenEntry } from '../domain/change.ts';
import type { Interval } from '../domain/interval.ts';
import type { EventDocument } from './events.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, PageWrite, SyncTurn } from './store.ts';
import { fencedChange, heldBy } from './sync-fence.ts';

/** The events of one calendar, page by page. */
export function eventWriteFacts(database: Database): Pick<Facts, 'marks' | 'applyPage' | 'storedIds'> {
  const { events } = database;
  return {
    marks: async (calendarId, touched) => {
      const found = await Promise.all(marksQueries(events, calendarId, touched).map((query) => query.lean()));
      return [...new Map(found.flat().map((mark) => [mark.providerEventId, mark])).values()];
    },
    applyPage: async (turn, calendarId, page, now, leaseUntil) => {
      if (page.upserts.length === 0 && page.deletes.length === 0) {
        await keepLease(database, turn, now, leaseUntil);
        return;
      }
      const changed = await fencedChange(database, turn, { now, leaseUntil }, (session) =>
        writePage(database, session, { turn, calendarId, page, now }),
      );
      if (!changed) await keepLease(database, turn, now, leaseUntil);
    },
    storedIds: (calendarId) => storedIds(database, calendarId),
  };
}

/**
 * Two questions and not one with `$or`, for which the server (6.0) does not consider the index of the series. Hinted,
 * because with a calendar that is still empty any plan wins the trial and is remembered.
 */
export function marksQueries(
  events: Database['events'],
  id: string,
  { ids, seriesIds }: Parameters<Facts['marks']>[1],
) {
  const calendarId = objectId(id) ?? null;
  const mark = { _id: 0, providerEventId: 1, recurringEventId: 1, fingerprint: 1 } as const;
  const byId = events
    .find({ calendarId, providerEventId: { $in: [...ids] } }, mark)
    .hint({ calendarId: 1, providerEventId: 1 });
  if (seriesIds.length === 0) return [byId];
  const bySeries = events
    .find({ calendarId, recurringEventId: { $in: [...seriesIds] } }, mark)
    .hint({ calendarId: 1, recurringEventId: 1 });
  return [byId, bySeries];
}

/** A long listing without a change must not lose its turn to the clock; a short one writes nothing at all. */
async function keepLease(
  { connections }: Database,
  turn: SyncTurn,
  now: Date,
  leaseUntil: Date,
): Promise<void> {
  const halfUsed = new Date((now.getTime() + leaseUntil.getTime()) / 2);
  await connections.updateOne(
    { ...heldBy(turn), $and: [{ 'sync.leaseUntil': { $lt: halfUsed } }] },
    { $set: { 'sync.leaseUntil': leaseUntil } },
  );
}

interface PageOfCalendar {
  readonly turn: SyncTurn;
  readonly calendarId: string;
  readonly page: PageWrite;
  readonly now: Date;
}

/**
 * By the driver itself: mongoose would cast and check every field of every event again, which takes longer than the
 * insertion does. What is written has come through the adapters' parsers; a test holds it against the schema.
 * Within the fence nobody else adds any, so what is not there now can be inserted, which is faster than an upsert.
 */
async function writePage(
  { events, calendars }: Database,
  session: ClientSession,
  { turn, calendarId, page, now }: PageOfCalendar,
): Promise<ChangeBody | undefined> {
  const calendar = objectId(calendarId);
  const connection = objectId(turn.connectionId);
  if (calendar === undefined || connection === undefined)
    throw new Error('store: no valid calendar to write to');
  const ids = [...page.upserts.map(({ event }) => event.providerEventId), ...page.deletes];
  const stored = await storedEntries(events, session, calendar, ids);
  const upserts = page.upserts.filter(
    ({ event, fingerprint }) => stored.get(event.providerEventId)?.fingerprint !== fingerprint,
  );
  const deletes = page.deletes.filter((id) => stored.has(id));
  const change = eventsChanged(calendarId, [
    ...upserts.map(({ event }) => writtenEntry(event.providerEventId, stored, event)),
    ...deletes.map((id) => writtenEntry(id, stored)),
  ]);
  if (change === undefined) return undefined;
  const owner = { userId: turn.userId, connectionId: connection, calendarId: calendar };
  const operations: mongo.AnyBulkWriteOperation[] = upserts.map(({ event, fingerprint }) => {
    const document = { ...owner, ...event, fingerprint, run: turn.run, updatedAt: now };
    const { providerEventId } = event;
    return stored.has(providerEventId)
      ? { replaceOne: { filter: { calendarId: calendar, providerEventId }, replacement: document } }
      : { insertOne: { document } };
  });
  if (deletes.length > 0) {
    const filter = { calendarId: calendar, providerEventId: { $in: deletes } };
    operations.push({ deleteMany: { filter } });
  }
  await calendars.updateOne({ _id: calendar }, { $set: { 'sync.unfinished': true } }, { session });
  await events.collection.bulkWrite(operations, { session, ordered: false, ignoreUndefined: true });
  return change;
}

type StoredEntry = Pick<EventDocument, 'providerEventId' | 'start' | 'end' | 'fingerprint'>;

async function storedEntries(
  events: Database['events'],
  session: ClientSession,
  calendarId: Types.ObjectId,
  providerEventIds: readonly string[],
): Promise<Map<string, StoredEntry>> {
  const found = await events
    .find(
      { calendarId, providerEventId: { $in: [...providerEventIds] } },
      { _id: 0, providerEventId: 1, start: 1, end: 1, fingerprint: 1 },
      { session },
    )
    .lean<StoredEntry[]>();
  return new Map(found.map((entry) => [entry.providerEventId, entry]));
}

function writtenEntry(
  providerEventId: string,
  stored: ReadonlyMap<string, StoredEntry>,
  now?: Interval,
): WrittenEntry {
  return { providerEventId, before: stored.get(providerEventId), now };
}

async function* storedIds({ events }: Database, calendarId: string): AsyncGenerator<string> {
  const cursor = events
    .find({ calendarId: objectId(calendarId) ?? null }, { _id: 0, providerEventId: 1 })
    .hint({ calendarId: 1, providerEventId: 1 })
    .lean<Pick<EventDocument, 'providerEventId'>>()
    .cursor({ batchSize: 2000 });
  try {
    for await (const { providerEventId } of cursor) yield providerEventId;
  } finally {
    await cursor.close();
  }
}
