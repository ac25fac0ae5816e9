import type { Interval } from '../../domain/interval.ts';
import { blockOf, type FreeBusyCalendar, type LiveBlock } from '../free-busy.ts';
import type { Access } from '../provider.ts';
import { pagesOf, type Graph } from './client.ts';
import { malformedAnswer } from './failures.ts';
import { isCancelled } from './graph-event.ts';
import { normalise } from './normalise.ts';
import { windowParameters } from './series.ts';
import { calendarPath } from './single-event.ts';

const operation = 'events.list';

/** What blocks time, and by what an interview of ours is known. */
const fields =
  'id,iCalUId,transactionId,type,seriesMasterId,start,end,isAllDay,isCancelled,showAs,sensitivity,' +
  'originalStartTimeZone,isOrganizer,responseStatus';

/**
 * The entries of a calendar in the range, occurrences of series among them: learn.microsoft.com/graph/api/calendar-list-calendarview.
 * Throws `malformed` where one of them cannot be read.
 */
export async function readCalendarView(
  graph: Graph,
  { email }: Pick<Access, 'email'>,
  { providerCalendarId, timeZone }: FreeBusyCalendar,
  range: Interval,
): Promise<LiveBlock[]> {
  const path = `${calendarPath(providerCalendarId)}/calendarView?${windowParameters(range)}&$select=${fields}&$top=500`;
  const blocks: LiveBlock[] = [];
  for await (const { items } of pagesOf(graph, operation, path)) {
    for (const item of items) {
      if (isCancelled(item)) continue;
      const reading = normalise(item, { timeZone, email });
      if (reading.type === 'unreadable') throw malformedAnswer(operation, 'an entry that cannot be read');
      blocks.push(blockOf(reading.event));
    }
  }
  return blocks;
}
