import type { Cipher } from '../../src/cipher.ts';
import type { TokenSet } from '../../src/domain/credential.ts';
import type { SealedTokens } from '../../src/store/store.ts';

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
