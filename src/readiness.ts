import { within } from './deadline.ts';

/** Rejects where the store does not answer in time. */
export type Ping = (timeoutMs: number) => Promise<void>;

export interface StoreChecks {
  readonly mongodb: Ping;
  readonly redis: Ping;
}

export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly mongodb: 'ok' | 'failed';
  readonly redis: 'ok' | 'failed';
}

const patienceMs = 1500;

/** Asks both, each with a short time limit. Never rejects: `onFailed` hears which one did not answer, and why. */
export async function checkStores(
  checks: StoreChecks,
  onFailed: (error: unknown, store: keyof StoreChecks) => void,
): Promise<Readiness> {
  const answers = async (store: keyof StoreChecks): Promise<'ok' | 'failed'> => {
    try {
      await within(patienceMs, checks[store](patienceMs));
      return 'ok';
    } catch (error) {
      onFailed(error, store);
      return 'failed';
    }
  };
  const [mongodb, redis] = await Promise.all([answers('mongodb'), answers('redis')]);
  return { status: mongodb === 'ok' && redis === 'ok' ? 'ready' : 'not_ready', mongodb, redis };
}
