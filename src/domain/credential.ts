/** Tokens in the clear: they live in memory only, between the vendor's answer and the cipher. */
export interface TokenSet {
  readonly accessToken: string;
  /** Absent when the vendor gave none: Google answers a refresh without one, and then the stored one stays valid. */
  readonly refreshToken?: string | undefined;
  readonly expiresAt: Date;
  /** As the vendor spelled them. */
  readonly scopes: readonly string[];
}

/** A token with less than this left is refreshed first, so that it does not run out in the middle of a listing. */
export const refreshMarginMs = 5 * 60_000;

export function needsRefresh(expiresAt: Date, now: Date): boolean {
  return expiresAt.getTime() - now.getTime() < refreshMarginMs;
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
