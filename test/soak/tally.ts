/** What happened how often, by group and kind. */
export interface Tally<Name extends string = Group> {
  count(group: Name, kind: string, times?: number): void;
  total(group: Name): number;
  /** A line for each group, the kinds by name. */
  lines(): string[];
}

export const groups = [
  'operations',
  'faults',
  'crashes',
  'jobs',
  'requests of the main app',
  'syncs',
  'failures that workers logged',
  'deliveries',
  'comparisons',
  'differences',
] as const;
export type Group = (typeof groups)[number];

export function createTally(): Tally;
export function createTally<Name extends string>(names: readonly Name[]): Tally<Name>;
export function createTally(names: readonly string[] = groups): Tally<string> {
  const counts = new Map(names.map((group) => [group, new Map<string, number>()]));
  const of = (group: string): Map<string, number> => counts.get(group) ?? new Map();
  const total = (group: string): number => [...of(group).values()].reduce((sum, count) => sum + count, 0);
  return {
    count: (group, kind, times = 1) => {
      if (times > 0) of(group).set(kind, (of(group).get(kind) ?? 0) + times);
    },
    total,
    lines: () =>
      names.map((group) => {
        const kinds = [...of(group)].toSorted(([a], [b]) => a.localeCompare(b));
        const detail = kinds.map(([kind, count]) => `${kind} ${count}`).join(', ');
        return `${group}: ${total(group)}${detail === '' ? '' : ` (${detail})`}`;
      }),
  };
}
