import { createHash, generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

import type { DirectoryUser } from './directory.ts';

export interface IdTokenSigner {
  /** A signed id_token with the claims of Entra's v2.0 endpoint. */
  issue(claims: IdTokenInput): Promise<string>;
  /** The public keys for `/discovery/v2.0/keys`. */
  keys(): Promise<object>;
}

export interface IdTokenInput {
  user: DirectoryUser;
  clientId: string;
  /** Origin of the authority. */
  authority: string;
  scopes: readonly string[];
  nonce: string | undefined;
  now: Date;
}

const KEY_ID = 'simulated-signing-key';

/** Made when it is first needed, and the same for all simulators of a process: to make one takes a tenth of a second. */
let pair: Promise<{ publicKey: KeyObject; privateKey: KeyObject }> | undefined;
const keyPair = () => (pair ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }));

export function createIdTokenSigner(): IdTokenSigner {
  return {
    issue: async (input) => {
      const { privateKey } = await keyPair();
      const body = `${encode({ typ: 'JWT', alg: 'RS256', kid: KEY_ID })}.${encode(claimsOf(input))}`;
      return `${body}.${sign('sha256', Buffer.from(body), privateKey).toString('base64url')}`;
    },
    keys: async () => {
      const { publicKey } = await keyPair();
      return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' }] };
    },
  };
}

function claimsOf({ user, clientId, authority, scopes, nonce, now }: IdTokenInput): object {
  const seconds = Math.floor(now.getTime() / 1000);
  return {
    aud: clientId,
    iss: `${authority}/${user.tid}/v2.0`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + 3600,
    name: user.name,
    oid: user.oid,
    preferred_username: user.email,
    ...(scopes.includes('email') && user.mail ? { email: user.mail } : {}),
    ...(nonce === undefined ? {} : { nonce }),
    // Pairwise: differs for each application (unlike `oid`).
    sub: createHash('sha256').update(`${clientId}/${user.oid}`).digest('base64url'),
    tid: user.tid,
    ver: '2.0',
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
