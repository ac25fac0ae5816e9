import fc from 'fast-check';

import { wallClock, daily, email, type MicrosoftWorld } from './microsoft-world.ts';

/** What happens to a calendar, or to our copy of it. `name` is one of few, so that the same event is met again. */
export interface Step {
  readonly type: 'single' | 'series' | 'call off' | 'delete' | 'cancel' | 'move' | 'sync';
  readonly name: number;
  /** Counted from 24 February 2026: some lie before the window, some behind it. */
  readonly day: number;
}

const kinds = ['single', 'series', 'call off', 'delete', 'cancel', 'cancel', 'move', 'move', 'sync'] as const;

export const steps: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(...kinds),
  name: fc.integer({ min: 0, max: 3 }),
  // Often about the beginning of the window, which some series span.
  day: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 45 })),
});

/** A step that makes no sense (no such event, no such occurrence) changes nothing. */
export function applyStep(
  { simulator }: MicrosoftWorld,
  calendarId: string,
  { type, name, day }: Step,
): void {
  // Ids are unique in a mailbox.
  const id = `${calendarId}-${name}`;
  const date = new Date(Date.UTC(2026, 1, 24 + day)).toISOString().slice(0, 10);
  const times = { start: wallClock(`${date}T08:00:00Z`), end: wallClock(`${date}T09:00:00Z`) };
  const later = { start: wallClock(`${date}T15:00:00Z`), end: wallClock(`${date}T16:30:00Z`) };
  const subject = `${type} ${day}`;
  const edits: Record<Step['type'], () => unknown> = {
    single: () =>
      simulator.putEvent(email, calendarId, { id, subject, ...times, recurrence: null, isCancelled: false }),
    series: () =>
      simulator.putEvent(email, calendarId, {
        id,
        subject,
        ...times,
        recurrence: daily(date, 3 + (day % 6)),
      }),
    'call off': () => simulator.putEvent(email, calendarId, { id, isCancelled: true }),
    delete: () => simulator.deleteEvent(email, calendarId, id),
    cancel: () => simulator.cancelOccurrence(email, calendarId, id, date),
    move: () => simulator.moveOccurrence(email, calendarId, id, date, { subject, ...later }),
    sync: () => undefined,
  };
  try {
    edits[type]();
  } catch (error) {
    if (!(error instanceof Error) || !/\b(no|not|nothing|needs)\b/.test(error.message)) throw error;
  }
}
