import type { Interval } from './interval.ts';
import { createPanel, type Attendance } from './panel.ts';
import { slotStarts } from './slot-starts.ts';

/** Somebody who may take part, as far as it matters to a slot. */
export interface Candidate {
  readonly userId: string;
  /** Sorted and disjoint; known from `range.start` less the buffer before to `range.end` and the buffer after. */
  readonly busy: readonly Interval[];
  /** Sorted and disjoint; absent: at any time. Buffers may lie outside of them. */
  readonly working?: readonly Interval[] | undefined;
  /** Whether their time is known well enough to offer it (I7): who is not, is free at no time. */
  readonly known: boolean;
  /** How many interviews they have had: where not all of a group are needed, those with the fewest come first. */
  readonly load?: number | undefined;
}

export interface SlotGroup {
  readonly members: readonly Candidate[];
  /** How many of them it takes. One person takes one seat, also where several groups name them. */
  readonly required: number;
}

export interface SlotQuery {
  readonly range: Interval;
  readonly durationMs: number;
  readonly stepMs: number;
  /**
   * Where slots may start: at wall-clock times of the zone whose time since midnight is a multiple of the step, or at
   * multiples of the step from the start of the range.
   */
  readonly align: { readonly to: 'hour'; readonly timeZone: string } | { readonly to: 'from' };
  readonly bufferBeforeMs: number;
  readonly bufferAfterMs: number;
  /** No slot starts before: now and the notice that people want. */
  readonly earliest: Date;
  readonly groups: readonly SlotGroup[];
  readonly optional: readonly Candidate[];
  /** By time, or those first to which the most of the optional can come. */
  readonly order: 'start' | 'optional';
  readonly limit: number;
  /** The last slot of the page before. */
  readonly after?: SlotPosition | undefined;
}

/** Where a page ended: says all that the order depends on, so that no slot comes twice. */
export interface SlotPosition {
  readonly start: Date;
  readonly optionalCount: number;
}

/** A time at which all groups are satisfied; within the range, buffers aside. */
export interface Slot extends Interval {
  /** In the order of the query. `free`: all who can. `chosen`: as many as are required, nobody twice in all groups. */
  readonly groups: readonly { readonly free: readonly string[]; readonly chosen: readonly string[] }[];
  /** Those of the optional who can, and are not chosen. */
  readonly optional: readonly string[];
}

export interface SlotPage {
  readonly slots: readonly Slot[];
  /** Where there are more. */
  readonly next?: SlotPosition | undefined;
}

/** The times at which every group can meet. Pure; throws RangeError for an unknown zone. */
export function findSlots(query: SlotQuery): SlotPage {
  const found = query.order === 'start' ? firstByTime(query) : firstByOptional(query);
  const last = found.length > query.limit ? found[query.limit - 1] : undefined;
  const slots = found.slice(0, query.limit).map(({ start, attendance }) => ({
    start: new Date(start),
    end: new Date(start + query.durationMs),
    ...attendance,
  }));
  if (last === undefined) return { slots };
  return { slots, next: { start: new Date(last.start), optionalCount: last.attendance.optional.length } };
}

interface Found {
  readonly start: number;
  readonly attendance: Attendance;
}

/** One more than the limit, so that it is known whether there are more. */
function firstByTime(query: SlotQuery): Found[] {
  const found: Found[] = [];
  for (const next of possibleSlots(query, (query.after?.start.getTime() ?? -Infinity) + 1)) {
    found.push(next);
    if (found.length > query.limit) break;
  }
  return found;
}

function firstByOptional(query: SlotQuery): Found[] {
  const after = {
    count: query.after?.optionalCount ?? Infinity,
    start: query.after?.start.getTime() ?? -Infinity,
  };
  const byCount: Found[][] = query.optional.map(() => []);
  byCount.push([]);
  for (const next of possibleSlots(query, -Infinity)) {
    const count = next.attendance.optional.length;
    const isAfter = count < after.count || (count === after.count && next.start > after.start);
    const alike = byCount[count];
    if (isAfter && alike !== undefined && alike.length <= query.limit) alike.push(next);
  }
  return byCount.toReversed().flat();
}

/** In order of time. Who can come changes seldom from one start to the next, and is looked at only then. */
function* possibleSlots(query: SlotQuery, notBefore: number): Generator<Found> {
  const startFrom = slotStarts(query);
  const panel = createPanel(query);
  const last = query.range.end.getTime() - query.durationMs;
  let at = startFrom(Math.max(query.range.start.getTime(), query.earliest.getTime(), notBefore));
  while (at <= last) {
    const soonest = panel.soonest(at);
    if (soonest > at) {
      at = startFrom(soonest);
      continue;
    }
    const attendance = panel.attendanceAt(at);
    const until = Math.min(panel.changeAfter(at), last + 1);
    for (; at < until; at = startFrom(at + 1)) {
      if (attendance !== undefined) yield { start: at, attendance };
    }
  }
}
