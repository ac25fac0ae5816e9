import type { ClientSession, Types } from 'mongoose';
import { mergeIntervals, type Interval } from '../domain/interval.ts';
import type {
  AvailabilityReads,
  StoredCalendar,
  StoredConnection,
  StoredTime,
  StoredTimeQuery,
} from './availability-contract.ts';
import { busyEntries } from './busy-entries.ts';
import type { CalendarDocument } from './calendars.ts';
import type { ConnectionDocument } from './connections.ts';
import { holdBlocks } from './hold-blocks.ts';
import { interviewBlocks } from './interview-blocks.ts';
import { interviewCounts } from './interview-counts.ts';
import type { Database } from './mongodb.ts';
import { inSnapshot } from './snapshot.ts';

/** What an answer about somebody's free time rests on. */
export function availabilityReads(database: Database): AvailabilityReads {
  return {
    availability: (query) => inSnapshot(database, (session) => availability(database, session, query)),
    interviewCounts: (query) => interviewCounts(database, query),
  };
}

/** Two round trips: what there is to read, and then all of it side by side. */
async function availability(
  database: Database,
  session: ClientSession,
  query: StoredTimeQuery,
): Promise<Map<string, StoredTime>> {
  const userIds = [...new Set(query.userIds)];
  const accounts = await accountsOf(database, session, userIds);
  const living = [...accounts.values()].flat().filter(({ status }) => status !== 'disconnecting');
  const counting = living.flatMap(({ calendars }) => calendars.filter(({ selected }) => selected));
  const [busy, interviews, holds] = await Promise.all([
    busyEntries(
      database,
      session,
      counting.map(({ _id }) => _id),
      query,
    ),
    interviewBlocks(database, session, userIds, query.range, counting),
    holdBlocks(database, session, userIds, query),
  ]);
  return new Map(
    userIds.map((userId) => {
      const own = accounts.get(userId) ?? [];
      const promised = [...(interviews.get(userId) ?? []), ...(holds.get(userId) ?? [])].filter(query.counts);
      return [userId, { ...knownOf(own, busy), promised: mergeIntervals(promised, query.range) }];
    }),
  );
}

/** A connection with all its calendars, those that do not count among them. */
interface Account extends Pick<
  ConnectionDocument,
  '_id' | 'userId' | 'provider' | 'status' | 'lastSyncedAt' | 'createdAt'
> {
  readonly calendars: readonly Calendar[];
}

export type Calendar = Pick<
  CalendarDocument,
  '_id' | 'userId' | 'connectionId' | 'providerCalendarId' | 'timeZone' | 'primary' | 'selected' | 'sync'
>;

const connectionFields = { userId: 1, provider: 1, status: 1, lastSyncedAt: 1, createdAt: 1 } as const;
const calendarFields = {
  userId: 1,
  connectionId: 1,
  providerCalendarId: 1,
  timeZone: 1,
  primary: 1,
  selected: 1,
  'sync.lastSyncedAt': 1,
  'sync.window': 1,
  'sync.readFrom': 1,
} as const;

/** Both collections in one question. */
export function accountsQuery(
  { connections, calendars }: Database,
  userIds: readonly string[],
  session?: ClientSession,
) {
  const theirs = { $match: { userId: { $in: [...userIds] } } };
  return connections.aggregate<Omit<Account, 'calendars'> | Calendar>(
    [
      theirs,
      { $project: connectionFields },
      {
        $unionWith: {
          coll: calendars.collection.name,
          pipeline: [theirs, { $project: calendarFields }],
        },
      },
    ],
    session === undefined ? {} : { session },
  );
}

/** By user, in the order in which they were connected. */
async function accountsOf(
  database: Database,
  session: ClientSession,
  userIds: readonly string[],
): Promise<Map<string, Account[]>> {
  const found = await accountsQuery(database, userIds, session);
  const calendars = found.filter((one) => 'connectionId' in one);
  const calendarsOf = Map.groupBy(calendars, ({ connectionId }) => connectionId.toHexString());
  const accounts = found
    .filter((one) => 'provider' in one)
    .map((one) => ({ ...one, calendars: calendarsOf.get(one._id.toHexString()) ?? [] }))
    .toSorted(byConnecting);
  return Map.groupBy(accounts, ({ userId }) => userId);
}

function byConnecting(one: Account, other: Account): number {
  const between = one.createdAt.getTime() - other.createdAt.getTime();
  return between === 0 ? compareIds(one._id, other._id) : between;
}

function compareIds(one: Types.ObjectId, other: Types.ObjectId): number {
  return one.toHexString() < other.toHexString() ? -1 : 1;
}

function knownOf(
  accounts: readonly Account[],
  busy: ReadonlyMap<string, Interval[]>,
): Omit<StoredTime, 'promised'> {
  const connections = accounts.map(storedConnection);
  const counting = connections.flatMap(({ calendars }) => calendars);
  const theirs = counting.flatMap(({ calendarId }) => {
    const found = busy.get(calendarId);
    return found === undefined ? [] : [[calendarId, found] as const];
  });
  return { connections, timeZone: primaryZone(accounts), busy: new Map(theirs) };
}

function storedConnection({ _id, provider, status, lastSyncedAt, calendars }: Account): StoredConnection {
  return {
    connectionId: _id.toHexString(),
    provider,
    status,
    lastSyncedAt,
    calendars: calendars.filter(({ selected }) => selected).map(storedCalendar),
  };
}

function storedCalendar({ _id, providerCalendarId, timeZone, primary, sync }: Calendar): StoredCalendar {
  return {
    calendarId: _id.toHexString(),
    providerCalendarId,
    timeZone,
    primary,
    lastSyncedAt: sync.lastSyncedAt,
    window: sync.window,
  };
}

function primaryZone(accounts: readonly Account[]): string | undefined {
  return accounts
    .filter(({ status }) => status !== 'disconnecting')
    .flatMap(({ calendars }) => calendars)
    .find(({ primary, timeZone }) => primary && timeZone !== undefined)?.timeZone;
}
