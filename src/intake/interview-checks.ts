import { isSameWish } from '../domain/interview-changes.ts';
import { addressKey, type InterviewWish } from '../domain/interview.ts';
import type { InterviewRecord, Reads } from '../store/store.ts';
import { invalid } from './failures.ts';
import { Problem } from './problem.ts';

export interface InterviewCheckDeps {
  readonly reads: Pick<Reads, 'writableCalendar' | 'connection'>;
  readonly now: () => Date;
}

/**
 * Refuses what can't be meant, as far as the records and the clock tell. An organizer without a calendar is no reason:
 * then the interview waits. A body that was taken once is taken again, whatever has become of what it names.
 */
export async function refuseUnbookable(
  { reads, now }: InterviewCheckDeps,
  wish: InterviewWish,
  known: InterviewRecord | undefined,
): Promise<void> {
  if (known !== undefined && isSameWish(known.requested, wish)) return;
  if (known === undefined && wish.end <= now()) throw over(wish, now());
  const calendar = await reads.writableCalendar(wish.organizer);
  if (calendar === undefined) {
    // Whether it is somebody else's, gone or only to be read is not told apart (I10).
    if (wish.organizer.calendarId !== undefined) throw notWritable(wish.organizer.calendarId);
    return;
  }
  const connection = await reads.connection(calendar.connectionId);
  refuseOrganizer(wish, [calendar.providerCalendarId, connection?.email ?? '']);
}

function over({ end }: InterviewWish, now: Date): Problem {
  return new Problem('interview_over', {
    detail: `It would end at ${end.toISOString()}, and now it is ${now.toISOString()}.`,
  });
}

export function notWritable(calendarId: string): Problem {
  return new Problem('calendar_not_writable', {
    detail: `organizer.calendarId: ${calendarId} is no calendar of this organizer that can be written to.`,
  });
}

/** Vendors have them in the event already, and would leave out the second or ask them to accept their own invitation. */
function refuseOrganizer({ attendees }: InterviewWish, own: readonly string[]): void {
  const keys = new Set(own.map(addressKey));
  const index = attendees.findIndex(({ email }) => keys.has(addressKey(email)));
  if (index === -1) return;
  throw invalid([
    { field: `attendees.${index}.email`, message: 'is the organizer’s own, who takes part anyway' },
  ]);
}
