import { z } from 'zod';
import { namesLocalHost } from './local-addresses.ts';

// The forms that values of the environment have.

export const list = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);

export const secretList = (minLength: number) =>
  z
    .string('is required')
    .transform(list)
    .refine((keys) => keys.length > 0, 'must hold at least one key')
    .refine(
      (keys) => keys.every((key) => key.length >= minLength),
      `each must be at least ${minLength} characters long`,
    );

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** A root to which paths are appended: kept without the slash at its end. */
export const rootUrl = httpUrl.transform((url) => url.replace(/\/+$/, ''));

/** github.com/standard-webhooks/standard-webhooks, "Signature scheme": 24 to 64 bytes behind a prefix. */
export function isWebhookSecret(secret: string): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = base64 === undefined ? 0 : Buffer.from(base64, 'base64').length;
  return bytes >= 24 && bytes <= 64;
}

/** What can be seen of an address without asking anybody. The rest is seen when it is connected to. */
export function webhookUrlProblems(text: string, allowPrivateAddresses: boolean): string[] {
  const url = new URL(text);
  const problems: string[] = [];
  // They would be sent nowhere: what the receiver trusts is the signature.
  if (url.username !== '' || url.password !== '') problems.push('WEBHOOK_URL must hold no user or password');
  if (allowPrivateAddresses) return problems;
  if (url.protocol !== 'https:')
    problems.push('WEBHOOK_URL must be https unless WEBHOOK_ALLOW_PRIVATE_ADDRESSES is true');
  if (namesLocalHost(url))
    problems.push(
      'WEBHOOK_URL leads into the local network, which WEBHOOK_ALLOW_PRIVATE_ADDRESSES has to allow',
    );
  return problems;
}

/** What a variable wants, with its name. */
export function issueText({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')} ${message}`;
}
