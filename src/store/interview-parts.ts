import { Schema, type Types } from 'mongoose';
import { responses, visibilities } from '../domain/event.ts';
import type { Failure } from '../domain/failure.ts';
import type { Interval } from '../domain/interval.ts';
import {
  conferenceStates,
  conferenceWishes,
  interviewPolicies,
  ownFields,
  type ConferenceReading,
  type EventSnapshot,
  type InterviewAnswer,
  type InterviewAttendee,
  type InterviewWish,
} from '../domain/interview.ts';
import {
  count,
  oneOf,
  partOptions,
  requiredDate,
  requiredFlag,
  requiredId,
  requiredText,
  text,
} from './schema.ts';
import { failureCodes } from './status-reason.ts';
import type { Try } from '../domain/interview-tried.ts';
import type { AppliedRevision, InterviewAttempt, InterviewClash, InterviewPlace } from './store.ts';

/** Where an event is, with ids as the other collections have them. */
export interface PlacePart extends Omit<InterviewPlace, 'connectionId' | 'calendarId'> {
  connectionId: Types.ObjectId;
  calendarId: Types.ObjectId;
}

const attendee = {
  email: requiredText,
  name: String,
  optional: requiredFlag,
  resource: requiredFlag,
} as const;

export const wishSchema = new Schema<InterviewWish>(
  {
    start: requiredDate,
    end: requiredDate,
    title: text,
    description: String,
    location: String,
    timeZone: requiredText,
    attendees: [new Schema<InterviewAttendee>(attendee, partOptions)],
    conference: oneOf(conferenceWishes),
    reminders: { type: [Number], default: undefined },
    visibility: oneOf(visibilities),
    tentative: requiredFlag,
    organizer: {
      type: new Schema<InterviewWish['organizer']>({ userId: requiredText, calendarId: String }, partOptions),
      required: true,
    },
    sendInvitations: requiredFlag,
    checkConflicts: requiredFlag,
    policy: oneOf(interviewPolicies),
    holdId: String,
  },
  partOptions,
);

const snapshotSchema = new Schema<EventSnapshot>(
  {
    etag: String,
    start: requiredDate,
    end: requiredDate,
    allDay: requiredFlag,
    title: String,
    description: String,
    location: String,
    visibility: oneOf(visibilities),
    attendees: [
      new Schema<InterviewAnswer>(
        {
          ...attendee,
          response: oneOf(responses),
          proposed: new Schema<Interval>({ start: requiredDate, end: requiredDate }, partOptions),
        },
        partOptions,
      ),
    ],
    conference: {
      type: new Schema<ConferenceReading>({ state: oneOf(conferenceStates), url: String }, partOptions),
      required: true,
    },
  },
  partOptions,
);

const trySchema = new Schema<Try>(
  {
    mark: requiredText,
    wish: { type: wishSchema, required: true },
    fields: [oneOf(ownFields)],
    back: { type: [String], enum: ownFields, default: undefined },
  },
  partOptions,
);

export const placeSchema = new Schema<PlacePart>(
  {
    number: { ...count, min: 1 },
    key: requiredText,
    connectionId: requiredId,
    calendarId: requiredId,
    providerCalendarId: requiredText,
    providerEventId: String,
    iCalUID: String,
    leftAs: snapshotSchema,
    tries: { type: [trySchema], default: undefined },
    tried: Number,
    clearing: Boolean,
    doubtUntil: Date,
  },
  partOptions,
);

export const appliedSchema = new Schema<AppliedRevision>(
  {
    revision: count,
    wish: { type: wishSchema, required: true },
    snapshot: { type: snapshotSchema, required: true },
    iCalUID: String,
    webLink: String,
    at: requiredDate,
    observedAt: requiredDate,
  },
  partOptions,
);

export const attemptPartSchema = new Schema<InterviewAttempt>(
  {
    at: requiredDate,
    revision: count,
    action: oneOf(['create', 'find', 'read', 'update', 'cancel', 'check']),
    outcome: requiredText,
    message: String,
  },
  partOptions,
);

export const clashSchema = new Schema<InterviewClash>(
  { start: requiredDate, end: requiredDate, userId: String, interviewId: String, holdId: String },
  partOptions,
);

export const reasonSchema = new Schema<Failure & { readonly at: Date }>(
  { code: oneOf(failureCodes), message: text, hint: text, at: requiredDate },
  partOptions,
);
