import type { Cipher } from '../cipher.ts';
import type { TokenSet } from '../domain/credential.ts';
import type { SealedTokens } from '../store/store.ts';

/** Tokens as they may be stored. */
export function sealTokens(
  cipher: Cipher,
  { accessToken, refreshToken, expiresAt, refreshExpiresAt, scopes }: TokenSet,
): SealedTokens {
  return {
    accessToken: cipher.seal(accessToken),
    refreshToken: refreshToken === undefined ? undefined : cipher.seal(refreshToken),
    expiresAt,
    refreshExpiresAt,
    scopes,
  };
}
