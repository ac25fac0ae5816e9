import { z } from '@hono/zod-openapi';
import { policyLines, usualPolicy, type BlockingPolicy, type PolicyLine } from '../domain/blocking.ts';
import { freshnessStates } from '../domain/freshness.ts';
import { interviewIdForm, interviewIdPattern } from '../domain/interview.ts';
import { examplePanel } from './availability-example.ts';
import { checkRange, instant, maxRangeDays, userId } from './fields.ts';
import { timeZone } from './interview-fields.ts';
import { workingHours } from './working-hours-fields.ts';

/** What a request may say of whose time is wanted. */

export const availabilityLimits = {
  groups: 20,
  members: 100,
  optional: 100,
  excluded: 100,
  slots: 1000,
  dayMinutes: 1440,
  noticeMinutes: 525_600,
  maxAgeSeconds: 604_800,
  liveSeconds: 10,
  fairnessDays: 400,
} as const;

const limits = availabilityLimits;

export const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
};

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of: ${values.join(', ')}` });

const member = z.strictObject({
  userId,
  timeZone: timeZone.optional().openapi({
    description: 'IANA name: of their working hours. By default that of their primary calendar.',
  }),
  workingHours: workingHours.optional(),
});

const people = (max: number) =>
  z
    .array(member)
    .max(max, `must name at most ${max} people`)
    .refine((members) => new Set(members.map((one) => one.userId)).size === members.length, {
      error: 'must name nobody twice',
    });

const requiredMessage = 'must be "all", or a whole number from 1 to the number of members';

const group = z
  .strictObject({
    members: people(limits.members).min(1, 'must name at least one member'),
    required: z
      .union(
        [
          z.literal('all'),
          z.int(requiredMessage).min(1, requiredMessage).max(limits.members, requiredMessage),
        ],
        {
          error: requiredMessage,
        },
      )
      .default('all')
      .openapi({
        description:
          'How many of them it takes. One person takes one seat, also where several groups name them.',
      }),
  })
  .refine(({ members, required }) => required === 'all' || required <= members.length, {
    path: ['required'],
    error: requiredMessage,
  });

export const accept = oneOf(freshnessStates);

export const maxAgeSeconds = wholeNumber(1, limits.maxAgeSeconds).optional().openapi({
  description: 'Older data makes a participant `stale`. By default AVAILABILITY_MAX_AGE_SECONDS.',
});

const live = z
  .union([z.boolean(), z.strictObject({ withinSeconds: wholeNumber(1, limits.liveSeconds) })], {
    error: `must be true, false, or {"withinSeconds": 1 to ${limits.liveSeconds}}`,
  })
  .default(false)
  .openapi({
    description:
      'Ask the provider for those calendars that are not `fresh`, and wait for that for so many seconds; `true` is 3. What is ' +
      'not answered by then stays as it is.',
  });

const policy = z
  .strictObject(
    Object.fromEntries(policyLines.map((line) => [line, oneOf(['busy', 'free']).optional()])) as Record<
      PolicyLine,
      z.ZodOptional<z.ZodEnum<{ busy: 'busy'; free: 'free' }>>
    >,
  )
  .openapi('BlockingPolicy', {
    description:
      'What makes people busy, for this question: each line that is not named is as docs/availability.md has it. Several lines ' +
      'may apply to an entry; it blocks time where all of them say `busy`.',
  });

const ids = z
  .array(z.string('must be one text').regex(interviewIdPattern, interviewIdForm))
  .max(limits.excluded, `must name at most ${limits.excluded}`)
  .optional();

const span = z.strictObject({ from: instant, to: instant }).superRefine(checkRangeOf(limits.fairnessDays));

export const availabilityRequest = z
  .strictObject({
    groups: z
      .array(group)
      .min(1, 'must hold at least one group')
      .max(limits.groups, `must hold at most ${limits.groups} groups`)
      .openapi({ description: `At most ${limits.members} members in all of them together.` }),
    optional: people(limits.optional)
      .optional()
      .openapi({ description: 'People whom no slot needs; it says which of them can come.' }),
    from: instant.openapi({ description: 'The start of the range. Slots lie within it.' }),
    to: instant.openapi({
      description: `The end of the range, at most ${maxRangeDays} days later.`,
      example: '2026-11-28T09:00:00Z',
    }),
    timeZone: timeZone.optional().openapi({
      default: 'UTC',
      description: 'IANA name: of the step alignment, and of people of whom no other is known.',
    }),
    durationMinutes: wholeNumber(5, limits.dayMinutes).optional().openapi({
      description: 'Of the meeting. Without it the answer tells busy times only, and no slots.',
    }),
    stepMinutes: wholeNumber(1, limits.dayMinutes).optional().openapi({
      default: 15,
      description: 'Slots start at multiples of it.',
    }),
    align: oneOf(['hour', 'from']).optional().openapi({
      default: 'hour',
      description:
        '`hour`: the steps count from midnight on the wall in `timeZone`. `from`: they count from `from`.',
    }),
    bufferBeforeMinutes: wholeNumber(0, limits.dayMinutes).optional().openapi({
      default: 0,
      description: 'That much has to be free before the meeting, too; also before `from`.',
    }),
    bufferAfterMinutes: wholeNumber(0, limits.dayMinutes).optional().openapi({
      default: 0,
      description: 'That much has to be free after it, too; also after `to`.',
    }),
    minimumNoticeMinutes: wholeNumber(0, limits.noticeMinutes).optional().openapi({
      default: 0,
      description: 'No slot starts earlier than so many minutes from now. None starts in the past.',
    }),
    workingHours: workingHours.optional().openapi({ description: 'Of everybody who has none of their own.' }),
    policy: policy.optional(),
    tentativeIsBusy: z
      .boolean('must be true or false')
      .optional()
      .openapi({ description: 'Short for `policy.tentative`.' }),
    excludeInterviewIds: ids.openapi({
      description:
        'Their time counts as free for everybody: the interview that is being rescheduled. Nor do they count for `roundRobin`.',
    }),
    excludeHoldIds: ids.openapi({ description: 'The same of holds.' }),
    maxAgeSeconds,
    live,
    accept: accept.optional().openapi({
      default: 'fresh',
      description:
        'The least freshness with which somebody makes slots. With `stale` their time may have changed since it was read; ' +
        'with `unknown` it may not be known at all, and what looks free need not be.',
    }),
    roundRobin: span.optional().openapi({
      description:
        'Where not all members of a group are needed, those come first who take part in the fewest interviews that begin in ' +
        `this span (at most ${limits.fairnessDays} days): \`pending\`, \`waiting\` or \`booked\`, as organizer or attendee.`,
    }),
    order: oneOf(['start', 'optional']).optional().openapi({
      default: 'start',
      description: '`optional`: those slots first to which the most of the optional people can come.',
    }),
    limit: wholeNumber(1, limits.slots).optional().openapi({ default: 100, description: 'Slots on a page.' }),
    cursor: z
      .string('must be one text')
      .max(200, 'must be a `nextCursor` of an earlier answer')
      .optional()
      .openapi({
        description: 'The `nextCursor` of the page before, with the same request but for `limit`. Opaque.',
      }),
  })
  .superRefine(checkRange)
  .superRefine(checkPeople)
  .superRefine(checkSlotFields)
  .superRefine(checkPolicy)
  .openapi('AvailabilityRequest', { example: examplePanel });

export type AvailabilityRequest = z.output<typeof availabilityRequest>;

function checkRangeOf(days: number) {
  return (range: { from: Date; to: Date }, issues: z.RefinementCtx): void => checkRange(range, issues, days);
}

function checkPeople({ groups }: { groups: { members: unknown[] }[] }, issues: z.RefinementCtx): void {
  const members = groups.reduce((sum, one) => sum + one.members.length, 0);
  if (members <= limits.members) return;
  const message = `must name at most ${limits.members} members in all groups together`;
  issues.addIssue({ code: 'custom', path: ['groups'], message });
}

const slotFields = [
  'stepMinutes',
  'align',
  'bufferBeforeMinutes',
  'bufferAfterMinutes',
  'minimumNoticeMinutes',
  'accept',
  'roundRobin',
  'order',
  'limit',
  'cursor',
] as const;

/** Without a duration there are no slots, and somebody who says how these are to be expects some. */
function checkSlotFields(
  request: { durationMinutes?: unknown } & { [Name in (typeof slotFields)[number]]?: unknown },
  issues: z.RefinementCtx,
): void {
  if (request.durationMinutes !== undefined) return;
  const named = slotFields.filter((name) => request[name] !== undefined);
  if (named.length === 0) return;
  const message = `is required with ${named.map((name) => `\`${name}\``).join(', ')}`;
  issues.addIssue({ code: 'custom', path: ['durationMinutes'], message });
}

interface PolicyFields {
  readonly policy?: z.output<typeof policy> | undefined;
  readonly tentativeIsBusy?: boolean | undefined;
}

function checkPolicy({ policy: lines, tentativeIsBusy }: PolicyFields, issues: z.RefinementCtx): void {
  if (tentativeIsBusy === undefined || lines?.tentative === undefined) return;
  if (lines.tentative === (tentativeIsBusy ? 'busy' : 'free')) return;
  const message = 'says something else than `policy.tentative`';
  issues.addIssue({ code: 'custom', path: ['tentativeIsBusy'], message });
}

export function policyOf({ policy: lines, tentativeIsBusy }: PolicyFields): BlockingPolicy {
  const tentative = tentativeIsBusy === undefined ? {} : { tentative: tentativeIsBusy ? 'busy' : 'free' };
  return { ...usualPolicy, ...tentative, ...lines } as BlockingPolicy;
}
