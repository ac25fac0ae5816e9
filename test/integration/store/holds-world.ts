import type { HoldWish } from '../../../src/domain/hold.ts';
import type { Interval } from '../../../src/domain/interval.ts';
import type { HoldRecord, Store } from '../../../src/store/store.ts';
import { minutesLater } from '../../support/builders.ts';

export const span = (from: number, to: number): Interval => ({
  start: minutesLater(from),
  end: minutesLater(to),
});

/** Three hours to choose from, held for five hours; `fields` replace what a test is about. */
export function aHold(userId: string, fields: Partial<HoldWish> = {}): HoldWish {
  return {
    organizer: { userId },
    participants: [],
    title: 'Held for Kim',
    timeZone: 'Europe/Berlin',
    slots: [span(600, 660), span(700, 760), span(800, 860)],
    expiresAt: minutesLater(300),
    showInCalendar: true,
    checkConflicts: false,
    ...fields,
  };
}

/** With a value in every field that has one. */
export function aFullHold(userId: string): HoldWish {
  return aHold(userId, {
    organizer: { userId, calendarId: '66f1a2c9c4d5e6f708192a3d' },
    participants: ['ann', 'bob'],
    description: 'One of these',
    checkConflicts: true,
  });
}

let holds = 0;

/** An id that no other hold of the test file has. */
export function newHold(): string {
  holds += 1;
  return `hold-${holds}`;
}

export async function holdOf({ reads }: Store, id: string): Promise<HoldRecord> {
  const found = await reads.hold(id);
  if (found === undefined) throw new Error(`there is no hold ${id}`);
  return found;
}
