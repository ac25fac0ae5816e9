import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../src/deadline.ts';
import { outages, type Outage } from '../support/tcp-proxy.ts';
import type { Instance, Role } from '../support/deployed-product.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const weights = {
  'worker killed': 6,
  'worker stalled': 6,
  'worker told to end': 1,
  'intake killed': 2,
  'scheduler killed': 1,
  'Redis flushed': 3,
  'Redis restarted': 2,
  'Redis lost everything and restarted': 1,
  'MongoDB primary stepped down': 1,
  'Redis away': 0.5,
  'MongoDB away': 0.5,
} as const;

export type CrashKind = keyof typeof weights;

/** The processes of the product and what befalls them. */
export interface Crashes {
  /** Lets something break, and mends it after a while that is drawn too. Gives what it was. Never throws. */
  strike(random: Random): CrashKind;
  /**
   * Resolves when all that broke is mended: every process runs and every server answers. Throws what went wrong; what is
   * not mended in time goes wrong, too.
   */
  mended(): Promise<void>;
  /** What is broken at present, for whoever wants to know what a run waits for. */
  broken(): CrashKind[];
}

/** Beside an outage: more than twice what the slowest takes, a process that is told to end and started in vain. */
const mendedWithinMs = 240_000;

/** Longer than a lease and a lock, which last two seconds here. */
const stallMs = { min: 2500, max: 6000 };

/** Of a process whose stores are away, half a second each and the time that it waits for them. */
const startTries = 60;

/** `outageSeconds`: how long a server is away at most. */
export function createCrashes({ product, servers }: World, outageSeconds: number): Crashes {
  const pending = new Map<Promise<void>, CrashKind>();
  // Outages come one after another.
  const limitMs = mendedWithinMs + 5 * outageSeconds * 1000;
  const port = new URL(product.api.url).port;
  const failures: unknown[] = [];

  const inBackground = (kind: CrashKind, work: Promise<void>): void => {
    const noted = within(limitMs, work)
      .catch((cause: unknown) => void failures.push(new Error(`${kind}: ${String(cause)}`, { cause })))
      .finally(() => pending.delete(noted));
    pending.set(noted, kind);
  };
  /** Those that have started, and that nobody is about to end. */
  const up = new Set(
    (['intake', 'all', 'write', 'scheduler'] as const).flatMap((role) => product.instances(role)),
  );
  const running = (role: Role): Instance[] => [...up].filter((instance) => instance.role === role);

  async function replace(instance: Instance | undefined, signal: NodeJS.Signals, afterMs: number) {
    if (instance === undefined) return;
    up.delete(instance);
    await instance.end(signal);
    await sleep(afterMs);
    up.add(await startAgain(instance.role));
  }

  /** As a supervisor does: a process that finds its stores away ends, and is started once more. */
  async function startAgain(role: Role): Promise<Instance> {
    for (let triesLeft = startTries; ; triesLeft -= 1) {
      try {
        return await product.start(role, role === 'intake' ? { PORT: port } : {});
      } catch (error) {
        if (triesLeft === 0) throw error;
        await sleep(500);
      }
    }
  }

  async function stall(instance: Instance | undefined, ms: number): Promise<void> {
    instance?.signal('SIGSTOP');
    await sleep(ms);
    instance?.signal('SIGCONT');
  }

  const strikes: Readonly<Record<CrashKind, (random: Random) => Promise<void>>> = {
    'worker killed': (random) => replace(someWorker(random), 'SIGKILL', random.int(0, 1500)),
    'worker stalled': (random) => stall(someWorker(random), random.int(stallMs.min, stallMs.max)),
    'worker told to end': (random) => replace(someWorker(random), 'SIGTERM', random.int(0, 500)),
    'intake killed': (random) => replace(running('intake')[0], 'SIGKILL', random.int(0, 1000)),
    'scheduler killed': (random) => replace(running('scheduler')[0], 'SIGKILL', random.int(0, 1000)),
    'Redis flushed': () => servers.flushRedis(),
    'Redis restarted': () => restartRedis(true),
    'Redis lost everything and restarted': () => restartRedis(false),
    'MongoDB primary stepped down': () => servers.stepDownPrimary(),
    'Redis away': (random) => servers.redisAway(random.pick(outages), awayMs(random)),
    'MongoDB away': (random) => mongodbAway(random.pick(outages), awayMs(random)),
  };

  /** Draws the same number however many of them live, so that a run can be repeated. */
  function someWorker(random: Random): Instance | undefined {
    const chance = random.next();
    const workers = [...running('all'), ...running('write')];
    return workers[Math.floor(chance * workers.length)];
  }

  let restarting: Promise<void> = Promise.resolve();
  function restartRedis(keepData: boolean): Promise<void> {
    restarting = restarting.then(() => servers.restartRedis(keepData));
    return restarting;
  }

  const awayMs = (random: Random): number => random.int(1000, outageSeconds * 1000);
  let outage: Promise<void> = Promise.resolve();
  /** One at a time: the first that ends would end the second, too. */
  function mongodbAway(kind: Outage, ms: number): Promise<void> {
    outage = outage.then(() => servers.mongodbAway(kind, ms));
    return outage;
  }

  return {
    strike: (random) => {
      const kind = random.weighted(weights);
      inBackground(kind, strikes[kind](random));
      return kind;
    },
    mended: async () => {
      while (pending.size > 0) await Promise.all(pending.keys());
      const [failure] = failures;
      if (failures.length > 0)
        throw new Error(`something could not be mended: ${String(failure)}`, { cause: failure });
    },
    broken: () => [...pending.values()],
  };
}
