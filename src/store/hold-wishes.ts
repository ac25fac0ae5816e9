import type { ClientSession } from 'mongoose';
import { heldUsers, holdAt, isSameHold, nextSlots, type HoldSlot, type HoldWish } from '../domain/hold.ts';
import { askedOnceMore, awaitedAlways, type StillAwaited } from './awaited.ts';
import type { HoldIntents } from './hold-contract.ts';
import { tellDue, type HoldChange } from './hold-ends.ts';
import { showSlots } from './hold-slots.ts';
import { heldFields, holdRecord, progressOf, type HoldDocument } from './holds.ts';
import type { Database } from './mongodb.ts';
import { isDuplicate, updateTo } from './schema.ts';
import type { HoldPutAnswer, HoldRecord } from './store.ts';
import { promisedAlready, standInLine } from './time-claims.ts';
import { inTransaction } from './transaction.ts';

/** What the main app wants to be kept free. */
export function holdPutIntents(database: Database): Pick<HoldIntents, 'putHold'> {
  return {
    putHold: (id, wish, now, { stillAwaited = awaitedAlways } = {}) =>
      putHold(database, { id, wish, now, stillAwaited }),
  };
}

interface Put {
  readonly id: string;
  readonly wish: HoldWish;
  readonly now: Date;
  readonly stillAwaited: StillAwaited;
}

async function putHold(database: Database, put: Put): Promise<HoldPutAnswer> {
  for (;;) {
    try {
      const { answer, due } = await inTransaction(database, async (session) => {
        const once = await putOnce(database, session, put);
        put.stillAwaited();
        return once;
      });
      tellDue(database, due);
      return answer;
    } catch (error) {
      // Another has created it meanwhile.
      if (!isDuplicate(error)) throw error;
    }
  }
}

async function putOnce(
  database: Database,
  session: ClientSession,
  put: Put,
): Promise<HoldChange<HoldPutAnswer>> {
  const { id, wish, now } = put;
  const known = await database.holds.findById(id, null, { session }).lean();
  put.stillAwaited();
  if (known !== null && isSameHold(known.requested, wish)) {
    await database.holds.updateOne({ _id: id }, askedOnceMore, { session });
    return { answer: { type: 'unchanged', hold: holdRecord(known) }, due: [] };
  }
  const slots = nextSlots(known?.slots ?? [], wish.slots, {
    isOver: known !== null && holdAt(progressOf(known), now).state !== 'held',
    lastNumber: known?.lastSlotNumber ?? 0,
  });
  const taken = wish.checkConflicts ? await takenAlready(database, session, put, slots) : undefined;
  if (taken !== undefined) return { answer: taken, due: [] };
  const hold = await writeHold(database, session, { ...put, known, slots });
  const due = await showSlots(database, session, { holdId: id, wish, slots }, now);
  return { answer: { type: known === null ? 'created' : 'revised', hold }, due };
}

async function takenAlready(
  database: Database,
  session: ClientSession,
  { id, wish, now }: Put,
  slots: readonly HoldSlot[],
): Promise<HoldPutAnswer | undefined> {
  const userIds = heldUsers(wish);
  await standInLine(database, session, userIds, now);
  for (const { start, end, state } of slots) {
    if (state !== 'held') continue;
    const time = { start, end, userIds, holdId: id };
    const clash = await promisedAlready(database, session, time, now);
    if (clash !== undefined) return { type: 'taken', slot: { start, end }, clash };
  }
  return undefined;
}

interface WrittenHold extends Put {
  readonly known: HoldDocument | null;
  readonly slots: HoldSlot[];
}

async function writeHold(
  { holds }: Database,
  session: ClientSession,
  { id, wish, now, known, slots }: WrittenHold,
): Promise<HoldRecord> {
  const lastSlotNumber = Math.max(known?.lastSlotNumber ?? 0, ...slots.map(({ number }) => number));
  const fields = { ...heldFields(wish, now), slots, lastSlotNumber };
  if (known === null) {
    const document = { _id: id, ...fields, createdAt: now };
    await holds.create([document], { session });
    return holdRecord(document);
  }
  const written = await holds
    .findOneAndUpdate({ _id: id }, updateTo({ ...fields, confirmedBy: undefined }), {
      session,
      returnDocument: 'after',
    })
    .lean();
  if (written === null) throw new Error(`store: the hold ${id} went while it was written`);
  return holdRecord(written);
}
