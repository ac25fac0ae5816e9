import { calendarRecord, neverSynced, type CalendarDocument } from './calendars.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Intents } from './store.ts';
import { dirtyAndDue } from './sync-turn.ts';
import { inTransaction } from './transaction.ts';

export function calendarSelectionIntents(database: Database): Pick<Intents, 'selectCalendar'> {
  return {
    selectCalendar: async (calendarId, selected, now) => {
      const calendar = await selectCalendar(database, calendarId, selected, now);
      return calendar === null ? undefined : calendarRecord(calendar);
    },
  };
}

/** In one transaction, so that a calendar is never taken in without a sync that reads it. */
async function selectCalendar(
  database: Database,
  calendarId: string,
  selected: boolean,
  now: Date,
): Promise<CalendarDocument | null> {
  const { calendars, connections } = database;
  const _id = objectId(calendarId) ?? null;
  return inTransaction(database, async (session) => {
    // Either way the stored events no longer say how the calendar stands: taken out, it is not read any more, and
    // taken in, it has not been read yet.
    const changed = await calendars
      .findOneAndUpdate(
        { _id, selected: !selected },
        {
          $set: { selected, sync: neverSynced, updatedAt: now },
          // The vendor may think otherwise by now, and it costs one question.
          ...(selected && { $unset: { pushUnsupported: 1 } }),
        },
        { session, returnDocument: 'after' },
      )
      .lean();
    if (changed === null) return calendars.findById(_id, null, { session }).lean();
    const { $set, $min } = dirtyAndDue(now);
    const due = { $set: { ...$set, nextWatchAt: now }, $min };
    await connections.updateOne({ _id: changed.connectionId }, due, { session });
    return changed;
  });
}
