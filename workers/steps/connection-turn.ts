import { CipherError } from '../../src/cipher.ts';
import type { Haste } from '../../src/domain/budget.ts';
import {
  dayMs,
  nextRegularSync,
  nextSyncAfterFailure,
  retryDelayMs,
  type Random,
} from '../../src/domain/due.ts';
import {
  failure,
  isMisconfiguration,
  ProviderError,
  type Failure,
  type FailureCode,
} from '../../src/domain/failure.ts';
import { done, giveUp, snooze, type Outcome } from '../../src/domain/outcome.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { LostTurnError } from '../../src/domain/sync.ts';
import { isOutage } from '../../src/outage.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { queueContracts } from '../../src/queue/contracts.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { ConnectionRecord, Facts, SyncTurn } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import type { AccessTokenDependencies, VersionedAccess } from '../../src/access/access-token.ts';
import { regularIntervalMs, type RegularIntervalDependencies } from './regular-interval.ts';
import { withAccess } from '../../src/access/with-access.ts';

export interface ConnectionTurnDependencies extends AccessTokenDependencies, RegularIntervalDependencies {
  readonly facts: AccessTokenDependencies['facts'] &
    Pick<Facts, 'takeSyncTurn' | 'keepSyncTurn' | 'dropSyncTurn' | 'finishSync'>;
  readonly provider: (id: ProviderId) => Provider | undefined;
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly random: Random;
  readonly leaseMs: number;
  /** Does the work again and again, every `ms`, until what it gives is called. */
  readonly every: (ms: number, work: () => void) => () => void;
  /** Hears how long a change that was notified took from the notification into the store. */
  readonly onFresh?:
    | ((freshness: { readonly provider: ProviderId; readonly ms: number }) => void)
    | undefined;
}

/** Longest wait after failures that an operator has to mend: then their users should not wait on for a day. */
const misconfiguredMaxMs = 30 * 60_000;

/**
 * So long at most, and half as long at least, a job waits for a turn that somebody else holds. Its holder may be done at
 * once, while what was notified or asked for meanwhile waits with the job. One job for each connection looks, and rarely:
 * a sync behind a sync is kept in the queue. Telling those who wait would cost every sync a request to Redis.
 */
const heldLookMs = 2_000;

/**
 * So many requests of a run that a person asked for go as a person's: the list of calendars and a page or two of each of
 * a handful, which is all of a run whose calendars are synced already. A first listing may have a hundred pages. The
 * person waits for the first of them; the last would take the room of the next one who waits.
 */
const hastyRequests = 12;

export type TurnContext = JobContext<{
  readonly connectionId: string;
  readonly requestId?: string | undefined;
  readonly onlyDue?: true | undefined;
}>;

/** One turn at one connection: everything that a step needs. */
export interface Run {
  readonly provider: Provider;
  readonly connection: ConnectionRecord;
  readonly turn: SyncTurn;
  readonly context: TurnContext;
  /** With a valid token; where the vendor refuses it all the same, once more with a new one. */
  withAccess<T>(use: (access: VersionedAccess) => Promise<T>): Promise<T>;
}

export interface TurnResult {
  readonly counts: Readonly<Record<string, unknown>>;
  /** Where the connection is due before its regular time. */
  readonly dueAt?: Date | undefined;
  /** When all that notifications had named was in the store. */
  readonly freshAt?: Date | undefined;
}

/**
 * What is done at a connection by one job at a time (I3): take the turn → `work`, with a valid access token → give the
 * turn back, with the next due time or with the failure. A trigger that comes meanwhile is followed by a sync (I2).
 */
export function connectionTurn(
  dependencies: ConnectionTurnDependencies,
  work: (run: Run) => Promise<TurnResult>,
) {
  const { facts, producer, now, random, intervalMs, leaseMs } = dependencies;
  type Taken = Pick<Run, 'connection' | 'turn' | 'context'>;

  return async (context: TurnContext): Promise<Outcome> => {
    const { connectionId, onlyDue } = context.payload;
    const leaseUntil = new Date(now().getTime() + leaseMs);
    const answer = await facts.takeSyncTurn(connectionId, now(), leaseUntil, { onlyDue });
    switch (answer.type) {
      case 'unknown':
        return giveUp(failure('unknown_record', `connectionId: there is no connection ${connectionId}`));
      case 'not_active':
        return done({ skipped: answer.status });
      case 'idle':
        return done({ skipped: 'nothing is due' });
      case 'held':
        return snooze(lookAgain(answer.until), 'another worker syncs this connection');
      case 'taken':
        return withProvider({ turn: answer.turn, connection: answer.connection, context });
    }
  };

  function lookAgain(leaseUntil: Date): Date {
    const soonAt = now().getTime() + retryDelayMs(1, heldLookMs, heldLookMs, random);
    return new Date(Math.min(leaseUntil.getTime(), soonAt));
  }

  async function withProvider(taken: Taken): Promise<Outcome> {
    const { connection } = taken;
    const provider = dependencies.provider(connection.provider);
    if (provider !== undefined) {
      let underway = false;
      const haste = { left: hastyRequests };
      const withAccessTo: Run['withAccess'] = async (use) => {
        const result = await withToken({ ...taken, provider }, { underway, haste }, use);
        underway = true;
        return result;
      };
      return attempt({ ...taken, provider, withAccess: withAccessTo });
    }
    const reason = failure(
      'invalid_client',
      `${connection.provider} has no client id in this configuration.`,
    );
    await fail(taken, reason);
    return giveUp(reason);
  }

  async function attempt(run: Run): Promise<Outcome> {
    const letGo = holdTurn(run);
    try {
      const { counts, dueAt, freshAt } = await work(run);
      tellFreshness(run, freshAt);
      await succeed(run, dueAt);
      return done(counts);
    } catch (error) {
      if (error instanceof LostTurnError) {
        // Lost to another run, or to a calendar that was taken out meanwhile: then the turn is still there to give back.
        await facts.dropSyncTurn(run.turn);
        return done({ skipped: error.message });
      }
      if (run.context.signal.aborted) {
        await facts.dropSyncTurn(run.turn);
        throw error;
      }
      return afterFailure(error, run);
    } finally {
      letGo();
    }
  }

  function tellFreshness({ turn, connection: { provider }, context }: Run, freshAt?: Date): void {
    if (turn.notified === undefined || freshAt === undefined) return;
    const ms = freshAt.getTime() - turn.notified.at.getTime();
    context.log.info({ provider, freshnessMs: ms, scope: turn.scope.type }, 'what was notified is stored');
    dependencies.onFresh?.({ provider, ms });
  }

  /** A vendor that takes its time costs nobody the turn; a process that fell silent loses it. */
  function holdTurn({ turn, context }: Run): () => void {
    return dependencies.every(leaseMs / 3, () => {
      facts.keepSyncTurn(turn, new Date(now().getTime() + leaseMs)).catch((error: unknown) => {
        context.log.warn({ err: error }, 'the turn could not be prolonged');
      });
    });
  }

  /** With a valid access token; without one the turn is lost. */
  function withToken<T>(
    { provider, connection, turn, context }: Omit<Run, 'withAccess'>,
    progress: { readonly underway: boolean; readonly haste: Haste },
    use: (access: VersionedAccess) => Promise<T>,
  ): Promise<T> {
    const { log, signal } = context;
    // A person may have asked for it after a job without haste was queued.
    const urgency = turn.requested ? 'interactive' : context.urgency;
    const gone = (): Error => new LostTurnError(connection.id, turn.run);
    return withAccess(dependencies, { provider, connection, urgency, ...progress, signal, log, gone }, use);
  }

  async function afterFailure(error: unknown, run: Run): Promise<Outcome> {
    if (error instanceof CipherError) {
      const reason = failure('unreadable_credentials', error.message);
      await fail(run, reason);
      return giveUp(reason);
    }
    if (!(error instanceof ProviderError)) {
      const isPassing = isOutage(error);
      const dueAt = isPassing ? soon() : retriedAt(run);
      await fail(run, failure('internal', 'The sync met a defect or an outage of ours.'), {
        dueAt,
        isPassing,
      });
      throw error;
    }
    const reason = error.toFailure();
    switch (error.kind) {
      case 'throttled':
        if (error.detail.heldBack === true) return giveWay(run, error);
        return putOff(run, reason, throttledUntil(error, run));
      case 'unavailable':
      case 'stale':
        // A 503 may name its time as a 429 does.
        if (error.detail.retryAfterMs !== undefined) return putOff(run, reason, throttledUntil(error, run));
        await fail(run, reason, { dueAt: retriedAt(run) });
        throw error;
      case 'malformed':
      case 'cursor_expired':
        await fail(run, reason, { dueAt: retriedAt(run) });
        throw error;
      case 'reconnect_needed':
      case 'misconfigured':
      case 'refused':
        run.context.log.error({ err: error, vendorCode: error.detail.vendorCode }, 'the sync cannot go on');
        await fail(run, reason);
        return giveUp(reason);
    }
  }

  /**
   * While the job has attempts left the connection stays due: a Redis that loses the job must not cost it an interval
   * (I1). The scheduler adds no second job beside the one that waits for its retry.
   */
  function retriedAt({ context }: Run): Date | undefined {
    return context.lastAttempt ? undefined : soon();
  }

  function soon(): Date {
    return new Date(now().getTime() + queueContracts.sync.retry.baseMs);
  }

  /** The vendor has said when: that is noted, and is no failure of the connection. */
  async function putOff(run: Run, reason: Failure, until: Date): Promise<Outcome> {
    await fail(run, reason, { dueAt: until, isPassing: true });
    return snooze(until, reason.message);
  }

  /** Nobody was asked, so nothing has happened: the connection stays due and says nothing of it. */
  async function giveWay(run: Run, error: ProviderError): Promise<Outcome> {
    await facts.dropSyncTurn(run.turn);
    return snooze(throttledUntil(error, run), error.message);
  }

  function throttledUntil({ detail }: ProviderError, { context }: Run): Date {
    const { baseMs, maxMs } = queueContracts.sync.retry;
    const wait = detail.retryAfterMs ?? retryDelayMs(context.starts, baseMs, maxMs, random);
    return new Date(now().getTime() + wait);
  }

  /** Gives the turn back. Where something came in meanwhile, another run is queued behind this one. */
  async function succeed(run: Run, dueAt: Date | undefined): Promise<void> {
    const { turn, connection, context } = run;
    const regularAt = await regularlyAt(run);
    const nextSyncAt = dueAt !== undefined && dueAt < regularAt ? dueAt : regularAt;
    const { dirty, requested } = await facts.finishSync(turn, { now: now(), nextSyncAt });
    if (!dirty) return;
    const { requestId } = context.payload;
    const again = { v: 1, connectionId: connection.id, onlyDue: true, requestId } as const;
    const urgency = requested === true ? 'interactive' : 'notified';
    await producer.enqueue('sync', 'sync-connection', again, { deduplicate: 'keep-last', urgency });
  }

  /** A run that left calendars out puts off nobody's sweep. */
  async function regularlyAt({ turn, connection, provider }: Run): Promise<Date> {
    if (turn.scope.type === 'touched') return turn.scope.sweepAt;
    const interval = await regularIntervalMs(dependencies, connection.id, provider);
    return nextRegularSync(now(), interval, random);
  }

  async function fail(
    { turn, connection }: Taken,
    { code, message }: Failure,
    { dueAt, isPassing }: { dueAt?: Date | undefined; isPassing?: boolean } = {},
  ): Promise<void> {
    const at = now();
    const nextSyncAt = dueAt ?? afterFailures(at, connection, code);
    await facts.finishSync(turn, { now: at, nextSyncAt, failure: { code, message, at }, isPassing });
  }

  function afterFailures(at: Date, { consecutiveFailures }: ConnectionRecord, code: FailureCode): Date {
    // A job's own attempts are one failure: they come within seconds and say the same thing.
    const failures = Math.ceil((consecutiveFailures + 1) / queueContracts.sync.retry.attempts);
    const maxMs = isMisconfiguration(code) ? misconfiguredMaxMs : dayMs;
    return nextSyncAfterFailure(at, failures, intervalMs, random, maxMs);
  }
}
