import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ReceivedCall } from './webhook-receiver.ts';

/** Whether a call bears a signature made with this secret: a receiver's check, written from the specification alone. */
export function isSignedWith(
  secret: string,
  { headers, body }: Pick<ReceivedCall, 'headers' | 'body'>,
): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = createHmac('sha256', key).update(content, 'utf8').digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .some((part) => {
      const [version, given = ''] = part.split(',');
      const bytes = Buffer.from(given, 'base64');
      return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
    });
}

export function webhookSecret(byte: number): string {
  return `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
}
