import { padded, spansOf, without, type Spans } from './interval.ts';
import { seatingOf } from './seats.ts';
import type { Candidate, Slot, SlotGroup, SlotQuery } from './slots.ts';

/** Who can come to a slot. */
export type Attendance = Pick<Slot, 'groups' | 'optional'>;

/** All who are asked for, gone through in order of time: to be asked about later and later moments. */
export interface Panel {
  /** The first moment from this one on at which enough of each group might be free; Infinity where there is none. */
  soonest(start: number): number;
  /** Who can come to a slot that starts then; undefined where there are not enough. */
  attendanceAt(start: number): Attendance | undefined;
  /** Until then it is the same people. */
  changeAfter(start: number): number;
}

/** When a slot may start for somebody, and how far they have been gone through. */
interface Person {
  readonly userId: string;
  readonly starts: Spans;
  at: number;
}

interface Group {
  readonly required: number;
  readonly people: readonly Person[];
}

export function createPanel(query: SlotQuery): Panel {
  const personOf = (candidate: Candidate): Person => ({
    userId: candidate.userId,
    starts: startsFor(candidate, query),
    at: 0,
  });
  const groups = query.groups.map(({ members, required }: SlotGroup) => ({
    required,
    people: members.map(personOf),
  }));
  const optional = query.optional.map(personOf);
  const everybody = [...groups.flatMap(({ people }) => people), ...optional];
  const seating = seatingOf(query.groups);
  return {
    soonest: (start) => groups.reduce((from, group) => soonestOf(group, from), start),
    attendanceAt: (start) => {
      const free = groups.map(({ people }) => namesOfFree(people, start));
      const chosen = seating(free);
      if (chosen === undefined) return undefined;
      const taken = new Set(chosen.flat());
      return {
        groups: free.map((people, group) => ({ free: people, chosen: chosen[group] ?? [] })),
        optional: namesOfFree(optional, start).filter((userId) => !taken.has(userId)),
      };
    },
    changeAfter: (start) =>
      everybody.reduce((soonest, person) => Math.min(soonest, changeOf(person, start)), Infinity),
  };
}

/**
 * The moments at which a slot may start for somebody: it lies in their working hours, and they are busy neither in it nor
 * in the buffers around it. Moments are whole milliseconds, so the first one after a time is the next one.
 */
function startsFor({ busy, working, known }: Candidate, query: SlotQuery): number[] {
  if (!known) return [];
  const hours = spansOf(working ?? [query.range]);
  const taken = padded(spansOf(busy), query.durationMs + query.bufferAfterMs - 1, query.bufferBeforeMs);
  return without(padded(hours, 0, 1 - query.durationMs), taken);
}

function soonestOf({ required, people }: Group, from: number): number {
  if (required === people.length) return people.reduce((start, person) => freeFrom(person, start), from);
  const starts = people.map((person) => freeFrom(person, from));
  return starts.toSorted((a, b) => a - b)[required - 1] ?? Infinity;
}

function freeFrom(person: Person, start: number): number {
  goTo(person, start);
  return Math.max(person.starts[person.at] ?? Infinity, start);
}

function namesOfFree(people: readonly Person[], start: number): string[] {
  return people.filter((person) => freeFrom(person, start) === start).map(({ userId }) => userId);
}

function changeOf(person: Person, start: number): number {
  const from = freeFrom(person, start);
  return from > start ? from : (person.starts[person.at + 1] ?? Infinity);
}

function goTo(person: Person, start: number): void {
  const { starts } = person;
  while (person.at < starts.length && (starts[person.at + 1] ?? 0) <= start) person.at += 2;
}
