import { CipherError } from '../../src/cipher.ts';
import { dayMs, nextRegularSync, retryDelayMs } from '../../src/domain/due.ts';
import { failure, ProviderError, type Failure } from '../../src/domain/failure.ts';
import { done, giveUp, snooze, type Outcome } from '../../src/domain/outcome.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { decideWatches, type WatchAction } from '../../src/domain/watch.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { ConnectionRecord, Facts, Reads, WatchRecord } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import type { AccessTokenDependencies } from '../../src/access/access-token.ts';
import {
  actOnWatch,
  GoneConnectionError,
  type ActOnWatchDependencies,
  type WatchDeed,
} from '../steps/act-on-watch.ts';
import { withAccess } from '../../src/access/with-access.ts';

export interface KeepWatchesDependencies extends AccessTokenDependencies, ActOnWatchDependencies {
  readonly facts: AccessTokenDependencies['facts'] &
    ActOnWatchDependencies['facts'] &
    Pick<Facts, 'claimWatches' | 'planWatches'>;
  readonly reads: Pick<Reads, 'connection' | 'calendarsOf' | 'watchesOf'>;
  readonly provider: (id: ProviderId) => Provider | undefined;
}

type Context = JobContext<Payload<'watch', 'keep-watches'>>;

/** One pass over the watches of one connection. */
interface Pass {
  readonly provider: Provider;
  readonly connection: ConnectionRecord;
  readonly context: Context;
  readonly claim: Date;
  readonly counts: Record<WatchDeed | 'failed', number>;
  /** What went wrong in this pass is left to a later one; the rest goes on. */
  readonly failed: Set<string>;
  failure?: { readonly reason: Failure; readonly retryAt: Date };
}

/** Whoever works for longer is dead, or slow and harmless: two passes at once make a double at worst. */
const claimMs = 120_000;

/** One creates, one retires what has a successor by then, one finds that all is well. */
const maxRounds = 4;

const backoff = { baseMs: 60_000, maxMs: 3_600_000 };

/** Graph keeps the token with which a watch is made or renewed, and tells nothing any more when that has lapsed. */
const tokenLastsMs = 1_800_000;

/** A quota that is full is no matter of seconds. */
const refusedMs = 3_600_000;

/** What an operator has to mend. */
const misconfiguredMs = 1_800_000;

/** A vendor that does not answer twice will not answer for the rest of the calendars either. */
const unavailableLimit = 2;

/**
 * Brings the watches of one connection to what is wanted: read, decide, act, and again until nothing is left to do; then
 * plan when they need attention next. Looks at nothing but what is stored, so it may run any number of times, and also
 * after a pass that was killed. What fails is tried again at a later pass, because calendars are polled meanwhile.
 */
export function keepWatches(dependencies: KeepWatchesDependencies) {
  const { facts, reads, now, random, publicUrl } = dependencies;

  return async (context: Context): Promise<Outcome> => {
    const { connectionId } = context.payload;
    const connection = await reads.connection(connectionId);
    if (connection === undefined) {
      return giveUp(failure('unknown_record', `connectionId: there is no connection ${connectionId}`));
    }
    const claim = new Date(now().getTime() + claimMs + Math.floor(random() * 1000));
    if (!(await facts.claimWatches(connectionId, claim))) return done({ skipped: connection.status });
    const provider = dependencies.provider(connection.provider);
    if (provider === undefined) return withoutProvider(connection, claim);
    const counts = {
      created: 0,
      renewed: 0,
      retired: 0,
      stopped: 0,
      forgotten: 0,
      unsupported: 0,
      failed: 0,
    };
    return goThrough({ provider, connection, context, claim, counts, failed: new Set() });
  };

  async function withoutProvider({ id, provider }: ConnectionRecord, claim: Date): Promise<Outcome> {
    const reason = failure('invalid_client', `${provider} has no client id in this configuration.`);
    await plan({ connection: { id }, claim }, later(misconfiguredMs), reason);
    return giveUp(reason);
  }

  async function goThrough(pass: Pass): Promise<Outcome> {
    for (let round = 0; round < maxRounds; round += 1) {
      const { provider, connection } = pass;
      const [calendars, watches] = await Promise.all([
        reads.calendarsOf(connection.id),
        reads.watchesOf(connection.id),
      ]);
      const wanted = publicUrl === undefined ? [] : calendars;
      const situation = { scope: provider.push.scope, calendars: wanted, watches };
      const { actions, attentionAt } = decideWatches(situation, now());
      const open = actions.filter((action) => !pass.failed.has(subjectOf(action)));
      if (open.length === 0) return settle(pass, attentionAt);
      const act = actOnWatch(dependencies, {
        ...pass,
        calendars,
        log: pass.context.log,
        withAccess: access(pass),
      });
      for (const action of open) {
        const end = await attempt(pass, action, act);
        if (end !== undefined) return end;
      }
    }
    // Somebody changes the same watches at the same time.
    return settle(pass, later(backoff.baseMs));
  }

  async function attempt(
    pass: Pass,
    action: WatchAction<WatchRecord>,
    act: (action: WatchAction<WatchRecord>) => Promise<WatchDeed>,
  ): Promise<Outcome | undefined> {
    try {
      pass.counts[await act(action)] += 1;
      return undefined;
    } catch (error) {
      if (pass.context.signal.aborted) throw error;
      if (error instanceof GoneConnectionError) return done({ skipped: error.message });
      pass.failed.add(subjectOf(action));
      pass.counts.failed += 1;
      return afterFailure(pass, error);
    }
  }

  function access({ provider, connection, context }: Pass): Parameters<typeof actOnWatch>[1]['withAccess'] {
    const { signal, log } = context;
    const gone = (): Error => new GoneConnectionError(connection.id);
    const use = { urgency: 'background', signal, lastsMs: tokenLastsMs } as const;
    return (act) => withAccess(dependencies, { ...use, provider, connection, log, gone }, act);
  }

  /** Answers where the pass ends with it. */
  async function afterFailure(pass: Pass, error: unknown): Promise<Outcome | undefined> {
    if (error instanceof CipherError) {
      return stopped(pass, failure('unreadable_credentials', error.message), misconfiguredMs);
    }
    if (!(error instanceof ProviderError)) throw error;
    const { log } = pass.context;
    const reason = error.toFailure();
    const about = { err: error, vendorCode: error.detail.vendorCode };
    switch (error.kind) {
      case 'throttled':
        return putOff(pass, error);
      case 'unavailable':
      case 'stale':
        // A 503 may name its time as a 429 does.
        if (error.detail.retryAfterMs !== undefined) return putOff(pass, error);
        log.warn(about, 'the provider did not do what a watch needs');
        note(pass, reason, retryMs(pass));
        return pass.counts.failed < unavailableLimit ? undefined : settle(pass, undefined);
      case 'malformed':
      case 'cursor_expired':
        log.warn(about, 'the provider answered nonsense about a watch');
        return note(pass, reason, retryMs(pass));
      case 'refused':
        log.warn(about, 'the provider refuses a watch');
        return note(pass, reason, refusedMs);
      case 'misconfigured':
      case 'reconnect_needed':
        log.error(about, 'the watches cannot be kept');
        return stopped(pass, reason, mendedMs(pass, error));
    }
  }

  function note(pass: Pass, reason: Failure, ms: number): undefined {
    const retryAt = later(ms);
    if (pass.failure === undefined || retryAt < pass.failure.retryAt) pass.failure = { reason, retryAt };
  }

  function retryMs({ connection }: Pass): number {
    return backoffMs((connection.pushFailure?.count ?? 0) + 1);
  }

  function backoffMs(times: number): number {
    return retryDelayMs(times, backoff.baseMs, backoff.maxMs, random);
  }

  /** An address is refused, too, when its intake is just being replaced: that mends itself in a minute. */
  function mendedMs(pass: Pass, { detail }: ProviderError): number {
    return detail.code === 'push_address_refused'
      ? Math.min(misconfiguredMs, retryMs(pass))
      : misconfiguredMs;
  }

  /** Waiting is no failure: the watches are as they were, and the budget is everybody's. */
  async function putOff(pass: Pass, error: ProviderError): Promise<Outcome> {
    const wait = error.detail.retryAfterMs ?? backoffMs(pass.context.starts);
    const until = new Date(now().getTime() + wait);
    await plan(pass, until, pass.failure?.reason);
    return snooze(until, error.message);
  }

  async function stopped(pass: Pass, reason: Failure, ms: number): Promise<Outcome> {
    await plan(pass, later(ms), reason);
    return giveUp(reason);
  }

  async function settle(pass: Pass, attentionAt: Date | undefined): Promise<Outcome> {
    const { failure: failed, counts } = pass;
    const next = attentionAt ?? (failed === undefined ? idleUntil() : failed.retryAt);
    await plan(pass, failed !== undefined && failed.retryAt < next ? failed.retryAt : next, failed?.reason);
    return done(counts);
  }

  /** Where push is off, they are due as soon as it is on again. */
  function idleUntil(): Date {
    return publicUrl === undefined ? now() : later(dayMs);
  }

  async function plan(
    { connection, claim }: { readonly connection: Pick<ConnectionRecord, 'id'>; readonly claim: Date },
    nextWatchAt: Date,
    reason: Failure | undefined,
  ): Promise<void> {
    const failed = reason && { failure: { code: reason.code, message: reason.message, at: now() } };
    await facts.planWatches(connection.id, claim, { nextWatchAt, ...failed });
  }

  /** Spread, like every due date. */
  function later(ms: number): Date {
    return nextRegularSync(now(), ms, random);
  }
}

function subjectOf(action: WatchAction<WatchRecord>): string {
  return 'watch' in action ? action.watch.id : action.target;
}
