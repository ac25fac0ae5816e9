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

/** Sets one fault at one provider. Gives its kind. */
export function strikeWrites(random: Random, vendors: Vendors): WriteFaultKind {
  if (!random.chance(0.12)) return strike(random, vendors, targets, weights);
  changeWrites(random, vendors);
  return 'behaviour of writes';
}

/** What the documentation leaves open, or warns of. It stays until it changes again. */
function changeWrites(random: Random, { google, microsoft }: Vendors): void {
  Object.assign(google.behaviour, {
    meetOutcome: random.chance(0.85) ? 'success' : 'failure',
    meetPendingReads: random.pick([0, 1, 3]),
    missedCollisions: random.pick([0, 0, 1]),
  });
  microsoft.setBehaviour({
    writes: {
      repeatedTransaction: random.pick(['existing', 'conflict'] as const),
      lostRaces: random.pick([0, 1]),
    },
  });
}

/** From now on a link to a meeting is made soon. */
export function calmWrites({ google, microsoft }: Vendors): void {
  Object.assign(google.behaviour, { meetPendingReads: 0, missedCollisions: 0 });
  microsoft.setBehaviour({ writes: { lostRaces: 0 } });
}
