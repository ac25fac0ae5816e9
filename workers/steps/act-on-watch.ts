import { hash, randomBytes } from 'node:crypto';
import type { StatusReason } from '../../src/domain/connection.ts';
import type { Random } from '../../src/domain/due.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import {
  renewalAt,
  targetOf,
  watchLifeMs,
  wholeAccount,
  type WatchAction,
  type WatchTarget,
} from '../../src/domain/watch.ts';
import { webhookAddresses } from '../../src/domain/webhook-paths.ts';
import type { Logger } from '../../src/log.ts';
import type { Access, Provider } from '../../src/providers/provider.ts';
import type { CalendarRecord, ConnectionRecord, Facts, WatchRecord } from '../../src/store/store.ts';

export interface ActOnWatchDependencies {
  readonly facts: Pick<
    Facts,
    | 'createWatch'
    | 'markUntold'
    | 'activateWatch'
    | 'renewedWatch'
    | 'retireWatch'
    | 'failWatch'
    | 'forgetWatch'
    | 'rememberPushUnsupported'
  >;
  readonly now: () => Date;
  readonly random: Random;
  /** Where the vendors reach intake. Undefined: push is off, and nothing is created. */
  readonly publicUrl: string | undefined;
}

/** One connection whose watches are looked after. */
export interface WatchKeeping {
  readonly provider: Provider;
  readonly connection: ConnectionRecord;
  readonly calendars: readonly CalendarRecord[];
  readonly log: Logger;
  readonly withAccess: <T>(use: (access: Access) => Promise<T>) => Promise<T>;
}

export type WatchDeed = 'created' | 'renewed' | 'retired' | 'stopped' | 'forgotten' | 'unsupported';

/** The connection has gone, or is about to: whoever disconnects it ends its watches. */
export class GoneConnectionError extends Error {
  constructor(connectionId: string) {
    super(`connection ${connectionId} is not active any more`);
    this.name = 'GoneConnectionError';
  }
}

/** Does one thing of a decision, and says what. Throws `ProviderError` where the vendor would not or could not. */
export function actOnWatch(dependencies: ActOnWatchDependencies, keeping: WatchKeeping) {
  const { facts, now, random, publicUrl } = dependencies;
  const { provider, connection, calendars, log, withAccess } = keeping;

  return async (action: WatchAction<WatchRecord>): Promise<WatchDeed> => {
    switch (action.type) {
      case 'create':
        return withAccess((access) => create(access, action.target));
      case 'renew':
        return withAccess((access) => renew(access, action.watch));
      case 'stop':
        return stop(action.watch);
      case 'retire':
        await facts.retireWatch(action.watch.id, action.retireAt);
        return 'retired';
      case 'forget':
        await facts.forgetWatch(action.watch.id);
        return 'forgotten';
    }
  };

  /** Recorded before it is made, so that none is unknown to us; a new id and a new secret for each try. */
  async function create(access: Access, target: WatchTarget): Promise<WatchDeed> {
    if (publicUrl === undefined) throw new Error('no watch can be created where push is off');
    const calendar = calendars.find(({ id }) => id === target);
    if (calendar === undefined && target !== wholeAccount) throw new Error(`no calendar ${target} to watch`);
    const secret = randomBytes(32).toString('base64url');
    const at = now();
    const until = new Date(at.getTime() + watchLifeMs[provider.id]);
    const watch = await facts.createWatch({
      connectionId: connection.id,
      calendarId: calendar?.id,
      secretHash: hash('sha256', secret),
      expiresAt: until,
      renewAt: renewalAt(at, until, random),
      now: at,
    });
    if (watch === undefined) throw new GoneConnectionError(connection.id);
    const request = {
      watchId: watch.id,
      secret,
      providerCalendarId: calendar?.providerCalendarId,
      addresses: webhookAddresses(publicUrl, provider.id),
      until,
    };
    try {
      const made = await provider.push.watch(access, request);
      return await activate(access, watch, made);
    } catch (error) {
      return afterCreation(error, watch);
    }
  }

  /** One that was given up while the vendor took its time is ended again. */
  async function activate(
    access: Access,
    watch: WatchRecord,
    made: Awaited<ReturnType<Provider['push']['watch']>>,
  ): Promise<WatchDeed> {
    const { id } = watch;
    await facts.markUntold(watch, now());
    const renewAt = renewalAt(now(), made.expiresAt, random);
    if (await facts.activateWatch(id, { ...made, renewAt })) return 'created';
    log.warn({ watchId: id }, 'a watch was given up while it was created: stopping it');
    await provider.push.stopWatch(access, made);
    await facts.forgetWatch(id);
    return 'stopped';
  }

  async function afterCreation(error: unknown, watch: WatchRecord): Promise<WatchDeed> {
    if (!(error instanceof ProviderError)) throw error;
    // After a cut connection or an answer that makes no sense it may stand all the same, unknown by name: a notification
    // can tell the name, until its end.
    if (error.kind === 'unavailable' || error.kind === 'malformed')
      await facts.retireWatch(watch.id, now(), reasonOf(error));
    else await facts.forgetWatch(watch.id);
    if (!isUnsupported(error)) throw error;
    const target = targetOf(watch);
    const unsupported = calendars.filter(
      ({ id, selected }) => selected && (target === wholeAccount || id === target),
    );
    const ids = unsupported.map(({ id }) => id);
    log.info({ calendarIds: ids }, 'the provider sends no notifications for this calendar: it is polled');
    for (const id of ids) await facts.rememberPushUnsupported(id, reasonOf(error));
    return 'unsupported';
  }

  async function renew(access: Access, watch: WatchRecord): Promise<WatchDeed> {
    const expiresAt = await renewedUntil(access, watch);
    // No such call, or it is gone there: the next decision retires the old one.
    if (expiresAt === undefined) return create(access, targetOf(watch));
    await facts.renewedWatch(watch.id, { expiresAt, renewAt: renewalAt(now(), expiresAt, random) });
    return 'renewed';
  }

  async function renewedUntil(access: Access, watch: WatchRecord): Promise<Date | undefined> {
    const { id, providerWatchId, resourceId } = watch;
    if (providerWatchId === undefined) return undefined;
    const until = new Date(now().getTime() + watchLifeMs[provider.id]);
    try {
      return await provider.push.renewWatch(access, { providerWatchId, resourceId }, until);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      await facts.failWatch(id, reasonOf(error));
      if (error.kind !== 'refused') throw error;
      log.warn({ watchId: id, err: error }, 'the provider does not renew a watch: creating another one');
      return undefined;
    }
  }

  async function stop({
    id,
    state,
    providerWatchId,
    resourceId,
    expiresAt,
  }: WatchRecord): Promise<WatchDeed> {
    if (providerWatchId === undefined) throw new Error(`watch ${id} has no name at the provider`);
    // First, so that nobody counts on one of which nobody knows whether it was stopped.
    if (state !== 'retiring') await facts.retireWatch(id, now());
    try {
      const ended = await withAccess((access) =>
        provider.push.stopWatch(access, { providerWatchId, resourceId }),
      );
      if (ended === 'stopped') {
        await facts.forgetWatch(id);
        return 'stopped';
      }
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      await facts.failWatch(id, reasonOf(error));
      if (error.kind !== 'refused') throw error;
      log.warn({ watchId: id, err: error }, 'the provider does not stop a watch: it goes on until its end');
    }
    await facts.retireWatch(id, expiresAt);
    return 'retired';
  }

  function reasonOf(error: ProviderError): StatusReason {
    const { code, message } = error.toFailure();
    return { code, message, at: now() };
  }
}

function isUnsupported({ kind, detail }: ProviderError): boolean {
  return kind === 'refused' && detail.code === 'push_unsupported';
}
