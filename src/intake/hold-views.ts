import { z } from '@hono/zod-openapi';
import { holdAt, holdStates, slotInterviewId, slotStates, type HoldSlot } from '../domain/hold.ts';
import { interviewStates } from '../domain/interview.ts';
import type { HoldRecord, InterviewRecord } from '../store/store.ts';
import { reasonOf, reasonView, recordId, time, userId } from './fields.ts';
import { exampleHold } from './hold-example.ts';
import { holdId } from './hold-fields.ts';
import { interviewId } from './interview-fields.ts';
import { span } from './interview-views.ts';

/** What is told of a hold. */

const eventSchema = z.object({
  state: z.enum(interviewStates).openapi({ description: 'As of an interview: docs/interviews.md.' }),
  reason: reasonView.optional(),
  observed: z.object({ start: time, end: time }).optional().openapi({
    description: 'Where the calendar has it, which people may have moved. The slot stays as you have said.',
  }),
  calendarId: recordId('the calendar').optional(),
  providerEventId: z.string().optional(),
  webLink: z.string().optional().openapi({ description: 'Where a browser shows it.' }),
});

const slotSchema = z.object({
  start: time,
  end: time,
  state: z.enum(slotStates).openapi({
    description:
      'That of the hold; of one that was confirmed only the slot that was taken is `confirmed`, the others are `released`. ' +
      '`removed_by_user`: somebody has deleted it in the calendar, so it is not held any more.',
  }),
  event: eventSchema
    .optional()
    .openapi({ description: 'Its entry in the organizer’s calendar, where it has or had one.' }),
});

export const holdSchema = z
  .object({
    id: holdId,
    userId: userId.openapi({ description: 'The organizer’s.' }),
    state: z.enum(holdStates),
    confirmedBy: interviewId.optional().openapi({ description: 'The interview that has taken a slot.' }),
    organizer: z.object({ userId, calendarId: recordId('the calendar').optional() }),
    participants: z.array(userId),
    title: z.string(),
    description: z.string().optional(),
    timeZone: z.string(),
    slots: z.array(slotSchema),
    expiresAt: time,
    showInCalendar: z.boolean(),
    checkConflicts: z.boolean(),
    createdAt: time,
    updatedAt: time,
  })
  .openapi('Hold', { example: exampleHold });

/** As it is at `now`, with what the calendar shows of it. */
export function holdView(
  hold: HoldRecord,
  interviews: readonly InterviewRecord[],
  now: Date,
): z.input<typeof holdSchema> {
  const { id, userId: user, requested, confirmedBy, state, slots } = holdAt(hold, now);
  const { organizer, participants, title, description, timeZone, showInCalendar, checkConflicts } = requested;
  const events = new Map(interviews.map((interview) => [interview.id, interview]));
  return {
    id,
    userId: user,
    state,
    confirmedBy,
    organizer: { userId: organizer.userId, calendarId: organizer.calendarId },
    participants: [...participants],
    title,
    description,
    timeZone,
    slots: slots.map((slot) => slotView(slot, events.get(slotInterviewId(id, slot)))),
    expiresAt: hold.expiresAt.toISOString(),
    showInCalendar,
    checkConflicts,
    createdAt: hold.createdAt.toISOString(),
    updatedAt: hold.updatedAt.toISOString(),
  };
}

function slotView(slot: HoldSlot, interview: InterviewRecord | undefined): z.input<typeof slotSchema> {
  return { ...span(slot), state: slot.state, event: interview && eventView(interview) };
}

function eventView({ state, reason, place, applied }: InterviewRecord): z.input<typeof eventSchema> {
  return {
    state,
    reason: reasonOf(reason),
    observed: applied && span(applied.snapshot),
    calendarId: place?.calendarId,
    providerEventId: place?.providerEventId,
    webLink: applied?.webLink,
  };
}
