import type { Types } from 'mongoose';
import type { Interval } from '../domain/interval.ts';
import { livingStatuses } from './connections.ts';
import { eventRecord, type EventDocument } from './events.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { EventRecord, EventsQuery, Reads } from './store.ts';

export function eventReads(database: Database): Pick<Reads, 'events'> {
  return { events: (query) => events(database, query) };
}

async function events(database: Database, query: EventsQuery): Promise<EventRecord[]> {
  const { userId, range, after, limit } = query;
  const calendarIds = await countingCalendars(database, userId);
  const page = pageBounds(range, after);
  if (calendarIds.length === 0 || page === undefined || limit < 1) return [];
  // The user's id once more, although the calendars are theirs already: two mistakes are needed to show a stranger's
  // entry (I10).
  const found = await database.events
    .find({ calendarId: { $in: calendarIds }, userId, ...page })
    .sort({ start: 1, _id: 1 })
    .limit(limit)
    .lean<EventDocument[]>();
  return found.map(eventRecord);
}

/** The user's selected calendars, without those of connections that are being disconnected. */
async function countingCalendars(
  { connections, calendars }: Database,
  userId: string,
): Promise<Types.ObjectId[]> {
  const living = await connections.find({ userId, status: { $in: livingStatuses } }, { _id: 1 }).lean();
  const connectionIds = living.map(({ _id }) => _id);
  const counting = await calendars
    .find({ connectionId: { $in: connectionIds }, userId, selected: true }, { _id: 1 })
    .lean();
  return counting.map(({ _id }) => _id);
}

/** Undefined where `after` is no entry. An entry of no length belongs to the range in which it stands. */
function pageBounds(range: Interval, after: EventsQuery['after']) {
  const { start, end } = range;
  const overlapping = { $or: [{ end: { $gt: start } }, { start: { $gte: start } }] };
  if (after === undefined) return { start: { $lt: end }, ...overlapping };
  const afterId = objectId(after.id);
  if (afterId === undefined) return undefined;
  const beyond = { $or: [{ start: { $gt: after.start } }, { _id: { $gt: afterId } }] };
  return { start: { $gte: after.start, $lt: end }, $and: [overlapping, beyond] };
}
