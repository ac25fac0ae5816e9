import type { Block, BlockingPolicy } from './blocking.ts';
import type { Failure } from './failure.ts';
import type { Interval } from './interval.ts';
import type { ProviderId } from './provider-id.ts';

/** A calendar that is to be asked for at its vendor. */
export interface LiveSubject {
  readonly connectionId: string;
  readonly provider: ProviderId;
  readonly calendarId: string;
  readonly providerCalendarId: string;
  /** IANA name. */
  readonly timeZone?: string | undefined;
  readonly primary: boolean;
}

export interface LiveQuestion {
  readonly range: Interval;
  readonly policy: BlockingPolicy;
  /** The answer has to say what each entry is, for a policy that is not the usual one, or to tell interviews apart. */
  readonly needsDetail: boolean;
  /** What has not been answered by then is a failure. */
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** `askedAt`: right before the vendor was asked, so that the answer is never older than it says. */
export type LiveAnswer =
  | { readonly blocks: readonly Block[]; readonly askedAt: Date }
  | { readonly failure: Failure };

/**
 * Asks the vendors what blocks time in these calendars now. Gives an answer for every subject, by `calendarId`. Never
 * rejects for what a vendor does or leaves undone: that is the failure of its calendars.
 */
export type AskLive = (
  subjects: readonly LiveSubject[],
  question: LiveQuestion,
) => Promise<ReadonlyMap<string, LiveAnswer>>;
