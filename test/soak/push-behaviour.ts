import type { Vendors } from './faults.ts';
import type { Random } from './random.ts';

const weekSeconds = 604_800;

/** How notifications travel: early, late, many as one, doubled, or not at all. It stays until it changes again. */
export function changePush(random: Random, { google, microsoft }: Vendors): void {
  Object.assign(google.push, {
    sync: random.pick(['before', 'after', 'never']),
    coalesceMs: random.pick([0, 0, 50, 400]),
    lossRate: random.pick([0, 0, 0.3]),
    lossSeed: random.int(0, 1_000_000),
    // What is left of a round is longer than the shorter of these: some channels end in it.
    maxTtlSeconds: random.pick([20, 60, weekSeconds]),
  });
  microsoft.setBehaviour({
    notifications: {
      lost: random.chance(0.25),
      createdPlusUpdated: random.chance(0.5),
      mixed: random.chance(0.5),
      expirationOffsetHours: random.pick([0, 2, -8]),
    },
  });
}

/** Addresses on this machine may be http; and ten minutes of one slow answer would outlast the run. */
export function allowLocalPush({ google, microsoft }: Vendors): void {
  google.push.allowHttpLoopback = true;
  microsoft.setBehaviour({ notifications: { allowHttpLoopback: true, judgesEndpoints: false } });
}

/** From now on nothing gets lost, and what is made lasts. */
export function calmPush({ google, microsoft }: Vendors): void {
  Object.assign(google.push, { loseNext: 0, lossRate: 0, maxTtlSeconds: weekSeconds });
  microsoft.setBehaviour({ notifications: { lost: false } });
}
