import type { Drift } from '../domain/audit.ts';
import type { Database } from './mongodb.ts';
import type { CalendarHealth } from './store.ts';

/** Answered from small indexes: it is asked whenever the metrics are read. */
export async function calendarHealth({ calendars }: Database, auditedSince: Date): Promise<CalendarHealth> {
  const [held, missing, [unread], [audits]] = await Promise.all([
    calendars.countDocuments({ 'sync.hold.since': { $exists: true } }),
    // One that is both is one.
    calendars.countDocuments({ missingSince: { $exists: true }, 'sync.hold.since': { $exists: false } }),
    calendars.aggregate<{ entries: number }>([
      { $match: { 'sync.unreadableCount': { $gt: 0 } } },
      { $group: { _id: null, entries: { $sum: '$sync.unreadableCount' } } },
    ]),
    calendars.aggregate<Drift & { audited: number }>([
      { $match: { 'audit.at': { $gte: auditedSince } } },
      {
        $group: {
          _id: null,
          audited: { $sum: 1 },
          missing: { $sum: '$audit.missing' },
          extra: { $sum: '$audit.extra' },
          different: { $sum: '$audit.different' },
        },
      },
    ]),
  ]);
  const found = audits ?? { audited: 0, missing: 0, extra: 0, different: 0 };
  return {
    held: held + missing,
    unreadable: unread?.entries ?? 0,
    audited: found.audited,
    drift: { missing: found.missing, extra: found.extra, different: found.different },
  };
}
