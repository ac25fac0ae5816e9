import type { Alarms } from './alarms.ts';
import { ProviderError, type FailureCode } from './domain/failure.ts';
import type { Provider, Push } from './providers/provider.ts';
import type { WorkMetrics } from './work-metrics.ts';

export interface ProviderObservers {
  readonly alarms: Alarms;
  readonly metrics: Pick<WorkMetrics, 'observeRefresh'>;
}

/** What an answered refresh says is in order. */
const clientCodes = [
  'invalid_client',
  'client_secret_expired',
  'tenant_unknown',
] as const satisfies FailureCode[];

/** The same provider; what it says of our own registration raises the operators' alarm, whichever job runs into it. */
export function observedProvider(provider: Provider, { alarms, metrics }: ProviderObservers): Provider {
  const watching = async <T>(mended: readonly FailureCode[], call: () => Promise<T>): Promise<T> => {
    try {
      const answer = await call();
      alarms.end(provider.id, mended);
      return answer;
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'misconfigured') {
        alarms.raise({ provider: provider.id, code: error.detail.code, message: error.message });
      }
      throw error;
    }
  };
  return {
    ...provider,
    exchangeCode: (request, signal) =>
      watching([...clientCodes, 'redirect_uri_mismatch'], () => provider.exchangeCode(request, signal)),
    refresh: async (refreshToken, signal) => {
      try {
        const tokens = await watching(clientCodes, () => provider.refresh(refreshToken, signal));
        metrics.observeRefresh({ provider: provider.id, outcome: 'refreshed' });
        return tokens;
      } catch (error) {
        const outcome = error instanceof ProviderError ? error.kind : 'interrupted';
        metrics.observeRefresh({ provider: provider.id, outcome });
        throw error;
      }
    },
    push: observedPush(provider.push, watching),
  };
}

function observedPush(
  push: Push,
  watching: <T>(mended: readonly FailureCode[], call: () => Promise<T>) => Promise<T>,
): Push {
  return {
    ...push,
    watch: (access, request) => watching(['push_address_refused'], () => push.watch(access, request)),
  };
}
