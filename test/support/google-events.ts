import type { GoogleEvent, GoogleEventInput } from '../simulators/google/wire.ts';

export const ADA = 'ada@example.com';
export const MARCH = {
  timeMin: '2026-03-01T00:00:00Z',
  timeMax: '2026-04-01T00:00:00Z',
  singleEvents: 'true',
};

export const at = (start: string, end: string, more: Partial<GoogleEvent> = {}): GoogleEventInput => ({
  start: { dateTime: start },
  end: { dateTime: end },
  ...more,
});
export const meeting = (more: Partial<GoogleEvent> = {}) =>
  at('2026-03-10T09:00:00Z', '2026-03-10T10:00:00Z', more);
export const standup = (more: Partial<GoogleEvent> = {}) =>
  at('2026-03-23T09:00:00', '2026-03-23T09:30:00', {
    id: 'standup0',
    summary: 'Stand-up',
    recurrence: ['RRULE:FREQ=DAILY;COUNT=9'],
    ...more,
  });
export const names = (items: GoogleEvent[]) => items.map(({ id }) => id);
export const starts = (items: GoogleEvent[]) => items.map(({ start }) => start?.dateTime ?? start?.date);
