import type { ClientSession } from 'mongoose';
import type { Block } from '../domain/blocking.ts';
import { slotInterviewId } from '../domain/hold.ts';
import { overlaps, type Interval } from '../domain/interval.ts';
import type { StoredTimeQuery } from './availability-contract.ts';
import { holding, type HoldDocument } from './holds.ts';
import type { Database } from './mongodb.ts';

/** As far as it is read. */
type BlockingHold = Pick<HoldDocument, '_id' | 'userId' | 'userIds' | 'slots'>;

export function blockingHoldsQuery(
  { holds }: Database,
  userIds: readonly string[],
  range: Interval,
  now: Date,
  session?: ClientSession,
) {
  return holds.find(
    holding(userIds, range, now),
    { userId: 1, userIds: 1, slots: 1 },
    session === undefined ? {} : { session },
  );
}

/** When each of these users is taken up by slots that are held at `now`. */
export async function holdBlocks(
  database: Database,
  session: ClientSession,
  userIds: readonly string[],
  { range, now }: Pick<StoredTimeQuery, 'range' | 'now'>,
): Promise<Map<string, Block[]>> {
  const found = await blockingHoldsQuery(database, userIds, range, now, session).lean<BlockingHold[]>();
  const byUser = new Map<string, Block[]>(userIds.map((userId) => [userId, []]));
  for (const hold of found)
    for (const userId of hold.userIds) byUser.get(userId)?.push(...blocksOf(hold, userId, range));
  return byUser;
}

/** Busy, and not tentative as the calendar shows it: the time is promised, whatever whoever asks makes of people's plans. */
function blocksOf({ _id, userId: organizer, slots }: BlockingHold, userId: string, range: Interval): Block[] {
  return slots
    .filter((slot) => slot.state === 'held' && overlaps(slot, range))
    .map((slot) => ({
      start: slot.start,
      end: slot.end,
      busy: 'busy',
      kind: 'default',
      response: userId === organizer ? 'organizer' : 'needs_action',
      allDay: false,
      visibility: 'default',
      interviewId: slotInterviewId(_id, slot),
    }));
}
