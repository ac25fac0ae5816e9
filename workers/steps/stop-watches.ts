import { ProviderError } from '../../src/domain/failure.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { ConnectionRecord, Facts, WatchRecord } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import type { AccessTokenDependencies } from '../../src/access/access-token.ts';
import { withAccess } from '../../src/access/with-access.ts';

export interface StopWatchesDependencies extends AccessTokenDependencies {
  readonly facts: AccessTokenDependencies['facts'] & Pick<Facts, 'forgetWatch'>;
}

export interface Leaving {
  readonly provider: Provider;
  readonly connection: ConnectionRecord;
  readonly watches: readonly WatchRecord[];
  readonly context: Pick<JobContext<unknown>, 'signal' | 'log'>;
}

/**
 * Ends the watches of a connection that is being disconnected. One that the vendor does not end, or that has no name
 * there, goes on until its end, and what it tells then is for nobody. Throws `ProviderError` of every kind but
 * `refused`; a later attempt goes on from there.
 */
export async function stopWatches(
  dependencies: StopWatchesDependencies,
  { provider, connection, watches, context }: Leaving,
): Promise<void> {
  const { now } = dependencies;
  const { signal, log } = context;
  const facts = {
    ...dependencies.facts,
    // The time of the wish to leave stays: our patience with the vendor is measured by it.
    saveRefreshed: (...[turn, tokens]: Parameters<Facts['saveRefreshed']>) =>
      dependencies.facts.saveRefreshed(turn, tokens, connection.updatedAt),
  };
  const gone = (): Error => new Error(`connection ${connection.id} went while its watches were stopped`);
  const use = { urgency: 'background', signal, leaving: true } as const;
  const subject = { ...use, provider, connection, log, gone };
  for (const { id, providerWatchId, resourceId, expiresAt } of watches) {
    if (providerWatchId === undefined || expiresAt <= now()) continue;
    try {
      await withAccess({ ...dependencies, facts }, subject, (access) =>
        provider.push.stopWatch(access, { providerWatchId, resourceId }),
      );
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === 'refused')) throw error;
      log.warn({ watchId: id, err: error }, 'the provider does not stop a watch: it goes on until its end');
    }
    await facts.forgetWatch(id);
  }
}
