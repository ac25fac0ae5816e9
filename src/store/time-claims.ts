import { Schema, type ClientSession } from 'mongoose';
import { dayMs } from '../domain/due.ts';
import { LostTurnError } from '../domain/sync.ts';
import type { InterviewFacts } from './interview-contract.ts';
import { interviewHeldBy } from './interview-turn.ts';
import type { Database } from './mongodb.ts';
import { count, documentOptions, requiredDate, requiredText } from './schema.ts';
import type { InterviewClash, InterviewTurn } from './store.ts';
import { inTransaction } from './transaction.ts';

/**
 * Whoever claims time of a user writes this document of theirs in the same transaction: so of two that claim at once one
 * waits or starts again, and then sees what the other has taken. Of no use any more once the transaction is over.
 */
export interface ClaimLineDocument {
  /** The user's. */
  _id: string;
  claims: number;
  expiresAt: Date;
}

export const claimLineSchema = new Schema<ClaimLineDocument>(
  { _id: requiredText, claims: count, expiresAt: requiredDate },
  { ...documentOptions, collection: 'claim_lines' },
);
claimLineSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

type Claim = Parameters<InterviewFacts['claimTime']>[1];

/** The times that we have promised, before any calendar shows them. */
export function timeClaimFacts(database: Database): Pick<InterviewFacts, 'claimTime'> {
  return { claimTime: (turn, claim, now) => claimTime(database, turn, claim, now) };
}

async function claimTime(
  database: Database,
  turn: InterviewTurn,
  claim: Claim,
  now: Date,
): Promise<InterviewClash | undefined> {
  const { interviews } = database;
  const { start, end } = claim;
  const userIds = [...new Set(claim.userIds)];
  return inTransaction(database, async (session) => {
    const held = await interviews.exists(interviewHeldBy(turn)).session(session);
    if (held === null) throw new LostTurnError(turn.interviewId, turn.run);
    await standInLine(database, session, userIds, now);
    const clash = await claimedAlready(database, session, turn.interviewId, { ...claim, userIds });
    if (clash !== undefined) return clash;
    await interviews.updateOne(
      interviewHeldBy(turn),
      { $set: { claim: { start, end, userIds }, updatedAt: now } },
      { session },
    );
    return undefined;
  });
}

/** `$inc`, because an update that changes nothing is no write and would stand in nobody's way. */
async function standInLine(
  { claimLines }: Database,
  session: ClientSession,
  userIds: readonly string[],
  now: Date,
): Promise<void> {
  const expiresAt = new Date(now.getTime() + dayMs);
  for (const _id of userIds) {
    await claimLines.updateOne(
      { _id },
      { $inc: { claims: 1 }, $set: { expiresAt } },
      { session, upsert: true },
    );
  }
}

/** The earliest time of ours that is in the way. */
async function claimedAlready(
  { interviews }: Database,
  session: ClientSession,
  interviewId: string,
  { start, end, userIds }: Claim,
): Promise<InterviewClash | undefined> {
  const other = await interviews
    .findOne(
      {
        _id: { $ne: interviewId },
        'claim.userIds': { $in: [...userIds] },
        'claim.end': { $gt: start },
        'claim.start': { $lt: end },
      },
      { claim: 1 },
      { session, sort: { 'claim.start': 1 } },
    )
    .lean();
  if (other?.claim === undefined) return undefined;
  const { claim } = other;
  const userId = userIds.find((id) => claim.userIds.includes(id));
  return { start: claim.start, end: claim.end, userId, interviewId: other._id };
}
