import { within } from './deadline.ts';
import { diagnose, type Diagnosis } from './domain/diagnosis.ts';
import type { DiagnosedJob, DiagnosedState } from './domain/diagnosed-state.ts';
import type { ProviderId } from './domain/provider-id.ts';
import type { Provider } from './providers/provider.ts';
import type { QueuedJobs } from './queue/queued-jobs.ts';
import type { Reads } from './store/store.ts';

export interface DiagnosisSources {
  readonly reads: Pick<Reads, 'connectionState'>;
  readonly jobs: Pick<QueuedJobs, 'find'>;
  readonly provider: (id: ProviderId) => Pick<Provider, 'neededScopes' | 'scopesImpliedBy'> | undefined;
  readonly pushOn: boolean;
  /** Beyond this age availability calls a person stale. */
  readonly maxAgeMs: number;
  readonly now: () => Date;
}

/** The diagnosis of one connection; undefined where there is none. */
export type Diagnose = (connectionId: string) => Promise<Diagnosis | undefined>;

/** Gathers what `domain/diagnosis.ts` judges. Redis may be away: then the diagnosis says that it could not be asked. */
export function createDiagnose({ reads, jobs, provider, pushOn, maxAgeMs, now }: DiagnosisSources): Diagnose {
  return async (connectionId) => {
    const [state, queue] = await Promise.all([
      reads.connectionState(connectionId),
      queueState(jobs, connectionId),
    ]);
    if (state === undefined) return undefined;
    const vendor = provider(state.connection.provider);
    const setup: DiagnosedState['setup'] = {
      providerOn: vendor !== undefined,
      neededScopes: vendor?.neededScopes ?? [],
      scopesImpliedBy: vendor?.scopesImpliedBy ?? {},
      pushOn,
      maxAgeMs,
    };
    return diagnose({ ...state, queue, setup }, now());
  };
}

const patienceMs = 1500;

async function queueState(
  jobs: Pick<QueuedJobs, 'find'>,
  connectionId: string,
): Promise<{ job: DiagnosedJob | undefined } | undefined> {
  try {
    return { job: await within(patienceMs, jobs.find('sync', 'sync-connection', connectionId)) };
  } catch {
    // The answer says so; why Redis is away is for /readyz and the log of its connection.
    return undefined;
  }
}
