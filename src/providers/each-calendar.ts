import { ProviderError } from '../domain/failure.ts';
import type { CalendarFreeBusy, FreeBusyAnswers, FreeBusyCalendar, LiveBlock } from './free-busy.ts';

/** Fewer than the requests that Microsoft answers for one mailbox at a time: a sync may be under way. */
const atATime = 3;

/** Reads the calendars, some side by side. What fails is that calendar's failure; see `orFailure` for what is thrown. */
export async function eachCalendar(
  calendars: readonly FreeBusyCalendar[],
  read: (calendar: FreeBusyCalendar) => Promise<readonly LiveBlock[]>,
): Promise<FreeBusyAnswers> {
  const answers = new Map<string, CalendarFreeBusy>();
  const waiting = calendars.values();
  const readOn = async (): Promise<void> => {
    for (const calendar of waiting) {
      answers.set(
        calendar.providerCalendarId,
        await orFailure(async () => ({ blocks: await read(calendar) })),
      );
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atATime }, readOn));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return answers;
}

/** Throws what is no calendar's fault: that the access is refused or our registration is wrong, defects, and aborts. */
export async function orFailure<T>(
  ask: () => Promise<T>,
): Promise<T | Extract<CalendarFreeBusy, { failure: unknown }>> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProviderError) || concernsAll(error)) throw error;
    return { failure: error.toFailure() };
  }
}

function concernsAll({ kind }: ProviderError): boolean {
  switch (kind) {
    case 'reconnect_needed':
    case 'misconfigured':
      return true;
    case 'throttled':
    case 'cursor_expired':
    case 'unavailable':
    case 'stale':
    case 'refused':
    case 'malformed':
      return false;
  }
}
