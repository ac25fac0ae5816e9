import { CipherError } from '../../src/cipher.ts';
import {
  dayMs,
  nextRegularSync,
  nextSyncAfterFailure,
  retryDelayMs,
  type Random,
} from '../../src/domain/due.ts';
import { failure, ProviderError, type Failure } from '../../src/domain/failure.ts';
import { done, giveUp, snooze, type Outcome } from '../../src/domain/outcome.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { LostTurnError } from '../../src/domain/sync.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { queueContracts, type Payload } from '../../src/queue/contracts.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { CalendarRecord, ConnectionRecord, Facts, SyncTurn } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import { accessToken, type AccessTokenDependencies, type VersionedAccess } from '../steps/access-token.ts';
import { syncCalendar, type SyncCalendarDependencies } from '../steps/sync-calendar.ts';

export interface SyncConnectionDependencies extends AccessTokenDependencies, SyncCalendarDependencies {
  readonly facts: AccessTokenDependencies['facts'] &
    SyncCalendarDependencies['facts'] &
    Pick<
      Facts,
      'takeSyncTurn' | 'keepSyncTurn' | 'dropSyncTurn' | 'replaceCalendars' | 'failCalendar' | 'finishSync'
    >;
  readonly provider: (id: ProviderId) => Provider | undefined;
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly random: Random;
  readonly intervalMs: number;
  /** Does the work again and again, every `ms`, until what it gives is called. */
  readonly every: (ms: number, work: () => void) => () => void;
}

/** Longest wait after failures that an operator has to mend: then their users should not wait on for a day. */
const misconfiguredMaxMs = 30 * 60_000;

type Context = JobContext<Payload<'sync', 'sync-connection'>>;

/** One turn at one connection: everything that a step needs. */
interface Run {
  readonly provider: Provider;
  readonly connection: ConnectionRecord;
  readonly turn: SyncTurn;
  readonly context: Context;
}

/**
 * Brings the stored events of one connection up to date: take the turn → a valid access token → the list of calendars →
 * each selected calendar from its cursor → give the turn back. One run at a time for each connection (I3); a trigger
 * that comes during a run is followed by another (I2). May run any number of times.
 */
export function syncConnection(dependencies: SyncConnectionDependencies) {
  const { facts, producer, now, random, intervalMs, leaseMs } = dependencies;

  return async (context: Context): Promise<Outcome> => {
    const { connectionId } = context.payload;
    const leaseUntil = new Date(now().getTime() + leaseMs);
    const answer = await facts.takeSyncTurn(connectionId, now(), leaseUntil);
    switch (answer.type) {
      case 'unknown':
        return giveUp(failure('unknown_record', `connectionId: there is no connection ${connectionId}`));
      case 'not_active':
        return done({ skipped: answer.status });
      case 'held':
        return snooze(answer.until, 'another worker syncs this connection');
      case 'taken':
        return withProvider(answer.turn, answer.connection, context);
    }
  };

  async function withProvider(
    turn: SyncTurn,
    connection: ConnectionRecord,
    context: Context,
  ): Promise<Outcome> {
    const provider = dependencies.provider(connection.provider);
    if (provider !== undefined) return attempt({ provider, connection, turn, context });
    const reason = failure(
      'invalid_client',
      `${connection.provider} has no client id in this configuration.`,
    );
    await finish({ turn, connection, context }, reason);
    return giveUp(reason);
  }

  async function attempt(run: Run): Promise<Outcome> {
    const letGo = holdTurn(run);
    try {
      const counts = await readEverything(run);
      await finish(run, undefined);
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

  /** A vendor that takes its time costs nobody the turn; a process that fell silent loses it. */
  function holdTurn({ turn, context }: Run): () => void {
    return dependencies.every(leaseMs / 3, () => {
      facts.keepSyncTurn(turn, new Date(now().getTime() + leaseMs)).catch((error: unknown) => {
        context.log.warn({ err: error }, 'the turn could not be prolonged');
      });
    });
  }

  async function readEverything(run: Run): Promise<Record<string, unknown>> {
    const { provider, context, turn } = run;
    const listed = await withAccess(run, (access) => provider.listCalendars(access));
    const calendars = await facts.replaceCalendars(turn, listed, now());
    const total = {
      calendars: calendars.length,
      unreached: 0,
      written: 0,
      deleted: 0,
      unchanged: 0,
      unreadable: 0,
    };
    for (const calendar of calendars) {
      const counts = await readCalendar(run, calendar);
      if (counts === undefined) {
        total.unreached += 1;
        continue;
      }
      context.log.info({ calendarId: calendar.id, ...counts }, 'calendar synced');
      total.written += counts.written;
      total.deleted += counts.deleted;
      total.unchanged += counts.unchanged;
      total.unreadable += counts.unreadable;
    }
    return total;
  }

  /** A calendar that the vendor refuses is noted and grows stale; it does not hold up its neighbours. */
  async function readCalendar(run: Run, calendar: CalendarRecord) {
    const { provider, turn, context } = run;
    try {
      return await withAccess(run, (access) =>
        syncCalendar(dependencies, { provider, access, turn, calendar }),
      );
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === 'refused')) throw error;
      context.log.warn({ calendarId: calendar.id, err: error }, 'the provider refuses this calendar');
      const { code, message } = error.toFailure();
      await facts.failCalendar(turn, calendar.id, { code, message, at: now() });
      return undefined;
    }
  }

  /** With a valid token; where the vendor refuses it all the same, once more with a new one. */
  async function withAccess<T>(run: Run, use: (access: VersionedAccess) => Promise<T>): Promise<T> {
    const { provider, connection, context } = run;
    const access = await tokenFor(run);
    try {
      return await use(access);
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === 'reconnect_needed')) throw error;
      context.log.warn({ err: error }, 'the provider refuses a valid access token: refreshing it');
    }
    const renewed = await accessToken(dependencies, provider, connection.id, context.signal, access.version);
    if (renewed === undefined) throw new LostTurnError(connection.id, run.turn.run);
    try {
      return await use(renewed);
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'reconnect_needed') {
        const { code, message } = error.toFailure();
        await facts.markReauthRequired(connection.id, renewed.version, { code, message, at: now() });
      }
      throw error;
    }
  }

  async function tokenFor({ provider, connection, turn, context }: Run): Promise<VersionedAccess> {
    const access = await accessToken(dependencies, provider, connection.id, context.signal);
    if (access === undefined) throw new LostTurnError(connection.id, turn.run);
    return access;
  }

  async function afterFailure(error: unknown, run: Run): Promise<Outcome> {
    if (error instanceof CipherError) {
      const reason = failure('unreadable_credentials', error.message);
      await finish(run, reason);
      return giveUp(reason);
    }
    if (!(error instanceof ProviderError)) {
      await finish(run, failure('internal', 'The sync met a defect or an outage of ours.'));
      throw error;
    }
    const reason = error.toFailure();
    switch (error.kind) {
      case 'throttled':
        return putOff(run, reason, throttledUntil(error, run));
      case 'unavailable':
        // A 503 may name its time as a 429 does.
        if (error.detail.retryAfterMs !== undefined) return putOff(run, reason, throttledUntil(error, run));
        await finish(run, reason);
        throw error;
      case 'malformed':
      case 'cursor_expired':
        await finish(run, reason);
        throw error;
      case 'reconnect_needed':
      case 'misconfigured':
      case 'refused':
        run.context.log.error({ err: error, vendorCode: error.detail.vendorCode }, 'the sync cannot go on');
        await finish(run, reason);
        return giveUp(reason);
    }
  }

  async function putOff(run: Run, reason: Failure, until: Date): Promise<Outcome> {
    await finish(run, reason, until);
    return snooze(until, reason.message);
  }

  function throttledUntil(error: ProviderError, { connection }: Run): Date {
    const { baseMs, maxMs } = queueContracts.sync.retry;
    const asked = error.detail.retryAfterMs;
    const wait = asked ?? retryDelayMs(connection.consecutiveFailures + 1, baseMs, maxMs, random);
    return new Date(now().getTime() + wait);
  }

  /** Gives the turn back. Where something came in meanwhile, another run is queued behind this one. */
  async function finish(
    { turn, connection, context }: Omit<Run, 'provider'>,
    reason: Failure | undefined,
    until?: Date,
  ): Promise<void> {
    const at = now();
    const nextSyncAt = until ?? nextSync(at, connection, reason);
    const failed =
      reason === undefined ? {} : { failure: { code: reason.code, message: reason.message, at } };
    const { dirty } = await facts.finishSync(turn, { now: at, nextSyncAt, ...failed });
    if (!dirty || reason !== undefined) return;
    const again = { v: 1, connectionId: connection.id, requestId: context.payload.requestId } as const;
    await producer.enqueue('sync', 'sync-connection', again, { deduplicate: 'keep-last' });
  }

  function nextSync(at: Date, { consecutiveFailures }: ConnectionRecord, reason: Failure | undefined): Date {
    if (reason === undefined) return nextRegularSync(at, intervalMs, random);
    // A job's own attempts are one failure: they come within seconds and say the same thing.
    const failures = Math.ceil((consecutiveFailures + 1) / queueContracts.sync.retry.attempts);
    const isOurs = reason.code === 'invalid_client' || reason.code === 'client_secret_expired';
    return nextSyncAfterFailure(at, failures, intervalMs, random, isOurs ? misconfiguredMaxMs : dayMs);
  }
}
