import { LostTurnError } from '../domain/sync.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { CursorAdvance, Facts, SyncTurn } from './store.ts';
import { fenced } from './sync-fence.ts';

/** How far the listing of one calendar has come. */
export function calendarProgressFacts(
  database: Database,
): Pick<Facts, 'advanceCursor' | 'failCalendar' | 'holdRemovals' | 'recordAudit'> {
  const set = (turn: SyncTurn, calendarId: string, fields: Record<string, unknown>, only: object = {}) =>
    fenced(database, turn, (session) =>
      database.calendars.updateOne({ ...ofTurn(turn, calendarId), ...only }, { $set: fields }, { session }),
    );
  return {
    advanceCursor: (turn, calendarId, advance, now) =>
      advanceCursor(database, { turn, calendarId, advance, now }),
    failCalendar: async (turn, calendarId, reason) => {
      await set(turn, calendarId, { 'sync.lastFailure': reason, updatedAt: reason.at });
    },
    holdRemovals: async (turn, calendarId, hold, now) => {
      // One that was taken out of the selection is not read any more, and has nothing to hold.
      await set(turn, calendarId, { 'sync.hold': hold, updatedAt: now }, { selected: true });
    },
    recordAudit: async (turn, calendarId, audit) => {
      await set(turn, calendarId, { audit, updatedAt: audit.at });
    },
  };
}

interface Advance {
  readonly turn: SyncTurn;
  readonly calendarId: string;
  readonly advance: CursorAdvance;
  readonly now: Date;
}

/** A repeated call finds its own cursor, which is as good as the expected one: within the fence no other run's can be there. */
async function advanceCursor(database: Database, { turn, calendarId, advance, now }: Advance): Promise<void> {
  const { calendars } = database;
  const { cursor, window, full, expectedCursor, unreadable } = advance;
  await fenced(database, turn, async (session) => {
    // One that was taken out of the selection keeps no cursor: its events are on their way out.
    const expected = {
      ...ofTurn(turn, calendarId),
      selected: true,
      'sync.cursor': { $in: [expectedCursor, cursor] },
    };
    const calendar = await calendars.findOne(expected, null, { session }).lean();
    if (calendar === null) throw new LostTurnError(turn.connectionId, turn.run);
    await calendars.updateOne(
      { _id: calendar._id },
      {
        $set: {
          'sync.cursor': cursor,
          'sync.window': window,
          'sync.lastSyncedAt': now,
          'sync.readFrom': turn.startedAt,
          'sync.unreadable': unreadable,
          'sync.unreadableCount': advance.unreadableCount ?? unreadable.length,
          ...(full && { 'sync.fullSyncAt': now }),
          updatedAt: now,
        },
        $unset: { 'sync.lastFailure': 1, 'sync.hold': 1, 'sync.unfinished': 1 },
      },
      { session },
    );
  });
}

function ofTurn(turn: SyncTurn, calendarId: string) {
  return { _id: objectId(calendarId) ?? null, connectionId: objectId(turn.connectionId) ?? null };
}
