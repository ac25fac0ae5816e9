/** How far the provider is out of step with everybody else; may be changed at any time. Milliseconds, 0 unless set. */
export interface Skew {
  /** Added to the provider's clock: the Date header, `updated`, dates in Retry-After, times inside tokens. */
  clockMs: number;
  /** Added to the true life of access tokens, whatever `expires_in` says: a negative one lets them die early. */
  tokenLifetimeMs: number;
}

export interface ProviderClock {
  /** What the provider takes for the time. */
  now(): Date;
  readonly skew: Skew;
}

/** @param now the true time */
export function createProviderClock(
  now: () => Date = () => new Date(),
  skew: Partial<Skew> = {},
): ProviderClock {
  const current: Skew = { clockMs: 0, tokenLifetimeMs: 0, ...skew };
  return { now: () => new Date(now().getTime() + current.clockMs), skew: current };
}
