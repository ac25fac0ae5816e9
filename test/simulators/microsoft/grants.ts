import { randomBytes } from 'node:crypto';

import type { DirectoryUser } from './directory.ts';
import { type EntraError, entraErrors } from './entra-errors.ts';
import type { AccessTokenVerdict } from './graph-session.ts';

export interface AuthorizationCode {
  user: DirectoryUser;
  redirectUri: string;
  /** In their short form, as asked for and granted. */
  scopes: readonly string[];
  codeChallenge: string | undefined;
  codeChallengeMethod: 'S256' | 'plain';
  nonce: string | undefined;
}

export interface RefreshGrant {
  user: DirectoryUser;
  scopes: readonly string[];
}

/** Why a user's earlier grants are dead: revoked sessions, or the app removed from the account. */
export type Revocation = 50173 | 65001;

export interface GrantStore extends AccessTokens {
  issueCode(code: AuthorizationCode): string;
  /** Reading does not use the code up. @throws EntraError 9002313, 54005, 70008 */
  readCode(code: string): AuthorizationCode;
  redeemCode(code: string): void;
  issueRefreshToken(grant: RefreshGrant): string;
  /** An older token of the same grant stays usable. @throws EntraError 9002313, 700082, 50173, 65001 */
  readRefreshToken(token: string): RefreshGrant;
  /** Access tokens already out stay valid until they expire, as at Microsoft. */
  revoke(user: DirectoryUser, reason: Revocation): void;
}

export interface AccessTokens {
  issueAccessToken(grant: RefreshGrant, seconds: number): string;
  inspectAccessToken(token: string): AccessTokenVerdict;
  expireAccessTokens(user: DirectoryUser): void;
}

interface Revoked {
  serial: number;
  at: Date;
  reason: Revocation;
}

interface Issued<Content> {
  content: Content;
  issuedAt: Date;
  serial: number;
}

const CODE_LIFE_MS = 10 * 60_000;
const REFRESH_LIFE_DAYS = 90;
const DAY_MS = 86_400_000;

export function createGrantStore(clientId: string, now: () => Date): GrantStore {
  const codes = new Map<string, Issued<AuthorizationCode> & { redeemed: boolean }>();
  const refreshTokens = new Map<string, Issued<RefreshGrant>>();
  /** Serials instead of times: with a clock that stands still, "before" and "after" need an order of their own. */
  const revocations = new Map<string, Revoked>();
  let serial = 0;
  const issued = <Content>(content: Content): Issued<Content> => ({
    content,
    issuedAt: now(),
    serial: ++serial,
  });

  return {
    ...createAccessTokens(now),
    issueCode: (content) => remember(codes, 'M.', 64, { ...issued(content), redeemed: false }),
    readCode: (code) => {
      const entry = codes.get(code);
      if (!entry) throw entraErrors.malformedGrant();
      if (entry.redeemed) throw entraErrors.redeemedCode();
      if (now().getTime() - entry.issuedAt.getTime() > CODE_LIFE_MS) throw entraErrors.expiredGrant();
      return entry.content;
    },
    redeemCode: (code) => {
      const entry = codes.get(code);
      if (entry) entry.redeemed = true;
    },
    issueRefreshToken: (grant) => remember(refreshTokens, '1.', 640, issued(grant)),
    readRefreshToken: (token) => {
      const entry = refreshTokens.get(token);
      if (!entry) throw entraErrors.malformedGrant();
      const revocation = revocations.get(entry.content.user.oid);
      if (revocation && revocation.serial >= entry.serial)
        throw deadGrant(clientId, entry.issuedAt, revocation);
      if (now().getTime() - entry.issuedAt.getTime() > REFRESH_LIFE_DAYS * DAY_MS)
        throw entraErrors.inactiveRefreshToken(entry.issuedAt, REFRESH_LIFE_DAYS);
      return entry.content;
    },
    revoke: (user, reason) => {
      revocations.set(user.oid, { serial, at: now(), reason });
    },
  };
}

function createAccessTokens(now: () => Date): AccessTokens {
  const tokens = new Map<string, RefreshGrant & { expiresAt: number }>();
  return {
    issueAccessToken: (grant, seconds) =>
      remember(tokens, 'eyJ0', 960, { ...grant, expiresAt: now().getTime() + seconds * 1000 }),
    inspectAccessToken: (token) => {
      const entry = tokens.get(token);
      if (!entry) return { valid: false, reason: 'unknown' };
      if (now().getTime() >= entry.expiresAt) return { valid: false, reason: 'expired' };
      return { valid: true, user: entry.user, scopes: entry.scopes };
    },
    expireAccessTokens: (user) => {
      for (const entry of tokens.values())
        if (entry.user.oid === user.oid) entry.expiresAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function deadGrant(clientId: string, issuedAt: Date, { reason, at }: Revoked): EntraError {
  return reason === 65001 ? entraErrors.consentMissing(clientId) : entraErrors.revokedGrant(issuedAt, at);
}

function remember<Entry>(store: Map<string, Entry>, prefix: string, bytes: number, entry: Entry): string {
  const token = prefix + randomBytes(bytes).toString('base64url');
  store.set(token, entry);
  return token;
}
