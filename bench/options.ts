import { parseArgs } from 'node:util';

export const measurements = ['first-sync', 'full-resync', 'availability', 'sealing', 'memory'] as const;
export type Measurement = (typeof measurements)[number];

export interface Options {
  readonly only: ReadonlySet<Measurement>;
  readonly json: boolean;
  /** Counted rounds of each comparison of syncs. */
  readonly rounds: number;
}

const usage = `npm run bench -- [--only ${measurements.join(',')}] [--rounds 5] [--json]`;

/** Throws an Error that says what is wrong with the arguments and what they may be. */
export function readOptions(args: readonly string[]): Options {
  try {
    return parse(args);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${usage}`, { cause: error });
  }
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, rounds: { type: 'string' }, json: { type: 'boolean' } },
  });
  const { only = measurements.join(','), rounds = '5', json = false } = values;
  if (!/^[1-9]\d?$/.test(rounds)) throw new Error('--rounds is a whole number from 1 to 99');
  return { only: new Set(only.split(',').map(measurementOf)), json, rounds: Number(rounds) };
}

function measurementOf(name: string): Measurement {
  const known = measurements.find((measurement) => measurement === name);
  if (known === undefined) throw new Error(`--only knows no "${name}"; it knows ${measurements.join(', ')}`);
  return known;
}
