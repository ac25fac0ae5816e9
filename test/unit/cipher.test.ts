import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import fernet from 'fernet';
import { describe, expect, it } from 'vitest';
import { CipherError, createCipher, isCipherKey, sealWith } from '../../src/cipher.ts';
import { isSealed, type Sealed } from '../../src/domain/sealed.ts';

const newKey = (): string => `${randomBytes(32).toString('base64url')}=`;
const key = newKey();

/** The vectors that the format publishes, where the contracts folder stands beside the project. */
interface Vector {
  readonly desc?: string;
  readonly token: string;
  readonly now: string;
  readonly secret: string;
  readonly iv?: number[];
  readonly src?: string;
  readonly ttl_sec?: number;
}
const vectorsAt = new URL('../../../shared/contracts/fernet/', import.meta.url);
const vectors = (name: string): Vector[] =>
  existsSync(vectorsAt)
    ? (JSON.parse(readFileSync(new URL(`${name}.json`, vectorsAt), 'utf8')) as Vector[])
    : [];
const open = ({ token, secret, now, ttl_sec: ttl }: Vector): string =>
  createCipher([secret], () => new Date(now)).open(token as Sealed, { maxAgeSeconds: ttl ?? 60 });

describe('the format', () => {
  it.skipIf(!existsSync(vectorsAt))(
    'makes and opens the published tokens (skipped: no contracts folder)',
    () => {
      for (const { secret, src, now, iv, token } of vectors('generate')) {
        expect(sealWith(secret, src ?? '', new Date(now), Buffer.from(iv ?? []))).toBe(token);
      }
      for (const vector of vectors('verify')) expect(open(vector)).toBe(vector.src);
    },
  );

  it.each(vectors('invalid').map((vector) => [vector.desc, vector] as const))(
    'refuses a token: %s',
    (_, vector) => {
      expect(() => open(vector)).toThrow(CipherError);
    },
  );

  it('has the package `fernet` as its second opinion, in both directions', () => {
    const secret = new fernet.Secret(key);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const sealed = createCipher([key]).seal(text);
        expect(new fernet.Token({ secret, token: sealed, ttl: 0 }).decode()).toBe(text);
        const theirs = new fernet.Token({ secret, time: Date.parse('2026-11-23'), iv: [...randomBytes(16)] });
        expect(createCipher([key]).open(theirs.encode(text) as Sealed)).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});

describe('sealing', () => {
  it('what is sealed opens again, and never looks the same twice', () => {
    const cipher = createCipher([key]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sealed = cipher.seal(text);
        expect(isSealed(sealed)).toBe(true);
        expect(cipher.open(sealed)).toBe(text);
        expect(cipher.seal(text)).not.toBe(sealed);
      }),
    );
  });

  it('the first key seals and all open, so a key is rotated by putting the new one in front', () => {
    const [oldKey, nextKey] = [newKey(), newKey()];
    const before = createCipher([oldKey]).seal('token');
    const rotated = createCipher([nextKey, oldKey]);
    expect(rotated.open(before)).toBe('token');
    expect(createCipher([nextKey]).open(rotated.seal('token'))).toBe('token');
    expect(() => createCipher([nextKey]).open(before)).toThrow('no key in the list opens this sealed value');
  });

  it('a token of which any character was changed is refused', () => {
    const cipher = createCipher([key]);
    const sealed = cipher.seal('a secret of some length');
    fc.assert(
      fc.property(fc.nat(sealed.length - 3), fc.constantFrom('A', 'b', '-', '9'), (at, other) => {
        fc.pre(sealed[at] !== other);
        const changed = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}` as Sealed;
        expect(() => cipher.open(changed)).toThrow(CipherError);
      }),
    );
  });

  it('ages only where it is told to', () => {
    const sealed = createCipher([key], () => new Date('2020-01-01T00:00:00Z')).seal('old');
    const cipher = createCipher([key], () => new Date('2026-01-01T00:00:00Z'));
    expect(cipher.open(sealed)).toBe('old');
    expect(() => cipher.open(sealed, { maxAgeSeconds: 600 })).toThrow('older than 600 seconds');
    const early = createCipher([key], () => new Date('2019-12-31T23:58:00Z'));
    expect(() => early.open(sealed, { maxAgeSeconds: 600 })).toThrow('from the future');
  });

  it('errors show neither key nor token', () => {
    for (const wrong of ['short', `${'A'.repeat(44)}`, key.slice(1)]) {
      expect(isCipherKey(wrong)).toBe(false);
      expect(() => createCipher([wrong])).toThrow(/^a Fernet key is 32 bytes/);
    }
    expect(() => createCipher([])).toThrow('at least one key');
    expect(() => createCipher([key]).open('rubbish' as Sealed)).toThrow(/^not a Fernet token/);
  });
});
