/** Half-open: `start` belongs to it, `end` does not. UTC instants. */
export interface Interval {
  readonly start: Date;
  readonly end: Date;
}

/**
 * The same as plain numbers, one after another: start, end, start, end, … Sorted, disjoint, none empty. For what is done
 * thousands of times for one answer.
 */
export type Spans = readonly number[];

export function overlaps(interval: Interval, other: Interval): boolean {
  return interval.start < other.end && interval.end > other.start;
}

/** The union of the intervals, cut to `within`: sorted, disjoint, touching ones joined, empty ones left out. */
export function mergeIntervals(intervals: Iterable<Interval>, within: Interval): Interval[] {
  const [from, to] = [within.start.getTime(), within.end.getTime()];
  const pairs: [number, number][] = [];
  for (const { start, end } of intervals) {
    pairs.push([Math.max(start.getTime(), from), Math.min(end.getTime(), to)]);
  }
  return intervalsOf(joined(pairs));
}

/** The union of spans in any order; empty ones are left out. */
export function joined(pairs: readonly (readonly [start: number, end: number])[]): number[] {
  const union: number[] = [];
  for (const [start, end] of pairs.toSorted((a, b) => a[0] - b[0])) append(union, start, end);
  return union;
}

/** Of sorted intervals; touching ones are joined. */
export function spansOf(intervals: Iterable<Interval>): number[] {
  const spans: number[] = [];
  for (const { start, end } of intervals) append(spans, start.getTime(), end.getTime());
  return spans;
}

export function intervalsOf(spans: Spans): Interval[] {
  const found: Interval[] = [];
  for (let at = 0; at < spans.length; at += 2) {
    found.push({ start: new Date(spans[at] ?? 0), end: new Date(spans[at + 1] ?? 0) });
  }
  return found;
}

/** Each of them longer by so much at its ends, or shorter for less than nothing; what is left of none is left out. */
export function padded(spans: Spans, before: number, after: number): number[] {
  const wider: number[] = [];
  for (let at = 0; at < spans.length; at += 2) {
    append(wider, (spans[at] ?? 0) - before, (spans[at + 1] ?? 0) + after);
  }
  return wider;
}

/** The difference: what of the spans none of the others covers. */
export function without(spans: Spans, others: Spans): number[] {
  const rest: number[] = [];
  let other = 0;
  for (let at = 0; at < spans.length; at += 2) {
    const end = spans[at + 1] ?? 0;
    let from = spans[at] ?? 0;
    while (other < others.length && (others[other + 1] ?? 0) <= from) other += 2;
    for (let next = other; next < others.length && (others[next] ?? 0) < end; next += 2) {
      append(rest, from, others[next] ?? 0);
      from = others[next + 1] ?? 0;
    }
    append(rest, from, end);
  }
  return rest;
}

/** Adds one that begins no earlier than those before. */
function append(spans: number[], start: number, end: number): void {
  if (start >= end) return;
  const last = spans.length - 1;
  if (start > (spans[last] ?? -Infinity)) spans.push(start, end);
  else spans[last] = Math.max(spans[last] ?? end, end);
}
