import { z } from '@hono/zod-openapi';
import { busyKinds, eventKinds, responses, visibilities } from '../domain/event.ts';
import { eventLimits } from '../domain/event-size.ts';
import { holdOfSlot } from '../domain/hold.ts';
import type { EventRecord, EventsQuery, Reads } from '../store/store.ts';
import { invalid } from './failures.ts';
import { checkRange, instant, recordId, time, userId } from './fields.ts';
import { createRoutes, json, operation, type Routes } from './operation.ts';

export interface EventDeps {
  readonly reads: Pick<Reads, 'events'>;
}

export function eventRoutes({ reads }: EventDeps): Routes {
  return createRoutes().openapi(listEvents, async (c) => {
    const { from, to, cursor, limit } = c.req.valid('query');
    const found = await reads.events({
      userId: c.req.valid('param').userId,
      range: { start: from, end: to },
      after: cursor === undefined ? undefined : readCursor(cursor),
      // One more than asked for tells whether there is another page.
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = found.length > limit && last !== undefined ? writeCursor(last) : undefined;
    return c.json({ events: page.map(eventView), nextCursor }, 200);
  });
}

const maxLimit = 500;
const limitMessage = `must be a whole number from 1 to ${maxLimit}`;

const eventsQuery = z
  .strictObject({
    from: instant.openapi({ description: 'The start of the range; belongs to it.' }),
    to: instant.openapi({
      description: 'The end of the range; does not belong to it.',
      example: '2026-11-30T09:00:00Z',
    }),
    cursor: z
      .string('must be one text')
      .max(200, 'must be a `nextCursor` of an earlier answer')
      .optional()
      .openapi({ description: 'The `nextCursor` of the page before, with the same range. Opaque.' }),
    limit: z
      .string(limitMessage)
      .regex(/^\d{1,3}$/, limitMessage)
      .transform(Number)
      .refine((n) => n >= 1 && n <= maxLimit, limitMessage)
      .default(100)
      .openapi({
        type: 'integer',
        minimum: 1,
        maximum: maxLimit,
        description: 'Events on a page.',
        example: 100,
      }),
  })
  .superRefine(checkRange);

const person = { email: z.string(), name: z.string().optional() };

const eventSchema = z
  .object({
    id: recordId('the event'),
    userId,
    connectionId: recordId('the connection'),
    calendarId: recordId('the calendar'),
    providerEventId: z.string(),
    iCalUID: z.string().optional(),
    status: z.enum(['confirmed', 'tentative']),
    kind: z.enum(eventKinds),
    title: z.string().optional().openapi({
      description:
        'Absent, like all that tells what it is about, of a private entry and where EVENT_DETAIL is `busy`.',
      example: 'Interview: Grace Hopper',
    }),
    description: z
      .string()
      .optional()
      .openapi({
        description: `A longer one than ${eventLimits.description} UTF-16 units is cut and ends in \`…\`.`,
      }),
    location: z.string().optional(),
    start: time,
    end: time,
    startTimeZone: z.string().optional().openapi({ description: 'IANA name.', example: 'Europe/Berlin' }),
    allDay: z.boolean(),
    startDate: z.iso
      .date()
      .optional()
      .openapi({ description: 'Of an all-day entry.', example: '2026-11-23' }),
    endDate: z.iso
      .date()
      .optional()
      .openapi({ description: 'The day after its last one.', example: '2026-11-24' }),
    busy: z.enum(busyKinds),
    response: z.enum(responses).openapi({ description: 'The calendar owner’s own answer.' }),
    organizer: z.object({ ...person, self: z.boolean() }).optional(),
    attendees: z
      .array(
        z.object({
          ...person,
          response: z.enum(responses),
          optional: z.boolean(),
          resource: z.boolean(),
          self: z.boolean(),
        }),
      )
      .openapi({ description: `The first ${eventLimits.attendees}.` }),
    recurringEventId: z.string().optional().openapi({ description: 'Of an occurrence: its series.' }),
    originalStart: time.optional().openapi({ description: 'Where the series put this occurrence.' }),
    meetingUrl: z.string().optional(),
    visibility: z.enum(visibilities),
    interviewId: z.string().optional().openapi({
      description: 'Your interview of which this is the event, or a copy at one of its attendees.',
      example: 'interview-4711',
    }),
    holdId: z.string().optional().openapi({
      description: 'Your hold of which this shows a slot.',
      example: 'choice-4711',
    }),
    updatedAt: time.openapi({ description: 'When it was last stored.' }),
  })
  .openapi('Event');

const listEvents = operation({
  method: 'get',
  path: '/v1/users/{userId}/events',
  operationId: 'listEvents',
  tags: ['Reading'],
  summary: 'List a user’s stored events',
  description:
    'Events of the user’s selected calendars that overlap the range (at most 92 days), by start. Occurrences of a series ' +
    'come one by one. This is what is stored: whether it can be relied on is told by POST /v1/availability.',
  request: { params: z.object({ userId }), query: eventsQuery },
  responses: {
    200: json(
      z
        .object({
          events: z.array(eventSchema),
          nextCursor: z.string().optional().openapi({ description: 'Absent on the last page.' }),
        })
        .openapi('EventPage'),
      'One page.',
    ),
  },
});

type Position = NonNullable<EventsQuery['after']>;

function writeCursor({ start, id }: EventRecord): string {
  return Buffer.from(`1.${start.getTime()}.${id}`).toString('base64url');
}

function readCursor(cursor: string): Position {
  const parts = /^1\.(-?\d{1,15})\.([0-9a-f]{24})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const [, startMs, id] = parts ?? [];
  if (startMs === undefined || id === undefined) {
    throw invalid([{ field: 'cursor', message: 'must be a `nextCursor` of an earlier answer' }]);
  }
  return { start: new Date(Number(startMs)), id };
}

function eventView(event: EventRecord): z.input<typeof eventSchema> {
  return {
    id: event.id,
    userId: event.userId,
    connectionId: event.connectionId,
    calendarId: event.calendarId,
    providerEventId: event.providerEventId,
    iCalUID: event.iCalUID,
    status: event.status,
    kind: event.kind,
    title: event.title,
    description: event.description,
    location: event.location,
    start: event.start.toISOString(),
    end: event.end.toISOString(),
    startTimeZone: event.startTimeZone,
    allDay: event.allDay,
    startDate: event.startDate,
    endDate: event.endDate,
    busy: event.busy,
    response: event.response,
    organizer: event.organizer && { ...event.organizer },
    attendees: event.attendees.map((attendee) => ({ ...attendee })),
    recurringEventId: event.recurringEventId,
    originalStart: event.originalStart?.toISOString(),
    meetingUrl: event.meetingUrl,
    visibility: event.visibility,
    ...belonging(event.interviewId),
    updatedAt: event.updatedAt.toISOString(),
  };
}

/** A slot is an interview of ours, whose id is nothing to the main app. */
function belonging(interviewId: string | undefined): { interviewId?: string; holdId?: string } {
  if (interviewId === undefined) return {};
  const holdId = holdOfSlot(interviewId);
  return holdId === undefined ? { interviewId } : { holdId };
}
