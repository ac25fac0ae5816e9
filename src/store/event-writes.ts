import type { ClientSession, mongo, Types } from 'mongoose';
import type { EventDocument } from './events.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, PageWrite, SyncTurn } from './store.ts';
import { fenced, heldBy } from './sync-fence.ts';

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
      await fenced(
        database,
        turn,
        (session) => writePage(database, session, { turn, calendarId, page, now }),
        leaseUntil,
      );
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
 */
async function writePage(
  { events, calendars }: Database,
  session: ClientSession,
  { turn, calendarId, page, now }: PageOfCalendar,
): Promise<void> {
  const calendar = objectId(calendarId);
  const connection = objectId(turn.connectionId);
  if (calendar === undefined || connection === undefined)
    throw new Error('store: no valid calendar to write to');
  const ids = page.upserts.map(({ event }) => event.providerEventId);
  const known = await knownIds(events, session, calendar, ids);
  const operations: mongo.AnyBulkWriteOperation[] = page.upserts.map(({ event, fingerprint }) => {
    const { userId, run } = turn;
    const owner = { userId, connectionId: connection, calendarId: calendar };
    const document = { ...owner, ...event, fingerprint, run, updatedAt: now };
    const { providerEventId } = event;
    return known.has(providerEventId)
      ? { replaceOne: { filter: { calendarId: calendar, providerEventId }, replacement: document } }
      : { insertOne: { document } };
  });
  if (page.deletes.length > 0) {
    const filter = { calendarId: calendar, providerEventId: { $in: [...page.deletes] } };
    operations.push({ deleteMany: { filter } });
  }
  await calendars.updateOne({ _id: calendar }, { $set: { 'sync.unfinished': true } }, { session });
  await events.collection.bulkWrite(operations, { session, ordered: false, ignoreUndefined: true });
}

/** Within the fence nobody else adds any, so what is not here now can be inserted, which is faster than an upsert. */
async function knownIds(
  events: Database['events'],
  session: ClientSession,
  calendarId: Types.ObjectId,
  providerEventIds: readonly string[],
): Promise<Set<string>> {
  if (providerEventIds.length === 0) return new Set();
  const found = await events
    .find(
      { calendarId, providerEventId: { $in: [...providerEventIds] } },
      { _id: 0, providerEventId: 1 },
      { session },
    )
    .lean();
  return new Set(found.map(({ providerEventId }) => providerEventId));
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
