import { writePage } from './event-page.ts';
import type { EventDocument } from './events.ts';
import { losesInterviews, placedEventIds } from './interview-touches.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts, SyncTurn } from './store.ts';
import { fencedChange, heldBy } from './sync-fence.ts';

/** The events of one calendar, page by page. */
export function eventWriteFacts(
  database: Database,
): Pick<Facts, 'marks' | 'applyPage' | 'storedIds' | 'placedEventIds'> {
  const { events } = database;
  return {
    marks: async (calendarId, touched) => {
      const found = await Promise.all(marksQueries(events, calendarId, touched).map((query) => query.lean()));
      return [...new Map(found.flat().map((mark) => [mark.providerEventId, mark])).values()];
    },
    applyPage: async (turn, calendarId, page, now, leaseUntil) => {
      const isEmpty = page.upserts.length === 0 && page.deletes.length === 0;
      if (isEmpty && !(await losesInterviews(database, turn, calendarId, page.unkept))) {
        await keepLease(database, turn, now, leaseUntil);
        return;
      }
      const changed = await fencedChange(database, turn, { now, leaseUntil }, (session) =>
        writePage(database, session, { turn, calendarId, page, now }),
      );
      if (!changed) await keepLease(database, turn, now, leaseUntil);
    },
    storedIds: (calendarId) => storedIds(database, calendarId),
    placedEventIds: (turn, calendarId, window) => placedEventIds(database, turn, calendarId, window),
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
