import { Types, type ClientSession } from 'mongoose';
import { isTried } from '../domain/interview-tried.ts';
import { LostTurnError } from '../domain/sync.ts';
import { livingStatuses } from './connections.ts';
import type { InterviewFacts } from './interview-contract.ts';
import type { PlacePart } from './interview-parts.ts';
import { interviewRecord, somethingHappened, type InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';
import type { AppliedRevision, InterviewPlace, InterviewTurn, InterviewTurnAnswer } from './store.ts';
import { inTransactionOf } from './transaction.ts';

/** Who may act on an interview, until when, and where its event is to be. */
export function interviewTurnFacts(
  database: Database,
): Pick<
  InterviewFacts,
  | 'takeInterviewTurn'
  | 'keepInterviewTurn'
  | 'dropInterviewTurn'
  | 'placeInterview'
  | 'reportStray'
  | 'dueInterviews'
> {
  const { interviews } = database;
  return {
    takeInterviewTurn: (id, now, leaseUntil) => takeTurn(database, id, now, leaseUntil),
    keepInterviewTurn: async (turn, leaseUntil) => {
      const kept = await interviews.updateOne(interviewHeldBy(turn), {
        $max: { 'turn.leaseUntil': leaseUntil },
      });
      return kept.matchedCount === 1;
    },
    dropInterviewTurn: async (turn) => {
      await interviews.updateOne(interviewHeldBy(turn), { $set: { 'turn.leaseUntil': null } });
    },
    placeInterview: (turn, place, now) => placeInterview(database, turn, place, now),
    reportStray: async (_id, place, now) => {
      const elsewhere = {
        'place.number': { $ne: place.number },
        'formerPlaces.number': { $ne: place.number },
      };
      await interviews.updateOne({ _id, ...elsewhere }, { $push: { formerPlaces: placePart(place) } });
      await interviews.updateOne({ _id }, somethingHappened(now));
    },
    dueInterviews: async (now, limit) => {
      const found = await interviews
        .find({ dueAt: { $lte: now }, ...unheld(now) }, { _id: 1 })
        .sort({ dueAt: 1 })
        .limit(limit)
        .lean();
      return found.map(({ _id }) => _id);
    },
  };
}

/** The interview as long as this run has not ended and no other has begun. A lease that has run out is still held. */
export function interviewHeldBy({ interviewId, run }: InterviewTurn) {
  return { _id: interviewId, 'turn.run': run, 'turn.leaseUntil': { $ne: null } };
}

/** No lease, or one that has run out. */
function unheld(now: Date) {
  return { 'turn.leaseUntil': { $not: { $gt: now } } };
}

/** `dueAt` stays: a run that dies leaves the interview as due as it was. */
async function takeTurn(
  { interviews }: Database,
  _id: string,
  now: Date,
  leaseUntil: Date,
): Promise<InterviewTurnAnswer> {
  const taken = await interviews
    .findOneAndUpdate(
      { _id, ...unheld(now) },
      {
        $inc: { 'turn.run': 1 },
        $set: { 'turn.leaseUntil': leaseUntil, 'turn.dirty': false },
        $unset: { 'turn.followed': 1 },
      },
      { returnDocument: 'after' },
    )
    .lean();
  if (taken !== null) {
    const { revision, desired, turn } = taken;
    return {
      type: 'taken',
      turn: { interviewId: _id, run: turn.run, revision, desired },
      interview: interviewRecord(taken),
    };
  }
  const other = await interviews.findById(_id, { turn: 1 }).lean();
  if (other === null) return { type: 'unknown' };
  const { leaseUntil: until } = other.turn;
  // Otherwise it has become free since it was asked for.
  return { type: 'held', until: until !== null && until > now ? until : now };
}

/**
 * What was applied is what the event of the place before it says: a new place has none, and is not taken for it. Due until
 * the end of the run, so that what is made there is found although nobody lives to tell. Where the interview was not in
 * this connection before, that is written to as well, so that of this and its removal one sees the other: nobody would take
 * the place out any more (I10). Where it was, the removal looks for it and takes the turn away.
 */
async function placeInterview(
  database: Database,
  turn: InterviewTurn,
  place: InterviewPlace,
  now: Date,
): Promise<void> {
  const { interviews, connections } = database;
  const known = await interviews
    .findOne(interviewHeldBy(turn), { place: 1, 'applied.iCalUID': 1, 'applied.snapshot': 1 })
    .lean<Placed>();
  if (known === null) throw lost(turn);
  const move = async (session?: ClientSession): Promise<void> => {
    const options = session === undefined ? {} : { session };
    const moved = await interviews.updateOne(interviewHeldBy(turn), movedTo(known, place, now), options);
    if (moved.matchedCount === 0) throw lost(turn);
  };
  const living = livingConnection(place);
  if (known.place?.connectionId.toHexString() === place.connectionId) {
    if ((await connections.exists(living)) === null) throw lost(turn);
    return move();
  }
  await inTransactionOf(database, place.connectionId, async (session) => {
    const { matchedCount } = await connections.updateOne(living, { $inc: { 'sync.writes': 1 } }, { session });
    if (matchedCount === 0) throw lost(turn);
    await move(session);
  });
}

type Placed = Pick<InterviewDocument, 'place'> & {
  readonly applied?: Pick<AppliedRevision, 'iCalUID' | 'snapshot'>;
};

function movedTo({ place: before, applied }: Placed, place: InterviewPlace, now: Date) {
  const isMove = before !== undefined && before.number !== place.number;
  const mayBeThere = (before !== undefined && isTried(before)) || applied !== undefined;
  return {
    $set: { place: placePart(place), updatedAt: now },
    $max: { lastPlaceNumber: place.number },
    $min: { dueAt: now },
    ...(isMove && { $unset: { applied: 1 } }),
    ...(isMove && mayBeThere && { $push: { formerPlaces: formerPlace(before, applied) } }),
  } as const;
}

function formerPlace(
  place: PlacePart,
  applied: Pick<AppliedRevision, 'iCalUID' | 'snapshot'> | undefined,
): PlacePart {
  if (applied === undefined) return place;
  const { iCalUID, snapshot } = applied;
  return { ...place, leftAs: snapshot, ...(iCalUID !== undefined && { iCalUID }) };
}

function livingConnection({ connectionId }: InterviewPlace) {
  return { _id: Types.ObjectId.createFromHexString(connectionId), status: { $in: livingStatuses } };
}

function lost({ interviewId, run }: InterviewTurn): LostTurnError {
  return new LostTurnError(interviewId, run);
}

function placePart({ connectionId, calendarId, ...place }: InterviewPlace): PlacePart {
  const { createFromHexString } = Types.ObjectId;
  return {
    ...place,
    connectionId: createFromHexString(connectionId),
    calendarId: createFromHexString(calendarId),
  };
}
