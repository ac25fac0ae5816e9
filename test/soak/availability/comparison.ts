import { mergeIntervals, type Interval } from '../../../src/domain/interval.ts';
import {
  findSlots,
  type Candidate,
  type Slot,
  type SlotPosition,
  type SlotQuery,
} from '../../../src/domain/slots.ts';
import { weekdays, workingIntervals, type WorkingHours } from '../../../src/domain/working-hours.ts';
import type { Difference } from '../difference.ts';
import type { AvailabilityCase, DaySpanCase, HoursCase, Membership } from './case.ts';
import { dateOf, expectedOf, nameOf, type ExpectedSlot } from './oracle.ts';

export interface Comparison {
  /** How many slots there are. */
  readonly slots: number;
  readonly differences: readonly Difference[];
}

/** What the engine answers, page by page, against what the oracle expects. */
export function compareCase(question: AvailabilityCase): Comparison {
  const expected = expectedOf(question);
  const working = question.hours.map((hours) => workingOf(question, hours));
  const pages = pagesOf(question, working);
  const slots = pages.flat();
  const differences = [
    ...working.map((intervals, place) =>
      differenceOf(`hours ${place}`, 'minutes', expected.working[place], minutesOf(question, intervals)),
    ),
    ...working.map((intervals, place) => differenceOf(`hours ${place}`, 'gaps', true, haveGaps(intervals))),
    ...slots.map((slot) =>
      differenceOf(slot.start.toISOString(), 'chosen', true, isWellChosen(question, slot)),
    ),
    differenceOf(
      'slots',
      'all',
      expected.slots,
      slots.map((slot) => shownAs(question, slot)),
    ),
    differenceOf(
      'pages',
      'sizes',
      sizesOf(expected.slots.length, question.limit),
      pages.map(({ length }) => length),
    ),
  ];
  return { slots: slots.length, differences: differences.filter((one) => one !== undefined) };
}

function differenceOf(
  where: string,
  field: string,
  expected: unknown,
  stored: unknown,
): Difference | undefined {
  return JSON.stringify(expected) === JSON.stringify(stored) ? undefined : { where, field, expected, stored };
}

const instant = ({ from }: AvailabilityCase, minutes: number): Date => new Date((from + minutes) * 60_000);
const minuteOf = ({ from }: AvailabilityCase, at: Date): number => at.getTime() / 60_000 - from;

function rangeOf(question: AvailabilityCase): Interval {
  return { start: instant(question, 0), end: instant(question, question.minutes) };
}

function workingOf(question: AvailabilityCase, hours: HoursCase): Interval[] {
  const spans = (day: readonly DaySpanCase[]) => day.map(([start, end]) => ({ start, end }));
  const weekly = weekdays.map((day, place) => [day, spans(hours.days[place % hours.days.length]!)] as const);
  const known: WorkingHours = {
    weekly: Object.fromEntries(weekly) as unknown as WorkingHours['weekly'],
    exceptions: new Map(hours.exceptions.map(([day, its]) => [dateOf(question.from, day), spans(its)])),
  };
  return workingIntervals(known, hours.timeZone, rangeOf(question));
}

function minutesOf(question: AvailabilityCase, intervals: readonly Interval[]): number[] {
  const found: number[] = [];
  for (const { start, end } of intervals) {
    for (let minute = minuteOf(question, start); minute < minuteOf(question, end); minute += 1)
      found.push(minute);
  }
  return found;
}

function haveGaps(intervals: readonly Interval[]): boolean {
  return intervals.every(({ start, end }, place) => start < end && start > (intervals[place - 1]?.end ?? 0));
}

function pagesOf(question: AvailabilityCase, working: readonly Interval[][]): Slot[][] {
  const query = queryOf(question, working);
  const pages: Slot[][] = [];
  let after: SlotPosition | undefined;
  do {
    const page = findSlots({ ...query, after });
    pages.push([...page.slots]);
    after = page.next;
  } while (after !== undefined && pages.length <= question.minutes);
  return pages;
}

function queryOf(question: AvailabilityCase, working: readonly Interval[][]): SlotQuery {
  const range = rangeOf(question);
  const ever = { start: instant(question, -10_000), end: instant(question, 10_000) };
  const candidate = ([place, hours]: Membership): Candidate => {
    const { busy, known, load } = question.people[place]!;
    const blocks = busy.map(([from, to]) => ({ start: instant(question, from), end: instant(question, to) }));
    return {
      userId: nameOf(place),
      known,
      busy: mergeIntervals(blocks, ever),
      working: hours === null ? undefined : working[hours],
      load: load ?? undefined,
    };
  };
  return {
    range,
    durationMs: question.durationMinutes * 60_000,
    stepMs: question.stepMinutes * 60_000,
    align: question.align === 'hour' ? { to: 'hour', timeZone: question.timeZone } : { to: 'from' },
    bufferBeforeMs: question.bufferBefore * 60_000,
    bufferAfterMs: question.bufferAfter * 60_000,
    earliest: instant(question, question.earliest),
    groups: question.groups.map(({ members, required }) => ({ members: members.map(candidate), required })),
    optional: question.optional.map(candidate),
    order: question.order,
    limit: question.limit,
  };
}

/** As many as are required, of those who are free, in the order of the query, and nobody twice. */
function isWellChosen(question: AvailabilityCase, { start, end, groups }: Slot): boolean {
  const everybody = groups.flatMap(({ chosen }) => chosen);
  return (
    end.getTime() - start.getTime() === question.durationMinutes * 60_000 &&
    new Set(everybody).size === everybody.length &&
    groups.every(
      ({ free, chosen }, place) =>
        chosen.length === question.groups[place]?.required &&
        free.filter((one) => chosen.includes(one)).join(' ') === chosen.join(' '),
    )
  );
}

function shownAs(question: AvailabilityCase, slot: Slot): ExpectedSlot {
  return {
    start: minuteOf(question, slot.start),
    free: slot.groups.map(({ free }) => free),
    seated: slot.groups.flatMap(({ chosen }) => chosen).toSorted(),
    optional: slot.optional,
  };
}

/** Full pages and a rest; one empty page where there is nothing. */
function sizesOf(slots: number, limit: number): number[] {
  const sizes: number[] = [];
  for (let left = slots; left > 0; left -= limit) sizes.push(Math.min(left, limit));
  return sizes.length === 0 ? [0] : sizes;
}
