import type { FailureCode } from './domain/failure.ts';
import type { ProviderId } from './domain/provider-id.ts';
import type { Logger } from './log.ts';

/**
 * The operators' alarms: the service's own registration or configuration is at fault, so that nobody's user can mend it.
 * Each is told once when it begins and once when it ends, however many jobs run into it meanwhile; each process tells
 * its own.
 */
export interface Alarms {
  raise(alarm: Alarm): void;
  /** It works again, as far as these codes go. */
  end(provider: ProviderId, codes: readonly FailureCode[]): void;
}

export interface Alarm {
  /** Absent where the fault has nothing to do with one of them. */
  readonly provider?: ProviderId | undefined;
  readonly code: FailureCode;
  readonly message: string;
}

export function createAlarms(log: Pick<Logger, 'error' | 'info'>): Alarms {
  const raised = new Set<string>();
  return {
    raise({ provider, code: failureCode, message }) {
      const key = keyOf(provider, failureCode);
      if (raised.has(key)) return;
      raised.add(key);
      log.error(
        { alarm: true, provider, failureCode, reason: message },
        'an operator has to act: see docs/operating.md',
      );
    },
    end(provider, codes) {
      for (const failureCode of codes) {
        if (raised.delete(keyOf(provider, failureCode)))
          log.info({ provider, failureCode }, 'the alarm is over');
      }
    },
  };
}

function keyOf(provider: ProviderId | undefined, code: FailureCode): string {
  return `${provider ?? 'any'} ${code}`;
}
