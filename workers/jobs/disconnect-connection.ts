import { CipherError } from '../../src/cipher.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import { done, snooze, type Outcome } from '../../src/domain/outcome.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { creatingLimitMs, isBeingCreated } from '../../src/domain/watch.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { Facts, Reads, SealedCredentials, WatchRecord } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import { stopWatches, type StopWatchesDependencies } from '../steps/stop-watches.ts';

export interface DisconnectConnectionDependencies extends StopWatchesDependencies {
  readonly facts: StopWatchesDependencies['facts'] &
    Pick<Facts, 'credentials' | 'isAccountConnected' | 'purgeConnection'>;
  readonly reads: Pick<Reads, 'watchesOf'>;
  readonly provider: (id: ProviderId) => Provider | undefined;
}

/** A vendor that asks to wait is waited for this long after the user asked to leave, and no longer. */
const patienceMs = 86_400_000;

/**
 * Ends the watches and the grant at the vendor and removes all that is stored of a connection (I10). The vendor comes
 * first, because the token is gone afterwards; but a vendor that cannot be reached does not keep a user's data here:
 * after the last attempt, or where something cannot be ended at all, the data goes all the same. A grant that another
 * connection of the same account still stands on is left alone: a vendor's grant belongs to the account, not to our
 * connection. Its watches are our connection's own.
 */
export function disconnectConnection(dependencies: DisconnectConnectionDependencies) {
  const { facts, reads, provider, cipher, now } = dependencies;

  return async (context: JobContext<Payload<'maintenance', 'disconnect-connection'>>): Promise<Outcome> => {
    const { connectionId } = context.payload;
    const credentials = await facts.credentials(connectionId);
    if (credentials !== undefined && credentials.connection.status !== 'disconnecting') {
      return done({ connectionId, skipped: 'connected again meanwhile' });
    }
    const watches = await reads.watchesOf(connectionId);
    const created = watches.find((watch) => isBeingCreated(watch, now()));
    if (created !== undefined) {
      const until = new Date(created.createdAt.getTime() + creatingLimitMs);
      return snooze(until, 'a watch is being created, and has to be stopped before the data goes');
    }
    if (credentials !== undefined) await endWatches(credentials, watches, context);
    const grant = credentials === undefined ? 'gone' : await endGrant(credentials, context);
    await facts.purgeConnection(connectionId, now());
    return done({ connectionId, grant });
  };

  async function endWatches(
    credentials: SealedCredentials,
    watches: readonly WatchRecord[],
    context: JobContext<unknown>,
  ): Promise<void> {
    const { connection } = credentials;
    const vendor = provider(connection.provider);
    if (vendor === undefined) return;
    try {
      await stopWatches(dependencies, { provider: vendor, connection, watches, context });
    } catch (error) {
      letGo(error, credentials, context, 'a watch could not be stopped');
      const left = await reads.watchesOf(connection.id);
      const watchIds = left.map(({ id }) => id);
      context.log.warn({ watchIds }, 'what these watches tell until their end is for nobody');
    }
  }

  async function endGrant(credentials: SealedCredentials, context: JobContext<unknown>): Promise<string> {
    const { provider: id, accountId } = credentials.connection;
    if (await facts.isAccountConnected(id, accountId)) return 'kept: the account is connected elsewhere';
    const vendor = provider(id);
    if (vendor === undefined) return 'not revoked: the provider is off';
    try {
      return await vendor.revoke(cipher.open(credentials.refreshToken), context.signal);
    } catch (error) {
      letGo(error, credentials, context, 'the grant could not be ended');
      return 'not revoked';
    }
  }

  /** Throws what another attempt may mend, as long as there is one. */
  function letGo(
    error: unknown,
    { connection }: SealedCredentials,
    { log, lastAttempt }: JobContext<unknown>,
    what: string,
  ): void {
    const willPass =
      error instanceof ProviderError && ['unavailable', 'throttled', 'malformed'].includes(error.kind);
    const isOverdue = now().getTime() - connection.updatedAt.getTime() > patienceMs;
    if (willPass && !lastAttempt && !isOverdue) throw error;
    if (!(error instanceof ProviderError || error instanceof CipherError)) throw error;
    log.warn({ err: error }, `${what} at the provider; the stored data is removed all the same`);
  }
}
