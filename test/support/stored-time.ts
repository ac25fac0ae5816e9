import { blocksTime, usualPolicy } from '../../src/domain/blocking.ts';
import { freshnessOf, type Freshness } from '../../src/domain/freshness.ts';
import type { Interval } from '../../src/domain/interval.ts';
import type { EntryTraits, Reads, StoredTime } from '../../src/store/store.ts';
import { testNow } from './builders.ts';

interface Asked {
  readonly reads: Pick<Reads, 'availability'>;
}

/** What is stored of one user's time; what counts is what the usual policy says. */
export async function storedTime(
  { reads }: Asked,
  userId: string,
  range: Interval,
  { now = testNow, counts = usually }: { now?: Date; counts?: (entry: EntryTraits) => boolean } = {},
): Promise<StoredTime> {
  const found = await reads.availability({ userIds: [userId], range, now, counts });
  const time = found.get(userId);
  if (time === undefined) throw new Error(`nothing is said of ${userId}`);
  return time;
}

export const usually = (entry: EntryTraits): boolean => blocksTime(entry, usualPolicy);

/** How far their time in the range can be relied on at `now`, where a quarter of an hour is not too old. */
export async function storedFreshness(
  store: Asked,
  userId: string,
  range: Interval,
  now: Date,
): Promise<Freshness> {
  const { connections } = await storedTime(store, userId, range, { now });
  return freshnessOf(connections, { range, now, maxAgeMs: 15 * 60_000 });
}
