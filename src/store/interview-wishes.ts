import { isSameWish, revisedWish } from '../domain/interview-changes.ts';
import { nextState, type InterviewState, type InterviewWish } from '../domain/interview.ts';
import type { InterviewIntents } from './interview-contract.ts';
import { interviewExpiry, interviewRecord, somethingHappened, type InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';
import { isDuplicate } from './schema.ts';
import type { InterviewPutAnswer, InterviewRecord } from './store.ts';

/** What the main app wants of interviews. */
export function interviewIntents(database: Database): InterviewIntents {
  return {
    putInterview: (id, wish, now, { ifRevision } = {}) =>
      putInterview(database, { id, wish, now, ifRevision }),
    withdrawInterview: (id, now, message) => withdrawInterview(database, id, now, message),
  };
}

interface Put {
  readonly id: string;
  readonly wish: InterviewWish;
  readonly now: Date;
  readonly ifRevision?: number | undefined;
}

/** Read, decide, and write if it is still as it was read: of several at once each sees what the one before it wrote. */
async function putInterview(database: Database, put: Put): Promise<InterviewPutAnswer> {
  for (;;) {
    const known = await database.interviews.findById(put.id).lean();
    const answer = known === null ? await create(database, put) : await revise(database, known, put);
    if (answer !== undefined) return answer;
  }
}

/** Undefined where another has created it meanwhile. */
async function create(
  { interviews }: Database,
  { id, wish, now, ifRevision }: Put,
): Promise<InterviewPutAnswer | undefined> {
  if (ifRevision !== undefined) return { type: 'stale' };
  const fresh: InterviewDocument = {
    _id: id,
    userId: wish.organizer.userId,
    revision: 1,
    requested: wish,
    desired: wish,
    state: 'pending',
    lastPlaceNumber: 0,
    formerPlaces: [],
    attempts: [],
    dueAt: now,
    turn: { run: 0, leaseUntil: null, dirty: true },
    expiresAt: interviewExpiry(wish, now),
    createdAt: now,
    updatedAt: now,
  };
  try {
    const created = await interviews.create(fresh);
    return { type: 'created', interview: interviewRecord(created.toObject()) };
  } catch (error) {
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}

/** Undefined where it is not as it was read any more. */
async function revise(
  database: Database,
  known: InterviewDocument,
  put: Put,
): Promise<InterviewPutAnswer | undefined> {
  const { ifRevision, wish, now } = put;
  if (ifRevision !== undefined && ifRevision !== known.revision)
    return { type: 'stale', interview: interviewRecord(known) };
  const whole = ifRevision !== undefined;
  if (isNothingNew(known, wish, whole)) return tryAgain(database, known, now);
  const desired = revisedWish(known, wish, { whole });
  const revised = await database.interviews
    .findOneAndUpdate(
      { _id: known._id, revision: known.revision },
      wanted(now, {
        userId: wish.organizer.userId,
        revision: known.revision + 1,
        requested: wish,
        desired,
        expiresAt: interviewExpiry(desired, now),
      }),
      { returnDocument: 'after' },
    )
    .lean();
  return revised === null ? undefined : { type: 'revised', interview: interviewRecord(revised) };
}

/** A body that counts as a whole is new where the wish is another by now, and where nothing is wanted of the calendar. */
function isNothingNew(known: InterviewDocument, wish: InterviewWish, whole: boolean): boolean {
  if (!isSameWish(known.requested, wish)) return false;
  return !whole || (!unwanted.has(known.state) && isSameWish(known.desired, wish));
}

const unwanted: ReadonlySet<InterviewState> = new Set(['cancelling', 'cancelled', 'removed_by_user']);
const stuck: ReadonlySet<InterviewState> = new Set(['conflict', 'failed']);

async function tryAgain(
  { interviews }: Database,
  known: InterviewDocument,
  now: Date,
): Promise<InterviewPutAnswer | undefined> {
  if (!stuck.has(known.state)) return { type: 'unchanged', interview: interviewRecord(known) };
  const { _id, revision, state } = known;
  const again = await interviews
    .findOneAndUpdate({ _id, revision, state }, wanted(now, {}), { returnDocument: 'after' })
    .lean();
  return again === null ? undefined : { type: 'unchanged', interview: interviewRecord(again) };
}

/** From every state a wish leads to the same one. */
function wanted(now: Date, fields: Partial<InterviewDocument>) {
  const { $set, $min } = somethingHappened(now);
  return {
    $set: { ...$set, ...fields, state: nextState('waiting', 'requested'), updatedAt: now },
    $min,
    $unset: { withdrawn: 1, reason: 1, clash: 1 },
  } as const;
}

async function withdrawInterview(
  { interviews }: Database,
  id: string,
  now: Date,
  message: string | undefined,
): Promise<InterviewRecord | undefined> {
  for (;;) {
    const known = await interviews.findById(id).lean();
    if (known === null) return undefined;
    const { revision, state, withdrawn } = known;
    const said = message ?? withdrawn?.message;
    const isSent = state === 'cancelled';
    if (withdrawn !== undefined && (isSent || said === withdrawn.message)) return interviewRecord(known);
    const { $set, $min } = somethingHappened(now);
    const after = await interviews
      .findOneAndUpdate(
        { _id: id, revision, state },
        {
          $set: {
            ...$set,
            withdrawn: { ...(said !== undefined && { message: said }), at: withdrawn?.at ?? now },
            state: nextState(state, 'withdrawn'),
            updatedAt: now,
          },
          $min,
          // Its time is free for others from here on.
          $unset: { reason: 1, clash: 1, claim: 1 },
        },
        { returnDocument: 'after' },
      )
      .lean();
    if (after !== null) return interviewRecord(after);
  }
}
