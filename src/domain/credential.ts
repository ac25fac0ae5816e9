import type { ProviderId } from './provider-id.ts';

/** Tokens in the clear: they live in memory only, between the vendor's answer and the cipher. */
export interface TokenSet {
  readonly accessToken: string;
  /** Absent when the vendor gave none: Google answers a refresh without one, and then the stored one stays valid. */
  readonly refreshToken?: string | undefined;
  readonly expiresAt: Date;
  /** When the permission itself ends, where the vendor says so. Beside a `refreshToken` absent means: never, or unknown. */
  readonly refreshExpiresAt?: Date | undefined;
  /** As the vendor spelled them. */
  readonly scopes: readonly string[];
}

/** A token with less than this left is refreshed first, so that it does not run out in the middle of a listing. */
export const refreshMarginMs = 5 * 60_000;

export function needsRefresh(expiresAt: Date, now: Date, marginMs: number = refreshMarginMs): boolean {
  return expiresAt.getTime() - now.getTime() < marginMs;
}

const dayMs = 86_400_000;
/** A grant's life in a Google project in publishing status "Testing". */
const testingLifeDays = 7;

export interface GrantAge {
  readonly provider: ProviderId;
  /** When the user last authorized it; absent where nobody wrote that down. */
  readonly authorizedAt?: Date | undefined;
  /** When the vendor said that it would end. */
  readonly refreshExpiresAt?: Date | undefined;
}

/**
 * Whether a dead grant died of its project's publishing status: Google ends grants of a project in "Testing" after seven
 * days, with the same answer as for one that its user withdrew. Where Google named the end that decides; otherwise the
 * age does, with room for the hours until a sync notices.
 */
export function isTestingDeath({ provider, authorizedAt, refreshExpiresAt }: GrantAge, now: Date): boolean {
  if (provider !== 'google' || authorizedAt === undefined) return false;
  const daysSince = (end: Date): number => (end.getTime() - authorizedAt.getTime()) / dayMs;
  if (refreshExpiresAt === undefined) return daysSince(now) >= 6.9 && daysSince(now) <= 7.5;
  const isNamedSo = Math.abs(daysSince(refreshExpiresAt) - testingLifeDays) < 0.1;
  return isNamedSo && now >= refreshExpiresAt;
}

/**
 * The needed scopes that were not granted. Both vendors answer in another order and spelling than asked:
 * Google expands aliases (`email`), Microsoft shortens or lengthens (`https://graph.microsoft.com/User.Read`)
 * and compares without case.
 * `impliedBy` names, for a needed scope, others that include it; those who never come back in an answer
 * (`offline_access`, `openid`) are not to be listed as needed.
 */
export function missingScopes(
  granted: readonly string[],
  needed: readonly string[],
  impliedBy: Readonly<Record<string, readonly string[]>> = {},
): string[] {
  const have = new Set(granted.map(normalScope));
  return needed.filter(
    (scope) => ![scope, ...(impliedBy[scope] ?? [])].some((candidate) => have.has(normalScope(candidate))),
  );
}

const graphPrefix = 'https://graph.microsoft.com/';

function normalScope(scope: string): string {
  const lower = scope.toLowerCase();
  return lower.startsWith(graphPrefix) ? lower.slice(graphPrefix.length) : lower;
}
