import { isTestingDeath } from '../domain/credential.ts';
import { ProviderError } from '../domain/failure.ts';
import type { ConnectionRecord } from '../store/store.ts';

/**
 * What a vendor said of a dead grant, with the cause that it does not name: a grant of a Google project in publishing
 * status "Testing" dies as if its user had withdrawn it. Any other code says more already.
 */
export function deathOf(error: ProviderError, connection: ConnectionRecord, now: Date): ProviderError {
  const { authorizedAt } = connection;
  if (error.detail.code !== 'grant_revoked' || !isTestingDeath(connection, now)) return error;
  const said = error.message.endsWith('.') ? error.message : `${error.message}.`;
  const message = `${said} The permission was given at ${authorizedAt?.toISOString()}, and ended after seven days.`;
  return new ProviderError(error.kind, message, {
    ...error.detail,
    code: 'testing_grant_expired',
    cause: error,
  });
}
