import { nextAudit, type AuditPolicy } from '../../src/domain/audit.ts';
import type { Random } from '../../src/domain/due.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { Facts } from '../../src/store/store.ts';

export interface EnqueueDueDependencies {
  readonly facts: Pick<
    Facts,
    | 'dueConnections'
    | 'strandedAttempts'
    | 'disconnectingConnections'
    | 'unplannedAudits'
    | 'planAudit'
    | 'dueAudits'
    | 'dueDeliveries'
    | 'dueWatches'
    | 'unwantedWatches'
  >;
  readonly producer: Pick<Producer, 'enqueueAll'>;
  readonly now: () => Date;
  readonly random: Random;
  /** Undefined: audits are off. */
  readonly audit: AuditPolicy | undefined;
  /** Whether changes are delivered to the main app. */
  readonly delivers: boolean;
  /** Where the vendors reach intake. Undefined: push is off, and what is left of it is ended. */
  readonly publicUrl: string | undefined;
}

export interface DueCounts {
  readonly sync: number;
  readonly exchange: number;
  readonly disconnect: number;
  readonly audit: number;
  readonly deliver: number;
  readonly watch: number;
}

/** At most so many of a kind in one tick; the rest is as due at the next. */
const limit = 1000;

/** An exchange that nobody touched for this long has lost its job. */
const strandedMs = 15_000;

/**
 * One tick: what MongoDB says is due becomes jobs. MongoDB is the truth, so this is also what mends a Redis that lost
 * everything (I1). Any number of schedulers may do it at once: what is queued already is not queued again.
 */
export async function enqueueDue(dependencies: EnqueueDueDependencies): Promise<DueCounts> {
  const { facts, producer, now, publicUrl, delivers } = dependencies;
  const at = now();
  const [due, stranded, leaving, audits, watched, deliveries] = await Promise.all([
    facts.dueConnections(at, limit),
    facts.strandedAttempts(new Date(at.getTime() - strandedMs), limit),
    facts.disconnectingConnections(limit),
    dueAudits(dependencies, at),
    publicUrl === undefined ? facts.unwantedWatches(at, limit) : facts.dueWatches(at, limit),
    delivers ? facts.dueDeliveries(at, limit) : [],
  ]);
  const once = { deduplicate: 'while-queued' } as const;
  await Promise.all([
    producer.enqueueAll(
      'sync',
      'sync-connection',
      due.map((connectionId) => ({ v: 1, connectionId, onlyDue: true })),
      once,
    ),
    producer.enqueueAll(
      'connect',
      'exchange-code',
      stranded.map((attemptId) => ({ v: 1, attemptId })),
      once,
    ),
    producer.enqueueAll(
      'maintenance',
      'disconnect-connection',
      leaving.map((connectionId) => ({ v: 1, connectionId })),
      once,
    ),
    producer.enqueueAll(
      'maintenance',
      'audit-connection',
      audits.map((connectionId) => ({ v: 1, connectionId })),
      once,
    ),
    producer.enqueueAll(
      'watch',
      'keep-watches',
      watched.map((connectionId) => ({ v: 1, connectionId })),
      once,
    ),
    producer.enqueueAll(
      'notify',
      'deliver-changes',
      deliveries.map((connectionId) => ({ v: 1, connectionId })),
      once,
    ),
  ]);
  return {
    sync: due.length,
    exchange: stranded.length,
    disconnect: leaving.length,
    audit: audits.length,
    deliver: deliveries.length,
    watch: watched.length,
  };
}

/** Fewer at a time than of the others: they share a queue with disconnects, and nobody waits for them. */
const auditLimit = 20;

/** Those that have no date yet are given one first, so that connecting need not know of audits. */
async function dueAudits({ facts, random, audit }: EnqueueDueDependencies, at: Date): Promise<string[]> {
  if (audit === undefined) return [];
  const unplanned = await facts.unplannedAudits(limit);
  await Promise.all(unplanned.map((id) => facts.planAudit(id, nextAudit(at, audit, random), at)));
  return facts.dueAudits(at, auditLimit);
}
