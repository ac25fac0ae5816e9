import { Schema, type ClientSession, type Types } from 'mongoose';
import {
  changeTypes,
  type Change,
  type ChangeBody,
  type ChangeType,
  type InterviewResponse,
} from '../domain/change.ts';
import { dayMs } from '../domain/due.ts';
import { deliveryStates, type DeliveryState } from '../domain/delivery.ts';
import { responses } from '../domain/event.ts';
import type { Failure } from '../domain/failure.ts';
import type { Interval } from '../domain/interval.ts';
import { handlings, type Handling } from '../domain/interview-plan.ts';
import { interviewIdPattern, ownFields, type OwnField } from '../domain/interview.ts';
import { providerIds, type ProviderId } from '../domain/provider-id.ts';
import type { ConnectionDocument } from './connections.ts';
import type { Database } from './mongodb.ts';
import {
  count,
  documentOptions,
  oneOf,
  partOptions,
  requiredDate,
  requiredFlag,
  requiredId,
  requiredText,
  text,
} from './schema.ts';
import { failureCodes } from './status-reason.ts';

/** One entry of the outbox and of the change feed. */
export interface ChangeDocument {
  _id: Types.ObjectId;
  userId: string;
  connectionId: Types.ObjectId;
  seq: number;
  at: Date;
  type: ChangeType;
  data: ChangeData;
  /** Its place in the feed; 0 until a reader has given it one (change-feed.ts). */
  position: number;
  /** Absent where nobody was to be told when it was recorded. */
  delivery?: DeliveryPart;
  expiresAt: Date;
}

/** What the bodies of all types hold between them. */
interface ChangeData {
  provider?: ProviderId;
  reconnected?: boolean;
  reason?: Failure;
  calendarId?: string;
  eventIds?: string[];
  removedIds?: string[];
  range?: Interval;
  count?: number;
  interviewId?: string;
  revision?: number;
  handling?: Handling;
  from?: Interval;
  to?: Interval;
  fields?: OwnField[];
  answers?: InterviewResponse[];
  by?: 'main_app' | 'user';
  clash?: Interval;
  state?: 'ready' | 'failed';
  holdId?: string;
  slot?: Interval;
}

export interface DeliveryPart {
  state: DeliveryState;
  /** Those that have begun. */
  attempts: number;
  /** Since when it is to be delivered: when it was recorded, or asked for again. */
  since: Date;
  /** Not to be tried before; while it is being tried, until when that may take. */
  nextAt: Date;
  deliveredAt?: Date;
  lastFailure?: { message: string; at: Date };
}

const interval = new Schema<Interval>({ start: requiredDate, end: requiredDate }, partOptions);

export const changeSchema = new Schema<ChangeDocument>(
  {
    userId: requiredText,
    connectionId: requiredId,
    seq: count,
    at: requiredDate,
    type: oneOf(changeTypes),
    data: {
      type: new Schema<ChangeData>(
        {
          provider: { type: String, enum: [...providerIds] },
          reconnected: Boolean,
          reason: new Schema<Failure>({ code: oneOf(failureCodes), message: text, hint: text }, partOptions),
          calendarId: String,
          eventIds: { type: [String], default: undefined },
          removedIds: { type: [String], default: undefined },
          range: interval,
          count: Number,
          interviewId: { type: String, match: interviewIdPattern },
          revision: Number,
          handling: { type: String, enum: [...handlings] },
          from: interval,
          to: interval,
          fields: { type: [{ type: String, enum: [...ownFields] }], default: undefined },
          answers: {
            type: [
              new Schema<InterviewResponse>(
                {
                  attendee: Number,
                  resource: requiredFlag,
                  response: oneOf(responses),
                  proposed: interval,
                },
                partOptions,
              ),
            ],
            default: undefined,
          },
          by: { type: String, enum: ['main_app', 'user'] },
          clash: interval,
          state: { type: String, enum: ['ready', 'failed'] },
          holdId: { type: String, match: interviewIdPattern },
          slot: interval,
        },
        partOptions,
      ),
      required: true,
    },
    position: count,
    delivery: new Schema<DeliveryPart>(
      {
        state: oneOf(deliveryStates),
        attempts: count,
        since: requiredDate,
        nextAt: requiredDate,
        deliveredAt: Date,
        lastFailure: new Schema<NonNullable<DeliveryPart['lastFailure']>>(
          { message: text, at: requiredDate },
          partOptions,
        ),
      },
      partOptions,
    ),
    expiresAt: requiredDate,
  },
  { ...documentOptions, collection: 'changes' },
);

/** Also finds those that have no place in the feed yet, in the order in which they get one. */
changeSchema.index({ position: 1, at: 1, connectionId: 1, seq: 1 });
changeSchema.index({ connectionId: 1, seq: 1 }, { unique: true });
/** The date is on the document and not in the index: an index with another limit than the existing one is refused. */
changeSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
const ofPending = { partialFilterExpression: { 'delivery.state': 'pending' } };
changeSchema.index({ 'delivery.state': 1, connectionId: 1, seq: 1 }, ofPending);
changeSchema.index({ 'delivery.nextAt': 1 }, ofPending);

/** The last place in the feed that was given. One document, and whoever gives places writes it. */
export interface FeedDocument {
  _id: 'feed';
  position: number;
}

export const feedSchema = new Schema<FeedDocument>(
  { _id: oneOf(['feed']), position: count },
  { ...documentOptions, collection: 'change_feed' },
);

/** How changes are recorded. */
export interface ChangeRecording {
  readonly retentionMs: number;
  /** Whether they are to be delivered as well. */
  readonly deliver: boolean;
  /** Hears of each connection for which one was committed. Must not throw. */
  readonly onRecorded: (connectionId: string) => void;
  /** Hears of interviews that were made due by something else than a wish of the main app's. Must not throw. */
  readonly onInterviewsDue: (interviewIds: readonly string[]) => void;
}

export const usualRecording: ChangeRecording = {
  retentionMs: 30 * dayMs,
  deliver: false,
  onRecorded: () => undefined,
  onInterviewsDue: () => undefined,
};

/**
 * The part of an update of the connection with which it takes the number of its next change. In the update that the
 * transaction makes there anyway: so numbers have no gaps, grow with the commits, and cost nothing.
 */
export function nextChange(now: Date) {
  return { $inc: { 'changes.seq': 1 }, $max: { 'changes.at': now } } as const;
}

/** The connection as `nextChange` has left it. */
export type ChangedConnection = Pick<ConnectionDocument, '_id' | 'userId' | 'changes'>;

/** Records what the transaction does, in that transaction. Once it is committed, `database.recording` is to be told. */
export async function recordChange(
  { changes, recording }: Database,
  session: ClientSession,
  { _id, userId, changes: number }: ChangedConnection,
  { type, data }: ChangeBody,
): Promise<void> {
  if (number === undefined)
    throw new Error(`store: connection ${_id.toHexString()} has no number for a change`);
  const { seq, at } = number;
  const delivery = { state: 'pending', attempts: 0, since: at, nextAt: at } as const;
  const change = {
    userId,
    connectionId: _id,
    seq,
    at,
    type,
    data,
    position: 0,
    expiresAt: new Date(at.getTime() + recording.retentionMs),
    ...(recording.deliver && { delivery }),
  };
  await changes.create([change as Omit<ChangeDocument, '_id'>], { session });
}

export function changeOf({ _id, userId, connectionId, seq, at, type, data }: ChangeDocument): Change {
  const common = {
    id: _id.toHexString(),
    userId,
    connectionId: connectionId.toHexString(),
    sequence: seq,
    at,
  };
  // What was recorded together belongs together.
  return { ...common, ...({ type, data } as ChangeBody) };
}
