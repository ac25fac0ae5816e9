/** One interview in the documentation, from the request to the answers of those who were asked. */

export const exampleInterviewId = 'application-4711.second-round';

const organizer = { userId: 'user-1024' };
const attendees = [
  { email: 'grace@example.org', name: 'Grace Hopper', optional: false, resource: false },
  { email: 'room-4@example.com', optional: false, resource: true },
];

export const exampleRequest = {
  organizer,
  title: 'Interview: Grace Hopper',
  description: 'Second round, with a look at the compiler.',
  start: '2026-11-30T14:00:00+01:00',
  end: '2026-11-30T15:00:00+01:00',
  timeZone: 'Europe/Berlin',
  attendees,
  conference: 'google_meet',
  reminders: [30],
  sendInvitations: true,
  checkConflicts: true,
  policy: 'follow',
};

const wish = {
  ...exampleRequest,
  start: '2026-11-30T13:00:00.000Z',
  end: '2026-11-30T14:00:00.000Z',
  visibility: 'default',
} as const;
const moved = { ...wish, start: '2026-11-30T13:30:00.000Z', end: '2026-11-30T14:30:00.000Z' } as const;

export const exampleInterview = {
  id: exampleInterviewId,
  userId: 'user-1024',
  revision: 2,
  state: 'booked',
  upToDate: true,
  requested: wish,
  desired: moved,
  applied: { revision: 2, at: '2026-11-23T09:00:01.310Z', wish: moved },
  observed: {
    at: '2026-11-24T10:12:40.002Z',
    start: moved.start,
    end: moved.end,
    allDay: false,
    title: wish.title,
    description: wish.description,
    visibility: 'default',
    attendees: [
      { ...attendees[0], response: 'accepted' },
      { ...attendees[1], response: 'needs_action' },
    ],
  },
  event: {
    provider: 'google',
    connectionId: '66f1a2c0c4d5e6f708192a3c',
    calendarId: '66f1a2d4c4d5e6f708192a3d',
    providerCalendarId: 'ada@example.com',
    providerEventId: '5f1c0f8d2b7a4e6c9d3a1b2c3d4e5f60718293a4',
    iCalUID: '5f1c0f8d2b7a4e6c9d3a1b2c3d4e5f60718293a4@google.com',
    webLink: 'https://www.google.com/calendar/event?eid=NWYxYzBmOGQ',
  },
  conferenceState: 'ready',
  meetingUrl: 'https://meet.google.com/abc-defg-hij',
  attempts: [
    { at: '2026-11-23T09:00:01.308Z', revision: 1, action: 'create', outcome: 'done' },
    { at: '2026-11-24T10:12:40.002Z', revision: 1, action: 'read', outcome: 'done' },
  ],
  createdAt: '2026-11-23T09:00:00.120Z',
  updatedAt: '2026-11-24T10:12:40.002Z',
};
