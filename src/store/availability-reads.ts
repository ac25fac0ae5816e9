import type { Block } from '../domain/blocking.ts';
import type { ConnectionCoverage } from '../domain/freshness.ts';
import type { ConnectionStatus } from '../domain/connection.ts';
import type { Interval } from '../domain/interval.ts';
import type { CalendarDocument } from './calendars.ts';
import type { ConnectionDocument } from './connections.ts';
import type { EventDocument } from './events.ts';
import type { Database } from './mongodb.ts';
import { objectIds } from './object-id.ts';
import type { Reads } from './store.ts';

/** What an answer about somebody's free time rests on. */
export function availabilityReads(database: Database): Pick<Reads, 'coverage' | 'blocks'> {
  return {
    coverage: (userIds) => coverage(database, userIds),
    blocks: (calendarIds, range) => blocks(database, calendarIds, range),
  };
}

async function coverage(
  { connections, calendars }: Database,
  userIds: readonly string[],
): Promise<Map<string, ConnectionCoverage[]>> {
  const found = await connections
    .find({ userId: { $in: [...userIds] } }, { userId: 1, lastSyncedAt: 1 })
    .sort({ createdAt: 1, _id: 1 })
    .lean();
  const ids = found.map(({ _id }) => _id);
  const counting = await calendars
    .find({ connectionId: { $in: ids }, selected: true }, { connectionId: 1, sync: 1 })
    .lean();
  // Asked after the calendars: a purge in between took these away, and nobody may look free because of that (I7).
  const since = await connections.find({ _id: { $in: ids } }, { status: 1 }).lean();
  const statuses = new Map(since.map(({ _id, status }) => [_id.toHexString(), status]));

  const calendarsOf = Map.groupBy(counting, ({ connectionId }) => connectionId.toHexString());
  const byUser = new Map<string, ConnectionCoverage[]>(userIds.map((userId) => [userId, []]));
  for (const connection of found) {
    const id = connection._id.toHexString();
    const status = statuses.get(id) ?? 'disconnecting';
    byUser.get(connection.userId)?.push(connectionCoverage(connection, status, calendarsOf.get(id) ?? []));
  }
  return byUser;
}

function connectionCoverage(
  { _id, lastSyncedAt }: Pick<ConnectionDocument, '_id' | 'lastSyncedAt'>,
  status: ConnectionStatus,
  calendars: readonly Pick<CalendarDocument, '_id' | 'sync'>[],
): ConnectionCoverage {
  return {
    connectionId: _id.toHexString(),
    status,
    lastSyncedAt,
    calendars: calendars.map(({ _id: calendarId, sync }) => ({
      calendarId: calendarId.toHexString(),
      lastSyncedAt: sync.lastSyncedAt,
      window: sync.window,
    })),
  };
}

type StoredBlock = Block & Pick<EventDocument, 'calendarId'>;

/** What availability asks of the events. Filter and projection hold nothing but what the index holds. */
export function blocksQuery(events: Database['events'], calendarIds: readonly string[], range: Interval) {
  return events.find(
    { calendarId: { $in: objectIds(calendarIds) }, start: { $lt: range.end }, end: { $gt: range.start } },
    { _id: 0, calendarId: 1, start: 1, end: 1, busy: 1, kind: 1, response: 1 },
  );
}

async function blocks(
  { events }: Database,
  calendarIds: readonly string[],
  range: Interval,
): Promise<Map<string, Block[]>> {
  const found = await blocksQuery(events, calendarIds, range).lean<StoredBlock[]>();
  const byCalendar = new Map<string, Block[]>(calendarIds.map((id) => [id, []]));
  for (const { calendarId, ...block } of found) byCalendar.get(calendarId.toHexString())?.push(block);
  return byCalendar;
}
