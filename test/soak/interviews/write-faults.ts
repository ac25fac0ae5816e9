import { faultWeights, strike, type FaultKind, type Targets, type Vendors } from '../faults.ts';
import type { Random } from '../random.ts';

/** Writing and what goes with it most of all: creations, changes, cancellations, what is looked up before. */
const targets: Targets = {
  google: [
    { method: 'POST', path: '/events$' },
    { method: 'POST', path: '/events$' },
    { method: 'PATCH', path: '/events/' },
    { method: 'PATCH', path: '/events/' },
    { method: 'DELETE', path: '/events/' },
    { method: 'GET', path: '/events/[^/]+$' },
    { method: 'GET', path: '/events$' },
    { path: '/token$' },
    { path: '/freeBusy$' },
  ],
  microsoft: [
    { method: 'POST', path: '/events$' },
    { method: 'POST', path: '/events$' },
    { method: 'PATCH', path: '/me/events/' },
    { method: 'PATCH', path: '/me/events/' },
    { method: 'POST', path: '/cancel$' },
    { method: 'DELETE', path: '/me/events/' },
    { method: 'GET', path: '/me/events/[^/]+$' },
    { method: 'GET', path: '/events$' },
    { path: '/delta$' },
    { path: '/token$' },
    { path: '/getSchedule$' },
  ],
};

/** An answer that is lost after the commit is the hardest. */
const weights: Readonly<Record<FaultKind, number>> = {
  ...faultWeights,
  '401 on a later page': 1,
  'cut after': 9,
  truncate: 4,
  'stall in the body': 3,
  'stale answer': 5,
  'long delay': 4,
};

export type WriteFaultKind = FaultKind | 'behaviour of writes';

/** What goes wrong at the providers in a run. */
export interface WriteFaults {
  /** Sets one fault at one provider. Gives its kind. */
  strike(random: Random): WriteFaultKind;
  /** From now on a link to a meeting is made soon, and no race is lost. */
  calm(): void;
  /** How many clashes of ids Google has not noticed so far: each may have made a second event, and invited to it. */
  unseenClashes(): number;
}

export function createWriteFaults(vendors: Vendors): WriteFaults {
  const { google } = vendors;
  let allowed = 0;
  let unseen = 0;
  const allowUnseen = (clashes: number): void => {
    unseen += allowed - google.behaviour.missedCollisions;
    allowed = clashes;
    google.behaviour.missedCollisions = clashes;
  };
  return {
    strike: (random) => {
      if (!random.chance(0.12)) return strike(random, vendors, targets, weights);
      allowUnseen(random.pick([0, 0, 1]));
      changeWrites(random, vendors);
      return 'behaviour of writes';
    },
    calm: () => {
      allowUnseen(0);
      google.behaviour.meetPendingReads = 0;
      vendors.microsoft.setBehaviour({ writes: { lostRaces: 0 } });
    },
    unseenClashes: () => unseen + allowed - google.behaviour.missedCollisions,
  };
}

/** What the documentation leaves open. It stays until it changes again. */
function changeWrites(random: Random, { google, microsoft }: Vendors): void {
  google.behaviour.meetOutcome = random.chance(0.85) ? 'success' : 'failure';
  google.behaviour.meetPendingReads = random.pick([0, 1, 3]);
  microsoft.setBehaviour({
    writes: {
      repeatedTransaction: random.pick(['existing', 'conflict'] as const),
      lostRaces: random.pick([0, 1]),
    },
  });
}
