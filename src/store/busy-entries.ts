import type { ClientSession, mongo, Types } from 'mongoose';
import type { Interval } from '../domain/interval.ts';
import type { EntryTraits, StoredTimeQuery } from './availability-contract.ts';
import type { EventDocument } from './events.ts';
import type { Database } from './mongodb.ts';

type StoredEntry = Pick<EventDocument, 'calendarId' | 'start' | 'end'> &
  Omit<EntryTraits, 'interviewId'> & { readonly interviewId?: string | null };

/**
 * What availability asks of the events: one question for all calendars. Filter, order and projection hold nothing but
 * what the index holds, in its order.
 */
export function busyEntriesQuery(
  { events }: Database,
  calendarIds: readonly Types.ObjectId[],
  { start, end }: Interval,
  session?: ClientSession,
): mongo.FindCursor<StoredEntry> {
  return events.collection.find<StoredEntry>(
    { calendarId: { $in: [...calendarIds] }, start: { $lt: end }, end: { $gt: start } },
    {
      projection: {
        _id: 0,
        calendarId: 1,
        start: 1,
        end: 1,
        busy: 1,
        kind: 1,
        response: 1,
        allDay: 1,
        visibility: 1,
        interviewId: 1,
      },
      sort: { calendarId: 1, start: 1 },
      ...(session !== undefined && { session }),
    },
  );
}

/**
 * When these calendars say busy, by calendar id. What has been read is merged at once, so that no more is kept than there
 * are busy intervals.
 */
export async function busyEntries(
  database: Database,
  session: ClientSession,
  calendarIds: readonly Types.ObjectId[],
  { range, counts }: Pick<StoredTimeQuery, 'range' | 'counts'>,
): Promise<Map<string, Interval[]>> {
  const merged = new Map(calendarIds.map((id) => [id.toHexString(), createMerger(range)]));
  if (calendarIds.length === 0) return new Map();
  for await (const entry of busyEntriesQuery(database, calendarIds, range, session)) {
    const { calendarId, start, end, interviewId, ...traits } = entry;
    // An index knows no difference between a field that is absent and one that is null.
    if (!counts({ ...traits, interviewId: interviewId ?? undefined })) continue;
    merged.get(calendarId.toHexString())?.add(start.getTime(), end.getTime());
  }
  return new Map([...merged].map(([id, merger]) => [id, merger.intervals()]));
}

/** Merges intervals that come by start, cut to the range. */
function createMerger(range: Interval) {
  const [first, last] = [range.start.getTime(), range.end.getTime()];
  const spans: { from: number; to: number }[] = [];
  return {
    add(start: number, end: number): void {
      const [from, to] = [Math.max(start, first), Math.min(end, last)];
      if (from >= to) return;
      const before = spans.at(-1);
      if (before === undefined || from > before.to) spans.push({ from, to });
      else if (to > before.to) before.to = to;
    },
    intervals: (): Interval[] => spans.map(({ from, to }) => ({ start: new Date(from), end: new Date(to) })),
  };
}
