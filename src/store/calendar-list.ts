import type { ClientSession, Types } from 'mongoose';
import { eventsChanged } from '../domain/change.ts';
import { calendarRecord, neverSynced, type CalendarDocument } from './calendars.ts';
import { markInterviewsIn } from './interview-touches.ts';
import type { Database } from './mongodb.ts';
import { isInterviews } from './event-page.ts';
import { objectId } from './object-id.ts';
import type { Facts, NewCalendar, SyncTurn } from './store.ts';
import { fenced, fencedChange, type FencedWork } from './sync-fence.ts';

export function calendarListFacts(database: Database): Pick<Facts, 'knownCalendars' | 'replaceCalendars'> {
  return {
    knownCalendars: async (connectionId) => {
      const found = await database.calendars.find({ connectionId: objectId(connectionId) ?? null }).lean();
      return found.map(calendarRecord);
    },
    replaceCalendars: async (turn, calendars, now, keep = []) => {
      const { selected, interviewIds } = await fenced(database, turn, (session) =>
        replaceList(database, session, { turn, calendars, now, keep }),
      );
      if (interviewIds.length > 0) database.recording.onInterviewsDue(interviewIds);
      const keptIds = selected.map(({ _id }) => _id);
      await removeEventsBeside(database, turn, keptIds, now);
      return selected.map(calendarRecord);
    },
  };
}

interface Replacement {
  readonly turn: SyncTurn;
  readonly calendars: readonly NewCalendar[];
  readonly now: Date;
  readonly keep: readonly string[];
}

interface Replaced {
  readonly selected: CalendarDocument[];
  /** Of interviews whose calendar is gone. */
  readonly interviewIds: readonly string[];
}

/** Writes only what differs. */
async function replaceList(
  database: Database,
  session: ClientSession,
  { turn, calendars, now, keep }: Replacement,
): Promise<Replaced> {
  const { calendars: model, connections } = database;
  const connectionId = turnConnection(turn);
  const stored = await model.find({ connectionId }, null, { session }).lean();
  const known = new Map(stored.map((calendar) => [calendar.providerCalendarId, calendar]));
  const listed = new Map(calendars.map((calendar) => [calendar.providerCalendarId, calendar]));

  if ([...listed.keys()].some((id) => !known.has(id)) || [...known.keys()].some((id) => !listed.has(id))) {
    await connections.updateOne({ _id: connectionId }, { $set: { nextWatchAt: now } }, { session });
  }
  const missing = stored.filter(({ providerCalendarId }) => !listed.has(providerCalendarId));
  const gone = missing.length > 0 ? await removeOrNote(model, session, missing, { keep, now }) : [];
  for (const [providerCalendarId, calendar] of listed) {
    const before = known.get(providerCalendarId);
    if (before !== undefined && sameListing(before, calendar)) continue;
    await model.updateOne(
      { connectionId, providerCalendarId },
      listingUpdate(calendar, { before, userId: turn.userId, now }),
      { session, upsert: true },
    );
  }
  const selected = await model
    .find({ connectionId, selected: true }, null, { session, sort: primaryFirst })
    .lean();
  return { selected, interviewIds: await markInterviewsIn(database, session, gone, now) };
}

/** Those that are kept although the list leaves them out are noted, once. Gives those that are removed. */
async function removeOrNote(
  model: Database['calendars'],
  session: ClientSession,
  missing: readonly CalendarDocument[],
  { keep, now }: Pick<Replacement, 'keep' | 'now'>,
): Promise<CalendarDocument[]> {
  const isKept = ({ _id }: CalendarDocument): boolean => keep.includes(_id.toHexString());
  const gone = missing.filter((calendar) => !isKept(calendar));
  const unnoted = missing.filter((calendar) => isKept(calendar) && calendar.missingSince === undefined);
  await model.deleteMany({ _id: { $in: gone.map(({ _id }) => _id) } }, { session });
  await model.updateMany(
    { _id: { $in: unnoted.map(({ _id }) => _id) } },
    { $set: { missingSince: now, updatedAt: now } },
    { session },
  );
  return gone;
}

export const primaryFirst = { primary: -1, name: 1, _id: 1 } as const;

function turnConnection({ connectionId }: SyncTurn): Types.ObjectId {
  const id = objectId(connectionId);
  if (id === undefined) throw new Error('store: the turn names no valid connection');
  return id;
}

function sameListing(before: CalendarDocument, calendar: NewCalendar): boolean {
  const fields = ['name', 'timeZone', 'primary', 'canWrite', 'color'] as const;
  return before.missingSince === undefined && fields.every((field) => before[field] === calendar[field]);
}

function listingUpdate(
  { name, timeZone, primary, canWrite, color, owned }: NewCalendar,
  { before, userId, now }: { before: CalendarDocument | undefined; userId: string; now: Date },
) {
  const rezoned = before !== undefined && before.timeZone !== timeZone;
  return {
    $set: {
      name,
      primary,
      canWrite,
      updatedAt: now,
      ...(timeZone !== undefined && { timeZone }),
      ...(color !== undefined && { color }),
      ...(rezoned && { 'sync.cursor': null }),
    },
    $unset: {
      missingSince: 1,
      ...(timeZone === undefined && { timeZone: 1 }),
      ...(color === undefined && { color: 1 }),
    },
    ...(before === undefined && {
      $setOnInsert: { userId, selected: owned || primary, sync: neverSynced, createdAt: now },
    }),
  };
}

/** So many at once that a transaction stays short. */
const removedAtOnce = 1000;

/**
 * Removes the connection's events of all calendars but these. Asks by the connection, so that also those of a calendar
 * are found which is gone since a run that was killed before it came here.
 */
async function removeEventsBeside(
  database: Database,
  turn: SyncTurn,
  keep: readonly Types.ObjectId[],
  now: Date,
): Promise<void> {
  const beside = { connectionId: turnConnection(turn), calendarId: { $nin: [...keep] } };
  for (;;) {
    const found = await database.events.findOne(beside, { calendarId: 1 }).lean();
    if (found === null) return;
    await fencedChange(database, turn, { now }, (session) => removeSome(database, session, found.calendarId));
  }
}

async function removeSome(
  { events }: Database,
  session: ClientSession,
  calendarId: Types.ObjectId,
): Promise<FencedWork> {
  const shown = { providerEventId: 1, start: 1, end: 1, interviewId: 1, interviewApart: 1 };
  const found = await events.find({ calendarId }, shown, { session, limit: removedAtOnce }).lean();
  await events.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } }, { session });
  const told = found
    .filter((entry) => !isInterviews(entry))
    .map(({ providerEventId, start, end }) => ({ providerEventId, before: { start, end } }));
  return { written: found.length > 0, change: eventsChanged(calendarId.toHexString(), told) };
}
