/** One hold in the documentation, from the request to what the calendar shows of it. */

export const exampleHoldId = 'choice-4711';

export const exampleHoldRequest = {
  organizer: { userId: 'user-1024' },
  participants: ['user-2048'],
  title: 'Held: interview with Grace Hopper',
  timeZone: 'Europe/Berlin',
  slots: [
    { start: '2026-11-30T14:00:00+01:00', end: '2026-11-30T15:00:00+01:00' },
    { start: '2026-12-01T09:00:00+01:00', end: '2026-12-01T10:00:00+01:00' },
  ],
  expiresAt: '2026-11-27T18:00:00+01:00',
};

const shown = {
  calendarId: '66f1a2d4c4d5e6f708192a3d',
  providerEventId: '5f1c0f8d2b7a4e6c9d3a1b2c3d4e5f60718293a4',
};

export const exampleHold = {
  id: exampleHoldId,
  userId: 'user-1024',
  state: 'held',
  organizer: { userId: 'user-1024' },
  participants: ['user-2048'],
  title: exampleHoldRequest.title,
  timeZone: 'Europe/Berlin',
  slots: [
    {
      start: '2026-11-30T13:00:00.000Z',
      end: '2026-11-30T14:00:00.000Z',
      state: 'held',
      event: { state: 'booked', ...shown, webLink: 'https://www.google.com/calendar/event?eid=NWYxYzBmOGQ' },
    },
    {
      start: '2026-12-01T08:00:00.000Z',
      end: '2026-12-01T09:00:00.000Z',
      state: 'held',
      event: { state: 'pending' },
    },
  ],
  expiresAt: '2026-11-27T17:00:00.000Z',
  showInCalendar: true,
  checkConflicts: false,
  createdAt: '2026-11-23T09:00:00.120Z',
  updatedAt: '2026-11-23T09:00:00.120Z',
} as const;
