import type { ClientSession } from 'mongoose';
import { isSameWish, revisedWish } from '../domain/interview-changes.ts';
import type { InterviewState, InterviewWish } from '../domain/interview.ts';
import { askedOnceMore, awaitedAlways, type StillAwaited } from './awaited.ts';
import { tellDue } from './hold-ends.ts';
import { takeSlot } from './hold-taking.ts';
import type { InterviewIntents } from './interview-contract.ts';
import { userAddressFacts } from './interview-reads.ts';
import { freshInterview, revisedInterview, unwantedInterview, wantedInterview } from './interview-updates.ts';
import { interviewRecord, type InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';
import { isDuplicate } from './schema.ts';
import type { InterviewPutAnswer, InterviewRecord } from './store.ts';
import { inTransaction } from './transaction.ts';

/** What the main app wants of interviews. */
export function interviewIntents(database: Database): InterviewIntents {
  return {
    putInterview: (id, wish, now, { ifRevision, stillAwaited = awaitedAlways } = {}) =>
      putInterview(database, { id, wish, now, ifRevision, stillAwaited }),
    withdrawInterview: (id, now, message, { stillAwaited = awaitedAlways } = {}) =>
      withdrawInterview(database, { id, now, message, stillAwaited }),
  };
}

interface Put {
  readonly id: string;
  readonly wish: InterviewWish;
  readonly now: Date;
  readonly ifRevision: number | undefined;
  readonly stillAwaited: StillAwaited;
}

/** Read, decide, and write if it is still as it was read: of several at once each sees what the one before it wrote. */
async function putInterview(database: Database, put: Put): Promise<InterviewPutAnswer> {
  const { holdId } = put.wish;
  for (;;) {
    try {
      const answer =
        holdId === undefined ? await putOnce(database, put) : await putFromHold(database, put, holdId);
      if (answer !== undefined) return answer;
    } catch (error) {
      // Another has created it meanwhile.
      if (!isDuplicate(error)) throw error;
    }
  }
}

/** A slot of a hold that is taken with the wish. */
interface FromHold {
  readonly session: ClientSession;
  readonly holdId: string;
  /** The users who are asked to take part. */
  readonly attending: readonly string[];
  /** What is due because of it. */
  readonly due: string[];
}

/** The hold and the interview change together, or neither does. */
async function putFromHold(
  database: Database,
  put: Put,
  holdId: string,
): Promise<InterviewPutAnswer | undefined> {
  const emails = put.wish.attendees.map(({ email }) => email);
  const attending = [...(await userAddressFacts(database).usersWithAddress(emails)).values()];
  const { answer, due } = await inTransaction(database, async (session) => {
    const from: FromHold = { session, holdId, attending, due: [] };
    const once = await putOnce(database, put, from);
    put.stillAwaited();
    return { answer: once, due: from.due };
  });
  tellDue(database, due);
  return answer;
}

/** Undefined where it is not as it was read any more. */
async function putOnce(
  database: Database,
  put: Put,
  from?: FromHold,
): Promise<InterviewPutAnswer | undefined> {
  const { ifRevision } = put;
  const known = await database.interviews.findById(put.id, null, within(from)).lean();
  put.stillAwaited();
  if (ifRevision !== undefined && ifRevision !== known?.revision)
    return { type: 'stale', ...(known !== null && { interview: interviewRecord(known) }) };
  if (known !== null && isNothingNew(known, put)) return tryAgain(database, known, put.now, from);
  const taking = from && (await takeSlot(database, from.session, takerOf(known, put, from), put.now));
  if (taking?.type === 'unavailable') return { type: 'hold_unavailable', why: taking.why };
  from?.due.push(...(taking?.due ?? []));
  const fields = taking?.type === 'take' && from !== undefined ? claimFor(put, from) : {};
  return known === null ? create(database, put, fields, from) : revise(database, known, put, fields, from);
}

function within(from: FromHold | undefined): { session?: ClientSession } {
  return from === undefined ? {} : { session: from.session };
}

function takerOf(known: InterviewDocument | null, { id, wish }: Put, { holdId }: FromHold) {
  const { start, end, organizer } = wish;
  const hasTaken = known !== null && known.requested.holdId === holdId && !unwanted.has(known.state);
  return { holdId, id, start, end, organizerId: organizer.userId, hasTaken };
}

/** What the hold has kept is kept for the interview from here on: for those whom its own run would claim it for. */
function claimFor({ wish }: Put, { attending }: FromHold): Pick<InterviewDocument, 'claim'> {
  const { start, end, organizer } = wish;
  return { claim: { start, end, userIds: [...new Set([organizer.userId, ...attending])] } };
}

type Fields = Pick<InterviewDocument, 'claim'>;

async function create(
  { interviews }: Database,
  { id, wish, now }: Put,
  fields: Fields,
  from: FromHold | undefined,
): Promise<InterviewPutAnswer> {
  const [created] = await interviews.create([{ ...freshInterview(id, wish, now), ...fields }], within(from));
  if (created === undefined) throw new Error(`store: the interview ${id} was not created`);
  return { type: 'created', interview: interviewRecord(created.toObject()) };
}

async function revise(
  { interviews }: Database,
  known: InterviewDocument,
  { ifRevision, wish, now }: Put,
  fields: Fields,
  from: FromHold | undefined,
): Promise<InterviewPutAnswer | undefined> {
  const desired = revisedWish(known, wish, { whole: ifRevision !== undefined });
  const revised = await interviews
    .findOneAndUpdate(
      asRead(known),
      {
        ...wantedInterview(now, { ...revisedInterview(known, wish, desired, now), ...fields }),
        ...askedOnceMore,
      },
      { ...within(from), returnDocument: 'after' },
    )
    .lean();
  return revised === null ? undefined : { type: 'revised', interview: interviewRecord(revised) };
}

/** As long as neither the main app nor the calendar has said anything of it since. */
function asRead({ _id, revision, asked }: InterviewDocument) {
  return { _id, revision, asked: asked ?? { $exists: false } };
}

/** A body that counts as a whole is new where the wish is another by now, and where nothing is wanted of the calendar. */
function isNothingNew(known: InterviewDocument, { wish, ifRevision }: Put): boolean {
  if (!isSameWish(known.requested, wish)) return false;
  return ifRevision === undefined || (!unwanted.has(known.state) && isSameWish(known.desired, wish));
}

const unwanted: ReadonlySet<InterviewState> = new Set(['cancelling', 'cancelled', 'removed_by_user']);
const stuck: ReadonlySet<InterviewState> = new Set(['conflict', 'failed']);

async function tryAgain(
  { interviews }: Database,
  known: InterviewDocument,
  now: Date,
  from: FromHold | undefined,
): Promise<InterviewPutAnswer | undefined> {
  const { state } = known;
  const again = await interviews
    .findOneAndUpdate(
      { ...asRead(known), state },
      { ...(stuck.has(state) && wantedInterview(now, {})), ...askedOnceMore },
      { ...within(from), returnDocument: 'after' },
    )
    .lean();
  return again === null ? undefined : { type: 'unchanged', interview: interviewRecord(again) };
}

interface Withdrawal {
  readonly id: string;
  readonly now: Date;
  readonly message: string | undefined;
  readonly stillAwaited: StillAwaited;
}

async function withdrawInterview(
  { interviews }: Database,
  withdrawal: Withdrawal,
): Promise<InterviewRecord | undefined> {
  const { id, stillAwaited } = withdrawal;
  for (;;) {
    const known = await interviews.findById(id).lean();
    if (known === null) return undefined;
    stillAwaited();
    const after = await interviews
      .findOneAndUpdate(
        { ...asRead(known), state: known.state },
        { ...withdrawn(known, withdrawal), ...askedOnceMore },
        { returnDocument: 'after' },
      )
      .lean();
    if (after !== null) return interviewRecord(after);
  }
}

/** Undefined where it is withdrawn already, and nothing more is to be said with it. */
function withdrawn(known: InterviewDocument, { now, message }: Withdrawal) {
  const { state, withdrawn: before } = known;
  const said = message ?? before?.message;
  const isSent = state === 'cancelled';
  if (before !== undefined && (isSent || said === before.message)) return undefined;
  return unwantedInterview(
    state,
    { ...(said !== undefined && { message: said }), at: before?.at ?? now },
    now,
  );
}
