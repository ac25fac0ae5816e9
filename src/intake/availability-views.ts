import { z } from '@hono/zod-openapi';
import { mergeIntervals, type Interval } from '../domain/interval.ts';
import type { Slot } from '../domain/slots.ts';
import { time, userId } from './fields.ts';
import { freshnessSchema, freshnessView } from './freshness-views.ts';
import type { KnownTime } from './known-times.ts';

/** People's time as it is told. */

const interval = z.object({ start: time, end: time });

export const busySchema = z.array(interval).openapi({
  description:
    'Merged, sorted and cut to the range. What lies between is free time **only where `freshness.state` is `fresh`**; ' +
    'otherwise these are the busy times that are known, and there may be more.',
});

export const zoneSchema = z.string().openapi({ description: 'IANA name.', example: 'Europe/Berlin' });

const participantSchema = z
  .object({
    userId,
    role: z.enum(['required', 'optional']).openapi({ description: '`required`: a member of a group.' }),
    timeZone: zoneSchema.openapi({
      description:
        'In which their working hours count: as the request says, or that of their primary calendar.',
    }),
    busy: busySchema,
    freshness: freshnessSchema,
  })
  .openapi('Participant');

const slotSchema = interval
  .extend({
    groups: z
      .array(
        z.object({
          free: z.array(z.string()).openapi({ description: 'All members who can.' }),
          chosen: z.array(z.string()).openapi({
            description: 'As many as are required. Nobody is chosen twice, in all groups together.',
          }),
        }),
      )
      .openapi({ description: 'In the order of the request.' }),
    optional: z
      .array(z.string())
      .openapi({ description: 'Those of the optional people who can, and are not chosen.' }),
  })
  .openapi('Slot');

export const availabilitySchema = z
  .object({
    from: time,
    to: time,
    participants: z.array(participantSchema).openapi({
      description: 'Each once, in the order of the request: those of the groups, then the optional ones.',
    }),
    slots: z
      .array(slotSchema)
      .optional()
      .openapi({ description: 'Where `durationMinutes` was given: when every group is satisfied.' }),
    nextCursor: z
      .string()
      .optional()
      .openapi({ description: 'Where there are more slots: for the same request.' }),
  })
  .openapi('Availability');

export interface Participant {
  readonly userId: string;
  readonly role: 'required' | 'optional';
  readonly timeZone: string;
  readonly known: KnownTime;
}

export function participantView(
  { userId: id, role, timeZone, known }: Participant,
  range: Interval,
  textOf: TimeText,
): z.input<typeof participantSchema> {
  return {
    userId: id,
    role,
    timeZone,
    busy: busyView(known, range, textOf),
    freshness: freshnessView(known),
  };
}

export function busyView({ busy }: KnownTime, range: Interval, textOf: TimeText): z.input<typeof busySchema> {
  return mergeIntervals(busy, range).map((one) => intervalView(one, textOf));
}

export function slotView({ groups, optional, ...slot }: Slot, textOf: TimeText): z.input<typeof slotSchema> {
  return {
    ...intervalView(slot, textOf),
    groups: groups.map(({ free, chosen }) => ({ free: [...free], chosen: [...chosen] })),
    optional: [...optional],
  };
}

function intervalView({ start, end }: Interval, textOf: TimeText): z.input<typeof interval> {
  return { start: textOf(start), end: textOf(end) };
}

/** Times of one answer as text. People's meetings begin at the same times, and to write one anew takes longest of all. */
export type TimeText = (instant: Date) => string;

export function timeTexts(): TimeText {
  const known = new Map<number, string>();
  return (instant) => {
    const ms = instant.getTime();
    const text = known.get(ms) ?? instant.toISOString();
    known.set(ms, text);
    return text;
  };
}
