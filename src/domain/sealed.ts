/**
 * A value sealed as a Fernet token (github.com/fernet/spec: AES-128-CBC and HMAC-SHA256 under a 256-bit key).
 * A type of its own, so that a plain secret cannot end up where a sealed one belongs. Made and opened in cipher.ts.
 */
export type Sealed = string & { readonly [sealedBrand]: true };
declare const sealedBrand: unique symbol;

/** Shortest token: version, time, IV, one block, HMAC: 73 bytes in base64url with its padding. */
const tokenPattern = /^gA[A-Za-z0-9_-]{96,}={0,2}$/;

/** Whether the text has the form of a Fernet token: enough to take it for a sealed value, not to trust it. */
export function isSealed(value: string): value is Sealed {
  return tokenPattern.test(value);
}
