/** Half-open: `start` belongs to it, `end` does not. UTC instants. */
export interface Interval {
  readonly start: Date;
  readonly end: Date;
}

export function overlaps(interval: Interval, other: Interval): boolean {
  return interval.start < other.end && interval.end > other.start;
}

/** The union of the intervals, cut to `within`: sorted, disjoint, touching ones joined, empty ones left out. */
export function mergeIntervals(intervals: Iterable<Interval>, within: Interval): Interval[] {
  const spans: [number, number][] = [];
  for (const { start, end } of intervals) {
    const from = Math.max(start.getTime(), within.start.getTime());
    const to = Math.min(end.getTime(), within.end.getTime());
    if (from < to) spans.push([from, to]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged.map(([from, to]) => ({ start: new Date(from), end: new Date(to) }));
}
