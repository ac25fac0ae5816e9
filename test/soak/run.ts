import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../src/deadline.ts';
import { createChangeFollower, type ChangeFollower } from './change-follower.ts';
import { compare } from './comparison.ts';
import { createCrashes, type Crashes } from './crashes.ts';
import type { Difference } from './difference.ts';
import { disturb } from './disturbances.ts';
import { strike } from './faults.ts';
import { createMainApp, type MainApp } from './main-app.ts';
import { operate } from './operations.ts';
import { createRandom, type Random } from './random.ts';
import { settle } from './settle.ts';
import { expectPush } from './told-by-push.ts';
import { compareWatches } from './watch-comparison.ts';
import { createTally, type Group, type Tally } from './tally.ts';
import { createWorld, linesOf, type World } from './world.ts';

export interface SoakOptions {
  readonly seed: number;
  /** Asked after each round. */
  readonly goesOn: (roundsDone: number) => boolean;
  readonly stepsPerRound: number;
  /** How long Redis or MongoDB is away at most, when it is. */
  readonly outageSeconds: number;
  readonly say: (line: string) => void;
  /** Ends the run early; it rejects with the reason then. */
  readonly signal?: AbortSignal;
}

export interface SoakResult<Name extends string = string> {
  readonly rounds: number;
  readonly tally: Pick<Tally<Name>, 'total' | 'lines'>;
  /** Of the first round that had any; the run ends with it. */
  readonly differences: readonly Difference[];
  /** What was done, a line each, with the time; for whoever looks for the cause. */
  readonly journal: readonly string[];
  /** What the processes logged, and asked of the providers, for the same. Empty where there are no differences. */
  readonly logs: readonly string[];
}

interface Run {
  readonly options: SoakOptions;
  readonly world: World;
  readonly app: MainApp;
  readonly crashes: Crashes;
  readonly tally: Tally;
  readonly journal: string[];
  readonly newId: () => string;
  readonly follower: ChangeFollower;
}

/**
 * The model run: rounds of random edits, faults, crashes and jobs, and after each it goes quiet and everything is
 * compared. The same seed does the same things in the same order. Rejects where it does not settle, where a contract
 * was violated or a secret lies open; nothing is left behind, whatever happens.
 */
export async function soak(options: SoakOptions): Promise<SoakResult<Group>> {
  await using world = closing(await createWorld(options.say));
  const journal: string[] = [];
  const tally = createTally();
  const run: Run = {
    options,
    world,
    app: createMainApp(world),
    crashes: createCrashes(world, options.outageSeconds),
    tally,
    journal,
    newId: counter(),
    follower: createChangeFollower(world),
  };
  let rounds = 0;
  try {
    await furnish(run, createRandom(`${options.seed}/furniture`));
    while (rounds === 0 || options.goesOn(rounds)) {
      rounds += 1;
      const differences = await roundInTime(run, rounds);
      if (differences.length > 0) return { rounds, tally, differences, journal, logs: logsOf(world) };
    }
    countSyncs(world, tally);
    return { rounds, tally, differences: [], journal, logs: [] };
  } catch (error) {
    throw new SoakError(`round ${rounds}: ${String(error)}`, journal, logsOf(world), { cause: error });
  }
}

/** Carries what happened until then. */
export class SoakError extends Error {
  readonly journal: readonly string[];
  readonly logs: readonly string[];

  constructor(message: string, journal: readonly string[], logs: readonly string[], options: ErrorOptions) {
    super(message, options);
    this.name = 'SoakError';
    this.journal = journal;
    this.logs = logs;
  }
}

export function closing(world: World): World & AsyncDisposable {
  return { ...world, [Symbol.asyncDispose]: () => world.close() };
}

/** In the alphabet of Google's ids, and never the same twice. */
export function counter(): () => string {
  let used = 0;
  return () => `soak${String((used += 1)).padStart(6, '0')}`;
}

/** Calendars are not empty when somebody connects them. */
async function furnish({ world, app, newId }: Run, random: Random): Promise<void> {
  for (const account of world.accounts) {
    for (let operations = 0; operations < 25; operations += 1) {
      operate(random, world.writers[account.provider], account, newId);
    }
    await app.connect(account);
  }
}

/** Twice and more what a round takes whose every wait comes to its limit. */
const roundWithinMs = 15 * 60_000;

/** A run that hangs is a run that failed: it says at what. */
async function roundInTime(run: Run, number: number): Promise<Difference[]> {
  try {
    return await within(roundWithinMs, round(run, number));
  } catch (cause) {
    const broken = run.crashes.broken().join(', ') || 'nothing';
    const last = run.journal.at(-1) ?? 'nothing';
    throw new Error(`${String(cause)}\nThe last thing done: ${last}. Not mended yet: ${broken}.`, { cause });
  }
}

const weights = { operation: 60, fault: 9, disturbance: 14, crash: 4 } as const;

async function round(run: Run, number: number): Promise<Difference[]> {
  const { options, tally } = run;
  const random = createRandom(`${options.seed}/round ${number}`);
  for (let steps = 0; steps < options.stepsPerRound; steps += 1) {
    options.signal?.throwIfAborted();
    await step(run, random, `${number}.${steps}`);
    // Mostly at once, so that edits fall into the middle of listings; at times the product gets some air.
    await sleep(random.chance(0.1) ? random.int(200, 800) : random.int(0, 60));
  }
  note(run, `${number}: quiet`);
  await settle(run);
  options.signal?.throwIfAborted();
  const differences = await compareAll(run, random);
  note(run, `${number}: ${differences.length} differences`);
  options.say(
    `   round ${number}: ${tally.total('operations')} operations, ${tally.total('faults')} faults, ` +
      `${tally.total('crashes')} crashes so far; ${differences.length} differences`,
  );
  return differences;
}

/** First what is stored; then, where that is right, that providers are heard and the main app is told. */
async function compareAll(run: Run, random: Random): Promise<Difference[]> {
  const { world, app, tally, newId, follower } = run;
  const stored = await compare(world, app, tally);
  if (stored.length > 0) return stored;
  const unheard = [
    ...(await compareWatches(world, app, tally)),
    ...(await expectPush({ world, app, tally, random, newId })),
  ];
  const unsaid = await follower.compare(tally);
  return [...unheard, ...unsaid, ...(await world.webhook.compare(follower.changes, tally))];
}

async function step(run: Run, random: Random, name: string): Promise<void> {
  const { world, app, crashes, tally, newId } = run;
  const kind = random.weighted(weights);
  switch (kind) {
    case 'operation': {
      const account = random.pick(world.accounts);
      const done = operate(random, world.writers[account.provider], account, newId);
      if (done === undefined) return note(run, `${name}: ${account.email} nothing`);
      tally.count('operations', done.operation);
      return note(run, `${name}: ${account.email} ${done.operation} ${[...done.subjects].join(' ')}`);
    }
    case 'fault': {
      const fault = strike(random, world.product);
      tally.count('faults', fault);
      return note(run, `${name}: fault ${fault}`);
    }
    case 'disturbance': {
      const { kind: disturbance, lost } = await disturb(random, world, app);
      const group = disturbance.startsWith('jobs') ? 'jobs' : 'requests of the main app';
      tally.count(
        disturbance.startsWith('user') || disturbance.startsWith('provider') ? 'operations' : group,
        `${disturbance.replace(/^.*: /, '')}${lost ? ' (lost)' : ''}`,
      );
      return note(run, `${name}: ${disturbance}${lost ? ' (lost)' : ''}`);
    }
    case 'crash': {
      const crash = crashes.strike(random);
      tally.count('crashes', crash);
      return note(run, `${name}: ${crash}`);
    }
  }
}

function note({ journal }: Run, line: string): void {
  journal.push(`${new Date().toISOString()} ${line}`);
}

/** What the processes said, and what they asked of the providers. */
export function logsOf(world: World): string[] {
  const asked = (['google', 'microsoft'] as const).flatMap((role) =>
    world.product[role].requests.map(({ at, method, path, query, status }) => ({
      time: at,
      role,
      method,
      path,
      query,
      status,
    })),
  );
  return [...linesOf(world), ...asked].map((line) => JSON.stringify(line));
}

function countSyncs(world: World, tally: Tally): void {
  for (const { msg, job, outcome, err } of linesOf(world)) {
    if (msg === 'job ended' && job === 'sync-connection') tally.count('syncs', String(outcome));
    if (msg === 'job failed: a defect of ours' || msg === 'job put off: MongoDB or Redis is away') {
      tally.count('failures that workers logged', (err as { type?: string }).type ?? 'unknown');
    }
  }
}
