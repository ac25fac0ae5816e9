import { nextAudit, type AuditPolicy } from '../../src/domain/audit.ts';
import type { Urgency } from '../../src/domain/budget.ts';
import type { Random } from '../../src/domain/due.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { Facts } from '../../src/store/store.ts';

export interface EnqueueDueDependencies {
  readonly facts: Pick<
    Facts,
    | 'dueConnections'
    | 'requestedConnections'
    | 'strandedAttempts'
    | 'disconnectingConnections'
    | 'unplannedAudits'
    | 'planAudit'
    | 'dueAudits'
    | 'dueDeliveries'
    | 'dueWatches'
    | 'unwantedWatches'
  >;
  readonly producer: Pick<Producer, 'enqueueAll' | 'counts'>;
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

/**
 * More of the syncs: after an outage everybody is due, and the budgets keep the pace then, not the scheduler. What is
 * queued already is found again before the rest, so nothing is added as long as half as many wait.
 */
const syncLimit = 10_000;

/** An exchange that nobody touched for this long has lost its job. */
const strandedMs = 15_000;

/**
 * One tick: what MongoDB says is due becomes jobs. MongoDB is the truth, so this is also what mends a Redis that lost
 * everything (I1). Any number of schedulers may do it at once: what is queued already is not queued again.
 */
export async function enqueueDue(dependencies: EnqueueDueDependencies): Promise<DueCounts> {
  const { facts, producer, now, publicUrl, delivers } = dependencies;
  const at = now();
  const [requested, due, stranded, leaving, audits, watched, deliveries] = await Promise.all([
    facts.requestedConnections(at, syncLimit),
    dueSyncs(dependencies, at),
    facts.strandedAttempts(new Date(at.getTime() - strandedMs), limit),
    facts.disconnectingConnections(limit),
    dueAudits(dependencies, at),
    publicUrl === undefined ? facts.unwantedWatches(at, limit) : facts.dueWatches(at, limit),
    delivers ? facts.dueDeliveries(at, limit) : [],
  ]);
  const once = { deduplicate: 'while-queued' } as const;
  await Promise.all([
    enqueueSyncs(producer, requested, due),
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
      { ...once, urgency: 'background' },
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
    sync: new Set([...requested, ...due]).size,
    exchange: stranded.length,
    disconnect: leaving.length,
    audit: audits.length,
    deliver: deliveries.length,
    watch: watched.length,
  };
}

async function dueSyncs({ facts, producer }: EnqueueDueDependencies, at: Date): Promise<string[]> {
  const { waiting = 0, prioritized = 0 } = (await producer.counts()).sync;
  return waiting + prioritized > syncLimit / 2 ? [] : facts.dueConnections(at, syncLimit);
}

/** Those that somebody waits for come first, and go before all that is queued in the background. */
async function enqueueSyncs(
  producer: EnqueueDueDependencies['producer'],
  requested: readonly string[],
  due: readonly string[],
): Promise<void> {
  const isRequested = new Set(requested);
  const others = due.filter((connectionId) => !isRequested.has(connectionId));
  await enqueueInParts(producer, requested, 'interactive');
  await enqueueInParts(producer, others, 'background');
}

async function enqueueInParts(
  producer: EnqueueDueDependencies['producer'],
  connectionIds: readonly string[],
  urgency: Urgency,
): Promise<void> {
  for (let from = 0; from < connectionIds.length; from += limit) {
    const part = connectionIds.slice(from, from + limit);
    await producer.enqueueAll(
      'sync',
      'sync-connection',
      part.map((connectionId) => ({ v: 1, connectionId, onlyDue: true })),
      { deduplicate: 'while-queued', urgency },
    );
  }
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
