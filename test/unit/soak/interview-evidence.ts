import { candidateOf, tagOf, type InterviewBody } from '../../soak/interviews/body.ts';
import { newBooking, type Booking, type Deed, type Put } from '../../soak/interviews/booking.ts';
import type { Told } from '../../soak/interviews/case.ts';
import type { InterviewView } from '../../soak/interviews/interviews-api.ts';
import type { SeenMail } from '../../soak/interviews/mail-log.ts';
import type { Evidence } from '../../soak/interviews/oracle.ts';
import type { SeenEvent } from '../../soak/interviews/seen-event.ts';
import type { Subject } from '../../soak/interviews/subjects.ts';

/** One interview, `it-1`, of Ada's at Google, and what is known of it; made by hand, and changed by whoever tests a rule. */
export interface OneInterview {
  readonly booking: Booking;
  readonly events: SeenEvent[];
  readonly mails: SeenMail[];
  readonly told: Told[];
  view: InterviewView;
}

export const id = 'it-1';
export const place = {
  provider: 'google',
  email: 'ada@soak.example',
  calendarId: 'ada@soak.example',
} as const;
export const elsewhere = { provider: 'microsoft', email: 'grace@soak.example', calendarId: 'c1' } as const;

export const body: InterviewBody = {
  organizer: { userId: 'user-ada' },
  title: 'Interview',
  description: `${tagOf(id)} Bring a pen`,
  start: '2026-12-01T10:00:00.000Z',
  end: '2026-12-01T11:00:00.000Z',
  timeZone: 'UTC',
  attendees: [{ email: candidateOf(id) }, { email: 'paula@panel.example' }],
  location: 'Room 4',
  conference: 'none',
  visibility: 'default',
  sendInvitations: true,
  checkConflicts: false,
  policy: 'follow',
};

export const event: SeenEvent = {
  ...place,
  id: 'event-1',
  iCalUID: 'event-1@google.com',
  etag: '"1"',
  own: true,
  interviewId: id,
  title: body.title,
  description: body.description,
  location: 'Room 4',
  start: Date.parse(body.start),
  end: Date.parse(body.end),
  allDay: false,
  visibility: 'default',
  attendees: body.attendees.map(({ email }) => ({ email, answer: 'none' })),
  native: {},
};

/** Asked for at 1000, booked at 2000, and as it should be. */
export function asItShouldBe(): OneInterview {
  const booking = newBooking(id);
  booking.asks.push(put(1000, 1, body));
  return {
    booking,
    events: [event],
    mails: body.attendees.map(({ email }) => mail(1500, email)),
    told: [{ type: 'interview.booked', at: 2000, data: { revision: 1 } }],
    view: viewOf(body, event),
  };
}

export function put(sentAt: number, revision: number, wanted: InterviewBody, more: Partial<Put> = {}): Put {
  return {
    kind: 'put',
    body: wanted,
    whole: false,
    revision,
    sentAt,
    answeredAt: sentAt + 10,
    turn: sentAt,
    ...more,
  };
}

export function edit(at: number, subject: Subject, value: string): Deed {
  return { kind: 'edit', at, by: place.email, event, subject, value };
}

export function deletion(at: number): Deed {
  return { kind: 'deletion', at, by: place.email, event };
}

export function mail(
  at: number,
  to: string,
  kind: SeenMail['kind'] = 'invitation',
  byPeople = false,
): SeenMail {
  return { provider: 'google', at, kind, to, iCalUID: event.iCalUID, byPeople };
}

export function changed(
  at: number,
  fields: string[],
  handling: 'followed' | 'put_back' | 'left' = 'followed',
): Told {
  return { type: 'interview.changed', at, data: { revision: 1, handling, fields } };
}

/** What `GET` shows where all is well. */
export function viewOf(wanted: InterviewBody, seen: SeenEvent): InterviewView {
  const shown = {
    title: seen.title,
    description: seen.description,
    location: seen.location,
    start: new Date(seen.start).toISOString(),
    end: new Date(seen.end).toISOString(),
    visibility: seen.visibility,
  };
  return {
    id,
    revision: 1,
    state: 'booked',
    upToDate: true,
    requested: wanted,
    desired: { ...shown, attendees: wanted.attendees },
    observed: {
      ...shown,
      allDay: seen.allDay,
      attendees: seen.attendees.map(({ email, answer }) => ({
        email,
        response: answer === 'none' ? 'needs_action' : answer,
      })),
    },
    event: {
      provider: seen.provider,
      providerCalendarId: seen.calendarId,
      providerEventId: seen.id,
      iCalUID: seen.iCalUID,
    },
    attempts: [],
  };
}

/** What is shown of one that is in no calendar. */
export function viewWithout(state: string, wanted: InterviewBody = body): InterviewView {
  const { event: _event, observed: _observed, ...view } = viewOf(wanted, event);
  return { ...view, state };
}

export function evidenceOf(interviews: readonly OneInterview[]): Evidence {
  return {
    bookings: interviews.map(({ booking }) => booking),
    events: interviews.flatMap(({ events }) => events),
    mails: interviews.flatMap(({ mails }) => mails),
    changes: interviews.flatMap(({ booking, told }) =>
      told.map(({ type, at, data }, index) => ({
        id: `${booking.id}-${index}`,
        type,
        timestamp: new Date(at).toISOString(),
        userId: 'user-ada',
        connectionId: 'c',
        sequence: index + 1,
        data: { interviewId: booking.id, ...data } as object,
      })),
    ),
    views: new Map(interviews.map(({ booking, view }) => [booking.id, view])),
    unseenClashes: 0,
    placesFor: ({ userId }) => [userId === 'user-ada' ? place : elsewhere],
  };
}
