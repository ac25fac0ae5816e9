import { setTimeout as sleep } from 'node:timers/promises';
import { disturb, disturbanceWeights } from '../disturbances.ts';
import type { Random } from '../random.ts';
import { interviewEvents } from './calendars.ts';
import { googleHand } from './google-hand.ts';
import { microsoftHand } from './microsoft-hand.ts';
import { meddle } from './people.ts';
import type { Run } from './run.ts';
import { wish } from './wishes.ts';

const weights = { 'main app': 34, people: 34, fault: 14, disturbance: 8, crash: 5 } as const;

/** One thing that happens; drawn, written down and counted. */
export async function step(run: Run, random: Random, name: string): Promise<void> {
  const { writeFaults, crashes, tally, note } = run;
  switch (random.weighted(weights)) {
    case 'main app':
      return stepOfMainApp(run, random, name);
    case 'people':
      return stepOfPeople(run, random, name);
    case 'fault': {
      const fault = writeFaults.strike(random);
      tally.count('faults', fault);
      return note(`${name}: fault ${fault}`);
    }
    case 'disturbance':
      return stepOfDisturbance(run, random, name);
    case 'crash': {
      const crash = crashes.strike(random);
      tally.count('crashes', crash);
      return note(`${name}: ${crash}`);
    }
  }
}

/** Mostly it does not wait for the answer. */
async function stepOfMainApp(run: Run, random: Random, name: string): Promise<void> {
  const { world, bookings, secretary, furniture, newId, newRace, tally, note } = run;
  const waits = random.chance(0.3);
  const { anchor } = world;
  const done = wish({ random, anchor, bookings, secretary, ...furniture, newId, newRace });
  if (done === undefined) return note(`${name}: the main app wants nothing`);
  tally.count('bookings', done.kind);
  note(`${name}: ${done.kind} ${done.subjects.join(' ')}`);
  if (waits) await Promise.race([done.answered, sleep(1_500)]);
  return undefined;
}

function stepOfPeople(run: Run, random: Random, name: string): void {
  const { world, bookings, furniture, mails, tally, note } = run;
  const { anchor, product, accounts } = world;
  const chance = random.next();
  const wanted = bookings.filter(({ intendsIt, race }) => intendsIt && race === undefined);
  const booking = wanted[Math.floor(chance * wanted.length)];
  const own = random.fork(`people ${random.next()}`);
  if (booking === undefined) return note(`${name}: nobody has anything to do`);
  const hands = { google: googleHand(product.google), microsoft: microsoftHand(product.microsoft) };
  const look = () => interviewEvents(product, accounts, anchor);
  const done = meddle({ random: own, anchor, hands, mails, look, ...furniture }, booking);
  if (done === undefined) return note(`${name}: by hand, nothing to ${booking.id}`);
  tally.count('edits by people', done);
  return note(`${name}: by hand, ${done} ${booking.id}`);
}

/** Calendars that are not read, and connections that are not there, are another run's concern. */
const disturbances = {
  ...disturbanceWeights,
  'main app: select': 0,
  'main app: disconnect': 0,
  'jobs: disconnect of a living connection': 0,
};

async function stepOfDisturbance(run: Run, random: Random, name: string): Promise<void> {
  const { world, app, tally, note } = run;
  const { kind, lost } = random.chance(0.3)
    ? await enqueueWrites(run, random)
    : await disturb(random, world, app, disturbances);
  tally.count('disturbances', `${kind}${lost ? ' (lost)' : ''}`);
  return note(`${name}: ${kind}${lost ? ' (lost)' : ''}`);
}

/** Jobs for which there is no reason, in any number. */
async function enqueueWrites({ world, bookings }: Run, random: Random) {
  const kind = 'jobs: interviews, many times over';
  const draws = Array.from({ length: random.int(2, 8) }, () => ({
    which: random.next(),
    deduplicate: random.pick(['while-queued', 'keep-last', undefined] as const),
    delayMs: random.pick([0, 0, 500, 3000]),
  }));
  try {
    for (const { which, ...options } of draws) {
      const interviewId = bookings[Math.floor(which * bookings.length)]?.id ?? 'nobody-s';
      await world.producer.enqueue('write', 'reconcile-interview', { v: 1, interviewId }, options);
    }
    return { kind, lost: false };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind, lost: true };
  }
}
