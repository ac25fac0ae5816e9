import { failure, type Failure } from '../../src/domain/failure.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { InterviewEvents } from '../../src/providers/interview-events.ts';
import type { Access, Provider } from '../../src/providers/provider.ts';
import type { ConnectionRecord, Reads } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import type { AccessTokenDependencies } from '../../src/access/access-token.ts';
import { withAccess } from '../../src/access/with-access.ts';

export interface InterviewEventsDependencies extends AccessTokenDependencies {
  readonly reads: Pick<Reads, 'connection'>;
  readonly provider: (id: ProviderId) => Provider | undefined;
}

/** Nothing can be written there until somebody has done something about it. */
export class ObstructedError extends Error {
  readonly reason: Failure;

  constructor(reason: Failure) {
    super(reason.message);
    this.name = 'ObstructedError';
    this.reason = reason;
  }
}

/** What the user has to mend is looked at again by itself, so long after; mending it makes the interview due at once. */
export const obstructedMs = 15 * 60_000;

/** A connection with which something can be done. */
export interface Reached {
  readonly connection: ConnectionRecord;
  readonly provider: Provider;
}

/** The connection and its provider. Throws `ObstructedError` where it waits for its user, leaves or is gone. */
export async function reach(
  { reads, provider: providerOf }: InterviewEventsDependencies,
  connectionId: string,
): Promise<Reached> {
  const connection = await reads.connection(connectionId);
  if (connection === undefined || connection.status === 'disconnecting')
    throw new ObstructedError(failure('organizer_disconnected', `The connection ${connectionId} is gone.`));
  if (connection.status === 'reauth_required') throw new ObstructedError(waitsForItsUser(connection));
  const provider = providerOf(connection.provider);
  if (provider === undefined)
    throw new ObstructedError(
      failure('invalid_client', `${connection.provider} has no client id in this configuration.`),
    );
  return { connection, provider };
}

function waitsForItsUser({ id, statusReason }: ConnectionRecord): Failure {
  const code = statusReason?.code ?? 'grant_revoked';
  return failure(code, statusReason?.message ?? `The connection ${id} waits for its user.`);
}

/** Uses the events of interviews of a connection, with a valid access token, as somebody who is waited for. */
export function useEvents<T>(
  dependencies: InterviewEventsDependencies,
  { connection, provider }: Reached,
  { signal, log }: Pick<JobContext<unknown>, 'signal' | 'log'>,
  use: (events: InterviewEvents, access: Access, provider: Provider) => Promise<T>,
): Promise<T> {
  const gone = (): Error =>
    new ObstructedError(failure('organizer_disconnected', `The connection ${connection.id} is gone.`));
  return withAccess(
    dependencies,
    { provider, connection, urgency: 'interactive', signal, log, gone },
    (access) => use(provider.interviews, access, provider),
  );
}
