import type { Response } from './event.ts';
import type { Failure } from './failure.ts';
import type { Interval } from './interval.ts';
import type { Handling } from './interview-plan.ts';
import type { OwnField } from './interview.ts';
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
  | { readonly type: 'events.changed'; readonly data: EventsChanged }
  | InterviewChangeBody
  /** Somebody has deleted the entry of a slot in the calendar: it is not held any more. The one thing told of holds. */
  | {
      readonly type: 'hold.slot_removed';
      readonly data: { readonly holdId: string; readonly slot: Interval };
    };

/** Which interview, and which revision of it was wanted when this happened. */
interface OfInterview {
  readonly interviewId: string;
  readonly revision: number;
}

/** What happened to an interview. Its own writes are told as `booked` and `updated`, once, and never as people's. */
export type InterviewChangeBody =
  /** The calendar holds it as it is wanted: for the first time, in another calendar or again … */
  | { readonly type: 'interview.booked'; readonly data: OfInterview }
  /** … or in a later revision of the main app's. */
  | { readonly type: 'interview.updated'; readonly data: OfInterview }
  /** People have given it another time in the calendar. */
  | {
      readonly type: 'interview.moved';
      readonly data: OfInterview & {
        readonly handling: Handling;
        readonly from: Interval;
        readonly to: Interval;
      };
    }
  /** People have changed these fields in the calendar. */
  | {
      readonly type: 'interview.changed';
      readonly data: OfInterview & { readonly handling: Handling; readonly fields: readonly OwnField[] };
    }
  | {
      readonly type: 'interview.response';
      readonly data: OfInterview & { readonly answers: readonly InterviewResponse[] };
    }
  /** The calendar does not hold it any more: as the main app wanted, or because somebody has removed it there. */
  | {
      readonly type: 'interview.cancelled';
      readonly data: OfInterview & { readonly by: 'main_app' | 'user' };
    }
  /** Somebody is busy within this interval, so it was not written. */
  | { readonly type: 'interview.conflict'; readonly data: OfInterview & { readonly clash: Interval } }
  | { readonly type: 'interview.waiting'; readonly data: OfInterview & { readonly reason: Failure } }
  | { readonly type: 'interview.failed'; readonly data: OfInterview & { readonly reason: Failure } }
  /** What became of the link to a meeting that was still being made when the interview was booked. */
  | {
      readonly type: 'interview.conference';
      readonly data: OfInterview & { readonly state: 'ready' | 'failed' };
    };

/** An attendee's answer. */
export interface InterviewResponse {
  /** Their place in the main app's own list, from 0; absent of one who was added in the calendar. */
  readonly attendee?: number | undefined;
  readonly resource: boolean;
  readonly response: Response;
  /** Another time that they propose. */
  readonly proposed?: Interval | undefined;
}

export type ChangeType = ChangeBody['type'];

export const changeTypes = [
  'connection.connected',
  'connection.reauth_required',
  'connection.disconnected',
  'events.changed',
  'interview.booked',
  'interview.updated',
  'interview.moved',
  'interview.changed',
  'interview.response',
  'interview.cancelled',
  'interview.conflict',
  'interview.waiting',
  'interview.failed',
  'interview.conference',
  'hold.slot_removed',
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
