import type { Outcome } from '../../src/domain/outcome.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { JobContext } from '../runtime/executor.ts';
import { connectionTurn, type ConnectionTurnDependencies } from '../steps/connection-turn.ts';
import { sweepNotes, type NoteSweepDependencies } from '../steps/note-sweep.ts';
import { readCalendars, type ReadCalendarsDependencies } from '../steps/read-calendars.ts';
import { syncCalendar, type SyncCalendarDependencies } from '../steps/sync-calendar.ts';

export interface SyncConnectionDependencies
  extends ConnectionTurnDependencies, ReadCalendarsDependencies, SyncCalendarDependencies {
  readonly facts: ConnectionTurnDependencies['facts'] &
    ReadCalendarsDependencies['facts'] &
    SyncCalendarDependencies['facts'] &
    NoteSweepDependencies['facts'];
}

/**
 * Brings the stored events of one connection up to date: take the turn → a valid access token → the list of calendars →
 * each selected calendar from its cursor → give the turn back. One run at a time for each connection (I3); a trigger
 * that comes during a run is followed by another (I2). May run any number of times.
 */
export function syncConnection(
  dependencies: SyncConnectionDependencies,
): (context: JobContext<Payload<'sync', 'sync-connection'>>) => Promise<Outcome> {
  return connectionTurn(dependencies, async (run) => {
    const sweep = sweepNotes(dependencies, (job) => syncCalendar(dependencies, job));
    const result = await readCalendars(dependencies, run, sweep.read);
    await sweep.end(run.connection.id);
    return result;
  });
}
