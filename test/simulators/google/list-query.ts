import { invalidParameter, timeRangeEmpty, updatedMinTooLongAgo } from './errors.ts';
import type { Item, Window } from './items.ts';
import { offsetMsAt } from './zoned-time.ts';

/** The parameters of `events.list`, read and judged. */
export interface ListQuery {
  window: Window;
  singleEvents: boolean;
  showDeleted: boolean;
  /** Deleted events of one's own are shown with their details only where they were asked for by name. */
  cancelledDetails: boolean;
  orderBy: 'startTime' | 'updated' | undefined;
  updatedMin: number | undefined;
  maxResults: number;
  maxAttendees: number | undefined;
  timeZone: string | undefined;
  syncToken: string | undefined;
  pageToken: string | undefined;
  matches: (item: Item) => boolean;
  /** Whether the last page carries a token for the next round. */
  yieldsSyncToken: boolean;
  /** What a sync token is bound to: the parameters that must repeat the first call. */
  fingerprint: string;
}

const REFUSED_WITH_SYNC_TOKEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];

/** A full listing with one of these ends without a token: no later call could repeat them. */
const WITHOUT_SYNC_TOKEN = REFUSED_WITH_SYNC_TOKEN.filter((name) => name !== 'timeMin' && name !== 'timeMax');

const BOUND_TO_SYNC_TOKEN = [
  'singleEvents',
  'eventTypes',
  'showHiddenInvitations',
  'maxAttendees',
  'timeZone',
];

const OLDEST_UPDATED_MIN_DAYS = 28;

/** @throws ApiError 400 for what does not fit, 410 for an `updatedMin` that lies too far back. */
export function readListQuery(parameters: URLSearchParams, now: Date): ListQuery {
  const read = createReader(parameters);
  const syncToken = read.text('syncToken');
  if (syncToken !== undefined) refuseBesideSyncToken(parameters);
  const singleEvents = read.flag('singleEvents');
  const orderBy = read.choice('orderBy', ['startTime', 'updated'] as const);
  if (orderBy === 'startTime' && !singleEvents)
    throw invalidParameter('orderBy', 'The requested ordering is not available for the particular query.');
  const updatedMin = read.time('updatedMin');
  if (updatedMin !== undefined && updatedMin < now.getTime() - OLDEST_UPDATED_MIN_DAYS * 86_400_000)
    throw updatedMinTooLongAgo();

  return {
    orderBy,
    updatedMin,
    syncToken,
    pageToken: read.text('pageToken'),
    maxAttendees: read.count('maxAttendees'),
    timeZone: read.zone('timeZone'),
    window: readWindow(read),
    singleEvents,
    showDeleted: read.flag('showDeleted') || syncToken !== undefined || updatedMin !== undefined,
    cancelledDetails: read.flag('showDeleted'),
    maxResults: Math.min(read.count('maxResults') ?? 250, 2500),
    matches: filterOf(parameters),
    yieldsSyncToken: !WITHOUT_SYNC_TOKEN.some((name) => parameters.has(name)),
    fingerprint: BOUND_TO_SYNC_TOKEN.map(
      (name) => `${name}=${parameters.getAll(name).toSorted().join(',')}`,
    ).join('&'),
  };
}

function refuseBesideSyncToken(parameters: URLSearchParams): void {
  const refused = REFUSED_WITH_SYNC_TOKEN.find((name) => parameters.has(name));
  if (refused) throw invalidParameter(refused, `Sync token cannot be used with ${refused}.`);
  if (parameters.get('showDeleted') === 'false')
    throw invalidParameter('showDeleted', 'Sync token cannot be used with showDeleted set to false.');
}

function readWindow(read: Reader): Window {
  const from = read.time('timeMin') ?? -Infinity;
  const to = read.time('timeMax') ?? Infinity;
  if (from >= to) throw timeRangeEmpty();
  return { from, to };
}

type Reader = ReturnType<typeof createReader>;

function createReader(parameters: URLSearchParams) {
  const text = (name: string) => parameters.get(name) ?? undefined;
  const bad = (name: string) => invalidParameter(name, `Invalid value for: ${name}`);
  return {
    text,
    flag: (name: string) => {
      const value = text(name) ?? 'false';
      if (value !== 'true' && value !== 'false') throw bad(name);
      return value === 'true';
    },
    choice: <Choice extends string>(name: string, choices: readonly Choice[]) => {
      const value = text(name);
      const chosen = choices.find((choice) => choice === value);
      if (value !== undefined && !chosen) throw bad(name);
      return chosen;
    },
    count: (name: string) => {
      const value = text(name);
      if (value !== undefined && !/^[1-9]\d{0,8}$/.test(value)) throw bad(name);
      return value === undefined ? undefined : Number(value);
    },
    /** Milliseconds are ignored, an offset is needed. */
    time: (name: string) => {
      const value = text(name);
      if (value === undefined) return undefined;
      const readable = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value);
      const ms = readable ? Date.parse(value) : Number.NaN;
      if (Number.isNaN(ms)) throw bad(name);
      return Math.floor(ms / 1000) * 1000;
    },
    zone: (name: string) => {
      const value = text(name);
      try {
        if (value !== undefined) offsetMsAt(value, 0);
      } catch {
        throw bad(name);
      }
      return value;
    },
  };
}

function filterOf(parameters: URLSearchParams): (item: Item) => boolean {
  const eventTypes = parameters.getAll('eventTypes');
  const iCalUID = parameters.get('iCalUID');
  const words = parameters.get('q')?.toLowerCase();
  const pairs = (['private', 'shared'] as const).flatMap((kind) =>
    parameters.getAll(`${kind}ExtendedProperty`).map((text) => ({ kind, text })),
  );
  if (eventTypes.length === 0 && !iCalUID && !words && pairs.length === 0) return () => true;
  return ({ wire }) =>
    (eventTypes.length === 0 || eventTypes.includes(wire.eventType ?? 'default')) &&
    (!iCalUID || wire.iCalUID === iCalUID) &&
    (!words ||
      [wire.summary, wire.description, wire.location].some((part) => part?.toLowerCase().includes(words))) &&
    pairs.every(({ kind, text }) => {
      const [name = '', ...value] = text.split('=');
      return wire.extendedProperties?.[kind]?.[name] === value.join('=');
    });
}
