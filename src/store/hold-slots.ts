import type { ClientSession } from 'mongoose';
import { numberOfSlot, slotInterviewId, slotWish, type HoldSlot, type HoldWish } from '../domain/hold.ts';
import type { Interval } from '../domain/interval.ts';
import { isSameWish, revisedWish } from '../domain/interview-changes.ts';
import type { InterviewWish } from '../domain/interview.ts';
import { freshInterview, revisedInterview, unwantedInterview, wantedInterview } from './interview-updates.ts';
import type { InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';

/** The hold as its slots are to be in the calendar. */
interface ShownHold {
  readonly holdId: string;
  readonly wish: HoldWish;
  readonly slots: readonly HoldSlot[];
}

/**
 * Makes an interview of ours of each slot that the calendar is to show, and has those taken out that it is not to show
 * any more. Gives the ids of those that are due by it.
 */
export async function showSlots(
  database: Database,
  session: ClientSession,
  { holdId, wish, slots }: ShownHold,
  now: Date,
): Promise<string[]> {
  const shown = wish.showInCalendar ? slots.filter(({ state }) => state === 'held') : [];
  const wishes = new Map(shown.map((slot) => [slotInterviewId(holdId, slot), slotWish(wish, slot)]));
  const removed = await removeSlots(database, session, holdId, now, [...wishes.keys()]);
  const found = await database.interviews
    .find({ _id: { $in: [...wishes.keys()] } }, null, { session })
    .lean();
  const known = new Map(found.map((interview) => [interview._id, interview]));
  const due: string[] = [];
  for (const [id, slot] of wishes) {
    const isDue = await showSlot(database, session, { id, holdId, wish: slot, known: known.get(id) }, now);
    if (isDue) due.push(id);
  }
  return [...removed, ...due];
}

interface ShownSlot {
  readonly id: string;
  readonly holdId: string;
  readonly wish: InterviewWish;
  readonly known: InterviewDocument | undefined;
}

async function showSlot(
  { interviews }: Database,
  session: ClientSession,
  { id, holdId, wish, known }: ShownSlot,
  now: Date,
): Promise<boolean> {
  if (known === undefined) {
    await interviews.create([{ ...freshInterview(id, wish, now), ofHold: holdId }], { session });
    return true;
  }
  const isBack = known.withdrawn !== undefined;
  if (!isBack && isSameWish(known.requested, wish)) return false;
  const desired = revisedWish(known, wish, { whole: isBack });
  const fields = revisedInterview(known, wish, desired, now);
  await interviews.updateOne({ _id: id }, wantedInterview(now, fields), { session });
  return true;
}

/** Has the entries of a hold's slots taken out of the calendar, but for those that are kept. Gives their ids. */
export async function removeSlots(
  { interviews }: Database,
  session: ClientSession,
  holdId: string,
  now: Date,
  kept: readonly string[] = [],
): Promise<string[]> {
  const found = await interviews
    .find(
      { ofHold: holdId, withdrawn: { $exists: false }, _id: { $nin: [...kept] } },
      { state: 1 },
      { session },
    )
    .lean();
  for (const { _id, state } of found)
    await interviews.updateOne({ _id }, unwantedInterview(state, { at: now }, now), { session });
  return found.map(({ _id }) => _id);
}

/** Somebody has deleted its entry in the calendar: the time is theirs again. Undefined where it was not held any more. */
export async function giveUpSlot(
  { holds }: Database,
  session: ClientSession,
  { _id, ofHold }: Pick<InterviewDocument, '_id' | 'ofHold'>,
  now: Date,
): Promise<{ readonly holdId: string; readonly slot: Interval } | undefined> {
  const number = numberOfSlot(_id);
  const before = await holds
    .findOneAndUpdate(
      { _id: ofHold ?? '', state: 'held', slots: { $elemMatch: { number: number ?? 0, state: 'held' } } },
      { $set: { 'slots.$.state': 'removed_by_user', updatedAt: now } },
      { session, projection: { slots: 1 } },
    )
    .lean();
  const slot = before?.slots.find((one) => one.number === number);
  if (before === null || slot === undefined) return undefined;
  return { holdId: before._id, slot: { start: slot.start, end: slot.end } };
}
