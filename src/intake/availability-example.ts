/** Questions about people's time in the documentation, and what they are answered. */

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;

function everyWeekday(...spans: { start: string; end: string }[]) {
  return Object.fromEntries(weekdays.map((day) => [day, spans]));
}

const range = { from: '2026-11-23T00:00:00+01:00', to: '2026-11-28T00:00:00+01:00' };

export const exampleBusyOnly = {
  groups: [{ members: [{ userId: 'user-1024' }, { userId: 'user-2048' }] }],
  ...range,
};

export const examplePanel = {
  groups: [
    {
      members: [
        { userId: 'user-1024' },
        {
          userId: 'user-2048',
          timeZone: 'America/New_York',
          workingHours: everyWeekday({ start: '08:00', end: '12:00' }),
        },
      ],
      required: 'all',
    },
  ],
  optional: [{ userId: 'user-4096' }],
  ...range,
  timeZone: 'Europe/Berlin',
  durationMinutes: 60,
  stepMinutes: 30,
  align: 'hour',
  bufferBeforeMinutes: 10,
  bufferAfterMinutes: 10,
  minimumNoticeMinutes: 240,
  workingHours: {
    ...everyWeekday({ start: '09:00', end: '12:30' }, { start: '13:30', end: '18:00' }),
    exceptions: [{ date: '2026-11-25', hours: [{ start: '10:00', end: '14:00' }] }],
    holidays: ['2026-11-26'],
  },
  policy: { workingElsewhere: 'busy', notAnswered: 'free' },
  maxAgeSeconds: 600,
  live: { withinSeconds: 4 },
  order: 'optional',
  limit: 20,
};

export const examplePool = {
  groups: [
    { members: [{ userId: 'user-1024' }], required: 'all' },
    { members: ['user-2048', 'user-4096', 'user-8192'].map((userId) => ({ userId })), required: 2 },
  ],
  ...range,
  timeZone: 'Europe/Berlin',
  durationMinutes: 45,
  workingHours: everyWeekday({ start: '09:00', end: '18:00' }),
  roundRobin: { from: '2026-11-01T00:00:00+01:00', to: '2026-12-01T00:00:00+01:00' },
};

export const exampleReschedule = {
  groups: [{ members: [{ userId: 'user-1024' }, { userId: 'user-2048' }] }],
  ...range,
  timeZone: 'Europe/Berlin',
  durationMinutes: 60,
  minimumNoticeMinutes: 1440,
  excludeInterviewIds: ['application-4711.second-round'],
  excludeHoldIds: ['choice-4711'],
  live: true,
};

export const exampleRequests = {
  busyOnly: { summary: 'Busy times only', value: exampleBusyOnly },
  panel: { summary: 'A panel: everybody, and somebody who may come', value: examplePanel },
  pool: { summary: 'One person and two of a pool, by turns', value: examplePool },
  reschedule: { summary: 'Another time for an interview', value: exampleReschedule },
};

const told = { from: '2026-11-22T23:00:00.000Z', to: '2026-11-27T23:00:00.000Z' };
const berlin = 'Europe/Berlin';
const fresh = { state: 'fresh', lastSyncedAt: '2026-11-22T19:58:31.000Z', ageSeconds: 89 };
const busy = [{ start: '2026-11-23T08:00:00.000Z', end: '2026-11-23T13:00:00.000Z' }];
const connectionId = '66f1a2b3c4d5e6f708192a3b';
const calendarId = '66f1a2c9c4d5e6f708192a3d';

export const exampleAnswers = {
  busyOnly: {
    summary: 'Busy times only: of one nothing is known',
    value: {
      ...told,
      participants: [
        { userId: 'user-1024', role: 'required', timeZone: berlin, busy, freshness: fresh },
        {
          userId: 'user-2048',
          role: 'required',
          timeZone: 'UTC',
          busy: [],
          freshness: { state: 'unknown', reason: 'reauth_required', connectionId },
        },
      ],
    },
  },
  panel: {
    summary: 'A panel: one was asked for at the provider, and one could not be',
    value: {
      ...told,
      participants: [
        { userId: 'user-1024', role: 'required', timeZone: berlin, busy, freshness: fresh },
        {
          userId: 'user-2048',
          role: 'required',
          timeZone: 'America/New_York',
          busy: [],
          freshness: {
            state: 'fresh',
            lastSyncedAt: '2026-11-22T19:20:00.000Z',
            ageSeconds: 2400,
            live: { askedAt: '2026-11-22T20:00:00.000Z' },
          },
        },
        {
          userId: 'user-4096',
          role: 'optional',
          timeZone: berlin,
          busy: [],
          freshness: {
            state: 'stale',
            reason: 'too_old',
            lastSyncedAt: '2026-11-22T19:20:00.000Z',
            ageSeconds: 2400,
            connectionId,
            calendarId,
            live: { failed: 'throttled', message: 'Google answered 429.' },
          },
        },
      ],
      slots: [
        {
          start: '2026-11-23T13:30:00.000Z',
          end: '2026-11-23T14:30:00.000Z',
          groups: [{ free: ['user-1024', 'user-2048'], chosen: ['user-1024', 'user-2048'] }],
          optional: [],
        },
      ],
      nextCursor: 'MS4xNzk1NDM5ODAwMDAwLjAuMGI1ZjE4ZDk0YzE3YTJlNg',
    },
  },
};
