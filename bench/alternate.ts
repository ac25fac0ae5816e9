import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One of two things to compare. What is timed is `run`; `prepare` and `cleanUp` are not. */
export interface Contender<Prepared> {
  prepare(): Promise<Prepared>;
  run(prepared: Prepared): Promise<void>;
  cleanUp(prepared: Prepared): Promise<void>;
}

/** Milliseconds. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Wall-clock time, and processor time of this process alone: without vendor and database. */
export interface Times {
  readonly wall: Summary;
  readonly cpu: Summary;
}

export interface Schedule {
  readonly warmUps: number;
  readonly rounds: number;
  /** Ends it before the next measurement, with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface Comparison {
  readonly floor: Times;
  readonly ours: Times;
  /** Of the medians: how many times the floor. */
  readonly ratio: number;
  readonly cpuRatio: number;
  readonly rounds: number;
}

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/**
 * Floor, ours, floor, ours, …: whatever else the machine is doing then falls on both. The first `warmUps` rounds, in
 * which code is compiled and sockets are opened, are not counted.
 */
export async function alternate<F, O>(
  floor: Contender<F>,
  ours: Contender<O>,
  { warmUps, rounds, signal }: Schedule,
): Promise<Comparison> {
  const samples: { readonly floor: Sample; readonly ours: Sample }[] = [];
  for (let round = 0; round < warmUps + rounds; round += 1) {
    signal.throwIfAborted();
    samples.push({ floor: await measure(floor), ours: await measure(ours) });
  }
  const counted = samples.slice(warmUps);
  const floorTimes = timesOf(counted.map((sample) => sample.floor));
  const oursTimes = timesOf(counted.map((sample) => sample.ours));
  return {
    floor: floorTimes,
    ours: oursTimes,
    ratio: oursTimes.wall.median / floorTimes.wall.median,
    cpuRatio: oursTimes.cpu.median / floorTimes.cpu.median,
    rounds,
  };
}

/** A contender that needs nothing but its turn. */
export function plain(run: () => Promise<void> | void): Contender<void> {
  return { prepare: async () => {}, run: async () => run(), cleanUp: async () => {} };
}

async function measure<Prepared>(contender: Contender<Prepared>): Promise<Sample> {
  const prepared = await contender.prepare();
  try {
    // What the one before left behind is not this one's to clear away.
    collectGarbage();
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    await contender.run(prepared);
    const wallMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wallMs, cpuMs: (user + system) / 1000 };
  } finally {
    await contender.cleanUp(prepared);
  }
}

let collect: (() => void) | undefined;

function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

function timesOf(samples: readonly Sample[]): Times {
  return {
    wall: summaryOf(samples.map(({ wallMs }) => wallMs)),
    cpu: summaryOf(samples.map(({ cpuMs }) => cpuMs)),
  };
}

function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}
