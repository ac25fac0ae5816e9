import type { Block } from '../domain/blocking.ts';
import { slotInterviewId } from '../domain/hold.ts';
import { overlaps, type Interval } from '../domain/interval.ts';
import type { HoldDocument } from './holds.ts';

/** As far as it is read. */
export type BlockingHold = Pick<HoldDocument, '_id' | 'userId' | 'userIds' | 'slots'>;

export const blockingHoldFields = { userId: 1, userIds: 1, slots: 1 } as const;

/** When each of these users is taken up by slots of these holds. */
export function holdBlocks(
  found: readonly BlockingHold[],
  userIds: readonly string[],
  range: Interval,
): Map<string, Block[]> {
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
