import { isOutage } from '../outage.ts';

export interface Patience {
  readonly now: () => Date;
  /** Resolves after `ms`; rejects with the signal's reason where it is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
}

const againMs = 1000;

/**
 * Stores what a vendor gave once and may not give again: a store that is away is asked every second, until the patience is
 * over; then its error is thrown. `work` may be done twice.
 */
export async function insist<T>(
  work: () => Promise<T>,
  { now, wait, signal, patienceMs }: Patience,
): Promise<T> {
  const giveUpAt = now().getTime() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error) || now().getTime() >= giveUpAt) throw error;
    }
    await wait(againMs, signal);
  }
}
