import type { Block } from '../domain/blocking.ts';
import { overlaps, type Interval } from '../domain/interval.ts';
import type { HoldReads } from './hold-contract.ts';
import { holding, holdRecord, type HoldDocument } from './holds.ts';
import { interviewRecord } from './interviews.ts';
import type { Database } from './mongodb.ts';

/** Holds, and what their slots are in the calendar. */
export function holdReads(database: Database): HoldReads {
  const { holds, interviews } = database;
  return {
    hold: async (id) => {
      const found = await holds.findById(id).lean();
      return found === null ? undefined : holdRecord(found);
    },
    interviewsOfHold: async (holdId) => {
      const found = await interviews.find({ ofHold: holdId }).lean();
      return found.map(interviewRecord);
    },
    holdBlocks: (userIds, range, now) => holdBlocks(database, userIds, range, now),
  };
}

/** As far as it is read. */
type BlockingHold = Pick<HoldDocument, 'userId' | 'userIds' | 'slots'>;

export function blockingHoldsQuery(
  holds: Database['holds'],
  userIds: readonly string[],
  range: Interval,
  now: Date,
) {
  return holds.find(holding(userIds, range, now), { userId: 1, userIds: 1, slots: 1 });
}

async function holdBlocks(
  { holds }: Database,
  userIds: readonly string[],
  range: Interval,
  now: Date,
): Promise<Map<string, Block[]>> {
  const found = await blockingHoldsQuery(holds, userIds, range, now).lean<BlockingHold[]>();
  const byUser = new Map<string, Block[]>(userIds.map((userId) => [userId, []]));
  for (const hold of found)
    for (const userId of hold.userIds) byUser.get(userId)?.push(...blocksOf(hold, userId, range));
  return byUser;
}

/** Busy, and not tentative as the calendar shows it: the time is promised, whatever whoever asks makes of people's plans. */
function blocksOf({ userId: organizer, slots }: BlockingHold, userId: string, range: Interval): Block[] {
  const response = userId === organizer ? 'organizer' : 'needs_action';
  return slots
    .filter((slot) => slot.state === 'held' && overlaps(slot, range))
    .map(({ start, end }) => ({ start, end, busy: 'busy', kind: 'default', response }));
}
