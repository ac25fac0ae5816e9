import type { Types } from 'mongoose';
import { failure } from '../domain/failure.ts';
import { nextState, type InterviewWish } from '../domain/interview.ts';
import type { PlacePart } from './interview-parts.ts';
import { tell } from './interview-settling.ts';
import type { InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';
import { updateTo } from './schema.ts';
import type { InterviewNewsBody } from './store.ts';
import { inTransaction } from './transaction.ts';

/** The connection that goes, and whose it was; undefined where it is gone already. */
interface Leaving {
  readonly connectionId: Types.ObjectId;
  readonly userId: string | undefined;
}

/** Those that have an event there, or still have to take one out. */
function eventsIn({ connectionId }: Leaving) {
  return { $or: [{ 'place.connectionId': connectionId }, { 'formerPlaces.connectionId': connectionId }] };
}

const atOnce = 100;

/**
 * Takes out of interviews what they hold of a connection that is being purged (I10), and says of those that were in it
 * that they are nowhere any more. A run that is at one of them loses its turn, so that it cannot bring anything back.
 */
export async function disconnectInterviews(database: Database, leaving: Leaving, now: Date): Promise<void> {
  for (;;) {
    const found = await database.interviews.find(eventsIn(leaving), { _id: 1 }).limit(atOnce).lean();
    if (found.length === 0) return;
    for (const { _id } of found) await disconnectInterview(database, _id, leaving, now);
  }
}

async function disconnectInterview(
  database: Database,
  _id: string,
  leaving: Leaving,
  now: Date,
): Promise<void> {
  const { interviews, recording } = database;
  const { isDue, told } = await inTransaction(database, async (session) => {
    const known = await interviews.findOne({ _id, ...eventsIn(leaving) }, null, { session }).lean();
    if (known === null) return { isDue: false, told: undefined };
    const { fields, news } = afterDisconnecting(known, leaving, now);
    await interviews.updateOne({ _id }, updateTo(fields), { session });
    const of = { now, interviewId: _id, revision: known.revision };
    return { isDue: fields.dueAt !== undefined, told: await tell(database, session, known, { ...of, news }) };
  });
  if (told !== undefined) recording.onRecorded(told);
  if (isDue) recording.onInterviewsDue([_id]);
}

interface AfterDisconnecting {
  readonly fields: { readonly [Field in keyof InterviewDocument]?: InterviewDocument[Field] | undefined };
  readonly news: readonly InterviewNewsBody[];
}

function afterDisconnecting(known: InterviewDocument, leaving: Leaving, now: Date): AfterDisconnecting {
  const { place, state, turn } = known;
  const isThere = (one: PlacePart): boolean => one.connectionId.equals(leaving.connectionId);
  const left = {
    desired: inOwnWords(known),
    formerPlaces: known.formerPlaces.filter((former) => !isThere(former)),
    attempts: known.attempts.map(({ at, revision, action, outcome }) => ({ at, revision, action, outcome })),
    updatedAt: now,
  };
  const goesOn = { dueAt: now, turn: { run: turn.run + 1, leaseUntil: null, dirty: true } };
  if (place === undefined || !isThere(place)) return { fields: { ...left, ...goesOn }, news: [] };
  const gone = { ...left, place: undefined, applied: undefined };
  const after = isOnItsWay(known, place, leaving) ? state : nextState(state, 'disconnected');
  if (after !== 'failed') return { fields: { ...gone, ...goesOn }, news: [] };
  const message = 'The account in whose calendar it was is not connected any more.';
  const reason = failure('organizer_disconnected', message);
  return {
    fields: {
      ...gone,
      state: after,
      reason: { ...reason, at: now },
      clash: undefined,
      claim: undefined,
      dueAt: undefined,
      turn: { ...goesOn.turn, dirty: false },
    },
    news: [{ type: 'interview.failed', data: { reason } }],
  };
}

/** What people wrote in the calendar goes with it. When they wanted it to be was told to the main app, and stays. */
function inOwnWords({ desired, requested }: InterviewDocument): InterviewWish {
  const { title: _title, description: _description, location: _location, ...rest } = desired;
  const { title, description, location } = requested;
  return {
    ...rest,
    title,
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
  };
}

/** It is to be somewhere else by now. */
function isOnItsWay(
  { desired: { organizer } }: InterviewDocument,
  place: PlacePart,
  { userId }: Leaving,
): boolean {
  const isOthers = userId !== undefined && organizer.userId !== userId;
  const isElsewhere =
    organizer.calendarId !== undefined && organizer.calendarId !== place.calendarId.toHexString();
  return isOthers || isElsewhere;
}
