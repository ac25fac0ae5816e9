import { overlaps, type Interval } from '../../domain/interval.ts';
import { eachCalendar } from '../each-calendar.ts';
import type { FreeBusyAnswers, FreeBusyQuery } from '../free-busy.ts';
import type { Access } from '../provider.ts';
import { readCalendarView } from './calendar-view.ts';
import type { Graph } from './client.ts';
import { readSchedule } from './schedule.ts';

/**
 * `getSchedule` knows one calendar of a mailbox, the primary one, and no personal account; everything else is read by
 * `calendarView`.
 */
export function freeBusy(graph: Graph, access: Access, query: FreeBusyQuery): Promise<FreeBusyAnswers> {
  const { range, detail, calendars } = query;
  const asked = withMargin(range);
  const hasSchedule = detail === 'times' && !isPersonal(access);
  return eachCalendar(calendars, async (calendar) => {
    const told = hasSchedule && calendar.primary ? await readSchedule(graph, access, asked) : undefined;
    const blocks = told ?? (await readCalendarView(graph, access, calendar, asked));
    return blocks.filter((block) => overlaps(block, range));
  });
}

/** Days begin at other moments in other zones, and by which of them Graph takes a day to be in a range it does not say. */
function withMargin({ start, end }: Interval): Interval {
  return { start: new Date(start.getTime() - marginMs), end: new Date(end.getTime() + marginMs) };
}

const marginMs = 86_400_000;

/** All of them live in one tenant. */
const personalTenant = '9188040d-6c67-4c5b-b112-36a304b66dad';

function isPersonal({ accountId }: Access): boolean {
  return accountId.endsWith(`.${personalTenant}`);
}
