import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import { isSealed, type Sealed } from './domain/sealed.ts';

export interface Cipher {
  /** Seals with the first key. Two calls give two different tokens. */
  seal(plain: string): Sealed;
  /**
   * Opens with whichever key fits. Throws `CipherError` where none does or the token is damaged; with `maxAgeSeconds`
   * also where it is older than that or from more than a minute in the future (the format's rule on clock skew).
   * Without it a token does not age: a stored credential is as good as its own expiry.
   */
  open(sealed: Sealed, limits?: { readonly maxAgeSeconds: number }): string;
}

/** Says what is wrong with a key or a token and never shows either. */
export class CipherError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CipherError';
  }
}

/** Whether the text is a Fernet key: 32 bytes in base64url, 44 characters with the padding. */
export function isCipherKey(value: string): boolean {
  return keyPattern.test(value);
}

/** `keys`: Fernet keys; the first seals, all open, so a key is rotated by putting the new one in front. */
export function createCipher(keys: readonly string[], now: () => Date = () => new Date()): Cipher {
  const parsed = keys.map(parseKey);
  const [first] = parsed;
  if (first === undefined) throw new CipherError('a cipher needs at least one key');
  return {
    seal: (plain) => sealWith(first, plain, now(), randomBytes(16)),
    open: (sealed, limits) => {
      const token = decode(sealed);
      const body = authenticBody(parsed, token);
      if (limits !== undefined) checkAge(token, limits.maxAgeSeconds, now());
      return decrypt(body.key, body.bytes);
    },
  };
}

const version = 0x80;
const headerBytes = 1 + 8 + 16;
const macBytes = 32;
const blockBytes = 16;
const keyPattern = /^[A-Za-z0-9_-]{43}=$/;

interface Key {
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

function parseKey(text: string): Key {
  if (!isCipherKey(text)) {
    throw new CipherError('a Fernet key is 32 bytes in base64url: 43 characters and one "="');
  }
  const bytes = Buffer.from(text, 'base64url');
  return { signing: createSecretKey(bytes.subarray(0, 16)), encryption: createSecretKey(bytes.subarray(16)) };
}

/** Exposed to the published vectors, which fix the time and the IV. */
export function sealWith(key: Key | string, plain: string, at: Date, iv: Buffer): Sealed {
  const { signing, encryption } = typeof key === 'string' ? parseKey(key) : key;
  const header = Buffer.alloc(9);
  header[0] = version;
  header.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 1000)), 1);
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const body = Buffer.concat([header, iv, cipher.update(plain, 'utf8'), cipher.final()]);
  const mac = createHmac('sha256', signing).update(body).digest();
  return padded(Buffer.concat([body, mac]).toString('base64url')) as Sealed;
}

function authenticBody(keys: readonly Key[], token: Buffer): { key: Key; bytes: Buffer } {
  const bytes = token.subarray(0, -macBytes);
  const mac = token.subarray(-macBytes);
  const key = keys.find(({ signing }) =>
    timingSafeEqual(createHmac('sha256', signing).update(bytes).digest(), mac),
  );
  if (key === undefined) throw new CipherError('no key in the list opens this sealed value');
  return { key, bytes };
}

const clockSkewSeconds = 60;

function checkAge(token: Buffer, maxAgeSeconds: number, now: Date): void {
  const sealedAt = Number(token.readBigUInt64BE(1));
  const age = now.getTime() / 1000 - sealedAt;
  if (age > maxAgeSeconds) throw new CipherError(`a sealed value is older than ${maxAgeSeconds} seconds`);
  if (age < -clockSkewSeconds)
    throw new CipherError('a sealed value comes from the future: compare the clocks');
}

function decode(sealed: string): Buffer {
  if (!isSealed(sealed) || sealed.length % 4 !== 0) {
    throw new CipherError('not a Fernet token: wrong alphabet, version or length');
  }
  const token = Buffer.from(sealed, 'base64url');
  const bodyBytes = token.length - headerBytes - macBytes;
  if (token[0] !== version || bodyBytes < blockBytes || bodyBytes % blockBytes !== 0) {
    throw new CipherError('not a Fernet token: wrong version or length');
  }
  return token;
}

function decrypt(key: Key, body: Buffer): string {
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, body.subarray(9, headerBytes));
  try {
    return Buffer.concat([decipher.update(body.subarray(headerBytes)), decipher.final()]).toString('utf8');
  } catch {
    throw new CipherError('a sealed value is damaged: its padding is wrong');
  }
}

function padded(base64url: string): string {
  return base64url + '='.repeat((4 - (base64url.length % 4)) % 4);
}
