import { createHash, randomBytes } from 'node:crypto';

import type { Skew } from '../provider-clock.ts';

/** An app that is registered with this Google. */
export interface Client {
  id: string;
  secret: string;
  redirectUris: readonly string[];
}

/** What a user allowed a client; every token belongs to one and dies with it. */
export interface Grant {
  sub: string;
  clientId: string;
  scopes: Set<string>;
  refreshTokens: Set<string>;
}

export interface AuthorizationCode {
  grant: Grant;
  scopes: readonly string[];
  redirectUri: string;
  challenge: { value: string; method: string } | undefined;
  nonce: string | undefined;
  withRefreshToken: boolean;
  expiresAt: number;
}

export interface AccessToken {
  grant: Grant;
  scopes: readonly string[];
  expiresAt: number;
}

export interface RefreshToken {
  grant: Grant;
  scopes: readonly string[];
  expiresAt: number;
}

/** What was given to one user, over all clients. */
export interface TokenCounts {
  codes: number;
  exchanges: number;
  refreshes: number;
  refreshTokens: number;
}

const CODE_LIFETIME_MS = 10 * 60_000;
export const ACCESS_TOKEN_LIFETIME_S = 3599;
/** Seven days. */
export const TESTING_LIFETIME_S = 604_800;

/** For one account and client; the next one silently kills the oldest. */
const LIVE_REFRESH_TOKENS = 100;

/** Of tokens that are issued from now on. */
export interface TokenBehaviour {
  /** As access tokens state it. */
  accessTokenLifetimeS: number;
  /** `TESTING_LIFETIME_S` for an app in publishing status "Testing" (trap 5), else infinite: then nothing is said of it. */
  refreshTokenLifetimeS: number;
}

export interface GrantsOptions {
  now: () => Date;
  skew?: Pick<Skew, 'tokenLifetimeMs'>;
  /** Read at each issue. */
  behaviour: TokenBehaviour;
}

export type Grants = ReturnType<typeof createGrants>;

/** Codes, tokens and what they stand for. Time comes from `now`, so that a test can let it pass. */
export function createGrants({ now, skew, behaviour }: GrantsOptions) {
  const grants = new Map<string, Grant>();
  const codes = new Map<string, AuthorizationCode>();
  const accessTokens = new Map<string, AccessToken>();
  const refreshTokens = new Map<string, RefreshToken>();
  const counts = new Map<string, TokenCounts>();

  const countsOf = (sub: string): TokenCounts => {
    const found = counts.get(sub) ?? { codes: 0, exchanges: 0, refreshes: 0, refreshTokens: 0 };
    counts.set(sub, found);
    return found;
  };

  const find = (sub: string, clientId: string): Grant | undefined => grants.get(`${sub} ${clientId}`);

  const issueCode = (
    clientId: string,
    sub: string,
    code: Omit<AuthorizationCode, 'grant' | 'expiresAt'>,
  ): string => {
    const grant = find(sub, clientId) ?? { sub, clientId, scopes: new Set(), refreshTokens: new Set() };
    grants.set(`${sub} ${clientId}`, grant);
    for (const scope of code.scopes) grant.scopes.add(scope);
    const value = `4/0A${randomBytes(36).toString('base64url')}`;
    codes.set(value, { ...code, grant, expiresAt: now().getTime() + CODE_LIFETIME_MS });
    countsOf(sub).codes += 1;
    return value;
  };

  const issueAccessToken = (grant: Grant, scopes: readonly string[]): string => {
    const value = `ya29.a0${randomBytes(96).toString('base64url')}`;
    const lifetimeMs = behaviour.accessTokenLifetimeS * 1000 + (skew?.tokenLifetimeMs ?? 0);
    accessTokens.set(value, { grant, scopes, expiresAt: now().getTime() + lifetimeMs });
    return value;
  };

  const issueRefreshToken = (grant: Grant, scopes: readonly string[]): string => {
    const value = `1//0${randomBytes(48).toString('base64url')}`;
    const expiresAt = now().getTime() + behaviour.refreshTokenLifetimeS * 1000;
    refreshTokens.set(value, { grant, scopes, expiresAt });
    grant.refreshTokens.add(value);
    const [oldest] = grant.refreshTokens;
    if (grant.refreshTokens.size > LIVE_REFRESH_TOKENS && oldest) dropRefreshToken(grant, oldest);
    countsOf(grant.sub).refreshTokens += 1;
    return value;
  };

  const dropRefreshToken = (grant: Grant, value: string): void => {
    grant.refreshTokens.delete(value);
    refreshTokens.delete(value);
  };

  const end = (grant: Grant): void => {
    grants.delete(`${grant.sub} ${grant.clientId}`);
    for (const store of [codes, accessTokens, refreshTokens])
      for (const [value, held] of store) if (held.grant === grant) store.delete(value);
  };

  return {
    find,
    countsOf,
    issueCode,
    issueAccessToken,
    issueRefreshToken,
    code: (value: string): AuthorizationCode | undefined => codes.get(value),
    /** A code works once. */
    spendCode: (value: string): boolean => codes.delete(value),
    /** Undefined also for one whose time is over. */
    refreshToken: (value: string): RefreshToken | undefined => {
      const token = refreshTokens.get(value);
      return token && token.expiresAt > now().getTime() ? token : undefined;
    },
    lifetimes: (): Readonly<TokenBehaviour> => behaviour,
    /** Undefined also for one whose time is over. */
    accessToken: (value: string): AccessToken | undefined => {
      const token = accessTokens.get(value);
      return token && token.expiresAt > now().getTime() ? token : undefined;
    },
    /** Ends the whole grant to which either kind of token belongs; false for an unknown token. */
    revokeByToken: (value: string): boolean => {
      const grant = (accessTokens.get(value) ?? refreshTokens.get(value))?.grant;
      if (grant) end(grant);
      return grant !== undefined;
    },
    revokeOf: (sub: string): void => {
      for (const grant of grants.values()) if (grant.sub === sub) end(grant);
    },
    expireAccessTokensOf: (sub: string): void => {
      for (const [value, { grant }] of accessTokens) if (grant.sub === sub) accessTokens.delete(value);
    },
  };
}

/** RFC 7636 4.6; a challenge without a method means `plain`. */
export function answersChallenge(challenge: { value: string; method: string }, verifier: string): boolean {
  if (challenge.method === 'plain') return challenge.value === verifier;
  return challenge.value === createHash('sha256').update(verifier).digest('base64url');
}
