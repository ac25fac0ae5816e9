/** What happened how often, by group and kind. */
export interface Tally {
  count(group: Group, kind: string, times?: number): void;
  total(group: Group): number;
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

export function createTally(): Tally {
  const counts = new Map(groups.map((group) => [group, new Map<string, number>()]));
  const of = (group: Group): Map<string, number> => counts.get(group) ?? new Map();
  const total = (group: Group): number => [...of(group).values()].reduce((sum, count) => sum + count, 0);
  return {
    count: (group, kind, times = 1) => {
      if (times > 0) of(group).set(kind, (of(group).get(kind) ?? 0) + times);
    },
    total,
    lines: () =>
      groups.map((group) => {
        const kinds = [...of(group)].toSorted(([a], [b]) => a.localeCompare(b));
        const detail = kinds.map(([kind, count]) => `${kind} ${count}`).join(', ');
        return `${group}: ${total(group)}${detail === '' ? '' : ` (${detail})`}`;
      }),
  };
}
