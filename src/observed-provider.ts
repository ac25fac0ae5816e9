import type { Alarms } from './alarms.ts';
import { ProviderError, type FailureCode } from './domain/failure.ts';
import type { InterviewEvents } from './providers/interview-events.ts';
import type { Provider } from './providers/provider.ts';
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

/** What an answer of the vendor's API says is in order. */
const apiCodes = ['api_disabled'] as const satisfies FailureCode[];

/** The same provider; what it says of our own registration raises the operators' alarm, whichever job runs into it. */
export function observedProvider(provider: Provider, { alarms, metrics }: ProviderObservers): Provider {
  const watching = watcher(provider, alarms);
  return {
    ...provider,
    exchangeCode: (request, signal) =>
      watching.call([...clientCodes, 'redirect_uri_mismatch'], () => provider.exchangeCode(request, signal)),
    refresh: async (refreshToken, signal) => {
      try {
        const tokens = await watching.call(clientCodes, () => provider.refresh(refreshToken, signal));
        metrics.observeRefresh({ provider: provider.id, outcome: 'refreshed' });
        return tokens;
      } catch (error) {
        const outcome = error instanceof ProviderError ? error.kind : 'interrupted';
        metrics.observeRefresh({ provider: provider.id, outcome });
        throw error;
      }
    },
    listCalendars: (access) => watching.call(apiCodes, () => provider.listCalendars(access)),
    listEvents: (access, query) => watching.pages(apiCodes, provider.listEvents(access, query)),
    freeBusy: async (access, query) => {
      const answers = await watching.call([], () => provider.freeBusy(access, query));
      // Failures of calendars say nothing of our registration.
      if ([...answers.values()].some((answer) => 'blocks' in answer)) alarms.end(provider.id, apiCodes);
      return answers;
    },
    push: {
      ...provider.push,
      watch: (access, request) =>
        watching.call([...apiCodes, 'push_address_refused'], () => provider.push.watch(access, request)),
    },
    interviews: observedInterviews(provider.interviews, (call) => watching.call(apiCodes, call)),
  };
}

function observedInterviews(
  interviews: InterviewEvents,
  observe: <T>(call: () => Promise<T>) => Promise<T>,
): InterviewEvents {
  return {
    eventIdOf: (key) => interviews.eventIdOf(key),
    createEvent: (...given) => observe(() => interviews.createEvent(...given)),
    findEvent: (...given) => observe(() => interviews.findEvent(...given)),
    readEvent: (...given) => observe(() => interviews.readEvent(...given)),
    updateEvent: (...given) => observe(() => interviews.updateEvent(...given)),
    cancelEvent: (...given) => observe(() => interviews.cancelEvent(...given)),
  };
}

/** Calls that raise an alarm where they fail for our own registration, and end those of `mended` where they succeed. */
function watcher({ id: provider }: Provider, alarms: Alarms) {
  const raiseFor = (error: unknown): void => {
    if (!(error instanceof ProviderError) || error.kind !== 'misconfigured') return;
    alarms.raise({ provider, code: error.detail.code, message: error.message });
  };
  return {
    call: async <T>(mended: readonly FailureCode[], call: () => Promise<T>): Promise<T> => {
      try {
        const answer = await call();
        alarms.end(provider, mended);
        return answer;
      } catch (error) {
        raiseFor(error);
        throw error;
      }
    },
    pages: async function* <T>(mended: readonly FailureCode[], pages: AsyncIterable<T>): AsyncGenerator<T> {
      try {
        for await (const page of pages) {
          alarms.end(provider, mended);
          yield page;
        }
      } catch (error) {
        raiseFor(error);
        throw error;
      }
    },
  };
}
