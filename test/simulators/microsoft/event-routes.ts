import { Hono } from 'hono';

import { type Instance, instanceOn, instancesOf } from './calendar-view.ts';
import { type EventReader, type GraphEvent, fullEvent, idFor, masterEvent } from './event-answers.ts';
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

/** `/me/events/{id}` and its instances. */
export function eventRoutes(): Hono<GraphEnv> {
  return new Hono<GraphEnv>()
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
function requestedEvent(c: GraphContext): Located {
  requireScope(c, READ_CALENDARS);
  const located = locate(c.get('session').mailbox, c.req.param('eventId') ?? '');
  if (!located || (located.date && !instanceOn(located.item, located.date))) throw notFound();
  return located;
}

function prepareReader(c: GraphContext, { calendar }: Located): EventReader {
  const preferences = preferencesOf(c);
  applyPreferences(c, preferences.applied);
  return readerOf(preferences, c.get('session').user, calendar.id);
}

function eventAnswer(reader: EventReader, { item, date }: Located): GraphEvent {
  const instance: Instance | undefined = date ? instanceOn(item, date) : { item, timing: item.timing };
  if (!instance) throw notFound();
  return item.series && !date ? masterEvent(reader, item) : fullEvent(reader, instance);
}

/** What a master tells only when asked: `$select=cancelledOccurrences`, `$expand=exceptionOccurrences`. */
function onRequest(c: GraphContext, reader: EventReader, { item, date }: Located): Record<string, unknown> {
  const expanded = parameter(c, '$expand');
  if (expanded !== undefined && expanded !== 'exceptionOccurrences') refuseOptions(c, ['$expand']);
  const { series } = item;
  if (!series || date) return {};
  const masterId = idFor(reader, { key: item.key });
  const cancelled = [...series.cancelled.keys()].map((day) => `OID.${masterId}.${day}`);
  const exceptions = [...series.exceptions.keys()].flatMap((day) => instanceOn(item, day) ?? []);
  return {
    ...(parameter(c, '$select')?.includes('cancelledOccurrences') ? { cancelledOccurrences: cancelled } : {}),
    ...(expanded ? { exceptionOccurrences: exceptions.map((instance) => fullEvent(reader, instance)) } : {}),
  };
}
