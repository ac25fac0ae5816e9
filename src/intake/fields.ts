import { z } from '@hono/zod-openapi';
import type { StatusReason } from '../domain/connection.ts';
import { failureHints } from '../domain/failure.ts';
import { providerIds } from '../domain/provider-id.ts';

/** The pieces that requests are made of. Text from outside is bounded and well-formed before anybody uses it. */

const exampleId = '66f1a2b3c4d5e6f708192a3b';
const exampleUser = 'user-1024';

const printable = (value: string): boolean => value.isWellFormed() && !/\p{Cc}/u.test(value);

const bounded = (max: number) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be one text') })
    .max(max, `must be at most ${max} characters long`);

/** `max` characters at most, none of them a control character or half of a surrogate pair. */
export const line = (max: number) =>
  bounded(max).refine(printable, 'must not hold control characters or broken Unicode');

/** The same, and at least one. */
export const text = (max: number) => line(max).min(1, 'must not be empty');

/** Over several lines, or empty. */
export const prose = (max: number) =>
  bounded(max).refine(
    (value) => value.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(value),
    'must not hold control characters but tabs and ends of lines, or broken Unicode',
  );

export const recordId = (what: string) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be one text') })
    .regex(/^[0-9a-f]{24}$/, 'must be 24 lower-case hexadecimal digits')
    .openapi({ description: `The id of ${what}.`, example: exampleId });

export const userId = text(256).openapi({
  description: 'The main app’s own id of the user: opaque to this service.',
  example: exampleUser,
});

/** On calls that name a record: a guard for a main app that takes ids from its own callers. */
export const ownerQuery = z.strictObject({
  userId: userId.optional().openapi({
    description: 'Where given, the record must belong to this user; otherwise the answer is 404.',
  }),
});

export const provider = z
  .enum(providerIds, { error: `must be one of: ${providerIds.join(', ')}` })
  .openapi({ description: 'The calendar vendor.', example: 'google' });

/** RFC 3339 with a zone, to a Date. */
export const instant = z.iso
  .datetime({
    offset: true,
    // Or else `checkRange` would still be run, on what could not be made a Date.
    abort: true,
    error: (issue) =>
      issue.input === undefined
        ? 'is required'
        : 'must be an RFC 3339 time with its zone, like 2026-11-23T09:00:00Z (in a query, + is written %2B)',
  })
  .transform((value) => new Date(value))
  .openapi({ type: 'string', format: 'date-time', example: '2026-11-23T09:00:00Z' });

const dayMs = 86_400_000;
export const maxRangeDays = 92;

/** For `superRefine` of a request with `from` and `to`. */
export function checkRange(
  range: { from: Date; to: Date },
  issues: z.RefinementCtx,
  days: number = maxRangeDays,
): void {
  const fail = (message: string) => issues.addIssue({ code: 'custom', path: ['to'], message });
  if (range.from >= range.to) fail('must be later than `from`');
  else if (range.to.getTime() - range.from.getTime() > days * dayMs) {
    fail(`must be at most ${days} days after \`from\``);
  }
}

// ---------------------------------------------------------------- of answers

export const time = z.iso.datetime().openapi({ description: 'UTC.', example: '2026-11-23T09:00:00.000Z' });

export const reasonView = z
  .object({
    code: z.string().openapi({ example: 'grant_revoked' }),
    message: z.string(),
    hint: z.string().openapi({ description: 'What to do about it.' }),
    at: time,
  })
  .openapi('Reason', { description: 'Why something did not work, and what to do about it.' });

export function reasonOf(reason: StatusReason | undefined): z.input<typeof reasonView> | undefined {
  if (reason === undefined) return undefined;
  const { code, message, at } = reason;
  return { code, message, hint: failureHints[code], at: at.toISOString() };
}
