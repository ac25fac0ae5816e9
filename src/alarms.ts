import type { FailureCode } from './domain/failure.ts';
import type { ProviderId } from './domain/provider-id.ts';
import type { Logger } from './log.ts';

/**
 * The operators' alarms: the service's own registration is at fault, so that nobody's user can mend it. Each is told
 * once when it begins and once when it ends, however many jobs run into it meanwhile; each process tells its own.
 */
export interface Alarms {
  raise(alarm: { readonly provider: ProviderId; readonly code: FailureCode; readonly message: string }): void;
  /** It works again, as far as these codes go. */
  end(provider: ProviderId, codes: readonly FailureCode[]): void;
}

export function createAlarms(log: Pick<Logger, 'error' | 'info'>): Alarms {
  const raised = new Set<string>();
  return {
    raise({ provider, code: failureCode, message }) {
      const key = `${provider} ${failureCode}`;
      if (raised.has(key)) return;
      raised.add(key);
      log.error(
        { alarm: true, provider, failureCode, reason: message },
        'an operator has to act: see docs/operating.md',
      );
    },
    end(provider, codes) {
      for (const failureCode of codes) {
        if (raised.delete(`${provider} ${failureCode}`))
          log.info({ provider, failureCode }, 'the alarm is over');
      }
    },
  };
}
