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
import { blockingHoldFields, holdBlocks, type BlockingHold } from './hold-blocks.ts';
import { holding } from './holds.ts';
import {
  blockingInterviewFields,
  blockingInterviews,
  interviewBlocks,
  type BlockingInterview,
} from './interview-blocks.ts';
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

/** Two round trips: all that is asked by user, and then the entries of their calendars. */
async function availability(
  database: Database,
  session: ClientSession,
  query: StoredTimeQuery,
): Promise<Map<string, StoredTime>> {
  const userIds = [...new Set(query.userIds)];
  const found = await recordsQuery(database, { ...query, userIds }, session);
  const accounts = accountsIn(found);
  const living = [...accounts.values()].flat().filter(({ status }) => status !== 'disconnecting');
  const counting = living.flatMap(({ calendars }) => calendars.filter(({ selected }) => selected));
  const calendarIds = counting.map(({ _id }) => _id);
  const busy = await busyEntries(database, session, calendarIds, query);
  const interviews = interviewBlocks(found.filter(isInterview), userIds, counting);
  const holds = holdBlocks(found.filter(isHold), userIds, query.range);
  return new Map(
    userIds.map((userId) => {
      const own = accounts.get(userId) ?? [];
      const promised = [...(interviews.get(userId) ?? []), ...(holds.get(userId) ?? [])].filter(query.counts);
      return [userId, { ...knownOf(own, busy), promised: mergeIntervals(promised, query.range) }];
    }),
  );
}

type Connection = Pick<
  ConnectionDocument,
  '_id' | 'userId' | 'provider' | 'status' | 'lastSyncedAt' | 'createdAt'
>;
type Calendar = Pick<
  CalendarDocument,
  '_id' | 'userId' | 'connectionId' | 'providerCalendarId' | 'timeZone' | 'primary' | 'selected' | 'sync'
>;
type UserRecord = Connection | Calendar | BlockingInterview | BlockingHold;

const isConnection = (record: UserRecord): record is Connection => 'provider' in record;
const isCalendar = (record: UserRecord): record is Calendar => 'connectionId' in record;
const isInterview = (record: UserRecord): record is BlockingInterview => 'desired' in record;
const isHold = (record: UserRecord): record is BlockingHold => 'slots' in record;

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

/** Four collections in one question: connections, all calendars, interviews and holds. */
export function recordsQuery(
  { connections, calendars, interviews, holds }: Database,
  { userIds, range, now }: Pick<StoredTimeQuery, 'userIds' | 'range' | 'now'>,
  session?: ClientSession,
) {
  const theirs = { userId: { $in: [...userIds] } };
  return connections.aggregate<UserRecord>(
    [
      { $match: theirs },
      { $project: connectionFields },
      ...alsoOf(calendars, theirs, calendarFields),
      ...alsoOf(interviews, blockingInterviews(userIds, range), blockingInterviewFields),
      ...alsoOf(holds, holding(userIds, range, now), blockingHoldFields),
    ],
    session === undefined ? {} : { session },
  );
}

function alsoOf(
  { collection }: { readonly collection: { readonly name: string } },
  filter: object,
  fields: Readonly<Record<string, 1>>,
) {
  return [{ $unionWith: { coll: collection.name, pipeline: [{ $match: filter }, { $project: fields }] } }];
}

/** A connection with all its calendars, those that do not count among them. */
interface Account extends Connection {
  readonly calendars: readonly Calendar[];
}

/** By user, in the order in which they were connected. */
function accountsIn(found: readonly UserRecord[]): Map<string, Account[]> {
  const calendarsOf = Map.groupBy(found.filter(isCalendar), ({ connectionId }) => connectionId.toHexString());
  const accounts = found
    .filter(isConnection)
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
