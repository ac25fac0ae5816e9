import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Difference } from '../difference.ts';
import type { SoakOptions, SoakResult } from '../run.ts';
import { createTally } from '../tally.ts';
import { anyCase, type AvailabilityCase } from './case.ts';
import { compareCase } from './comparison.ts';

const groups = ['cases', 'slots', 'differences'] as const;
export type AvailabilityGroup = (typeof groups)[number];

const casesPerRound = 2000;
const roundsPerLine = 25;

/**
 * Random questions to the engine, each against the oracle, for as long as asked. The first that is answered differently
 * ends it, made as small as it goes: the journal is its JSON, which `compareCase` takes. No processes, no servers.
 */
export async function soakAvailability({
  seed,
  goesOn,
  say,
  signal,
}: SoakOptions): Promise<SoakResult<AvailabilityGroup>> {
  const tally = createTally(groups);
  for (let round = 1; ; round += 1) {
    signal?.throwIfAborted();
    const failing = compareSome(seedOf(seed, round), (kind, slots) => {
      tally.count('cases', kind);
      tally.count('slots', kind, slots);
    });
    if (failing !== undefined) {
      const { differences } = compareCase(failing);
      tally.count('differences', 'of the smallest case', differences.length);
      const journal = [JSON.stringify(failing)];
      say(`Answered differently: ${journal[0]}`);
      return { rounds: round, tally, differences: shown(differences), journal, logs: [] };
    }
    if (round % roundsPerLine === 0) say(`Round ${round}: ${tally.total('cases')} cases.`);
    await nextTurn();
    if (!goesOn(round)) return { rounds: round, tally, differences: [], journal: [], logs: [] };
  }
}

/** Any two rounds of any two seeds below a million differ. */
function seedOf(seed: number, round: number): number {
  return (seed * 1_000_003 + round) | 0;
}

function compareSome(
  seed: number,
  count: (kind: string, slots: number) => void,
): AvailabilityCase | undefined {
  const property = fc.property(anyCase, (question) => {
    const { slots, differences } = compareCase(question);
    count(`by ${question.order}`, slots);
    return differences.length === 0;
  });
  const { failed, counterexample } = fc.check(property, { seed, numRuns: casesPerRound });
  return failed ? counterexample?.[0] : undefined;
}

/** The lists of all slots and minutes are long. */
function shown(differences: readonly Difference[]): Difference[] {
  const short = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 2000);
  return differences.map((one) => ({ ...one, expected: short(one.expected), stored: short(one.stored) }));
}
