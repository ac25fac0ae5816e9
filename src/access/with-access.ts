import { ProviderError } from '../domain/failure.ts';
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import type { ConnectionRecord } from '../store/store.ts';
import {
  accessToken,
  type AccessTokenDependencies,
  type AccessUse,
  type VersionedAccess,
} from './access-token.ts';
import { deathOf } from './dead-grant.ts';

export interface AccessSubject extends AccessUse {
  readonly provider: Provider;
  readonly connection: ConnectionRecord;
  readonly log: Logger;
  /** What is thrown where the connection is gone or about to go. */
  readonly gone: () => Error;
}

/**
 * Uses a valid access token of the connection; where the vendor refuses it all the same, once more with a new one. One
 * that refuses this too has ended the grant, and the connection is marked.
 */
export async function withAccess<T>(
  dependencies: AccessTokenDependencies,
  subject: AccessSubject,
  use: (access: VersionedAccess) => Promise<T>,
): Promise<T> {
  const { facts, now } = dependencies;
  const access = await tokenFor(dependencies, subject);
  try {
    return await use(access);
  } catch (error) {
    if (!isRefusedToken(error)) throw error;
    subject.log.warn({ err: error }, 'the provider refuses a valid access token: refreshing it');
  }
  const renewed = await tokenFor(dependencies, subject, access.version);
  try {
    return await use(renewed);
  } catch (error) {
    if (!isRefusedToken(error)) throw error;
    const death = deathOf(error, subject.connection, now());
    const { code, message } = death.toFailure();
    await facts.markReauthRequired(subject.connection.id, renewed.version, { code, message, at: now() });
    throw death;
  }
}

function isRefusedToken(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.kind === 'reconnect_needed';
}

async function tokenFor(
  dependencies: AccessTokenDependencies,
  { provider, connection, urgency, haste, underway, signal, leaving, lastsMs, gone }: AccessSubject,
  rejectedVersion?: number,
): Promise<VersionedAccess> {
  const use = { urgency, haste, underway, signal, leaving, lastsMs };
  const access = await accessToken(dependencies, provider, connection.id, use, rejectedVersion);
  if (access === undefined) throw gone();
  return access;
}
