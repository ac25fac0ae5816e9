import { refusalsOf } from '../body.ts';
import { deletionsIn, violation, type Case, type Place, type Violation } from '../case.ts';
import type { SeenEvent } from '../seen-event.ts';

/** Exactly one event, in the right calendar, of an interview that is wanted; none of one that is not. And it says so. */
export function judgeExistence(one: Case): Violation[] {
  const { own, view, standing } = one;
  if (!standing.wanted) return gone(one, view.state === 'cancelled', 'cancelled');
  switch (view.state) {
    case 'booked':
      return booked(one);
    case 'removed_by_user':
      return gone(one, wasRemoved(one), 'removed_by_user');
    case 'conflict':
      return [...atMostOne(one), ...unless(one, standing.body.checkConflicts, 'in conflict, unasked')];
    case 'failed':
      return [...atMostOne(one), ...failed(one)];
    default:
      return [
        violation(one, 'is not settled', 'a last state', {
          state: view.state,
          reason: view.reason,
          own: own.length,
        }),
      ];
  }
}

function booked(one: Case): Violation[] {
  const { own, standing, placesFor, view } = one;
  const [event, ...more] = own;
  if (event === undefined || more.length > 0)
    return [violation(one, 'one event for one interview (I8)', 1, own.map(nameOf))];
  const places = placesFor(standing.body.organizer);
  const refusals = places.map(({ provider }) => refusalsOf(standing.body, provider));
  return [
    ...unless(
      one,
      places.some((place) => isIn(event, place)),
      'is in another calendar',
      nameOf(event),
    ),
    ...unless(
      one,
      refusals.some((codes) => codes.length === 0),
      'booked what cannot be',
      view.reason,
    ),
    ...unless(one, !isBackUnasked(one), 'deleted by hand, and made again unasked', nameOf(event)),
  ];
}

function isIn(event: SeenEvent, place: Place): boolean {
  return event.email === place.email && event.calendarId === place.calendarId;
}

/**
 * A deletion after the last thing that was asked for lasts. Microsoft does not tell of an event that is gone: where its
 * creation was not heard of before it was deleted, nobody can know.
 */
function isBackUnasked(one: Case): boolean {
  const { standing, told, placesFor } = one;
  const deletion = deletionsIn(one).at(-1);
  const lastAsk = standing.revisions.at(-1);
  if (deletion === undefined || lastAsk === undefined || lastAsk.answeredAt >= deletion.at) return false;
  const { event, at } = deletion;
  const wasHeardOf = told.some(
    ({ type, at: toldAt, data }) =>
      type === 'interview.booked' && toldAt <= at && data.revision >= lastAsk.revision,
  );
  const wasItsPlace = placesFor(standing.body.organizer).some(
    ({ email, calendarId }) => event.email === email && event.calendarId === calendarId,
  );
  return wasItsPlace && (event.provider === 'google' || wasHeardOf);
}

/** Somebody did it, the main app was told, and has not asked for it since: the revision says what it was told of. */
function wasRemoved(one: Case): boolean {
  const { told, standing } = one;
  const removal = told.findLast(({ type, data }) => type === 'interview.cancelled' && data.by === 'user');
  const first = deletionsIn(one)[0];
  if (removal === undefined || first === undefined || removal.at < first.at) return false;
  const isLater = (revision: number): boolean => revision > removal.data.revision;
  return !standing.revisions.some(({ sentAt, revision }) => sentAt > removal.at && isLater(revision));
}

function gone(one: Case, isSaid: boolean, state: string): Violation[] {
  const { own, view } = one;
  return [
    ...unless(one, own.length === 0, 'no event that nobody wants', own.map(nameOf)),
    ...unless(one, isSaid, `is ${state}`, { state: view.state, reason: view.reason }),
  ];
}

function failed(one: Case): Violation[] {
  const { standing, placesFor, view } = one;
  const refusals = placesFor(standing.body.organizer).flatMap(({ provider }) =>
    refusalsOf(standing.body, provider),
  );
  return unless(
    one,
    refusals.some((code) => code === view.reason?.code),
    'has failed for another reason',
    view.reason,
  );
}

function atMostOne(one: Case): Violation[] {
  return unless(one, one.own.length < 2, 'one event for one interview (I8)', one.own.map(nameOf));
}

function unless(one: Case, isSo: boolean, what: string, stored: unknown = 'not so'): Violation[] {
  return isSo ? [] : [violation(one, what, 'so', stored)];
}

function nameOf({ provider, email, calendarId, id, etag }: SeenEvent): string {
  return `${provider} ${email} ${calendarId} ${id} ${etag}`;
}
