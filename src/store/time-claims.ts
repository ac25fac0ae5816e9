import { Schema, type ClientSession } from 'mongoose';
import { dayMs } from '../domain/due.ts';
import { overlaps, type Interval } from '../domain/interval.ts';
import { LostTurnError } from '../domain/sync.ts';
import { holding } from './holds.ts';
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
    const time = { ...claim, userIds, interviewId: turn.interviewId };
    const clash = await promisedAlready(database, session, time, now);
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
export async function standInLine(
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

interface PromisedTime extends Interval {
  readonly userIds: readonly string[];
  /** What is not in its own way. */
  readonly interviewId?: string | undefined;
  readonly holdId?: string | undefined;
}

/** The earliest time of ours that is in the way: what an interview has claimed, or a hold keeps. */
export async function promisedAlready(
  database: Database,
  session: ClientSession,
  time: PromisedTime,
  now: Date,
): Promise<InterviewClash | undefined> {
  const claimed = await claimedAlready(database, session, time);
  const held = await heldAlready(database, session, time, now);
  if (claimed === undefined || held === undefined) return claimed ?? held;
  return held.start < claimed.start ? held : claimed;
}

async function claimedAlready(
  { interviews }: Database,
  session: ClientSession,
  { start, end, userIds, interviewId }: PromisedTime,
): Promise<InterviewClash | undefined> {
  const other = await interviews
    .findOne(
      {
        ...(interviewId !== undefined && { _id: { $ne: interviewId } }),
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

async function heldAlready(
  { holds }: Database,
  session: ClientSession,
  time: PromisedTime,
  now: Date,
): Promise<InterviewClash | undefined> {
  const { userIds, holdId } = time;
  const found = await holds
    .find(
      { ...(holdId !== undefined && { _id: { $ne: holdId } }), ...holding(userIds, time, now) },
      { userIds: 1, slots: 1 },
      { session },
    )
    .lean();
  const clashes = found.flatMap((hold) =>
    hold.slots
      .filter((slot) => slot.state === 'held' && overlaps(slot, time))
      .map(({ start, end }) => {
        const userId = userIds.find((id) => hold.userIds.includes(id));
        return { start, end, userId, holdId: hold._id };
      }),
  );
  return clashes.toSorted((one, other) => one.start.getTime() - other.start.getTime())[0];
}
