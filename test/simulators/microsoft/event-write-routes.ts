import { Hono } from 'hono';

import { type CalendarEdits, editsOf } from './calendar-edits.ts';
import { type EventInput, exceptionSource, timingOf } from './calendar-item.ts';
import { requestedCalendar } from './calendar-routes.ts';
import { instanceOn, instancesOf } from './calendar-view.ts';
import { jsonBody, writtenProperties } from './event-body.ts';
import { eventAnswer, prepareReader, requestedEvent } from './event-routes.ts';
import { extendedPropertiesOf, mergeProperties } from './extended-properties.ts';
import { GraphError, badRequest } from './graph-errors.ts';
import type { EventReference } from './graph-ids.ts';
import { contextUrl } from './graph-pages.ts';
import { type GraphContext, type GraphEnv, WRITE_CALENDARS, requireScope } from './graph-session.ts';
import { type Located, type OutlookCalendar, canEdit, locate } from './mailbox.ts';
import { type Attendee, withEarlierAnswers } from './meeting-copies.ts';
import type { MeetingDesk } from './meetings.ts';
import { withOnlineMeeting } from './online-meeting.ts';

/** How the service answers where the documentation leaves it open. */
export interface WriteBehaviour {
  /** What a POST with a `transactionId` that was used before gets: the event that it made, or 409. */
  repeatedTransaction: 'existing' | 'conflict';
  /** So many coming PATCHes without If-Match lose a race against another writer: 409. Counted down. */
  lostRaces: number;
}

export const defaultWriteBehaviour: WriteBehaviour = { repeatedTransaction: 'existing', lostRaces: 0 };

export interface WriteDependencies {
  /** Read at each request; `lostRaces` is counted down in place. */
  behaviour: WriteBehaviour;
  desk: MeetingDesk;
  now: () => Date;
}

/** Creating, changing, deleting and cancelling events. */
export function eventWriteRoutes(dependencies: WriteDependencies): Hono<GraphEnv> {
  const create = (c: GraphContext) => createEvent(c, dependencies);
  return new Hono<GraphEnv>()
    .post('/me/events', create)
    .post('/me/calendars/:calendarId/events', create)
    .patch('/me/events/:eventId', (c) => updateEvent(c, dependencies))
    .delete('/me/events/:eventId', (c) => deleteEvent(c, dependencies))
    .post('/me/events/:eventId/cancel', (c) => cancelEvent(c, dependencies));
}

async function createEvent(c: GraphContext, { behaviour, desk, now }: WriteDependencies): Promise<Response> {
  const calendar = requestedCalendar(c);
  requireWritable(c, calendar);
  const { mailbox, user } = c.get('session');
  const written = await writtenProperties(c);
  const transactionId = written['transactionId'] as string | undefined;
  const repeated = transactionId === undefined ? undefined : mailbox.transactions.get(transactionId);
  if (repeated && behaviour.repeatedTransaction === 'conflict') throw duplicateTransaction();
  const existing = repeated && locate(mailbox, repeated.key);
  if (existing) return answerEvent(c, existing, 201);

  const source = withOnlineMeeting(user, calendar, written);
  const reference = edited(() => editsOf(mailbox, calendar, now).put(source));
  if (transactionId !== undefined) mailbox.transactions.set(transactionId, reference);
  const located = reached(c, reference);
  desk.invite(mailbox, located.item);
  return answerEvent(c, located, 201);
}

async function updateEvent(c: GraphContext, { behaviour, desk, now }: WriteDependencies): Promise<Response> {
  const located = writableEvent(c);
  const { transactionId: _unchangeable, ...written } = await writtenProperties(c);
  requireMatch(c, located);
  loseRace(c, behaviour);
  const { mailbox, user } = c.get('session');
  const { item, date, calendar } = located;
  const before = sourceOf(located);
  const kept = withAnswers(withOwnProperties(written, before), before);
  const changes = withOnlineMeeting(user, calendar, kept, before);
  if (date) requireWithinNeighbours(located, changes);
  desk.adopt(mailbox, item);
  const id = c.req.param('eventId') ?? '';
  const reference = edited(() => editsOf(mailbox, calendar, now).put({ ...changes, id }));
  desk.invite(mailbox, item);
  return answerEvent(c, reached(c, reference), 200);
}

function deleteEvent(c: GraphContext, { desk, now }: WriteDependencies): Response {
  const located = writableEvent(c);
  requireMatch(c, located);
  remove(c, located, desk, now);
  return c.body(null, 204);
}

async function cancelEvent(c: GraphContext, { desk, now }: WriteDependencies): Promise<Response> {
  const located = writableEvent(c);
  const body = (await c.req.text()) === '' ? {} : await jsonBody(c);
  if (eventAnswer(prepareReader(c, located), located)['isOrganizer'] !== true)
    throw badRequest(
      'ErrorInvalidRequest',
      "Your request can't be completed. You need to be an organizer to cancel a meeting.",
    );
  const comment = Object.entries(body).find(([name]) => name.toLowerCase() === 'comment')?.[1];
  remove(c, located, desk, now, typeof comment === 'string' ? comment : undefined);
  return c.body(null, 202);
}

function remove(
  c: GraphContext,
  { item, calendar }: Located,
  desk: MeetingDesk,
  now: () => Date,
  comment?: string,
): void {
  const { mailbox } = c.get('session');
  const edits: CalendarEdits = editsOf(mailbox, calendar, now);
  desk.adopt(mailbox, item);
  desk.withComment(comment, () => edits.remove(c.req.param('eventId') ?? ''));
}

/** @throws GraphError 403, 404 */
function writableEvent(c: GraphContext): Located {
  const located = requestedEvent(c);
  requireWritable(c, located.calendar);
  return located;
}

function requireWritable(c: GraphContext, calendar: OutlookCalendar): void {
  requireScope(c, WRITE_CALENDARS);
  if (!canEdit(c.get('session').user, calendar))
    throw new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
}

/** Fact sheet, section 7. */
function requireMatch(c: GraphContext, located: Located): void {
  const wanted = c.req.header('if-match');
  if (wanted === undefined || wanted === '*') return;
  const etag = eventAnswer(prepareReader(c, located), located)['@odata.etag'];
  if (wanted !== etag) throw conflict(412);
}

function loseRace(c: GraphContext, behaviour: WriteBehaviour): void {
  if (c.req.header('if-match') !== undefined || behaviour.lostRaces === 0) return;
  behaviour.lostRaces -= 1;
  throw conflict(409);
}

function conflict(status: 409 | 412): GraphError {
  return new GraphError(
    status,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );
}

/** The code is not documented; a client is to look the event up. */
function duplicateTransaction(): GraphError {
  return new GraphError(
    409,
    'ErrorDuplicateTransactionId',
    "Your request can't be completed. An event with this transactionId exists already.",
  );
}

function withOwnProperties(written: EventInput, before: EventInput): EventInput {
  const name = 'singleValueExtendedProperties';
  if (!(name in written)) return written;
  return { ...written, [name]: mergeProperties(extendedPropertiesOf(before), extendedPropertiesOf(written)) };
}

function withAnswers(written: EventInput, before: EventInput): EventInput {
  if (!('attendees' in written)) return written;
  return { ...written, attendees: withEarlierAnswers(written['attendees'] as Attendee[], before) };
}

/** An occurrence can be moved between its neighbours, not past or onto one. */
function requireWithinNeighbours(located: Located, changes: EventInput): void {
  const { item, date } = located;
  const instance = date === undefined ? undefined : instanceOn(item, date);
  if (!instance?.slot || !('start' in changes || 'end' in changes)) return;
  const inherited = { ...instance.exception?.changes, ...changes };
  const { slot: own } = instance;
  const moved = edited(() => timingOf(exceptionSource(item, own, inherited)));
  const from = Math.min(instance.timing.start, moved.start);
  const to = Math.max(instance.timing.end, moved.end);
  if (instancesOf(item, from, to).some(({ slot }) => slot?.date !== date))
    throw badRequest(
      'ErrorOccurrenceCrossingBoundary',
      "Your request can't be completed. Modified occurrence is crossing or overlapping adjacent occurrence.",
    );
}

function sourceOf({ item, date }: Located): EventInput {
  const exception = date === undefined ? undefined : item.series?.exceptions.get(date);
  return { ...item.source, ...exception?.changes };
}

/** What the calendar refuses is the request's fault. @throws GraphError 400 */
function edited<Result>(edit: () => Result): Result {
  try {
    return edit();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError)
      throw badRequest(
        'ErrorPropertyValidationFailure',
        `At least one property failed validation: ${error.message}`,
      );
    throw error;
  }
}

function reached(c: GraphContext, { key, date }: EventReference): Located {
  const located = locate(c.get('session').mailbox, key);
  if (!located) throw new Error(`the event ${key} is gone right after it was written`);
  return date === undefined ? located : { ...located, date };
}

function answerEvent(c: GraphContext, located: Located, status: 200 | 201): Response {
  const answer = eventAnswer(prepareReader(c, located), located);
  return c.json({ '@odata.context': contextUrl(c, 'events/$entity'), ...answer }, status);
}
