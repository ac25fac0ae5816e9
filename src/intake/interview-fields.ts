import { z } from '@hono/zod-openapi';
import { visibilities } from '../domain/event.ts';
import {
  addressKey,
  conferenceWishes,
  interviewIdForm,
  interviewIdPattern,
  interviewPolicies,
  type InterviewWish,
} from '../domain/interview.ts';
import { ianaZoneOf, isKnownZone } from '../domain/zone.ts';
import { instant, line, prose, recordId, text, userId } from './fields.ts';
import { exampleInterviewId, exampleRequest } from './interview-example.ts';

/** What a request may say of an interview. */

export const interviewId = z.string().regex(interviewIdPattern, interviewIdForm).openapi({
  description: 'The main app’s own id of the interview. It is logged, so it should name nobody.',
  example: exampleInterviewId,
});

/** Outlook's titles and places end at 255 characters, Google's descriptions at 8,192: what is longer comes back cut. */
export const wishLimits = {
  title: 255,
  location: 255,
  description: 8192,
  attendees: 500,
  reminders: 5,
  /** Four weeks: Google's. */
  reminderMinutes: 40_320,
  hours: 24,
  message: 2000,
} as const;

export const yesOrNo = z.boolean({
  error: (issue) => (issue.input === undefined ? 'is required' : 'must be true or false'),
});

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of: ${values.join(', ')}` });

/** Loose on purpose: whether somebody can be reached there is for the vendors to say. */
const address = line(254).regex(/^[^\s@"<>]+@[^\s@"<>]+$/, 'must be an email address');

const attendee = z.strictObject({
  email: address,
  name: text(255).optional(),
  optional: yesOrNo.default(false),
  resource: yesOrNo.default(false).openapi({ description: 'A room or a thing.' }),
});

const zoneMessage = 'must be an IANA time zone, like Europe/Berlin';
export const timeZone = text(64)
  // An offset is no zone: it knows no daylight saving.
  .refine((zone) => isKnownZone(zone) && !/^[+-]/.test(zone), zoneMessage)
  .transform((zone) => ianaZoneOf(zone) ?? zone)
  .openapi({ type: 'string', description: 'IANA name: in which the calendar shows the time.' });

const minutesMessage = `must be a whole number of minutes from 0 to ${wishLimits.reminderMinutes}`;
const reminders = z
  .array(z.int(minutesMessage).min(0, minutesMessage).max(wishLimits.reminderMinutes, minutesMessage))
  .min(1, 'must name one at least; leave it out for what the calendar does by itself')
  .max(wishLimits.reminders, `must name at most ${wishLimits.reminders}`)
  .refine((minutes) => new Set(minutes).size === minutes.length, 'must name none twice')
  .openapi({
    description:
      'Minutes before the start. Absent: as the calendar does it by itself. Outlook takes the first.',
  });

export const interviewRequest = z
  .strictObject({
    organizer: z
      .strictObject({
        userId: userId.openapi({ description: 'In whose calendar it is to be.' }),
        calendarId: recordId('the calendar; the primary one where absent').optional(),
      })
      .openapi({ description: 'Another one than before: it moves to their calendar.' }),
    title: text(wishLimits.title).trim().min(1, 'must not be empty'),
    description: prose(wishLimits.description).optional().openapi({ description: 'Plain text.' }),
    start: instant.openapi({ example: '2026-11-30T13:00:00Z' }),
    end: instant.openapi({
      description: `Later than \`start\`, by at most ${wishLimits.hours} hours.`,
      example: '2026-11-30T14:00:00Z',
    }),
    timeZone,
    attendees: z
      .array(attendee)
      .max(wishLimits.attendees, `must name at most ${wishLimits.attendees}`)
      .superRefine(refuseTwice)
      .openapi({ description: 'Without the organizer. Each address once, whatever its capitals.' }),
    location: line(wishLimits.location).optional(),
    conference: oneOf(conferenceWishes)
      .default('none')
      .openapi({
        description:
          'A link to a meeting. `provider_default`: Meet with Google; with Microsoft what the calendar makes by itself, and ' +
          'none where it makes none. Of a calendar that cannot make what is asked for, the interview is `failed` with ' +
          '`conference_unavailable`.',
      }),
    reminders: reminders.optional(),
    visibility: oneOf(visibilities).default('default'),
    sendInvitations: yesOrNo.openapi({
      description: 'Whether the provider mails the attendees: invitations, changes, cancellation.',
    }),
    checkConflicts: yesOrNo.default(false).openapi({
      description:
        'Ask the calendars of the organizer and of all attendees who are connected right before writing. Where somebody is ' +
        'busy nothing is written: state `conflict`.',
    }),
    policy: oneOf(interviewPolicies).default('follow').openapi({
      description:
        'Who wins where people change it in the calendar. `follow`: they do. `hold`: it is put back, once for each revision.',
    }),
    holdId: z.string('must be one text').regex(interviewIdPattern, interviewIdForm).optional().openapi({
      description:
        'The hold of which it takes the slot with this `start` and `end`; the others are released. 409 where there is none.',
    }),
  })
  .superRefine(checkTimes)
  .openapi('InterviewRequest', { example: exampleRequest });

function refuseTwice(attendees: readonly { readonly email: string }[], issues: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { email }] of attendees.entries()) {
    const key = addressKey(email);
    if (seen.has(key))
      issues.addIssue({ code: 'custom', path: [index, 'email'], message: 'is in the list already' });
    seen.add(key);
  }
}

const hourMs = 3_600_000;

/** A longer one is a mistake in a date, and would take up people's days until somebody sees it. */
export function checkTimes({ start, end }: { start: Date; end: Date }, issues: z.RefinementCtx): void {
  const fail = (message: string) => issues.addIssue({ code: 'custom', path: ['end'], message });
  if (end <= start) fail('must be later than `start`');
  else if (end.getTime() - start.getTime() > wishLimits.hours * hourMs)
    fail(`must be at most ${wishLimits.hours} hours after \`start\`: compare the dates`);
}

/** Empty texts are absent ones. */
export function wishOf(body: z.output<typeof interviewRequest>): InterviewWish {
  const filled = (value: string | undefined) => (value === '' ? undefined : value);
  return {
    ...body,
    description: filled(body.description),
    location: filled(body.location),
    tentative: false,
  };
}

/** Of the service's own ETags, which proxies that compress make weak ones of. */
const revisionTag = /^(?:W\/)?"(\d{1,15})"$/;

export const revisionHeader = z.object({
  'If-Match': z
    .string()
    .regex(revisionTag, 'must be one revision in quotation marks, like "3"')
    .transform((tag) => Number(revisionTag.exec(tag)?.[1]))
    .optional()
    .openapi({
      type: 'string',
      description:
        'The `ETag` of the answer whose interview the caller has seen: the body then counts as a whole, also where people ' +
        'have changed something since it was last said. 412 where there is another revision by now.',
      example: '"3"',
    }),
});

export const withdrawal = z
  .strictObject({
    message: prose(wishLimits.message).optional().openapi({
      description: 'To the attendees, where the provider has a place for it (Microsoft).',
      example: 'The position has been filled. Thank you for your time.',
    }),
  })
  .openapi('InterviewWithdrawal', { example: { message: 'The position has been filled.' } });
