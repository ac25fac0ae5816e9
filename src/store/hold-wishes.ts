import type { ClientSession } from 'mongoose';
import {
  endedHold,
  heldUsers,
  holdAt,
  isSameHold,
  nextSlots,
  type HoldSlot,
  type HoldWish,
} from '../domain/hold.ts';
import type { HoldFacts, HoldIntents } from './hold-contract.ts';
import { removeSlots, showSlots } from './hold-slots.ts';
import { heldFields, holdRecord, progressOf, type HoldDocument } from './holds.ts';
import type { Database } from './mongodb.ts';
import { isDuplicate, updateTo } from './schema.ts';
import type { HoldPutAnswer, HoldRecord, HoldRelease } from './store.ts';
import { promisedAlready, standInLine } from './time-claims.ts';
import { inTransaction } from './transaction.ts';

/** What the main app wants of holds. */
export function holdIntents(database: Database): HoldIntents {
  return {
    putHold: (id, wish, now) => putHold(database, { id, wish, now }),
    releaseHold: (id, now) => releaseHold(database, id, now),
  };
}

/** What time does to them. */
export function holdFacts(database: Database): HoldFacts {
  return {
    endHold: (id, now) => endHold(database, id, now),
    endHolds: async (now, limit) => {
      const found = await database.holds
        .find(runOut(now), { _id: 1 })
        .sort({ heldUntil: 1 })
        .limit(limit)
        .lean();
      for (const { _id } of found) await endHold(database, _id, now);
      return found.length;
    },
  };
}

interface Put {
  readonly id: string;
  readonly wish: HoldWish;
  readonly now: Date;
}

async function putHold(database: Database, put: Put): Promise<HoldPutAnswer> {
  for (;;) {
    try {
      const { answer, due } = await inTransaction(database, (session) => putOnce(database, session, put));
      tellDue(database, due);
      return answer;
    } catch (error) {
      // Another has created it meanwhile.
      if (!isDuplicate(error)) throw error;
    }
  }
}

interface Done<Answer> {
  readonly answer: Answer;
  readonly due: readonly string[];
}

async function putOnce(database: Database, session: ClientSession, put: Put): Promise<Done<HoldPutAnswer>> {
  const { id, wish, now } = put;
  const known = await database.holds.findById(id, null, { session }).lean();
  if (known !== null && isSameHold(known.requested, wish))
    return { answer: { type: 'unchanged', hold: holdRecord(known) }, due: [] };
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

async function releaseHold(database: Database, id: string, now: Date): Promise<HoldRelease | undefined> {
  const { answer, due } = await inTransaction(
    database,
    async (session): Promise<Done<HoldRelease | undefined>> => {
      const known = await database.holds.findById(id, null, { session }).lean();
      if (known === null) return { answer: undefined, due: [] };
      if (known.state !== 'held') return { answer: { hold: holdRecord(known), isNew: false }, due: [] };
      const isNew = holdAt(progressOf(known), now).state === 'held';
      return end(database, session, known, isNew ? 'released' : 'expired', now);
    },
  );
  tellDue(database, due);
  return answer;
}

function runOut(now: Date) {
  return { state: 'held', heldUntil: { $lte: now } } as const;
}

async function endHold(database: Database, _id: string, now: Date): Promise<void> {
  const { due } = await inTransaction(database, async (session) => {
    const known = await database.holds.findOne({ _id, ...runOut(now) }, null, { session }).lean();
    return known === null ? { due: [] } : end(database, session, known, 'expired', now);
  });
  tellDue(database, due);
}

async function end(
  database: Database,
  session: ClientSession,
  known: HoldDocument,
  state: 'released' | 'expired',
  now: Date,
): Promise<Done<HoldRelease>> {
  const fields = { ...endedHold(known, state), updatedAt: now };
  await database.holds.updateOne({ _id: known._id }, updateTo(fields), { session });
  const due = await removeSlots(database, session, known._id, now);
  const hold = { ...holdRecord(known), ...fields };
  return { answer: { hold, isNew: state === 'released' }, due };
}

function tellDue({ recording }: Database, due: readonly string[]): void {
  if (due.length > 0) recording.onInterviewsDue(due);
}
