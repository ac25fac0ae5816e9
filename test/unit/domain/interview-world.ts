import type { EventPatch } from '../../../src/domain/interview-changes.ts';
import { planInterview, type InterviewPlanInput } from '../../../src/domain/interview-plan.ts';
import { withDone } from '../../../src/domain/interview-tried.ts';
import {
  ownFields,
  type EventSnapshot,
  type InterviewAnswer,
  type InterviewWish,
} from '../../../src/domain/interview.ts';

/** Hours after a Monday morning. */
export const at = (hours: number): Date => new Date(Date.UTC(2027, 0, 4, 9) + hours * 3_600_000);

export const asked = (email: string) => ({ email, optional: false, resource: false });

export function wishOf(changes: Partial<InterviewWish> = {}): InterviewWish {
  return {
    organizer: { userId: 'ada' },
    title: 'Interview',
    description: 'Bring your portfolio.',
    location: 'Room 4',
    start: at(0),
    end: at(1),
    timeZone: 'Europe/Berlin',
    attendees: [asked('kim@else.example')],
    conference: 'none',
    visibility: 'default',
    tentative: false,
    sendInvitations: true,
    checkConflicts: false,
    policy: 'follow',
    ...changes,
  };
}

/** The calendar as it is once exactly this was written into it. */
export function writtenOf(wish: InterviewWish): EventSnapshot {
  const { title, description, location, start, end, visibility } = wish;
  const attendees = wish.attendees.map((one): InterviewAnswer => ({ ...one, response: 'needs_action' }));
  return {
    title,
    description,
    location,
    start,
    end,
    visibility,
    allDay: false,
    attendees,
    conference: { state: 'none' },
  };
}

/** What a vendor makes of a patch: what is named is replaced, and who was there keeps the answer. */
export function patched(event: EventSnapshot, patch: EventPatch): EventSnapshot {
  const { time, attendees, title, description, location, visibility } = patch;
  const before = new Map(event.attendees.map((one) => [one.email.toLowerCase(), one]));
  return {
    ...event,
    ...(time && { start: time.start, end: time.end, allDay: false }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description: description === '' ? undefined : description }),
    ...(location !== undefined && { location: location === '' ? undefined : location }),
    ...(visibility !== undefined && { visibility }),
    ...(attendees && {
      attendees: attendees.map((one): InterviewAnswer => ({
        ...one,
        response: before.get(one.email.toLowerCase())?.response ?? 'needs_action',
      })),
    }),
  };
}

/** As a run knows it that finds by its mark that this was written, of which nobody has heard, and the event like this now. */
export function doneIn(
  input: InterviewPlanInput,
  wish: InterviewWish,
  now: EventSnapshot,
): InterviewPlanInput {
  const { patch = {} } = planInterview({ ...input, desired: wish }, input.applied.snapshot);
  const fields = ownFields.filter((field) => patch[field] !== undefined);
  return { ...input, applied: withDone(input.applied, { mark: '1', wish, fields }, { snapshot: now }) };
}
