import { mongo } from 'mongoose';
import { busyIntervals, usualPolicy } from '../src/domain/blocking.ts';
import { freshnessOf, type ConnectionCoverage } from '../src/domain/freshness.ts';
import type { Interval } from '../src/domain/interval.ts';
import type { Reads } from '../src/store/store.ts';
import { alternate, plain, type Comparison } from './alternate.ts';
import { benchNow } from './entries.ts';
import { seedPerson } from './people.ts';
import { openWarmStore } from './product.ts';
import type { Stage } from './rehearsal.ts';

export interface Availability extends Comparison {
  readonly people: number;
  /** Index entries within the range, of all of them. */
  readonly entries: number;
}

const fourWeeks: Interval = {
  start: benchNow,
  end: new Date(benchNow.getTime() + 28 * 86_400_000),
};

/**
 * Who is busy when, for the first n of the same people, as the intake answers it: coverage, blocks, freshness and
 * merged intervals; against the driver's bare query for those entries, which the index answers alone.
 */
export async function measureAvailability(
  { syncing, databases, signal }: Pick<Stage, 'syncing' | 'databases' | 'signal'>,
  peopleCounts: readonly number[],
  rounds: number,
): Promise<Availability[]> {
  const name = databases.freshName();
  const store = await openWarmStore(databases.uriOf(name));
  try {
    const people: { readonly userId: string; readonly calendarId: string }[] = [];
    for (let n = 1; n <= Math.max(...peopleCounts); n += 1) {
      const userId = `person-${n}`;
      people.push({ userId, calendarId: await seedPerson(store, syncing, userId, n) });
    }
    const events = databases.client.db(name).collection('events');
    const results: Availability[] = [];
    for (const count of peopleCounts) {
      const asked = people.slice(0, count);
      const bare = bareQuery(
        events,
        asked.map(({ calendarId }) => new mongo.ObjectId(calendarId)),
      );
      const userIds = asked.map(({ userId }) => userId);
      const floor = plain(async () => void (await bare()));
      const ours = plain(() => readAvailability(store.reads, userIds));
      const comparison = await alternate(floor, ours, { warmUps: 5, rounds, signal });
      results.push({ ...comparison, people: count, entries: await bare() });
    }
    return results;
  } finally {
    await store.close();
    await databases.drop(name);
  }
}

/** Gives the number of entries found. */
function bareQuery(events: mongo.Collection, calendarIds: readonly mongo.ObjectId[]): () => Promise<number> {
  const filter = {
    calendarId: { $in: calendarIds },
    start: { $lt: fourWeeks.end },
    end: { $gt: fourWeeks.start },
  };
  const projection = { _id: 0, calendarId: 1, start: 1, end: 1, busy: 1, kind: 1, response: 1 };
  return async () => (await events.find(filter, { projection }).toArray()).length;
}

/** Throws where somebody is not fresh or has nothing to do. */
async function readAvailability(
  reads: Pick<Reads, 'coverage' | 'blocks'>,
  userIds: readonly string[],
): Promise<void> {
  const coverage = await reads.coverage(userIds);
  const blocks = await reads.blocks([...coverage.values()].flatMap(calendarsOf), fourWeeks);
  for (const userId of userIds) {
    const connections = coverage.get(userId) ?? [];
    const own = calendarsOf(connections).flatMap((id) => blocks.get(id) ?? []);
    const busy = busyIntervals(own, fourWeeks, usualPolicy);
    const { state } = freshnessOf(connections, { range: fourWeeks, now: benchNow, maxAgeMs: 900_000 });
    if (state !== 'fresh' || busy.length === 0)
      throw new Error(`${userId} is ${state}, busy ${busy.length} times`);
  }
}

function calendarsOf(connections: readonly ConnectionCoverage[]): string[] {
  return connections.flatMap(({ calendars }) => calendars.map(({ calendarId }) => calendarId));
}
