import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { createCipher } from '../src/cipher.ts';
import { alternate, plain, type Comparison } from './alternate.ts';

/** Times are of `operations` calls each. */
export interface Sealing {
  readonly seal: Comparison;
  readonly open: Comparison;
  readonly operations: number;
}

const operations = 2000;

/** Our cipher against AES-128-CBC and HMAC-SHA256 of node:crypto on the same bytes, in no format at all. */
export async function measureSealing(bytes: number, rounds: number, signal: AbortSignal): Promise<Sealing> {
  const plainText = randomBytes(bytes)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, 'x');
  const cipher = createCipher([`${randomBytes(32).toString('base64url')}=`]);
  const raw = rawCipher();
  const sealed = cipher.seal(plainText);
  const encrypted = raw.encrypt(plainText);
  if (cipher.open(sealed) !== plainText || raw.decrypt(encrypted) !== plainText) {
    throw new Error('what was sealed does not open');
  }
  const schedule = { warmUps: 3, rounds, signal };
  return {
    seal: await alternate(
      repeated(() => raw.encrypt(plainText)),
      repeated(() => cipher.seal(plainText)),
      schedule,
    ),
    open: await alternate(
      repeated(() => raw.decrypt(encrypted)),
      repeated(() => cipher.open(sealed)),
      schedule,
    ),
    operations,
  };
}

/** Adds up the lengths, so that no call can be left out as useless. */
function repeated(call: () => string | Encrypted) {
  return plain(() => {
    let sum = 0;
    for (let n = 0; n < operations; n += 1) {
      const result = call();
      sum += typeof result === 'string' ? result.length : result.body.length;
    }
    if (sum === 0) throw new Error('nothing was done');
  });
}

interface Encrypted {
  readonly iv: Buffer;
  readonly body: Buffer;
  readonly mac: Buffer;
}

function rawCipher() {
  const signing = createSecretKey(randomBytes(16));
  const encryption = createSecretKey(randomBytes(16));
  const macOf = (iv: Buffer, body: Buffer): Buffer =>
    createHmac('sha256', signing).update(iv).update(body).digest();
  return {
    encrypt: (text: string): Encrypted => {
      const iv = randomBytes(16);
      const cipher = createCipheriv('aes-128-cbc', encryption, iv);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return { iv, body, mac: macOf(iv, body) };
    },
    decrypt: ({ iv, body, mac }: Encrypted): string => {
      if (!timingSafeEqual(macOf(iv, body), mac)) throw new Error('the MAC does not fit');
      const decipher = createDecipheriv('aes-128-cbc', encryption, iv);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    },
  };
}
