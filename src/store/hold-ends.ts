import type { ClientSession } from 'mongoose';
import { endedHold, holdAt } from '../domain/hold.ts';
import { askedOnceMore, awaitedAlways, type StillAwaited } from './awaited.ts';
import type { HoldFacts, HoldIntents } from './hold-contract.ts';
import { removeSlots } from './hold-slots.ts';
import { holdRecord, progressOf, type HoldDocument } from './holds.ts';
import type { Database } from './mongodb.ts';
import { updateTo } from './schema.ts';
import type { HoldRelease } from './store.ts';
import { inTransaction } from './transaction.ts';

/** The main app does not want what it holds any more. */
export function holdReleaseIntents(database: Database): Pick<HoldIntents, 'releaseHold'> {
  return {
    releaseHold: (id, now, { stillAwaited = awaitedAlways } = {}) =>
      releaseHold(database, { id, now, stillAwaited }),
  };
}

/** What time does to holds. */
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

/** What a transaction did to a hold, and the interviews that are due by it. */
export interface HoldChange<Answer> {
  readonly answer: Answer;
  readonly due: readonly string[];
}

/** Once it is committed. */
export function tellDue({ recording }: Database, due: readonly string[]): void {
  if (due.length > 0) recording.onInterviewsDue(due);
}

interface Release {
  readonly id: string;
  readonly now: Date;
  readonly stillAwaited: StillAwaited;
}

async function releaseHold(database: Database, release: Release): Promise<HoldRelease | undefined> {
  const { answer, due } = await inTransaction(database, async (session) => {
    const once = await releaseOnce(database, session, release);
    release.stillAwaited();
    return once;
  });
  tellDue(database, due);
  return answer;
}

async function releaseOnce(
  database: Database,
  session: ClientSession,
  { id, now, stillAwaited }: Release,
): Promise<HoldChange<HoldRelease | undefined>> {
  const known = await database.holds.findById(id, null, { session }).lean();
  stillAwaited();
  if (known === null) return { answer: undefined, due: [] };
  if (known.state !== 'held') {
    await database.holds.updateOne({ _id: id }, askedOnceMore, { session });
    return { answer: { hold: holdRecord(known), isNew: false }, due: [] };
  }
  const isNew = holdAt(progressOf(known), now).state === 'held';
  return endAs(database, session, known, isNew ? 'released' : 'expired', now);
}

function runOut(now: Date) {
  return { state: 'held', heldUntil: { $lte: now } } as const;
}

async function endHold(database: Database, _id: string, now: Date): Promise<void> {
  const { due } = await inTransaction(database, async (session) => {
    const known = await database.holds.findOne({ _id, ...runOut(now) }, null, { session }).lean();
    return known === null ? { due: [] } : endAs(database, session, known, 'expired', now);
  });
  tellDue(database, due);
}

async function endAs(
  database: Database,
  session: ClientSession,
  known: HoldDocument,
  state: 'released' | 'expired',
  now: Date,
): Promise<HoldChange<HoldRelease>> {
  const fields = { ...endedHold(known, state), updatedAt: now };
  await database.holds.updateOne({ _id: known._id }, updateTo(fields), { session });
  const due = await removeSlots(database, session, known._id, now);
  const hold = { ...holdRecord(known), ...fields };
  return { answer: { hold, isNew: state === 'released' }, due };
}
