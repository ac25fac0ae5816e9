import { primaryFirst } from './calendar-list.ts';
import { calendarRecord } from './calendars.ts';
import { connectionRecord } from './connections.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Reads } from './store.ts';
import { watchRecord } from './watches.ts';

export function connectionStateReads({
  connections,
  calendars,
  watches,
}: Database): Pick<Reads, 'connectionState'> {
  return {
    connectionState: async (id) => {
      const connectionId = objectId(id) ?? null;
      const [found, itsCalendars, itsWatches] = await Promise.all([
        connections.findById(connectionId).lean(),
        calendars.find({ connectionId }, null, { sort: primaryFirst }).lean(),
        watches.find({ connectionId }).lean(),
      ]);
      if (found === null) return undefined;
      const { expiresAt, refreshExpiresAt, version, scopes } = found.credentials;
      const { leaseUntil, dirty, touched = [] } = found.sync;
      return {
        connection: connectionRecord(found),
        credential: { expiresAt, refreshExpiresAt, version, scopes },
        turn: { leaseUntil, dirty, touched },
        calendars: itsCalendars.map(calendarRecord),
        watches: itsWatches.map(watchRecord),
      };
    },
  };
}
