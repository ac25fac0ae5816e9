import type { Interval } from '../domain/interval.ts';
import type { EventDocument } from './events.ts';
import type { Database } from './mongodb.ts';
import { objectId, objectIds } from './object-id.ts';
import type { Facts } from './store.ts';

/** What the breaker weighs: how much is stored, and how much of it is about to go. */
export function eventCountFacts({ events }: Database): Pick<Facts, 'countEntries' | 'spans'> {
  return {
    countEntries: (calendarIds, { start, end }: Interval) =>
      events.countDocuments({
        calendarId: { $in: objectIds(calendarIds) },
        start: { $lt: end },
        // One of no length counts by where it stands: see `isWithin`.
        $or: [{ end: { $gt: start } }, { start: { $gte: start } }],
      }),
    spans: (calendarId, providerEventIds) =>
      events
        .find(
          { calendarId: objectId(calendarId) ?? null, providerEventId: { $in: [...providerEventIds] } },
          { _id: 0, providerEventId: 1, start: 1, end: 1 },
        )
        .hint({ calendarId: 1, providerEventId: 1 })
        .lean<Pick<EventDocument, 'providerEventId' | 'start' | 'end'>[]>(),
  };
}
