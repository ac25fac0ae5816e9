import { DateTime } from 'luxon';
import type { AvailabilityCase, HoursCase, Membership } from './case.ts';

/**
 * What the answer has to be, worked out minute by minute and by trying every way to give the seats out, with Luxon's time
 * zones: slow, and without a line of the engine.
 */
export interface Expected {
  /** For each of `hours`, the minutes after `from` that belong to them. */
  readonly working: readonly (readonly number[])[];
  readonly slots: readonly ExpectedSlot[];
}

export interface ExpectedSlot {
  /** In minutes after `from`. */
  readonly start: number;
  readonly free: readonly (readonly string[])[];
  /** Who has the seats of all groups together, by name. */
  readonly seated: readonly string[];
  readonly optional: readonly string[];
}

export const nameOf = (person: number): string => `person-${person}`;

export function expectedOf(question: AvailabilityCase): Expected {
  const works = question.hours.map((hours) => workingTable(hours, question));
  const working = works.map((table) => table.flatMap((isIn, minute) => (isIn ? [minute] : [])));
  const slots: ExpectedSlot[] = [];
  for (let start = 0; start + question.durationMinutes <= question.minutes; start += 1) {
    const slot = isStart(question, start) ? slotAt(question, works, start) : undefined;
    if (slot !== undefined) slots.push(slot);
  }
  return { working, slots: question.order === 'start' ? slots : slots.toSorted(byOptional) };
}

const byOptional = (a: ExpectedSlot, b: ExpectedSlot): number =>
  b.optional.length - a.optional.length || a.start - b.start;

function isStart(question: AvailabilityCase, start: number): boolean {
  if (start < question.earliest) return false;
  const since =
    question.align === 'from' ? start : wallClock(question.timeZone, question.from + start).minute;
  return since % question.stepMinutes === 0;
}

function workingTable(hours: HoursCase, { from, minutes }: AvailabilityCase): boolean[] {
  const exceptions = new Map(hours.exceptions.map(([day, spans]) => [dateOf(from, day), spans]));
  return Array.from({ length: minutes }, (_, minute) => {
    const wall = wallClock(hours.timeZone, from + minute);
    const spans = exceptions.get(wall.date) ?? hours.days[(wall.weekday - 1) % hours.days.length]!;
    return spans.some(([start, end]) => wall.minute >= start && wall.minute < end);
  });
}

/** The date so many days after the one of a minute in UTC. */
export function dateOf(minute: number, days: number): string {
  return DateTime.fromMillis(minute * 60_000, { zone: 'UTC' })
    .plus({ days })
    .toISODate()!;
}

function slotAt(
  question: AvailabilityCase,
  works: readonly (readonly boolean[])[],
  start: number,
): ExpectedSlot | undefined {
  const isFree = ([person, hours]: Membership): boolean => {
    const { known, busy } = question.people[person]!;
    if (!known) return false;
    for (
      let at = start - question.bufferBefore;
      at < start + question.durationMinutes + question.bufferAfter;
      at += 1
    ) {
      if (busy.some(([from, to]) => at >= from && at < to)) return false;
    }
    for (let at = start; at < start + question.durationMinutes; at += 1) {
      if (hours !== null && works[hours]![at] !== true) return false;
    }
    return true;
  };
  const free = question.groups.map(({ members }) => members.filter(isFree).map(([person]) => person));
  const seated = bestSeating(question, free);
  if (seated === undefined) return undefined;
  const optional = question.optional.filter((one) => isFree(one) && !seated.includes(one[0]));
  return {
    start,
    free: free.map((group) => group.map(nameOf)),
    seated: seated.map(nameOf).toSorted(),
    optional: optional.map(([person]) => nameOf(person)),
  };
}

/** Of all ways to give out the seats, the one with the fewest interviews; then of those who are named first. */
function bestSeating(question: AvailabilityCase, free: readonly (readonly number[])[]): number[] | undefined {
  const named = [...new Set(question.groups.flatMap(({ members }) => members.map(([person]) => person)))];
  const loadOf = (person: number): number => question.people[person]!.load ?? 0;
  const ranked = named.toSorted((a, b) => loadOf(a) - loadOf(b) || named.indexOf(a) - named.indexOf(b));
  const waysOf = (group: number): number[][] => {
    if (group === free.length) return [[]];
    const rest = waysOf(group + 1);
    return choices(free[group]!, question.groups[group]!.required).flatMap((chosen) =>
      rest
        .filter((others) => !others.some((one) => chosen.includes(one)))
        .map((others) => [...chosen, ...others]),
    );
  };
  const ways = waysOf(0).map((people) => ({
    people,
    load: people.reduce((sum, one) => sum + loadOf(one), 0),
    ranks: people.map((one) => ranked.indexOf(one)).toSorted((a, b) => a - b),
  }));
  const isBetter = (a: (typeof ways)[number], b: (typeof ways)[number]): boolean => {
    if (a.load !== b.load) return a.load < b.load;
    const at = a.ranks.findIndex((rank, place) => rank !== b.ranks[place]);
    return at >= 0 && a.ranks[at]! < b.ranks[at]!;
  };
  return ways.reduce<(typeof ways)[number] | undefined>(
    (best, way) => (best === undefined || isBetter(way, best) ? way : best),
    undefined,
  )?.people;
}

function choices(people: readonly number[], count: number): number[][] {
  if (count === 0) return [[]];
  return people.flatMap((one, place) =>
    choices(people.slice(place + 1), count - 1).map((others) => [one, ...others]),
  );
}

interface WallClock {
  readonly date: string;
  /** 1 is Monday. */
  readonly weekday: number;
  readonly minute: number;
}

const seen = new Map<string, Map<number, WallClock>>();

function wallClock(timeZone: string, minute: number): WallClock {
  const ofZone = seen.get(timeZone) ?? new Map<number, WallClock>();
  seen.set(timeZone, ofZone);
  const known = ofZone.get(minute);
  if (known !== undefined) return known;
  const at = DateTime.fromMillis(minute * 60_000, { zone: timeZone });
  const wall = { date: at.toISODate()!, weekday: at.weekday, minute: at.hour * 60 + at.minute };
  ofZone.set(minute, wall);
  return wall;
}
