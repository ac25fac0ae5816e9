import { Schema } from 'mongoose';
import { dayMs } from '../domain/due.ts';
import {
  heldUsers,
  holdStates,
  slotStates,
  type HoldProgress,
  type HoldSlot,
  type HoldState,
  type HoldWish,
} from '../domain/hold.ts';
import type { Interval } from '../domain/interval.ts';
import { interviewIdForm, interviewIdPattern } from '../domain/interview.ts';
import {
  count,
  documentOptions,
  oneOf,
  partOptions,
  requiredDate,
  requiredFlag,
  requiredText,
  text,
} from './schema.ts';
import type { HoldRecord } from './store.ts';

/** One hold, under the main app's own id. Fields without a value are left out, not null. */
export interface HoldDocument {
  _id: string;
  userId: string;
  /** Whose time is held: the organizer's and the others'. */
  userIds: string[];
  requested: HoldWish;
  /** How often the main app has said of it what was nothing new; absent: never. */
  asked?: number;
  state: HoldState;
  slots: HoldSlot[];
  /** The highest number that a slot of it ever had. */
  lastSlotNumber: number;
  heldUntil: Date;
  confirmedBy?: string;
  /** When it is forgotten. */
  expiresAt: Date;
  createdAt: Date;
  updatedAt: Date;
}

const span = { start: requiredDate, end: requiredDate } as const;

const holdWishSchema = new Schema<HoldWish>(
  {
    organizer: {
      type: new Schema<HoldWish['organizer']>({ userId: requiredText, calendarId: String }, partOptions),
      required: true,
    },
    participants: [String],
    title: text,
    description: String,
    timeZone: requiredText,
    slots: [new Schema<Interval>(span, partOptions)],
    expiresAt: requiredDate,
    showInCalendar: requiredFlag,
    checkConflicts: requiredFlag,
  },
  partOptions,
);

export const holdSchema = new Schema<HoldDocument>(
  {
    _id: { type: String, required: true, match: [interviewIdPattern, `{PATH} ${interviewIdForm}`] },
    userId: requiredText,
    userIds: { type: [String], required: true },
    requested: { type: holdWishSchema, required: true },
    asked: Number,
    state: oneOf(holdStates),
    slots: [new Schema<HoldSlot>({ number: count, ...span, state: oneOf(slotStates) }, partOptions)],
    lastSlotNumber: count,
    heldUntil: requiredDate,
    confirmedBy: String,
    expiresAt: requiredDate,
    createdAt: requiredDate,
    updatedAt: requiredDate,
  },
  { ...documentOptions, collection: 'holds' },
);

const living = { partialFilterExpression: { state: 'held' } };
holdSchema.index({ userIds: 1, heldUntil: 1 }, living);
holdSchema.index({ heldUntil: 1 }, living);
/** The date is on the document and not in the index: an index with another limit than the existing one is refused. */
holdSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

/** Those that keep something of these users' time at `now` within the interval. */
export function holding(userIds: readonly string[], { start, end }: Interval, now: Date) {
  return {
    userIds: { $in: [...userIds] },
    state: 'held',
    heldUntil: { $gt: now },
    slots: { $elemMatch: { state: 'held', start: { $lt: end }, end: { $gt: start } } },
  } as const;
}

const retentionMs = 400 * dayMs;

/** What a body makes of a hold, beside its slots. Kept as long as interviews are. */
export function heldFields(wish: HoldWish, now: Date) {
  const last = Math.max(
    now.getTime(),
    wish.expiresAt.getTime(),
    ...wish.slots.map(({ end }) => end.getTime()),
  );
  return {
    userId: wish.organizer.userId,
    userIds: heldUsers(wish),
    requested: wish,
    state: 'held',
    heldUntil: wish.expiresAt,
    expiresAt: new Date(last + retentionMs),
    updatedAt: now,
  } as const;
}

export function progressOf({ state, slots, heldUntil }: HoldDocument): HoldProgress {
  return { state, slots, expiresAt: heldUntil };
}

export function holdRecord(document: HoldDocument): HoldRecord {
  return {
    id: document._id,
    userId: document.userId,
    requested: document.requested,
    ...progressOf(document),
    confirmedBy: document.confirmedBy,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
  };
}
