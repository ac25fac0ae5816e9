import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../../src/deadline.ts';
import { createCrashes, type Crashes } from '../crashes.ts';
import type { Difference } from '../difference.ts';
import { createMainApp, type MainApp } from '../main-app.ts';
import { createRandom } from '../random.ts';
import { closing, counter, logsOf, SoakError, type SoakOptions, type SoakResult } from '../run.ts';
import { createTally, type Tally } from '../tally.ts';
import { createWorld, type World } from '../world.ts';
import type { Booking } from './booking.ts';
import { createFeed, type Feed } from './feed.ts';
import { furnish, type Furniture } from './furniture.ts';
import { createInterviewsApi, type InterviewsApi } from './interviews-api.ts';
import { judgeAll } from './judging.ts';
import { createMailLog, type MailLog } from './mail-log.ts';
import { createSecretary, type Secretary } from './secretary.ts';
import { step } from './steps.ts';
import { createWriteFaults, type WriteFaults } from './write-faults.ts';

const groups = [
  'bookings',
  'edits by people',
  'faults',
  'crashes',
  'disturbances',
  'requests of the main app',
  'settled as',
  'mails',
  'deliveries',
  'comparisons',
  'differences',
  'violations',
] as const;
export type InterviewGroup = (typeof groups)[number];

/** Everything that the steps of a run play on. */
export interface Run {
  readonly options: SoakOptions;
  readonly world: World;
  readonly app: MainApp;
  readonly api: InterviewsApi;
  readonly secretary: Secretary;
  readonly crashes: Crashes;
  readonly writeFaults: WriteFaults;
  readonly mails: MailLog;
  readonly feed: Feed;
  readonly furniture: Furniture;
  readonly tally: Tally<InterviewGroup>;
  readonly bookings: Booking[];
  readonly journal: string[];
  readonly note: (line: string) => void;
  readonly newId: () => string;
  readonly newRace: () => number;
}

/**
 * The model run of interviews: rounds in which the main app books, changes and withdraws, people do to the events what
 * people do, providers fail and processes die; after each it goes quiet, and the oracle judges. Like `soak` otherwise.
 */
export async function soakInterviews(options: SoakOptions): Promise<SoakResult<InterviewGroup>> {
  await using world = closing(await createWorld(options.say, ['all', 'write', 'write', 'scheduler']));
  const journal: string[] = [];
  const tally = createTally(groups);
  let rounds = 0;
  try {
    const run = await createRun(options, world, tally, journal);
    while (rounds === 0 || options.goesOn(rounds)) {
      rounds += 1;
      const differences = await roundInTime(run, rounds);
      if (differences.length > 0) return { rounds, tally, differences, journal, logs: logsOf(world) };
    }
    return { rounds, tally, differences: [], journal, logs: [] };
  } catch (error) {
    throw new SoakError(`round ${rounds}: ${String(error)}`, journal, logsOf(world), { cause: error });
  }
}

async function createRun(
  options: SoakOptions,
  world: World,
  tally: Tally<InterviewGroup>,
  journal: string[],
): Promise<Run> {
  const app = createMainApp(world);
  const api = createInterviewsApi(world.product.api);
  const newId = counter();
  let races = 0;
  return {
    options,
    world,
    app,
    api,
    secretary: createSecretary(api, () => Date.now()),
    crashes: createCrashes(world, options.outageSeconds),
    writeFaults: createWriteFaults(world.product),
    mails: createMailLog(world.product),
    feed: createFeed(world),
    furniture: await furnish(world, app),
    tally,
    bookings: [],
    journal,
    note: (line) => void journal.push(`${new Date().toISOString()} ${line}`),
    newId: () => newId().replace('soak', 'interview-'),
    newRace: () => (races += 1) - 1,
  };
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

async function round(run: Run, number: number): Promise<Difference[]> {
  const { options, tally, note } = run;
  const random = createRandom(`${options.seed}/interviews ${number}`);
  for (let steps = 0; steps < options.stepsPerRound; steps += 1) {
    options.signal?.throwIfAborted();
    await step(run, random, `${number}.${steps}`);
    // Mostly at once; at times the product gets some air.
    await sleep(random.chance(0.15) ? random.int(200, 1200) : random.int(0, 80));
  }
  note(`${number}: quiet`);
  const violations = await judgeAll(run);
  options.signal?.throwIfAborted();
  note(`${number}: ${violations.length} violations`);
  options.say(
    `   round ${number}: ${tally.total('bookings')} bookings, ${tally.total('edits by people')} edits, ` +
      `${tally.total('faults')} faults, ${tally.total('crashes')} crashes so far; ${violations.length} violations`,
  );
  return violations;
}
