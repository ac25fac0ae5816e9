import type { Simulator } from '../simulators/simulator.ts';

type Judged = Pick<Simulator, 'violations'>;

/** Those of this process, with the violations that were told already. */
const watched = new Map<Judged, ReadonlySet<string>>();

/** From now on a test during which one of them sees its contract broken fails: see `contracts-kept-setup.ts`. */
export function watchContracts(simulators: readonly Judged[]): void {
  for (const simulator of simulators) watched.set(simulator, new Set());
}

/**
 * Each violation is told once: to whoever asks first after it happened.
 * @throws Error naming those that none was told of before, of these simulators or of all that are watched.
 */
export function assertContractsKept(simulators: Iterable<Judged> = watched.keys()): void {
  const violations = [...simulators].flatMap((simulator) => {
    const [told, all] = [watched.get(simulator), simulator.violations()];
    watched.set(simulator, new Set(all));
    return all.filter((violation) => told?.has(violation) !== true);
  });
  if (violations.length > 0) throw new Error(`contract violations:\n${violations.join('\n')}`);
}
