import type { SlotGroup } from './slots.ts';

/**
 * Gives out the seats of all groups: takes who is free, group by group, and gives who is chosen, in the same order;
 * undefined where they are too few. As many as are required for each group, and nobody twice in all of them.
 */
export type Seating = (free: readonly (readonly string[])[]) => string[][] | undefined;

/**
 * Chosen are those with the fewest interviews altogether; among equals, whom the query names first. A person who may sit
 * in several groups sits where they are needed.
 */
export function seatingOf(groups: readonly SlotGroup[]): Seating {
  const loads = new Map<string, number>();
  for (const { userId, load } of groups.flatMap(({ members }) => members)) {
    if (!loads.has(userId)) loads.set(userId, load ?? 0);
  }
  const order = [...loads.keys()].toSorted((a, b) => (loads.get(a) ?? 0) - (loads.get(b) ?? 0));
  const ranks = new Map(order.map((userId, rank) => [userId, rank]));
  const isShared = loads.size < groups.reduce((sum, { members }) => sum + members.length, 0);
  const required = groups.map((group) => group.required);
  return (free) => (isShared ? acrossGroups(free, required, ranks) : byGroup(free, required, ranks));
}

type Ranks = ReadonlyMap<string, number>;

function byGroup(
  free: readonly (readonly string[])[],
  required: readonly number[],
  ranks: Ranks,
): string[][] | undefined {
  const chosen = free.map((people, group) => byRank(people, ranks).slice(0, required[group]));
  if (chosen.some((people, group) => people.length < (required[group] ?? 0))) return undefined;
  return inOrder(free, chosen);
}

/**
 * One after another, by rank, takes a seat if there is a way to make room for them by moving others to another group.
 * Whoever has a seat keeps one, so those of the best ranks that can sit together sit in the end (a matroid's greedy choice).
 */
function acrossGroups(
  free: readonly (readonly string[])[],
  required: readonly number[],
  ranks: Ranks,
): string[][] | undefined {
  const groupsOf = new Map<string, number[]>();
  free.forEach((people, group) => {
    for (const person of people) {
      const others = groupsOf.get(person);
      if (others === undefined) groupsOf.set(person, [group]);
      else others.push(group);
    }
  });
  const seats = required.map((): string[] => []);
  const sits = (person: string, tried: Set<number>): boolean =>
    (groupsOf.get(person) ?? []).some((group) => {
      if (tried.has(group)) return false;
      tried.add(group);
      const seated = seats[group] ?? [];
      const place =
        seated.length < (required[group] ?? 0)
          ? seated.length
          : seated.findIndex((other) => sits(other, tried));
      if (place >= 0) seated[place] = person;
      return place >= 0;
    });
  let left = required.reduce((sum, seatCount) => sum + seatCount, 0);
  for (const person of byRank([...groupsOf.keys()], ranks)) {
    if (left > 0 && sits(person, new Set())) left -= 1;
  }
  return left === 0 ? inOrder(free, seats) : undefined;
}

function byRank(people: readonly string[], ranks: Ranks): string[] {
  return people.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

function inOrder(free: readonly (readonly string[])[], chosen: readonly (readonly string[])[]): string[][] {
  return free.map((people, group) => people.filter((person) => chosen[group]?.includes(person)));
}
