import type { HoldWish } from '../../../src/domain/hold.ts';
import type { HoldRecord } from '../../../src/store/store.ts';

/** A hold as it is right after its first request. */
export function aHoldRecord(
  id: string,
  wish: HoldWish,
  at: Date,
  fields: Partial<HoldRecord> = {},
): HoldRecord {
  return {
    id,
    userId: wish.organizer.userId,
    requested: wish,
    state: 'held',
    slots: wish.slots.map((slot, index) => ({ ...slot, number: index + 1, state: 'held' })),
    expiresAt: wish.expiresAt,
    createdAt: at,
    updatedAt: at,
    ...fields,
  };
}
