import type { Account, CalendarRecord } from './accounts.ts';
import { renderListEntry } from './calendar-entry.ts';
import { fullSyncRequired, invalidParameter } from './errors.ts';
import { createPageSessions, type TokenCodec } from './tokens.ts';
import type { AccessRole } from './wire.ts';

const ROLES: readonly AccessRole[] = [
  'freeBusyReader',
  'reader',
  'writerWithoutPrivateAccess',
  'writer',
  'owner',
];
const REFUSED_WITH_SYNC_TOKEN = ['minAccessRole', 'showOwnOrganizationOnly'];

interface Listing {
  account: Account;
  records: CalendarRecord[];
  offset: number;
  nextSyncToken: string;
}

/** What a sync token of the calendar list says. */
interface ListPosition {
  list: true;
  sub: string;
  epoch: number;
  sequence: number;
}

/** `calendarList.list`: answers a page. Throws `ApiError`. */
export function createCalendarListing({ codec, newToken }: { codec: TokenCodec; newToken: () => string }) {
  const sessions = createPageSessions<Listing>(newToken);

  const begin = (account: Account, parameters: URLSearchParams): Listing => {
    const all = [...account.calendars.values()];
    const since = readSyncToken(account, parameters);
    const position: ListPosition = {
      list: true,
      sub: account.sub,
      epoch: account.syncEpoch,
      sequence: account.listSequence,
    };
    return {
      account,
      records:
        since === undefined
          ? all.filter(isShown(parameters))
          : all.filter((record) => record.listSequence > since),
      offset: 0,
      nextSyncToken: codec.encode(position),
    };
  };

  const readSyncToken = (account: Account, parameters: URLSearchParams): number | undefined => {
    const token = parameters.get('syncToken');
    if (token === null) return undefined;
    const refused = REFUSED_WITH_SYNC_TOKEN.find((name) => parameters.has(name));
    if (refused) throw invalidParameter(refused, `Sync token cannot be used with ${refused}.`);
    const position = codec.decode(token) as ListPosition | undefined;
    if (!position?.list || position.sub !== account.sub || position.epoch !== account.syncEpoch)
      throw fullSyncRequired();
    return position.sequence;
  };

  return (account: Account, parameters: URLSearchParams): object => {
    const pageToken = parameters.get('pageToken');
    const listing = pageToken === null ? begin(account, parameters) : sessions.get(pageToken);
    if (listing?.account !== account) throw invalidParameter('pageToken', 'Invalid page token value.');
    const end = listing.offset + pageSize(parameters);
    const hasMore = end < listing.records.length;
    return {
      kind: 'calendar#calendarList',
      etag: `"p${account.sub}${account.listSequence}"`,
      ...(hasMore
        ? { nextPageToken: sessions.add({ ...listing, offset: end }) }
        : { nextSyncToken: listing.nextSyncToken }),
      items: listing.records.slice(listing.offset, end).map((record) => renderListEntry(record, account)),
    };
  };
}

function isShown(parameters: URLSearchParams): (record: CalendarRecord) => boolean {
  const lowest = ROLES.indexOf((parameters.get('minAccessRole') ?? 'freeBusyReader') as AccessRole);
  if (lowest < 0) throw invalidParameter('minAccessRole', 'Invalid value for: minAccessRole');
  return ({ shown, accessRole }) =>
    (!shown.deleted || parameters.get('showDeleted') === 'true') &&
    (!shown.hidden || parameters.get('showHidden') === 'true') &&
    ROLES.indexOf(accessRole) >= lowest;
}

function pageSize(parameters: URLSearchParams): number {
  const value = parameters.get('maxResults') ?? '100';
  if (!/^[1-9]\d{0,8}$/.test(value)) throw invalidParameter('maxResults', 'Invalid value for: maxResults');
  return Math.min(Number(value), 250);
}
