import type { ClientSession } from 'mongoose';
import { endedHold, takingOf, type HoldTaker, type HoldTaking } from '../domain/hold.ts';
import { removeSlots } from './hold-slots.ts';
import { holdRecord } from './holds.ts';
import type { Database } from './mongodb.ts';
import { updateTo } from './schema.ts';

/**
 * Takes a slot of a hold for an interview, in the transaction that writes the interview. Gives the interviews of the slots
 * too, which are due by that. Of two that take at once, one sees the other.
 */
export async function takeSlot(
  database: Database,
  session: ClientSession,
  { holdId, ...taker }: HoldTaker & { readonly holdId: string },
  now: Date,
): Promise<HoldTaking & { readonly due: readonly string[] }> {
  const { holds } = database;
  const known = await holds.findById(holdId, null, { session }).lean();
  const taking = takingOf(known === null ? undefined : holdRecord(known), taker, now);
  if (known === null || taking.type !== 'take') return { ...taking, due: [] };
  const ended = endedHold(known, 'confirmed', taking.slot.number);
  const fields = { ...ended, confirmedBy: taker.id, updatedAt: now };
  await holds.updateOne({ _id: holdId }, updateTo(fields), { session });
  return { ...taking, due: await removeSlots(database, session, holdId, now) };
}
