import { CipherError, type Cipher } from '../../src/cipher.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import { done, type Outcome } from '../../src/domain/outcome.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { Facts, SealedCredentials } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';

export interface DisconnectConnectionDependencies {
  readonly facts: Pick<Facts, 'credentials' | 'isAccountConnected' | 'purgeConnection'>;
  readonly provider: (id: ProviderId) => Provider | undefined;
  readonly cipher: Cipher;
  readonly now: () => Date;
}

/** A vendor that asks to wait is waited for this long after the user asked to leave, and no longer. */
const patienceMs = 86_400_000;

/**
 * Ends the grant at the vendor and removes all that is stored of a connection (I10). The vendor comes first, because
 * the token is gone afterwards; but a vendor that cannot be reached does not keep a user's data here: after the last
 * attempt, or where the grant cannot be ended at all, the data goes all the same. A grant that another connection of
 * the same account still stands on is left alone: a vendor's grant belongs to the account, not to our connection.
 */
export function disconnectConnection({ facts, provider, cipher, now }: DisconnectConnectionDependencies) {
  return async (context: JobContext<Payload<'maintenance', 'disconnect-connection'>>): Promise<Outcome> => {
    const { connectionId } = context.payload;
    const credentials = await facts.credentials(connectionId);
    if (credentials !== undefined && credentials.connection.status !== 'disconnecting') {
      return done({ connectionId, skipped: 'connected again meanwhile' });
    }
    const grant = credentials === undefined ? 'gone' : await endGrant(credentials, context);
    await facts.purgeConnection(connectionId, now());
    return done({ connectionId, grant });
  };

  async function endGrant(credentials: SealedCredentials, { signal, log, lastAttempt }: JobContext<unknown>) {
    const { provider: id, accountId } = credentials.connection;
    if (await facts.isAccountConnected(id, accountId)) return 'kept: the account is connected elsewhere';
    const vendor = provider(id);
    if (vendor === undefined) return 'not revoked: the provider is off';
    try {
      return await vendor.revoke(cipher.open(credentials.refreshToken), signal);
    } catch (error) {
      const willPass =
        error instanceof ProviderError && ['unavailable', 'throttled', 'malformed'].includes(error.kind);
      const isOverdue = now().getTime() - credentials.connection.updatedAt.getTime() > patienceMs;
      if (willPass && !lastAttempt && !isOverdue) throw error;
      if (!(error instanceof ProviderError || error instanceof CipherError)) throw error;
      log.warn(
        { err: error },
        'the grant could not be ended at the provider; the stored data is removed all the same',
      );
      return 'not revoked';
    }
  }
}
