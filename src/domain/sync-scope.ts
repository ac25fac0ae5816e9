/** Stands for all calendars of a connection that count, in the list of those that a notification named. */
export const allCalendars = '*';

/** How much of a connection a sync reads: the list of its calendars and each of them, or those that were named alone. */
export type SyncScope =
  | { readonly type: 'everything' }
  | { readonly type: 'touched'; readonly calendarIds: readonly string[]; readonly sweepAt: Date };

/** What is marked on a connection when a run takes its turn. */
export interface SyncMarks {
  /** A trigger that names no calendar, or a run that failed. */
  readonly dirty: boolean;
  /** Calendars that notifications named, or `allCalendars`. */
  readonly touched: readonly string[];
  /** When everything is to be read next, whatever notifications say meanwhile. */
  readonly sweepAt?: Date | undefined;
  /** The run before took its marks and never ended: nobody knows what those said. */
  readonly abandoned: boolean;
}

/** Where anything but notifications asks for the sync, everything is read. */
export function scopeOf({ dirty, touched, sweepAt, abandoned }: SyncMarks, now: Date): SyncScope {
  const sweepIsDue = sweepAt === undefined || sweepAt <= now;
  if (dirty || abandoned || sweepIsDue || touched.length === 0) return { type: 'everything' };
  return { type: 'touched', calendarIds: touched, sweepAt };
}

/** Whether a notification named this calendar, by itself or with all of them. */
export function isTouched(touched: readonly string[], calendarId: string): boolean {
  return touched.includes(calendarId) || touched.includes(allCalendars);
}
