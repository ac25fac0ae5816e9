import { nextAudit, type AuditPolicy } from '../../src/domain/audit.ts';
import { done, type Outcome } from '../../src/domain/outcome.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { Facts } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import { auditCalendar, type AuditCalendarDependencies } from '../steps/audit-calendar.ts';
import { connectionTurn, type ConnectionTurnDependencies } from '../steps/connection-turn.ts';
import { readCalendars, type ReadCalendarsDependencies } from '../steps/read-calendars.ts';

export interface AuditConnectionDependencies
  extends ConnectionTurnDependencies, ReadCalendarsDependencies, AuditCalendarDependencies {
  readonly facts: ConnectionTurnDependencies['facts'] &
    ReadCalendarsDependencies['facts'] &
    AuditCalendarDependencies['facts'] &
    Pick<Facts, 'isAuditDue' | 'planAudit'>;
  /** Undefined: audits are off. */
  readonly audit: AuditPolicy | undefined;
}

/**
 * Compares what is stored of a connection with a plain reading of its calendars, repairs what differs and records how
 * much that was. Under the connection's turn, so no sync runs beside it. The next audit is drawn when this one is over,
 * however it ended; until then it is due, so that one whose worker died is made up for. May run any number of times.
 */
export function auditConnection(dependencies: AuditConnectionDependencies) {
  const { facts, now, random, audit: policy } = dependencies;
  const run = connectionTurn(dependencies, (turn) =>
    readCalendars(dependencies, turn, (job) => auditCalendar(dependencies, job)),
  );

  return async (context: JobContext<Payload<'maintenance', 'audit-connection'>>): Promise<Outcome> => {
    const { connectionId } = context.payload;
    if (policy === undefined) return done({ skipped: 'audits are off' });
    if (!(await facts.isAuditDue(connectionId, now()))) return done({ skipped: 'not due' });
    const planNext = () => facts.planAudit(connectionId, nextAudit(now(), policy, random), now());
    try {
      const outcome = await run(context);
      if (outcome.type !== 'snooze') await planNext();
      return outcome;
    } catch (error) {
      if (context.lastAttempt && !context.signal.aborted) await planNext();
      throw error;
    }
  };
}
