import type { Block } from '../domain/blocking.ts';
import type { CalendarCoverage, ConnectionCoverage } from '../domain/freshness.ts';
import type { Interval } from '../domain/interval.ts';
import type { ProviderId } from '../domain/provider-id.ts';

/** What may be asked of people's time. */
export interface AvailabilityReads {
  /**
   * All that an answer about these users' time rests on, as of one moment: what is written meanwhile is in all of it or in
   * none. By user id; one without connections has an empty list of them.
   */
  availability(query: StoredTimeQuery): Promise<Map<string, StoredTime>>;
  /**
   * How many interviews begin within the span in which each of these users takes part: as the organizer, as an attendee by
   * the address of a connected account, or because it has claimed their time. Those that are wanted and stand (`pending`,
   * `waiting`, `booked`), each once; the slots of holds are none.
   */
  interviewCounts(query: InterviewCountQuery): Promise<Map<string, number>>;
}

export interface StoredTimeQuery {
  readonly userIds: readonly string[];
  readonly range: Interval;
  /** For holds: whose time has run out by then hold nothing. */
  readonly now: Date;
  /** Whether an entry makes its owner busy. */
  readonly counts: (entry: EntryTraits) => boolean;
}

export type EntryTraits = Omit<Block, keyof Interval>;

/** What is known of one user's time. */
export interface StoredTime {
  readonly connections: readonly StoredConnection[];
  /** IANA name: that of the primary calendar of the first connection (not `disconnecting`) that has one. */
  readonly timeZone?: string | undefined;
  /**
   * When the calendars that count say busy, by calendar id: sorted, disjoint, cut to the range; of connections that are
   * `disconnecting` nothing.
   */
  readonly busy: ReadonlyMap<string, readonly Interval[]>;
  /**
   * The same of what no stored calendar can show yet: interviews that are wanted and not written, or written since the
   * calendar was last read, for the organizer and for those whose time they have claimed; and the slots of holds, whether
   * or not a calendar shows them.
   */
  readonly promised: readonly Interval[];
}

/** In the order in which they were connected. */
export interface StoredConnection extends ConnectionCoverage {
  readonly provider: ProviderId;
  readonly calendars: readonly StoredCalendar[];
}

export interface StoredCalendar extends CalendarCoverage {
  readonly providerCalendarId: string;
  readonly timeZone?: string | undefined;
  readonly primary: boolean;
}

export interface InterviewCountQuery {
  readonly userIds: readonly string[];
  readonly span: Interval;
  /** Ids of interviews that do not count. */
  readonly except: readonly string[];
}
