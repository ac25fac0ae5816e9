import { Hono } from 'hono';

import { requestedCalendar } from './calendar-routes.ts';
import { type Instance, instanceOn, instancesOf } from './calendar-view.ts';
import { type EventReader, type GraphEvent, fullEvent, idFor, masterEvent } from './event-answers.ts';
import { eventFilter } from './event-filter.ts';
import { expandedProperties } from './extended-properties.ts';
import { badRequest, notFound } from './graph-errors.ts';
import { contextUrl, pageAnswer } from './graph-pages.ts';
import {
  applyPreferences,
  pagingOf,
  parameter,
  preferencesOf,
  readerOf,
  refuseOptions,
  select,
} from './graph-request.ts';
import { type GraphContext, type GraphEnv, READ_CALENDARS, requireScope } from './graph-session.ts';
import { type Located, locate } from './mailbox.ts';
import { windowOf } from './time-window.ts';

/** `/me/events/{id}`, its instances, and lists of single events and masters. */
export function eventRoutes(): Hono<GraphEnv> {
  return new Hono<GraphEnv>()
    .get('/me/events', listEvents)
    .get('/me/calendars/:calendarId/events', listEvents)
    .get('/me/events/:eventId', oneEvent)
    .get('/me/events/:eventId/instances', listInstances);
}

function oneEvent(c: GraphContext): Response {
  const located = requestedEvent(c);
  const reader = prepareReader(c, located);
  const answer = { ...eventAnswer(reader, located), ...onRequest(c, reader, located) };
  const [selected] = select(c, 'event', [answer]);
  return c.json({ '@odata.context': contextUrl(c, 'events/$entity'), ...selected });
}

/** Never occurrences or exceptions (fact sheet, trap 9), in the order of their making. */
function listEvents(c: GraphContext): Response {
  const calendar = requestedCalendar(c);
  refuseOptions(c, ['$orderby', '$search']);
  const expand = parameter(c, '$expand');
  const own = expandedProperties(expand);
  if (expand !== undefined && !own) refuseOptions(c, ['$expand']);
  const filter = parameter(c, '$filter');
  const wanted = filter === undefined ? () => true : eventFilter(filter, c.get('session').user.oid);
  const items = [...calendar.items.values()].filter((item) => !item.deleted && wanted(item));
  return pageAnswer(c, items, pagingOf(c), 'events', (page) => {
    const answers = page.map((item) => {
      const located = { calendar, item };
      return { ...eventAnswer(prepareReader(c, located), located), ...own?.(item.source) };
    });
    return select(c, 'event', answers);
  });
}

/** Occurrences and exceptions of a series; deleted ones are simply missing. */
function listInstances(c: GraphContext): Response {
  const located = requestedEvent(c);
  const { from, to } = windowOf(parameter(c, 'startDateTime'), parameter(c, 'endDateTime'));
  if (!located.item.series || located.date)
    throw badRequest('ErrorInvalidRequest', 'The event is not the master of a recurring series.');
  refuseOptions(c, ['$filter', '$orderby', '$search', '$expand']);
  const reader = prepareReader(c, located);
  return pageAnswer(c, instancesOf(located.item, from, to), pagingOf(c), 'events', (page) =>
    select(
      c,
      'event',
      page.map((instance) => fullEvent(reader, instance)),
    ),
  );
}

/** @throws GraphError 403, 404 */
export function requestedEvent(c: GraphContext): Located {
  requireScope(c, READ_CALENDARS);
  const located = locate(c.get('session').mailbox, c.req.param('eventId') ?? '');
  if (!located || (located.date && !instanceOn(located.item, located.date))) throw notFound();
  return located;
}

export function prepareReader(c: GraphContext, { calendar }: Located): EventReader {
  const preferences = preferencesOf(c);
  applyPreferences(c, preferences.applied);
  return readerOf(preferences, c.get('session').user, calendar.id);
}

export function eventAnswer(reader: EventReader, { item, date }: Located): GraphEvent {
  const instance: Instance | undefined = date ? instanceOn(item, date) : { item, timing: item.timing };
  if (!instance) throw notFound();
  return item.series && !date ? masterEvent(reader, item) : fullEvent(reader, instance);
}

/** What is told only when asked: where it is, own properties, and of a master `$select=cancelledOccurrences`, `$expand=exceptionOccurrences`. */
function onRequest(c: GraphContext, reader: EventReader, { item, date }: Located): Record<string, unknown> {
  const { calendar, rest: expanded } = withoutCalendar(parameter(c, '$expand'));
  const own = expandedProperties(expanded);
  if (expanded !== undefined && expanded !== 'exceptionOccurrences' && !own) refuseOptions(c, ['$expand']);
  const { series } = item;
  const place = calendar ? { calendar: { id: reader.calendarId } } : {};
  if (own)
    return { ...place, ...own({ ...item.source, ...(date ? series?.exceptions.get(date)?.changes : {}) }) };
  if (calendar || !series || date) return place;
  const masterId = idFor(reader, { key: item.key });
  const cancelled = [...series.cancelled.keys()].map((day) => `OID.${masterId}.${day}`);
  const exceptions = [...series.exceptions.keys()].flatMap((day) => instanceOn(item, day) ?? []);
  return {
    ...(parameter(c, '$select')?.includes('cancelledOccurrences') ? { cancelledOccurrences: cancelled } : {}),
    ...(expanded ? { exceptionOccurrences: exceptions.map((instance) => fullEvent(reader, instance)) } : {}),
  };
}

/** Whether the calendar is to be expanded, and what else is. */
function withoutCalendar(expand: string | undefined): { calendar: boolean; rest: string | undefined } {
  const [, named, rest] = /^(calendar\(\$select=id\))?,?(.*)$/.exec(expand ?? '') ?? [];
  return { calendar: named !== undefined, rest: rest === '' ? undefined : rest };
}
