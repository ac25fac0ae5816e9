/** A number from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** The next regular sync: spread over a tenth of the interval, so that connections made together drift apart. */
export function nextRegularSync(now: Date, intervalMs: number, random: Random): Date {
  const jitter = (random() - 0.5) * 0.2 * intervalMs;
  return new Date(now.getTime() + intervalMs + jitter);
}

export const dayMs = 86_400_000;

/** After failures in a row: the interval doubled for each, at most `maxMs`, and spread like the regular one. */
export function nextSyncAfterFailure(
  now: Date,
  failures: number,
  intervalMs: number,
  random: Random,
  maxMs = dayMs,
): Date {
  const backoff = Math.min(intervalMs * 2 ** Math.min(failures - 1, 20), Math.max(maxMs, intervalMs));
  return nextRegularSync(now, backoff, random);
}

/**
 * The wait before the next attempt: exponential, its upper half left to chance, so that the vendor's recovery
 * is not met by everybody at once. `attempt` counts from 1.
 */
export function retryDelayMs(attempt: number, baseMs: number, maxMs: number, random: Random): number {
  const ceiling = Math.min(baseMs * 2 ** Math.min(attempt - 1, 30), maxMs);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
