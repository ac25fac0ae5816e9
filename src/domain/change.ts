import type { Failure } from './failure.ts';
import type { Interval } from './interval.ts';
import type { ProviderId } from './provider-id.ts';

/** What happened, as the main app is told. Ids and times only: never a title, never an attendee. */
export type ChangeBody =
  | {
      readonly type: 'connection.connected';
      /** `reconnected`: the account was connected already, and its user has authorized it anew. */
      readonly data: { readonly provider: ProviderId; readonly reconnected: boolean };
    }
  | { readonly type: 'connection.reauth_required'; readonly data: { readonly reason: Failure } }
  /** Nothing of the connection is stored any more; the last word on it. */
  | { readonly type: 'connection.disconnected'; readonly data: { readonly provider: ProviderId } }
  | { readonly type: 'events.changed'; readonly data: EventsChanged };

export type ChangeType = ChangeBody['type'];

export const changeTypes = [
  'connection.connected',
  'connection.reauth_required',
  'connection.disconnected',
  'events.changed',
] as const satisfies ChangeType[];

/** Events of one calendar that are stored otherwise than before, or not any more. */
export interface EventsChanged {
  /** Ours. */
  readonly calendarId: string;
  /** The vendor's ids of what is new or different; absent, like `removedIds`, where there are too many to name. */
  readonly eventIds?: readonly string[] | undefined;
  readonly removedIds?: readonly string[] | undefined;
  /** From the earliest start to the latest end of all of them, as they were and as they are. */
  readonly range: Interval;
  readonly count: number;
}

/** One entry of the change feed. */
export type Change = ChangeBody & {
  readonly id: string;
  readonly userId: string;
  readonly connectionId: string;
  /**
   * Counts the changes of its connection from 1, without a gap; but what nobody has read when the connection is removed goes
   * with it (I10), so `connection.disconnected` may leave numbers out.
   */
  readonly sequence: number;
  /** Never before that of the change before it, of the same connection. */
  readonly at: Date;
};

/** More are not named: the range says what to read. */
export const maxNamedIds = 500;

/** An entry that was written: where it is now, and where it was. */
export interface WrittenEntry {
  readonly providerEventId: string;
  readonly before?: Interval | undefined;
  readonly now?: Interval | undefined;
}

/** What the writing of these entries means for the main app; undefined where there are none. */
export function eventsChanged(
  calendarId: string,
  entries: readonly WrittenEntry[],
): Extract<ChangeBody, { type: 'events.changed' }> | undefined {
  const range = spanOf(entries.flatMap(({ before, now }) => [before, now]));
  if (range === undefined) return undefined;
  const idsOf = (chosen: readonly WrittenEntry[]) => chosen.map(({ providerEventId }) => providerEventId);
  const named =
    entries.length > maxNamedIds
      ? {}
      : {
          eventIds: idsOf(entries.filter(({ now }) => now !== undefined)),
          removedIds: idsOf(entries.filter(({ now }) => now === undefined)),
        };
  return { type: 'events.changed', data: { calendarId, ...named, range, count: entries.length } };
}

function spanOf(intervals: readonly (Interval | undefined)[]): Interval | undefined {
  let start = Infinity;
  let end = -Infinity;
  for (const interval of intervals) {
    if (interval === undefined) continue;
    start = Math.min(start, interval.start.getTime());
    end = Math.max(end, interval.end.getTime());
  }
  return start === Infinity ? undefined : { start: new Date(start), end: new Date(end) };
}

/** A change as it is told, by the feed and by webhooks alike: the payload that Standard Webhooks asks for, as JSON has it. */
export function changeMessage({ id, type, at, userId, connectionId, sequence, data }: Change) {
  return { id, type, timestamp: at, userId, connectionId, sequence, data };
}
