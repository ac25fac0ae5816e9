import type { ClientSession, Types } from 'mongoose';
import type { ChangeBody, InterviewChangeBody } from '../domain/change.ts';
import { LostTurnError } from '../domain/sync.ts';
import { nextChange, recordChange, type ChangedConnection } from './changes.ts';
import { livingStatuses } from './connections.ts';
import { giveUpSlot } from './hold-slots.ts';
import type { InterviewFacts } from './interview-contract.ts';
import { afterSettlement } from './interview-settlement.ts';
import { stampStored } from './interview-stamps.ts';
import { interviewHeldBy } from './interview-turn.ts';
import type { InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';
import { updateTo } from './schema.ts';
import type { InterviewNewsBody, InterviewSettlement, InterviewTurn } from './store.ts';
import { inTransactionOf } from './transaction.ts';

/** How runs at interviews went, and what the main app is told of that. */
export function interviewSettlingFacts(database: Database): Pick<InterviewFacts, 'settleInterview'> {
  return { settleInterview: (turn, settlement) => settleInterview(database, turn, settlement) };
}

/**
 * Whatever is written to the interview while this looks at it makes the transaction start again and see it. Where something
 * is told, the connection is written to first: the vendor notifies of what was just written, so others write to it at this
 * very moment, and whoever wrote between the first look and the number of the change would make all of it start again.
 */
async function settleInterview(
  database: Database,
  turn: InterviewTurn,
  settlement: InterviewSettlement,
): Promise<{ readonly again: boolean }> {
  const { interviews, connections, recording } = database;
  const connectionId = await connectionOf(database, turn);
  const line = connectionId?.toHexString() ?? turn.interviewId;
  const { again, told } = await inTransactionOf(database, line, async (session) => {
    if (connectionId !== undefined && settlement.news.length > 0)
      await connections.updateOne({ _id: connectionId }, { $inc: { 'sync.writes': 1 } }, { session });
    const known = await interviews.findOne(interviewHeldBy(turn), null, { session }).lean();
    if (known === null) throw new LostTurnError(turn.interviewId, turn.run);
    const after = afterSettlement(known, turn, settlement);
    await interviews.updateOne(interviewHeldBy(turn), updateTo(after.fields), { session });
    await stampStored(database, session, known._id, known, after.fields);
    const isRemoved = after.fields.state === 'removed_by_user' && known.state !== 'removed_by_user';
    if (isRemoved && known.ofHold !== undefined)
      return { again: after.again, told: await tellSlotRemoved(database, session, known, settlement) };
    const news = { ...settlement, interviewId: known._id, revision: after.toldRevision };
    return { again: after.again, told: await tell(database, session, known, news) };
  });
  if (told !== undefined) recording.onRecorded(told);
  return { again };
}

/** Where it is most likely to be told. */
async function connectionOf(
  { interviews }: Database,
  turn: InterviewTurn,
): Promise<Types.ObjectId | undefined> {
  const held = await interviews
    .findOne(interviewHeldBy(turn), { 'place.connectionId': 1 })
    .lean<Pick<InterviewDocument, 'place'>>();
  return held?.place?.connectionId;
}

interface News {
  readonly news: readonly InterviewNewsBody[];
  readonly now: Date;
  readonly interviewId: string;
  readonly revision: number;
}

/** Gives the connection in whose changes it is told. Of a slot of a hold nothing is. */
export async function tell(
  database: Database,
  session: ClientSession,
  known: InterviewDocument,
  { news, now, interviewId, revision }: News,
): Promise<string | undefined> {
  if (known.ofHold !== undefined) return undefined;
  const bodies = news.map(
    ({ type, data }) => ({ type, data: { interviewId, revision, ...data } }) as InterviewChangeBody,
  );
  return tellAll(database, session, known, bodies, now);
}

/** Somebody has deleted the entry of a slot: it is given up, and that is all that is told of slots. */
async function tellSlotRemoved(
  database: Database,
  session: ClientSession,
  known: InterviewDocument,
  { now }: InterviewSettlement,
): Promise<string | undefined> {
  const removed = await giveUpSlot(database, session, known, now);
  if (removed === undefined) return undefined;
  const change = { type: 'hold.slot_removed', data: removed } as const;
  return tellAll(database, session, known, [change], now);
}

/** Where the organizer has no connection there is nowhere to tell it. */
async function tellAll(
  database: Database,
  session: ClientSession,
  known: InterviewDocument,
  bodies: readonly ChangeBody[],
  now: Date,
): Promise<string | undefined> {
  let told: string | undefined;
  for (const body of bodies) {
    const connection = await numberedConnection(database, session, known, now);
    if (connection === undefined) return undefined;
    await recordChange(database, session, connection, body);
    told = connection._id.toHexString();
  }
  return told;
}

/**
 * That of the calendar in which the interview is or was, or else the organizer's first, with a number for a change; one
 * that is leaving takes its changes along.
 */
async function numberedConnection(
  { connections }: Database,
  session: ClientSession,
  { userId, place, formerPlaces }: InterviewDocument,
  now: Date,
): Promise<ChangedConnection | undefined> {
  const places = place === undefined ? formerPlaces : [place, ...formerPlaces];
  const candidates = [...places.map(({ connectionId: _id }) => ({ _id })), { userId }];
  for (const candidate of candidates) {
    const numbered = await connections
      .findOneAndUpdate({ ...candidate, status: { $in: livingStatuses } }, nextChange(now), {
        session,
        sort: { createdAt: 1, _id: 1 },
        returnDocument: 'after',
        projection: { userId: 1, changes: 1 },
      })
      .lean();
    if (numbered !== null) return numbered;
  }
  return undefined;
}
