import { rateLimitExceeded, userRateLimitExceeded } from './errors.ts';

/** Requests per minute (fact sheet, section 9); may be changed at any time, off unless set. */
export interface Quota {
  perMinutePerProject: number;
  perMinutePerUser: number;
  /** Google answers 403, in some cases 429; the latter names no user. */
  status: 403 | 429;
}

export const NO_QUOTA: Quota = { perMinutePerProject: Infinity, perMinutePerUser: Infinity, status: 403 };

const MINUTE_MS = 60_000;

/** Counts the requests of a sliding minute. A refused one does not count. */
export function createQuotaGuard(quota: Quota, now: () => Date) {
  const taken = new Map<string, number[]>();

  const recent = (key: string): number[] => {
    const since = now().getTime() - MINUTE_MS;
    const times = taken.get(key) ?? [];
    taken.set(key, times);
    while (times[0] !== undefined && times[0] <= since) times.shift();
    return times;
  };

  /** @throws ApiError where the minute is used up. */
  return (clientId: string, sub: string): void => {
    const ofProject = recent(clientId);
    const ofUser = recent(`${clientId} ${sub}`);
    if (ofUser.length >= quota.perMinutePerUser)
      throw quota.status === 429 ? rateLimitExceeded(429) : userRateLimitExceeded();
    if (ofProject.length >= quota.perMinutePerProject) throw rateLimitExceeded(quota.status);
    const at = now().getTime();
    ofProject.push(at);
    ofUser.push(at);
  };
}

export type QuotaGuard = ReturnType<typeof createQuotaGuard>;
