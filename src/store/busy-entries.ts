import type { ClientSession, Types } from 'mongoose';
import type { Interval } from '../domain/interval.ts';
import type { StoredTimeQuery } from './availability-contract.ts';
import { createEntryReader } from './raw-entries.ts';
import type { Database } from './mongodb.ts';

/** In one round trip what a panel has in a month, and not more than some megabytes at a time. */
const batchSize = 10_000;

/**
 * What availability asks of the events: one question for all calendars. Filter, order and projection hold nothing but
 * what the index holds, in its order.
 */
export function busyEntriesQuestion(calendarIds: readonly Types.ObjectId[], { start, end }: Interval) {
  const filter = { calendarId: { $in: [...calendarIds] }, start: { $lt: end }, end: { $gt: start } };
  const projection = {
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
  };
  return { filter, options: { projection, sort: { calendarId: 1, start: 1 }, batchSize } } as const;
}

/**
 * When these calendars say busy, by calendar id. What has been read is merged at once, so that no more is kept than there
 * are busy intervals, beside the batch at hand.
 */
export async function busyEntries(
  { events }: Database,
  session: ClientSession,
  calendarIds: readonly Types.ObjectId[],
  { range, counts }: Pick<StoredTimeQuery, 'range' | 'counts'>,
): Promise<Map<string, Interval[]>> {
  const merged = new Map(calendarIds.map((id) => [id.toHexString(), createMerger(range)]));
  if (calendarIds.length === 0) return new Map();
  const { filter, options } = busyEntriesQuestion(calendarIds, range);
  // As bytes: to make objects of all of them takes longer than to find them.
  const cursor = events.collection.find<Uint8Array>(filter, { ...options, raw: true, session });
  const read = createEntryReader(counts, (id, start, end) => merged.get(id)?.add(start, end));
  try {
    while (await cursor.hasNext()) for (const entry of cursor.readBufferedDocuments()) read(entry);
  } finally {
    await cursor.close();
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
