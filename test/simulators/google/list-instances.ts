import type { Account, CalendarRecord } from './accounts.ts';
import { invalidParameter, notFound } from './errors.ts';
import { expand, type Item } from './items.ts';
import { envelope, viewOf } from './list-events.ts';
import { readListQuery } from './list-query.ts';
import { renderEvent } from './render-event.ts';
import { createPageSessions } from './tokens.ts';
import { hasOffset, wallOf } from './zoned-time.ts';

interface Listing {
  account: Account;
  eventId: string;
  items: Item[];
  offset: number;
}

const YEAR_MS = 366 * 86_400_000;

/** `events.instances`: answers a page. An endless series is told up to two years from now. Throws `ApiError`. */
export function createInstanceListing({ newToken, now }: { newToken: () => string; now: () => Date }) {
  const sessions = createPageSessions<Listing>(newToken);

  const begin = (
    account: Account,
    calendar: CalendarRecord,
    eventId: string,
    parameters: URLSearchParams,
  ): Listing => {
    const { window, showDeleted } = readListQuery(withoutOriginalStart(parameters), now());
    const to = Math.min(window.to, now().getTime() + 2 * YEAR_MS);
    const state = calendar.store.state(eventId);
    if (!state) throw notFound();
    const all = state.series ? expand(state, { from: window.from, to }, calendar.timeZone) : [];
    const isAsked = originalStartFilter(parameters.get('originalStart'), calendar.timeZone);
    return {
      account,
      eventId,
      items: all.filter((item) => (!item.cancelled || showDeleted) && isAsked(item)),
      offset: 0,
    };
  };

  return (
    account: Account,
    calendar: CalendarRecord,
    eventId: string,
    parameters: URLSearchParams,
  ): object => {
    const pageToken = parameters.get('pageToken');
    const listing =
      pageToken === null ? begin(account, calendar, eventId, parameters) : sessions.get(pageToken);
    if (listing?.account !== account || listing.eventId !== eventId)
      throw invalidParameter('pageToken', 'Invalid page token value.');
    const { maxResults, timeZone, maxAttendees } = readListQuery(withoutOriginalStart(parameters), now());
    const end = listing.offset + maxResults;
    const view = viewOf(calendar, { timeZone, maxAttendees, cancelledDetails: true });
    return {
      ...envelope(calendar),
      ...(end < listing.items.length ? { nextPageToken: sessions.add({ ...listing, offset: end }) } : {}),
      items: listing.items.slice(listing.offset, end).map((item) => renderEvent(item, view)),
    };
  };
}

function withoutOriginalStart(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...parameters].filter(([name]) => name !== 'originalStart'));
}

/** A date for all-day series, else a time with its offset. */
function originalStartFilter(original: string | null, zone: string): (item: Item) => boolean {
  if (original === null) return () => true;
  if (hasOffset(original)) return ({ instance }) => instance?.originalStartMs === Date.parse(original);
  return ({ instance }) =>
    instance !== undefined &&
    new Date(wallOf(zone, instance.originalStartMs)).toISOString().slice(0, original.length) === original;
}
