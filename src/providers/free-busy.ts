import type { Block } from '../domain/blocking.ts';
import type { CalendarEvent } from '../domain/event.ts';
import type { Failure } from '../domain/failure.ts';
import type { Interval } from '../domain/interval.ts';

/**
 * `times`: when somebody is busy by the vendor's own reckoning, which is ours under the usual policy (`usualPolicy`), in
 * the fewest requests. Who is busy with what is not told: another policy cannot be applied, and no interview of ours be
 * recognised. `events`: the entries themselves, as a listing reads them.
 */
export type FreeBusyDetail = 'times' | 'events';

export interface FreeBusyQuery {
  readonly calendars: readonly FreeBusyCalendar[];
  /** Of any length. */
  readonly range: Interval;
  readonly detail: FreeBusyDetail;
}

export interface FreeBusyCalendar {
  readonly providerCalendarId: string;
  /** The zone in which all-day entries begin and end where they do not say it themselves; UTC where unknown. */
  readonly timeZone?: string | undefined;
  readonly primary: boolean;
}

/** An entry, or a busy time, as it is at the vendor right now. With `times` nothing but its span and `busy` is known. */
export interface LiveBlock extends Omit<Block, 'interviewId'> {
  readonly providerEventId?: string | undefined;
  readonly iCalUID?: string | undefined;
  readonly clientKey?: string | undefined;
}

/**
 * All that may block time in the range, or why it is not known. A calendar with a failure has no times: what came of them
 * could be read as free between.
 */
export type CalendarFreeBusy = { readonly blocks: readonly LiveBlock[] } | { readonly failure: Failure };

/** By `providerCalendarId`: each calendar that was asked for, and no other. */
export type FreeBusyAnswers = ReadonlyMap<string, CalendarFreeBusy>;

export function blockOf(event: CalendarEvent): LiveBlock {
  const { start, end, busy, kind, response, allDay, visibility, providerEventId, iCalUID, clientKey } = event;
  return { start, end, busy, kind, response, allDay, visibility, providerEventId, iCalUID, clientKey };
}

/** Of which nothing else is known. */
export function anonymousBlock({ start, end }: Interval, busy: Block['busy']): LiveBlock {
  return { start, end, busy, kind: 'default', response: 'none', allDay: false, visibility: 'default' };
}

/** The range in spans of at most so many days. */
export function spansOf({ start, end }: Interval, days: number): Interval[] {
  const spans: Interval[] = [];
  for (let from = start; from < end;) {
    const to = new Date(Math.min(from.getTime() + Math.ceil(days * 86_400_000), end.getTime()));
    spans.push({ start: from, end: to });
    from = to;
  }
  return spans;
}
