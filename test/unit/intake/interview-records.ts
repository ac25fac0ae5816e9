import type { InterviewWish } from '../../../src/domain/interview.ts';
import type { AppliedRevision, InterviewPlace, InterviewRecord } from '../../../src/store/store.ts';

/** An interview as it is right after its first request. */
export function anInterview(
  id: string,
  wish: InterviewWish,
  at: Date,
  fields: Partial<InterviewRecord> = {},
): InterviewRecord {
  return {
    id,
    userId: wish.organizer.userId,
    revision: 1,
    requested: wish,
    desired: wish,
    state: 'pending',
    lastPlaceNumber: 0,
    formerPlaces: [],
    attempts: [],
    dueAt: at,
    createdAt: at,
    updatedAt: at,
    ...fields,
  };
}

export const aPlace: InterviewPlace = {
  number: 1,
  key: '0123456789abcdef0123456789abcdef01234567',
  connectionId: '66f1a2c0c4d5e6f708192a3c',
  calendarId: '66f1a2d4c4d5e6f708192a3d',
  providerCalendarId: 'ada@example.com',
  providerEventId: 'event-1',
};

/** What was written of the wish, and read again as it was written, but that the first one asked has accepted. */
export function appliedOf(wish: InterviewWish, revision: number, at: Date): AppliedRevision {
  const { start, end, title, description, location, visibility } = wish;
  return {
    revision,
    wish,
    snapshot: {
      etag: '"3412"',
      start,
      end,
      title,
      description,
      location,
      visibility,
      allDay: false,
      attendees: wish.attendees.map((attendee, index) => ({
        ...attendee,
        response: index === 0 ? ('accepted' as const) : ('needs_action' as const),
      })),
      conference: { state: 'ready', url: 'https://meet.example.com/abc' },
    },
    iCalUID: 'event-1@example.com',
    webLink: 'https://calendar.example.com/event-1',
    at,
    observedAt: at,
  };
}
