import { z } from '@hono/zod-openapi';
import type { CalendarRecord, Intents, Reads } from '../store/store.ts';
import { ownerQuery, reasonOf, reasonView, recordId, time, userId } from './fields.ts';
import type { HandOver } from './handing-over.ts';
import { createRoutes, json, jsonBody, operation, type Routes } from './operation.ts';
import { owned } from './ownership.ts';

export interface CalendarDeps {
  readonly reads: Pick<Reads, 'connection' | 'calendarsOf' | 'calendar'>;
  readonly intents: Pick<Intents, 'selectCalendar'>;
  readonly handOver: HandOver;
  readonly now: () => Date;
}

export function calendarRoutes({ reads, intents, handOver, now }: CalendarDeps): Routes {
  return createRoutes()
    .openapi(listCalendars, async (c) => {
      const { id } = c.req.valid('param');
      const connection = owned('connection', id, await reads.connection(id), c.req.valid('query').userId);
      const calendars = await reads.calendarsOf(connection.id);
      return c.json({ calendars: calendars.map(calendarView) }, 200);
    })
    .openapi(selectCalendar, async (c) => {
      const { id } = c.req.valid('param');
      const { selected } = c.req.valid('json');
      const user = c.req.valid('query').userId;
      const before = owned('calendar', id, await reads.calendar(id), user);
      const after = owned('calendar', id, await intents.selectCalendar(id, selected, now()), user);
      if (before.selected !== selected) {
        const payload = { v: 1, connectionId: after.connectionId, requestId: c.get('requestId') } as const;
        await handOver('sync', 'sync-connection', payload, {
          deduplicate: 'keep-last',
          urgency: 'interactive',
        });
      }
      return c.json(calendarView(after), 200);
    });
}

const calendarSchema = z
  .object({
    id: recordId('the calendar'),
    userId,
    connectionId: recordId('the connection'),
    providerCalendarId: z.string().openapi({ example: 'ada@example.com' }),
    name: z.string().openapi({ example: 'Ada Lovelace' }),
    timeZone: z.string().optional().openapi({ description: 'IANA name.', example: 'Europe/London' }),
    primary: z.boolean(),
    canWrite: z.boolean(),
    color: z.string().optional().openapi({ example: '#9fe1e7' }),
    selected: z.boolean().openapi({ description: 'Whether it counts for availability.' }),
    lastSyncedAt: time
      .optional()
      .openapi({ description: 'Absent: never read; nobody looks free because of it.' }),
    fullSyncAt: time.optional().openapi({ description: 'When it was last read whole.' }),
    window: z
      .object({ start: time, end: time })
      .optional()
      .openapi({ description: 'The span of time whose events are stored.' }),
    lastFailure: reasonView.optional(),
    unreadable: z.array(z.object({ providerEventId: z.string(), reason: z.string() })).openapi({
      description: 'Events that the provider sent and that could not be understood, at most twenty.',
    }),
    unreadableCount: z.number().int().openapi({ description: 'How many of those there are in all.' }),
    hold: z
      .object({
        since: time,
        stored: z.number().int().openapi({ description: 'Events that are stored in the window.' }),
        removals: z.number().int().openapi({ description: 'How many of them the provider no longer lists.' }),
      })
      .optional()
      .openapi({
        description:
          'The provider says that a large share of the events is gone. They are kept until a second reading, a minute ' +
          'or so later, says the same; `lastSyncedAt` stands still meanwhile.',
      }),
    missingSince: time.optional().openapi({
      description:
        'The provider’s list of calendars leaves it out since then; it is kept until a second list does too.',
    }),
    audit: z
      .object({ at: time, missing: z.number().int(), extra: z.number().int(), different: z.number().int() })
      .optional()
      .openapi({
        description: 'In how many events the store differed, and was mended, when it was last audited.',
      }),
  })
  .openapi('Calendar', {
    example: {
      id: '66f1a2d4c4d5e6f708192a3d',
      userId: 'user-1024',
      connectionId: '66f1a2c0c4d5e6f708192a3c',
      providerCalendarId: 'ada@example.com',
      name: 'Ada Lovelace',
      timeZone: 'Europe/London',
      primary: true,
      canWrite: true,
      color: '#9fe1e7',
      selected: true,
      lastSyncedAt: '2026-11-23T09:00:04.120Z',
      fullSyncAt: '2026-11-23T09:00:04.120Z',
      window: { start: '2026-10-24T00:00:00.000Z', end: '2027-05-29T00:00:00.000Z' },
      unreadable: [],
      unreadableCount: 0,
    },
  });

const tag = { tags: ['Connections'] as ['Connections'] };

const listCalendars = operation(
  {
    ...tag,
    method: 'get',
    path: '/v1/connections/{id}/calendars',
    operationId: 'listCalendars',
    summary: 'List the calendars of a connection',
    description: 'The primary first, then by name. Empty until the first sync has listed them.',
    request: { params: z.object({ id: recordId('the connection') }), query: ownerQuery },
    responses: {
      200: json(z.object({ calendars: z.array(calendarSchema) }).openapi('CalendarList'), 'The calendars.'),
    },
  },
  'unknown_record',
);

const selectCalendar = operation(
  {
    ...tag,
    method: 'patch',
    path: '/v1/calendars/{id}',
    operationId: 'selectCalendar',
    summary: 'Choose whether a calendar counts',
    description:
      'A calendar that is taken out counts for nothing, and its events are removed. One that is taken in counts as never ' +
      'synced until it was read, so its owner looks `unknown` rather than free. Either way a sync is queued.',
    request: {
      params: z.object({ id: recordId('the calendar') }),
      query: ownerQuery,
      body: jsonBody(
        z.strictObject({ selected: z.boolean('must be true or false') }).openapi('CalendarSelection'),
      ),
    },
    responses: { 200: json(calendarSchema, 'The calendar as it is now.') },
  },
  'unknown_record',
);

function calendarView(calendar: CalendarRecord): z.input<typeof calendarSchema> {
  const { window, lastSyncedAt, fullSyncAt, lastFailure, unreadable, unreadableCount, hold } = calendar.sync;
  const { missingSince, audit } = calendar;
  return {
    id: calendar.id,
    userId: calendar.userId,
    connectionId: calendar.connectionId,
    providerCalendarId: calendar.providerCalendarId,
    name: calendar.name,
    timeZone: calendar.timeZone,
    primary: calendar.primary,
    canWrite: calendar.canWrite,
    color: calendar.color,
    selected: calendar.selected,
    lastSyncedAt: lastSyncedAt?.toISOString(),
    fullSyncAt: fullSyncAt?.toISOString(),
    window: window && { start: window.start.toISOString(), end: window.end.toISOString() },
    lastFailure: reasonOf(lastFailure),
    unreadable: unreadable.map(({ providerEventId, reason }) => ({ providerEventId, reason })),
    unreadableCount,
    hold: hold && { since: hold.since.toISOString(), stored: hold.stored, removals: hold.removals },
    missingSince: missingSince?.toISOString(),
    audit: audit && { ...audit, at: audit.at.toISOString() },
  };
}
