import type { ConnectionStatus } from '../domain/connection.ts';
import { attemptRecord } from './attempts.ts';
import { primaryFirst } from './calendar-list.ts';
import { calendarRecord } from './calendars.ts';
import { connectionRecord } from './connections.ts';
import { calendarHealth } from './calendar-health.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Reads } from './store.ts';

type RecordReads = Pick<
  Reads,
  | 'attempt'
  | 'connection'
  | 'connectionsOf'
  | 'calendarsOf'
  | 'calendar'
  | 'countConnections'
  | 'calendarHealth'
>;

/** Records by their ids and owners. */
export function recordReads(database: Database): RecordReads {
  const { attempts, connections, calendars } = database;
  return {
    attempt: async (id) => {
      const found = await attempts.findById(objectId(id) ?? null).lean();
      return found === null ? undefined : attemptRecord(found);
    },
    connection: async (id) => {
      const found = await connections.findById(objectId(id) ?? null).lean();
      return found === null ? undefined : connectionRecord(found);
    },
    connectionsOf: async (userId) => {
      const found = await connections.find({ userId }).sort({ createdAt: 1, _id: 1 }).lean();
      return found.map(connectionRecord);
    },
    calendarsOf: async (connectionId) => {
      const found = await calendars
        .find({ connectionId: objectId(connectionId) ?? null }, null, { sort: primaryFirst })
        .lean();
      return found.map(calendarRecord);
    },
    calendar: async (id) => {
      const found = await calendars.findById(objectId(id) ?? null).lean();
      return found === null ? undefined : calendarRecord(found);
    },
    countConnections: async () => {
      const groups = await connections.aggregate<{ _id: ConnectionStatus; connections: number }>([
        { $group: { _id: '$status', connections: { $sum: 1 } } },
      ]);
      const counts: Record<ConnectionStatus, number> = { active: 0, reauth_required: 0, disconnecting: 0 };
      for (const { _id, connections: number } of groups) counts[_id] = number;
      return counts;
    },
    calendarHealth: (auditedSince) => calendarHealth(database, auditedSince),
  };
}
