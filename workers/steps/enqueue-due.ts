import { within } from '../../src/deadline.ts';
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
    | 'dueInterviews'
    | 'endHolds'
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
  /** Far beyond what any kind takes. */
  readonly kindLimitMs: number;
  /** Hears of a kind that could not be looked at. */
  readonly onFailed: (kind: DueKind, error: unknown) => void;
}

export type DueKind = 'sync' | 'write' | 'hold' | 'exchange' | 'disconnect' | 'audit' | 'deliver' | 'watch';

/** What was found, by kind; without those that failed. */
export type DueCounts = { readonly [Kind in DueKind]?: number };

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
 * everything (I1). Any number of schedulers may do it at once: what is queued already is not queued again. Each kind is
 * looked at by itself: one that fails or takes too long is told of, is as due at the next tick, and keeps no other.
 */
export async function enqueueDue(dependencies: EnqueueDueDependencies): Promise<DueCounts> {
  const { now, kindLimitMs, onFailed } = dependencies;
  const at = now();
  const counts: { [Kind in DueKind]?: number } = {};
  await Promise.all(
    kinds.map(async (kind) => {
      try {
        counts[kind] = await within(kindLimitMs, enqueueKind[kind](dependencies, at));
      } catch (error) {
        onFailed(kind, error);
      }
    }),
  );
  return counts;
}

const once = { deduplicate: 'while-queued' } as const;

/** How each kind is found and queued. Gives how many were due. */
const enqueueKind: Readonly<Record<DueKind, (of: EnqueueDueDependencies, at: Date) => Promise<number>>> = {
  sync: enqueueSyncs,
  write: async ({ facts, producer }, at) => {
    const interviews = await facts.dueInterviews(at, limit);
    const payloads = interviews.map((interviewId) => ({ v: 1, interviewId }) as const);
    await producer.enqueueAll('write', 'reconcile-interview', payloads, once);
    return interviews.length;
  },
  // Whoever opened the store hears of the interviews that are due by it, and the next tick finds them.
  hold: ({ facts }, at) => facts.endHolds(at, limit),
  exchange: async ({ facts, producer }, at) => {
    const stranded = await facts.strandedAttempts(new Date(at.getTime() - strandedMs), limit);
    const payloads = stranded.map((attemptId) => ({ v: 1, attemptId }) as const);
    await producer.enqueueAll('connect', 'exchange-code', payloads, once);
    return stranded.length;
  },
  disconnect: async ({ facts, producer }) => {
    const leaving = await facts.disconnectingConnections(limit);
    await producer.enqueueAll('maintenance', 'disconnect-connection', ofConnections(leaving), once);
    return leaving.length;
  },
  audit: async (dependencies, at) => {
    const audits = await dueAudits(dependencies, at);
    const options = { ...once, urgency: 'background' } as const;
    await dependencies.producer.enqueueAll('maintenance', 'audit-connection', ofConnections(audits), options);
    return audits.length;
  },
  deliver: async ({ facts, producer, delivers }, at) => {
    const deliveries = delivers ? await facts.dueDeliveries(at, limit) : [];
    await producer.enqueueAll('notify', 'deliver-changes', ofConnections(deliveries), once);
    return deliveries.length;
  },
  watch: async ({ facts, producer, publicUrl }, at) => {
    const watched = await (publicUrl === undefined
      ? facts.unwantedWatches(at, limit)
      : facts.dueWatches(at, limit));
    await producer.enqueueAll('watch', 'keep-watches', ofConnections(watched), once);
    return watched.length;
  },
};
const kinds = Object.keys(enqueueKind) as DueKind[];

function ofConnections(ids: readonly string[]) {
  return ids.map((connectionId) => ({ v: 1, connectionId }) as const);
}

/** Those that somebody waits for are found first, and go before all that is queued in the background. */
async function enqueueSyncs(dependencies: EnqueueDueDependencies, at: Date): Promise<number> {
  const { facts, producer } = dependencies;
  const requested = new Set(await facts.requestedConnections(at, syncLimit));
  await enqueueInParts(producer, [...requested], 'interactive');
  const due = await dueSyncs(dependencies, at);
  const others = due.filter((connectionId) => !requested.has(connectionId));
  await enqueueInParts(producer, others, 'background');
  return requested.size + others.length;
}

async function dueSyncs({ facts, producer }: EnqueueDueDependencies, at: Date): Promise<string[]> {
  const { waiting = 0, prioritized = 0 } = (await producer.counts()).sync;
  return waiting + prioritized > syncLimit / 2 ? [] : facts.dueConnections(at, syncLimit);
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
