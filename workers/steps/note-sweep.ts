import { isTouched } from '../../src/domain/sync-scope.ts';
import type { Facts, SilentChange } from '../../src/store/store.ts';
import type { CalendarCounts, CalendarJob } from './apply-listing.ts';

export interface NoteSweepDependencies {
  readonly facts: Pick<Facts, 'noteSweep'>;
  readonly now: () => Date;
}

/**
 * Around the reading of each calendar: what a sweep finds since a cursor, notifications should have told before. `end`
 * counts it for the watches that were silent. A full listing proves nothing: it also finds what the window took in; nor
 * does the reading of what notifications named.
 */
export function sweepNotes(
  { facts, now }: NoteSweepDependencies,
  read: (job: CalendarJob) => Promise<CalendarCounts>,
) {
  const changes: SilentChange[] = [];
  return {
    read: async (job: CalendarJob): Promise<CalendarCounts> => {
      const { calendar, turn } = job;
      const since = calendar.sync.lastSyncedAt;
      const counts = await read(job);
      const wasNotified = turn.notified !== undefined && isTouched(turn.notified.calendarIds, calendar.id);
      const isSweep = turn.scope.type === 'everything' && !counts.full && !wasNotified;
      if (since !== undefined && isSweep && counts.written + counts.deleted > 0)
        changes.push({ calendarId: calendar.id, since });
      return counts;
    },
    end: async (connectionId: string): Promise<void> => {
      if (changes.length > 0) await facts.noteSweep(connectionId, changes, now());
    },
  };
}
