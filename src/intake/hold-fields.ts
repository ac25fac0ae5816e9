import { z } from '@hono/zod-openapi';
import { dayMs } from '../domain/due.ts';
import { isSameHold, slotKey, type HoldWish } from '../domain/hold.ts';
import { interviewIdForm, interviewIdPattern } from '../domain/interview.ts';
import { invalid } from './failures.ts';
import { instant, prose, recordId, text, userId } from './fields.ts';
import { exampleHoldId, exampleHoldRequest } from './hold-example.ts';
import { checkTimes, timeZone, wishLimits, yesOrNo } from './interview-fields.ts';
import type { FieldError } from './problem.ts';

/** What a request may say of a hold. */

export const holdId = z.string().regex(interviewIdPattern, interviewIdForm).openapi({
  description: 'The main app’s own id of the hold. It is logged, so it should name nobody.',
  example: exampleHoldId,
});

export const holdLimits = { slots: 20, participants: 50, days: 90 } as const;

const slot = z
  .strictObject({
    start: instant.openapi({ example: '2026-11-30T13:00:00Z' }),
    end: instant.openapi({
      description: `Later than \`start\`, by at most ${wishLimits.hours} hours.`,
      example: '2026-11-30T14:00:00Z',
    }),
  })
  .superRefine(checkTimes);

export const holdRequest = z
  .strictObject({
    organizer: z.strictObject({
      userId: userId.openapi({ description: 'Whose time is held, and whose calendar shows it.' }),
      calendarId: recordId('the calendar; the primary one where absent').optional(),
    }),
    participants: z
      .array(userId)
      .max(holdLimits.participants, `must name at most ${holdLimits.participants}`)
      .refine((ids) => new Set(ids).size === ids.length, 'must name nobody twice')
      .default([])
      .openapi({ description: 'Others whose time is held. Their calendars show nothing of it.' }),
    title: text(wishLimits.title).trim().min(1, 'must not be empty'),
    description: prose(wishLimits.description).optional().openapi({ description: 'Plain text.' }),
    timeZone,
    slots: z
      .array(slot)
      .min(1, 'must name one at least')
      .max(holdLimits.slots, `must name at most ${holdLimits.slots}`)
      .refine((slots) => new Set(slots.map(slotKey)).size === slots.length, 'must name none twice'),
    expiresAt: instant.openapi({
      description: `Until when they are held: at most ${holdLimits.days} days from now.`,
    }),
    showInCalendar: yesOrNo.default(true).openapi({
      description: 'Whether the organizer’s calendar shows the slots, as tentative entries.',
    }),
    checkConflicts: yesOrNo.default(false).openapi({
      description:
        'Refuse it (409 `slot_taken`) where an interview with `checkConflicts` has somebody’s time already, or another hold. ' +
        'No calendar is asked: see `POST /v1/availability`.',
    }),
  })
  .openapi('HoldRequest', { example: exampleHoldRequest });

/** Empty texts are absent ones. */
export function holdWishOf(body: z.output<typeof holdRequest>): HoldWish {
  return { ...body, description: body.description === '' ? undefined : body.description };
}

/** Refuses times that can't be meant. What was taken once is taken again, whatever has become of it. */
export function refuseOver(wish: HoldWish, known: HoldWish | undefined, now: Date): void {
  if (known !== undefined && isSameHold(known, wish)) return;
  const before = new Set(known?.slots.map(slotKey));
  const isOver = ({ end }: HoldWish['slots'][number]): boolean => end <= now;
  const errors: FieldError[] = wish.slots.flatMap((one, index) =>
    isOver(one) && !before.has(slotKey(one))
      ? [{ field: `slots.${index}.end`, message: `must lie ahead: it is ${now.toISOString()} now` }]
      : [],
  );
  if (wish.expiresAt <= now)
    errors.push({ field: 'expiresAt', message: `must lie ahead: it is ${now.toISOString()} now` });
  else if (wish.expiresAt.getTime() - now.getTime() > holdLimits.days * dayMs)
    errors.push({ field: 'expiresAt', message: `must be at most ${holdLimits.days} days ahead` });
  if (errors.length > 0) throw invalid(errors);
}
