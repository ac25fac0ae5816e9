import { Schema, type mongo, type Types } from 'mongoose';
import {
  busyKinds,
  eventKinds,
  responses,
  visibilities,
  type Attendee,
  type CalendarEvent,
} from '../domain/event.ts';
import {
  documentOptions,
  count,
  oneOf,
  partOptions,
  requiredDate,
  requiredFlag,
  requiredId,
  requiredText,
  text,
} from './schema.ts';
import type { EventRecord } from './store.ts';

/** One entry of a calendar, as the vendor last told it. Fields without a value are left out, not null. */
export interface EventDocument extends CalendarEvent {
  _id: Types.ObjectId;
  userId: string;
  connectionId: Types.ObjectId;
  calendarId: Types.ObjectId;
  /** What the entry is compared by. */
  fingerprint: string;
  /** The run that wrote it. */
  run: number;
  interviewId?: string;
  /** A change told of it as it is, although it belongs to an interview: what becomes of it is told, too. */
  interviewApart?: boolean;
  updatedAt: Date;
}

type Organizer = NonNullable<CalendarEvent['organizer']>;

export const eventSchema = new Schema<EventDocument>(
  {
    userId: requiredText,
    connectionId: requiredId,
    calendarId: requiredId,
    providerEventId: requiredText,
    iCalUID: String,
    etag: String,
    status: oneOf(['confirmed', 'tentative']),
    kind: oneOf(eventKinds),
    title: String,
    description: String,
    location: String,
    start: requiredDate,
    end: requiredDate,
    startTimeZone: String,
    allDay: requiredFlag,
    startDate: String,
    endDate: String,
    busy: oneOf(busyKinds),
    response: oneOf(responses),
    organizer: new Schema<Organizer>({ email: text, name: String, self: requiredFlag }, partOptions),
    attendees: [
      new Schema<Attendee>(
        {
          email: text,
          name: String,
          response: oneOf(responses),
          optional: requiredFlag,
          resource: requiredFlag,
          self: requiredFlag,
        },
        partOptions,
      ),
    ],
    recurringEventId: String,
    originalStart: Date,
    meetingUrl: String,
    visibility: oneOf(visibilities),
    fingerprint: requiredText,
    run: count,
    interviewId: String,
    interviewApart: Boolean,
    updatedAt: requiredDate,
  },
  { ...documentOptions, collection: 'events' },
);

eventSchema.index({ calendarId: 1, providerEventId: 1 }, { unique: true });
eventSchema.index(
  { calendarId: 1, recurringEventId: 1 },
  { partialFilterExpression: { recurringEventId: { $exists: true } } },
);
// Serves two readings: pages by start and id, and, with all that decides about blocking time, availability from the
// index alone. One index and not two, because every further one costs each write.
eventSchema.index({
  calendarId: 1,
  start: 1,
  _id: 1,
  end: 1,
  busy: 1,
  kind: 1,
  response: 1,
  allDay: 1,
  visibility: 1,
  interviewId: 1,
});
// By connection first: whatever a connection ever stored is found by it, also of a calendar that is gone.
eventSchema.index({ connectionId: 1, calendarId: 1 });

/** Of earlier versions: another one has taken their place. */
export const supersededEventIndexes: readonly mongo.IndexSpecification[] = [
  { calendarId: 1, start: 1, _id: 1, end: 1, busy: 1, kind: 1, response: 1 },
];

export function eventRecord(document: EventDocument): EventRecord {
  const { _id, connectionId, calendarId, ...entry } = document;
  const { fingerprint: _fingerprint, run: _run, interviewApart: _interviewApart, ...event } = entry;
  return {
    ...event,
    id: _id.toHexString(),
    connectionId: connectionId.toHexString(),
    calendarId: calendarId.toHexString(),
  };
}
