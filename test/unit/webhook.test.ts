import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signatures } from '../../src/webhook.ts';

/** What the reference libraries of Standard Webhooks are tested with. */
const published = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

/** The receiver's side, from the specification alone. */
function verifies(secret: string, { id, timestamp, body }: typeof published, header: string): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest();
  return header.split(' ').some((part) => {
    const [version, given = ''] = part.split(',');
    const bytes = Buffer.from(given, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;

describe('the signature of a webhook', () => {
  it('is the published one for the published example', () => {
    expect(signatures([published.secret], published)).toBe(published.signature);
  });

  it('is made with every secret, so that a receiver that knows any of them is content', () => {
    const header = signatures([secretOf(1), secretOf(2)], published);
    expect(header).toMatch(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
    expect(verifies(secretOf(1), published, header)).toBe(true);
    expect(verifies(secretOf(2), published, header)).toBe(true);
    expect(verifies(secretOf(3), published, header)).toBe(false);
  });

  it('is another for another id, time or body, and counts bytes and not characters', () => {
    const of = (change: Partial<typeof published>) => signatures([secretOf(1)], { ...published, ...change });
    const all = [
      of({}),
      of({ id: 'x' }),
      of({ timestamp: 1 }),
      of({ body: '{}' }),
      of({ body: '{"ä":"€"}' }),
    ];
    expect(new Set(all).size).toBe(all.length);
    const umlauts = { ...published, body: '{"ä":"€"}' };
    expect(verifies(secretOf(1), umlauts, of({ body: umlauts.body }))).toBe(true);
  });
});
