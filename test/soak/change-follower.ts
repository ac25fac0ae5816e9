import type { Types } from 'mongoose';
import { until } from '../support/until.ts';
import type { Difference } from './difference.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

/** A change as the main app is told, by the feed and by webhooks alike. */
export interface ToldChange {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly userId: string;
  readonly connectionId: string;
  /** Of its connection, from 1. */
  readonly sequence: number;
  readonly data: {
    readonly calendarId?: string;
    readonly eventIds?: readonly string[];
    readonly removedIds?: readonly string[];
    readonly range?: { readonly start: string; readonly end: string };
  };
}

/** A main app that reads the change feed from its start, and knows of calendars what it says, and nothing else. */
export interface ChangeFollower {
  /** All that was told so far, in the order of the feed. */
  readonly changes: readonly ToldChange[];
  /** Reads on to the end; gives where what it knows then is not what is stored. */
  compare(tally: Tally): Promise<Difference[]>;
}

/** What the feed says of one calendar. */
interface KnownCalendar {
  readonly connectionId: string;
  /** Those that it says are there, with when it said so last and where they were then. */
  readonly events: Map<string, { readonly at: string; readonly range: ToldChange['data']['range'] }>;
  /** A change had too many events to name: from then on only the API knows which there are. */
  unnamed: boolean;
}

/** What was not read yet when its connection was removed went with it (I10), so only the last word may leave a gap. */
export function mayFollow({ type, sequence }: ToldChange, before: number): boolean {
  return type === 'connection.disconnected' ? sequence > before : sequence === before + 1;
}

export function createChangeFollower(world: World): ChangeFollower {
  const changes: ToldChange[] = [];
  const calendars = new Map<string, KnownCalendar>();
  const sequences = new Map<string, number>();
  const gaps: Difference[] = [];
  let after: string | undefined;

  function take(change: ToldChange): void {
    changes.push(change);
    const { connectionId, sequence } = change;
    const before = sequences.get(connectionId) ?? 0;
    if (!mayFollow(change, before))
      gaps.push({
        where: `feed: connection ${connectionId}`,
        field: 'sequence',
        expected: before + 1,
        stored: change,
      });
    sequences.set(connectionId, sequence);
    if (change.type === 'connection.disconnected') forget(connectionId);
    if (change.type === 'events.changed') apply(change);
  }

  function forget(connectionId: string): void {
    for (const [id, calendar] of calendars) if (calendar.connectionId === connectionId) calendars.delete(id);
  }

  function apply({ connectionId, timestamp, data }: ToldChange): void {
    const { calendarId = '', eventIds, removedIds = [], range } = data;
    const known = calendars.get(calendarId) ?? { connectionId, events: new Map(), unnamed: false };
    calendars.set(calendarId, known);
    known.unnamed ||= eventIds === undefined;
    for (const id of removedIds) known.events.delete(id);
    for (const id of eventIds ?? []) known.events.set(id, { at: timestamp, range });
  }

  async function readOn(): Promise<void> {
    await until(async () => {
      const query = new URLSearchParams({ limit: '100', ...(after !== undefined && { after }) });
      const { status, body } = await world.product.api.get(`/v1/changes?${query.toString()}`);
      if (status === 503) return false;
      if (status !== 200) throw new Error(`the change feed answered ${status}: ${JSON.stringify(body)}`);
      for (const change of body.changes as ToldChange[]) take(change);
      after = String(body.nextCursor);
      return body.more === false;
    });
  }

  return {
    changes,
    compare: async (tally) => {
      await readOn();
      const stored = await storedEvents(world);
      const differences = [...stored].flatMap(([id, events]) =>
        compareCalendar(id, calendars.get(id), events),
      );
      for (const [id, { events, unnamed }] of calendars) {
        if (!stored.has(id) && !unnamed) differences.push(...tooMany(id, [...events.keys()]));
      }
      tally.count('comparisons', 'events by the change feed', [...stored.values()].flat().length);
      return [...gaps.splice(0), ...differences];
    },
  };
}

interface StoredEvent {
  readonly id: string;
  readonly start: Date;
  readonly end: Date;
  readonly updatedAt: Date;
}

async function storedEvents({ database }: World): Promise<Map<string, StoredEvent[]>> {
  const documents = await database.collection('events').find().toArray();
  const events = documents.map(({ calendarId, providerEventId, start, end, updatedAt }) => ({
    calendarId: (calendarId as Types.ObjectId).toHexString(),
    event: { id: String(providerEventId), start, end, updatedAt } as StoredEvent,
  }));
  const byCalendar = Map.groupBy(events, ({ calendarId }) => calendarId);
  return new Map([...byCalendar].map(([id, own]) => [id, own.map(({ event }) => event)]));
}

/** Each stored event was told of when it became what it is, within a range that holds it; and no other one is known. */
function compareCalendar(
  calendarId: string,
  known: KnownCalendar | undefined,
  stored: readonly StoredEvent[],
): Difference[] {
  const where = `feed: calendar ${calendarId}`;
  if (known === undefined) return [{ where, field: 'never told of', expected: stored.length, stored: 0 }];
  if (known.unnamed) return [];
  const untold = stored.filter(({ id, start, end, updatedAt }) => {
    const told = known.events.get(id);
    if (told?.range === undefined || new Date(told.at) < updatedAt) return true;
    return new Date(told.range.start) > start || new Date(told.range.end) < end;
  });
  const ids = new Set(stored.map(({ id }) => id));
  return [
    ...untold.map((event) => ({
      where: `${where} ${event.id}`,
      field: 'last change not told',
      expected: event,
      stored: known.events.get(event.id),
    })),
    ...tooMany(
      calendarId,
      [...known.events.keys()].filter((id) => !ids.has(id)),
    ),
  ];
}

function tooMany(calendarId: string, ids: readonly string[]): Difference[] {
  return ids.map((id) => ({
    where: `feed: calendar ${calendarId} ${id}`,
    field: 'removal not told',
    expected: undefined,
    stored: id,
  }));
}
