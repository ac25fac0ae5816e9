import { z } from '@hono/zod-openapi';
import { responses, visibilities } from '../domain/event.ts';
import type { Interval } from '../domain/interval.ts';
import {
  conferenceStates,
  conferenceWishes,
  interviewPolicies,
  interviewStates,
  type InterviewAnswer,
  type InterviewWish,
} from '../domain/interview.ts';
import type { ProviderId } from '../domain/provider-id.ts';
import type { AppliedRevision, InterviewClash, InterviewPlace, InterviewRecord } from '../store/store.ts';
import { provider, reasonOf, reasonView, recordId, time, userId } from './fields.ts';
import { exampleInterview } from './interview-example.ts';
import { interviewId } from './interview-fields.ts';

/** What is told of an interview. */

const person = {
  email: z.string(),
  name: z.string().optional(),
  optional: z.boolean(),
  resource: z.boolean(),
};
const interval = { start: time, end: time };

const wishSchema = z
  .object({
    organizer: z.object({ userId, calendarId: recordId('the calendar').optional() }),
    title: z.string(),
    description: z.string().optional(),
    ...interval,
    timeZone: z.string(),
    attendees: z.array(z.object(person)),
    location: z.string().optional(),
    conference: z.enum(conferenceWishes),
    reminders: z.array(z.int()).optional(),
    visibility: z.enum(visibilities),
    sendInvitations: z.boolean(),
    checkConflicts: z.boolean(),
    policy: z.enum(interviewPolicies),
    holdId: z.string().optional(),
  })
  .openapi('InterviewWish');

const observedSchema = z.object({
  at: time.openapi({ description: 'When the calendar was read.' }),
  ...interval,
  allDay: z.boolean(),
  title: z.string().optional().openapi({
    description:
      'This, description and location: as they were before somebody made the event private, where somebody has.',
  }),
  description: z.string().optional(),
  location: z.string().optional(),
  visibility: z.enum(visibilities),
  attendees: z
    .array(
      z.object({
        ...person,
        response: z.enum(responses),
        proposed: z
          .object(interval)
          .optional()
          .openapi({ description: 'Another time that they propose (Microsoft).' }),
      }),
    )
    .openapi({ description: 'With those whom people have added in the calendar, without the organizer.' }),
});

const placeSchema = z
  .object({
    provider: provider.optional(),
    connectionId: recordId('the connection'),
    calendarId: recordId('the calendar'),
    providerCalendarId: z.string(),
    providerEventId: z.string().optional(),
    iCalUID: z.string().optional(),
    webLink: z.string().optional().openapi({ description: 'Where a browser shows it.' }),
  })
  .openapi({
    description:
      'Where its event is; or, without `webLink`, where it is to be. `provider` is absent once the connection is gone.',
  });

const attemptSchema = z.object({
  at: time,
  revision: z.int(),
  action: z.enum(['create', 'find', 'read', 'update', 'cancel', 'check']),
  outcome: z.string().openapi({ description: '`done`, or the code of a failure.', example: 'done' }),
  message: z.string().optional(),
});

export const interviewSchema = z
  .object({
    id: interviewId,
    userId: userId.openapi({ description: 'The organizer’s.' }),
    revision: z.int().openapi({
      description:
        'Grows with each wish that says something else: the main app’s, or people’s that is followed. Also the `ETag`.',
    }),
    state: z.enum(interviewStates).openapi({
      description: 'What each means, and what to do: docs/interviews.md.',
    }),
    reason: reasonView
      .optional()
      .openapi({ description: 'Why it is in this state, where that needs saying.' }),
    clash: z
      .object({
        ...interval,
        userId: userId.optional(),
        interviewId: interviewId.optional(),
        holdId: z.string().optional(),
      })
      .optional()
      .openapi({
        description:
          'In state `conflict`: when somebody is busy; who, if known; and the interview or hold that has the time, if it is one.',
      }),
    upToDate: z.boolean().openapi({
      description:
        'Whether the calendar was brought to this revision; of a withdrawn one, whether it is out of the calendar. What ' +
        'people have changed since under `hold`, and has been put back once, is in `observed` all the same.',
    }),
    requested: wishSchema.openapi({ description: 'The last body.' }),
    desired: wishSchema.openapi({ description: 'The same, as it has followed the calendar since.' }),
    withdrawn: z
      .object({ at: time, message: z.string().optional() })
      .optional()
      .openapi({ description: 'It was deleted: it is to be in no calendar.' }),
    applied: z
      .object({ revision: z.int(), at: time, wish: wishSchema })
      .optional()
      .openapi({ description: 'What was written into the calendar last. Absent where it holds nothing.' }),
    observed: observedSchema
      .optional()
      .openapi({ description: 'What the calendar says, as of the last reading.' }),
    event: placeSchema.optional(),
    conferenceState: z.enum(conferenceStates).optional(),
    meetingUrl: z.string().optional(),
    attempts: z.array(attemptSchema).openapi({
      description:
        'What was tried at the provider: the latest, at most twenty, the newest last. Of looks at the event that follow each other, the first and the last.',
    }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi('Interview', { example: exampleInterview });

/** Field by field, so that what a record may hold one day is not in an answer by itself. */
export function interviewView(
  interview: InterviewRecord,
  providerId: ProviderId | undefined,
): z.input<typeof interviewSchema> {
  const { id, userId: user, revision, state, reason, clash, withdrawn, applied, place, attempts } = interview;
  return {
    id,
    userId: user,
    revision,
    state,
    reason: reasonOf(reason),
    clash: clash && clashView(clash),
    upToDate: isUpToDate(interview),
    requested: wishView(interview.requested),
    desired: wishView(interview.desired),
    withdrawn: withdrawn && { at: withdrawn.at.toISOString(), message: withdrawn.message },
    applied: applied && {
      revision: applied.revision,
      at: applied.at.toISOString(),
      wish: wishView(applied.wish),
    },
    observed: applied && observedView(applied),
    event: place && placeView(place, applied, providerId),
    conferenceState: applied?.snapshot.conference.state,
    meetingUrl: applied?.snapshot.conference.url,
    attempts: attempts.map(({ at, action, outcome, message, ...attempt }) => ({
      at: at.toISOString(),
      revision: attempt.revision,
      action,
      outcome,
      message,
    })),
    createdAt: interview.createdAt.toISOString(),
    updatedAt: interview.updatedAt.toISOString(),
  };
}

/** When somebody is busy, and whom of ours that is: an interview, or a hold. */
export function clashView(clash: InterviewClash) {
  return {
    ...span(clash),
    userId: clash.userId,
    interviewId: clash.interviewId,
    holdId: clash.holdId,
  };
}

function isUpToDate({ withdrawn, state, applied, revision }: InterviewRecord): boolean {
  return withdrawn === undefined ? applied?.revision === revision : state === 'cancelled';
}

export function span({ start, end }: Interval): { start: string; end: string } {
  return { start: start.toISOString(), end: end.toISOString() };
}

function wishView(wish: InterviewWish): z.input<typeof wishSchema> {
  const { organizer, attendees, reminders } = wish;
  return {
    organizer: { userId: organizer.userId, calendarId: organizer.calendarId },
    title: wish.title,
    description: wish.description,
    ...span(wish),
    timeZone: wish.timeZone,
    attendees: attendees.map(({ email, name, optional, resource }) => ({ email, name, optional, resource })),
    location: wish.location,
    conference: wish.conference,
    reminders: reminders && [...reminders],
    visibility: wish.visibility,
    sendInvitations: wish.sendInvitations,
    checkConflicts: wish.checkConflicts,
    policy: wish.policy,
    holdId: wish.holdId,
  };
}

function observedView({ snapshot, observedAt }: AppliedRevision): z.input<typeof observedSchema> {
  const { allDay, title, description, location, visibility, attendees } = snapshot;
  return {
    at: observedAt.toISOString(),
    ...span(snapshot),
    allDay,
    title,
    description,
    location,
    visibility,
    attendees: attendees.map(answerView),
  };
}

function answerView({ email, name, optional, resource, response, proposed }: InterviewAnswer) {
  return { email, name, optional, resource, response, proposed: proposed && span(proposed) };
}

function placeView(
  { connectionId, calendarId, providerCalendarId, providerEventId }: InterviewPlace,
  applied: AppliedRevision | undefined,
  providerId: ProviderId | undefined,
): z.input<typeof placeSchema> {
  return {
    provider: providerId,
    connectionId,
    calendarId,
    providerCalendarId,
    providerEventId,
    iCalUID: applied?.iCalUID,
    webLink: applied?.webLink,
  };
}
