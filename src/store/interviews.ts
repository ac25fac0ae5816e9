import { Schema } from 'mongoose';
import { dayMs } from '../domain/due.ts';
import type { Failure } from '../domain/failure.ts';
import { isInterviewOrSlotId } from '../domain/hold.ts';
import type { Interval } from '../domain/interval.ts';
import {
  interviewIdForm,
  interviewStates,
  type InterviewState,
  type InterviewWish,
} from '../domain/interview.ts';
import { anyCase } from './connections.ts';
import {
  appliedSchema,
  attemptPartSchema,
  clashSchema,
  placeSchema,
  reasonSchema,
  wishSchema,
  type PlacePart,
} from './interview-parts.ts';
import {
  count,
  documentOptions,
  oneOf,
  partOptions,
  requiredDate,
  requiredFlag,
  requiredText,
} from './schema.ts';
import type {
  AppliedRevision,
  InterviewAttempt,
  InterviewClash,
  InterviewPlace,
  InterviewRecord,
} from './store.ts';

/**
 * One interview, under the main app's own id; or a slot of a hold, under an id of ours. Fields without a value are left
 * out, not null.
 */
export interface InterviewDocument {
  _id: string;
  userId: string;
  revision: number;
  /** How often the main app has said something of it since it was created; absent: never. */
  asked?: number;
  requested: InterviewWish;
  desired: InterviewWish;
  withdrawn?: { message?: string; at: Date };
  state: InterviewState;
  reason?: Failure & { at: Date };
  clash?: InterviewClash;
  place?: PlacePart;
  lastPlaceNumber: number;
  formerPlaces: PlacePart[];
  applied?: AppliedRevision;
  putBackRevision?: number;
  attempts: InterviewAttempt[];
  dueAt?: Date;
  turn: InterviewTurnPart;
  claim?: ClaimPart;
  /** The hold whose slot it is. Then nothing is told of it, and the hold says whose time it takes. */
  ofHold?: string;
  /** See `interviewExpiry`. */
  expiresAt: Date;
  createdAt: Date;
  updatedAt: Date;
}

export interface InterviewTurnPart {
  /** The number of the latest run. Only grows. */
  run: number;
  /** Until when that run keeps others out; null when it has ended. */
  leaseUntil: Date | null;
  /** Something happened after the latest run began. A mark and no time: times can be equal. */
  dirty: boolean;
  /** The revision under which the wish has followed the calendar in this run; absent: it has not. */
  followed?: number;
}

/** The time that it has taken for these users: see time-claims.ts. */
export interface ClaimPart extends Interval {
  userIds: string[];
}

export const interviewSchema = new Schema<InterviewDocument>(
  {
    _id: {
      type: String,
      required: true,
      validate: { validator: isInterviewOrSlotId, message: `{PATH} ${interviewIdForm}` },
    },
    userId: requiredText,
    revision: { ...count, min: 1 },
    asked: Number,
    requested: { type: wishSchema, required: true },
    desired: { type: wishSchema, required: true },
    withdrawn: new Schema<NonNullable<InterviewDocument['withdrawn']>>(
      { message: String, at: requiredDate },
      partOptions,
    ),
    state: oneOf(interviewStates),
    reason: reasonSchema,
    clash: clashSchema,
    place: placeSchema,
    lastPlaceNumber: count,
    formerPlaces: [placeSchema],
    applied: appliedSchema,
    putBackRevision: Number,
    attempts: [attemptPartSchema],
    dueAt: Date,
    turn: {
      type: new Schema<InterviewTurnPart>(
        { run: count, leaseUntil: { type: Date, default: null }, dirty: requiredFlag, followed: Number },
        partOptions,
      ),
      required: true,
    },
    claim: new Schema<ClaimPart>(
      { start: requiredDate, end: requiredDate, userIds: { type: [String], required: true } },
      partOptions,
    ),
    ofHold: String,
    expiresAt: requiredDate,
    createdAt: requiredDate,
    updatedAt: requiredDate,
  },
  { ...documentOptions, collection: 'interviews' },
);

/** Of those that have the field; then it has to be the first of the index, or no query is known to ask for no others. */
const having = (field: string) => ({ partialFilterExpression: { [field]: { $exists: true } } });
interviewSchema.index({ dueAt: 1 }, having('dueAt'));
interviewSchema.index({ userId: 1, 'desired.start': 1 });
// An address is somebody's whatever its capitals.
interviewSchema.index({ 'desired.attendees.email': 1, 'desired.start': 1 }, { collation: anyCase });
interviewSchema.index({ 'claim.userIds': 1, 'claim.end': 1 }, having('claim.userIds'));
interviewSchema.index({ ofHold: 1 }, having('ofHold'));
// What a page of a calendar touches is looked for by the vendor's id, by our key and, for guests' copies, by the UID.
interviewSchema.index({ 'applied.iCalUID': 1 }, having('applied.iCalUID'));
for (const part of ['place', 'formerPlaces']) {
  // Without the calendar: at Google a guest's copy bears the id of the event.
  interviewSchema.index({ [`${part}.providerEventId`]: 1 }, having(`${part}.providerEventId`));
  interviewSchema.index({ [`${part}.key`]: 1 }, having(`${part}.key`));
  // When a connection or its grant comes and goes.
  interviewSchema.index({ [`${part}.connectionId`]: 1 }, having(`${part}.connectionId`));
}
/** The date is on the document and not in the index: an index with another limit than the existing one is refused. */
interviewSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const retentionMs = 400 * dayMs;

/** Until when an interview is kept: so long after its end, or after it was last asked for where that was later. */
export function interviewExpiry({ end }: Interval, now: Date): Date {
  return new Date(Math.max(end.getTime(), now.getTime()) + retentionMs);
}

/** Whoever writes down that something has happened to an interview adds this; `$min`, so that one which has been due for longer keeps its place. */
export function somethingHappened(now: Date) {
  return { $set: { 'turn.dirty': true }, $min: { dueAt: now } } as const;
}

export function interviewRecord(document: InterviewDocument): InterviewRecord {
  return {
    id: document._id,
    userId: document.userId,
    revision: document.revision,
    requested: document.requested,
    desired: document.desired,
    withdrawn: document.withdrawn,
    state: document.state,
    reason: document.reason,
    clash: document.clash,
    place: document.place && placeRecord(document.place),
    lastPlaceNumber: document.lastPlaceNumber,
    formerPlaces: document.formerPlaces.map(placeRecord),
    applied: document.applied,
    putBackRevision: document.putBackRevision,
    attempts: document.attempts,
    dueAt: document.dueAt,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
  };
}

function placeRecord({ connectionId, calendarId, ...place }: PlacePart): InterviewPlace {
  return { ...place, connectionId: connectionId.toHexString(), calendarId: calendarId.toHexString() };
}
