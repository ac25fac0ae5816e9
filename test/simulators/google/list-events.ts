import type { Account, CalendarRecord } from './accounts.ts';
import { defaultReminders } from './calendar-entry.ts';
import { collectAll, collectChanges, type IncrementalBehaviour } from './collect-items.ts';
import { fullSyncRequired, invalidParameter } from './errors.ts';
import type { Item, Window } from './items.ts';
import type { ListQuery } from './list-query.ts';
import { type EventView, renderEvent } from './render-event.ts';
import { createPageSessions, type TokenCodec } from './tokens.ts';

/** Permitted but unusual answers that a client has to cope with; all off unless set. */
export interface ListingBehaviour extends IncrementalBehaviour {
  /** Pages never hold more than this, whatever was asked for. */
  pageSizeLimit: number;
  /** Each listing of events begins with a page without items. */
  emptyFirstPage: boolean;
}

/** One listing, fixed when its first page was asked for, so that later pages need no second collection. */
interface Listing {
  calendarId: string;
  account: Account;
  items: Item[];
  offset: number;
  nextSyncToken: string | undefined;
}

/** What a sync token says; `fingerprint` are the parameters that it is bound to. */
interface SyncPosition {
  calendarId: string;
  sub: string;
  epoch: number;
  sequence: number;
  from: number | null;
  to: number | null;
  fingerprint: string;
}

export interface ListEventsOptions {
  behaviour: ListingBehaviour;
  codec: TokenCodec;
  newToken: () => string;
  now: () => Date;
}

/** `events.list`: answers a page. Throws `ApiError`. */
export function createEventListing({ behaviour, codec, newToken, now }: ListEventsOptions) {
  const sessions = createPageSessions<Listing>(newToken);

  const begin = (account: Account, calendar: CalendarRecord, query: ListQuery): Listing => {
    const since = query.syncToken === undefined ? undefined : readSyncToken(account, calendar, query);
    const items = since
      ? collectChanges(calendar.store, query, since, behaviour, now())
      : collectAll(calendar.store, query, now());
    return {
      calendarId: calendar.id,
      account,
      items,
      offset: 0,
      nextSyncToken: query.yieldsSyncToken
        ? makeSyncToken(account, calendar, query, since?.window ?? query.window)
        : undefined,
    };
  };

  const makeSyncToken = (
    account: Account,
    calendar: CalendarRecord,
    query: ListQuery,
    window: Window,
  ): string => {
    const position: SyncPosition = {
      calendarId: calendar.id,
      sub: account.sub,
      epoch: account.syncEpoch,
      sequence: calendar.store.sequence(),
      from: Number.isFinite(window.from) ? window.from : null,
      to: Number.isFinite(window.to) ? window.to : null,
      fingerprint: query.fingerprint,
    };
    return codec.encode(position);
  };

  const readSyncToken = (account: Account, calendar: CalendarRecord, query: ListQuery) => {
    const position = codec.decode(query.syncToken ?? '') as SyncPosition | undefined;
    const isOurs = position?.sub === account.sub && position.calendarId === calendar.id;
    if (!position || !isOurs || position.epoch !== account.syncEpoch) throw fullSyncRequired();
    if (position.fingerprint !== query.fingerprint)
      throw invalidParameter(
        'syncToken',
        'The parameters differ from those of the request that gave the sync token.',
      );
    return {
      sequence: position.sequence,
      window: { from: position.from ?? -Infinity, to: position.to ?? Infinity },
    };
  };

  const resume = (account: Account, calendar: CalendarRecord, pageToken: string): Listing => {
    const listing = sessions.get(pageToken);
    if (listing?.account !== account || listing.calendarId !== calendar.id)
      throw invalidParameter('pageToken', 'Invalid page token value.');
    return listing;
  };

  return (account: Account, calendar: CalendarRecord, query: ListQuery): object => {
    const { pageToken } = query;
    const listing =
      pageToken === undefined ? begin(account, calendar, query) : resume(account, calendar, pageToken);
    const isHeldBack = pageToken === undefined && behaviour.emptyFirstPage;
    const size = isHeldBack ? 0 : Math.min(query.maxResults, behaviour.pageSizeLimit);
    const end = listing.offset + size;
    const hasMore = isHeldBack || end < listing.items.length;
    const items = listing.items.slice(listing.offset, end);
    return {
      ...envelope(calendar),
      ...(hasMore ? { nextPageToken: sessions.add({ ...listing, offset: end }) } : {}),
      ...(!hasMore && listing.nextSyncToken ? { nextSyncToken: listing.nextSyncToken } : {}),
      items: items.map((item) => renderEvent(item, viewOf(calendar, query))),
    };
  };
}

/** What every list of events carries beside its items. */
export function envelope(calendar: CalendarRecord): object {
  const updated = calendar.store.changedAt();
  return {
    kind: 'calendar#events',
    etag: `"p${updated.getTime()}${calendar.store.sequence()}"`,
    summary: calendar.shown.summary,
    updated: updated.toISOString(),
    timeZone: calendar.timeZone,
    accessRole: calendar.accessRole,
    defaultReminders: defaultReminders(calendar),
  };
}

type ViewParameters = Pick<ListQuery, 'timeZone' | 'maxAttendees' | 'cancelledDetails'>;

export function viewOf(calendar: CalendarRecord, query: ViewParameters): EventView {
  return {
    calendarZone: calendar.timeZone,
    displayZone: query.timeZone ?? calendar.timeZone,
    accessRole: calendar.accessRole,
    maxAttendees: query.maxAttendees,
    cancelledDetails: query.cancelledDetails,
  };
}
