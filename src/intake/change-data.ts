import { z } from '@hono/zod-openapi';
import { maxNamedIds } from '../domain/change.ts';
import { responses } from '../domain/event.ts';
import { handlings } from '../domain/interview-plan.ts';
import { ownFields } from '../domain/interview.ts';
import { provider, recordId, time } from './fields.ts';

// What the kinds of changes say, in the form in which the feed and the webhooks bring it.

const span = z.object({ start: time, end: time });
const reason = z.object({ code: z.string(), message: z.string(), hint: z.string() });

const connectedData = z.object({
  provider,
  reconnected: z.boolean().openapi({
    description: 'Of `connection.connected`: the account was connected already and was authorized anew.',
  }),
});
const reauthData = z.object({
  reason: reason.openapi({
    description: 'Of `connection.reauth_required`: why, and what to do about it.',
  }),
});
const disconnectedData = z.object({ provider });
const eventsData = z.object({
  calendarId: recordId('the calendar; it may be gone itself'),
  eventIds: z
    .array(z.string())
    .optional()
    .openapi({
      description: `The provider’s ids of what is new or different. Absent, like \`removedIds\`, where both together are more than ${maxNamedIds}.`,
    }),
  removedIds: z.array(z.string()).optional().openapi({ description: 'Of what is not stored any more.' }),
  range: span.openapi({
    description: 'From the earliest start to the latest end, as they were and as they are.',
  }),
  count: z.int().openapi({ description: 'How many events.' }),
});

const ofInterview = {
  interviewId: z.string().openapi({ description: 'Your id of the interview.', example: 'interview-4711' }),
  revision: z.int().openapi({ description: 'What was wanted of it when this happened.' }),
};
const handling = z.enum(handlings).openapi({
  description:
    'What became of it: the wish `followed` the calendar, it was `put_back`, or it was `left` as people have it.',
});

const writtenData = z.object(ofInterview);
const movedData = z.object({ ...ofInterview, handling, from: span, to: span });
const editedData = z.object({
  ...ofInterview,
  handling,
  fields: z.array(z.enum(ownFields)).openapi({ description: 'What was changed, other than the time.' }),
});
const responseData = z.object({
  ...ofInterview,
  answers: z.array(
    z.object({
      attendee: z.int().optional().openapi({
        description:
          'Their place in the `attendees` of your last body, from 0. Absent of somebody who was added in the calendar.',
      }),
      resource: z.boolean().openapi({ description: 'A room or a thing.' }),
      response: z.enum(responses),
      proposed: span.optional().openapi({ description: 'Another time that they propose.' }),
    }),
  ),
});
const cancelledData = z.object({
  ...ofInterview,
  by: z.enum(['main_app', 'user']).openapi({
    description: 'As you wanted, or because somebody has removed it in the calendar.',
  }),
});
const conflictData = z.object({
  ...ofInterview,
  clash: span.openapi({ description: 'When somebody is busy.' }),
});
const interviewReasonData = z.object({
  ...ofInterview,
  reason: reason.openapi({ description: 'Why, and what to do about it.' }),
});
const conferenceData = z.object({ ...ofInterview, state: z.enum(['ready', 'failed']) });
const slotRemovedData = z.object({
  holdId: z.string().openapi({ description: 'Your id of the hold.', example: 'choice-4711' }),
  slot: span.openapi({ description: 'Of `hold.slot_removed`: the slot that is not held any more.' }),
});

/** Of all kinds; which of them it is, `type` says. */
export const changeData = z.union([
  eventsData,
  connectedData,
  reauthData,
  disconnectedData,
  movedData,
  editedData,
  responseData,
  cancelledData,
  conflictData,
  interviewReasonData,
  conferenceData,
  slotRemovedData,
  writtenData,
]);
