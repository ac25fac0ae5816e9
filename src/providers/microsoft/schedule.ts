import { ProviderError } from '../../domain/failure.ts';
import type { Interval } from '../../domain/interval.ts';
import { anonymousBlock, spansOf, type LiveBlock } from '../free-busy.ts';
import type { Access } from '../provider.ts';
import type { Graph } from './client.ts';
import { malformedAnswer } from './failures.ts';
import { isObject, objectAt, textAt, type JsonObject } from './json.ts';
import { busyOf } from './normalise.ts';
import { slotOf } from './event-time.ts';

const operation = 'schedule.get';

/** Less than 62 days are allowed (learn.microsoft.com/graph/outlook-get-free-busy-schedule). */
const longestDays = 60;
const dayMs = 86_400_000;

/**
 * When the primary calendar of the account is busy (learn.microsoft.com/graph/api/calendar-getschedule); undefined where
 * that cannot be said for certain, and the calendar itself has to be read:
 * - the schedule of this address holds an error, inside of a success, or Graph refuses the call;
 * - an entry is in another form than asked for, or is missing although the view shows it;
 * - an entry may be a day: nothing says so, nor in which zone that day begins.
 */
export async function readSchedule(
  graph: Graph,
  { email }: Pick<Access, 'email'>,
  range: Interval,
): Promise<LiveBlock[] | undefined> {
  const blocks: LiveBlock[] = [];
  for (const span of spansOf(range, longestDays)) {
    const schedule = await getSchedule(graph, email, span);
    const told = schedule === undefined ? undefined : blocksIn(schedule, span);
    if (told === undefined) return undefined;
    blocks.push(...told);
  }
  return blocks;
}

/** One address of the 20 that a call takes: a connection speaks for one mailbox. */
async function getSchedule(graph: Graph, email: string, span: Interval): Promise<JsonObject | undefined> {
  const time = (at: Date) => ({ dateTime: at.toISOString().slice(0, -1), timeZone: 'UTC' });
  const body = {
    Schedules: [email],
    StartTime: time(span.start),
    EndTime: time(span.end),
    AvailabilityViewInterval: 1440,
  };
  try {
    const { value } = await graph.send(operation, 'POST', '/me/calendar/getSchedule', { body });
    if (!Array.isArray(value)) throw malformedAnswer(operation, 'a collection without a list');
    return value.length === 1 && isObject(value[0]) ? value[0] : undefined;
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'refused') return undefined;
    throw error;
  }
}

function blocksIn(
  { error, scheduleItems, availabilityView }: JsonObject,
  span: Interval,
): LiveBlock[] | undefined {
  if ((error !== undefined && error !== null) || !Array.isArray(scheduleItems)) return undefined;
  const isBusy = /[^0]/.test(textAt(availabilityView) ?? '');
  if (isBusy && scheduleItems.length === 0) return undefined;
  const blocks = scheduleItems.map((item) => blockIn(objectAt(item), span));
  return blocks.includes(undefined) ? undefined : blocks.filter((block) => block !== undefined);
}

function blockIn(item: JsonObject, span: Interval): LiveBlock | undefined {
  const time = isInUtc(item.start) && isInUtc(item.end) ? slotOf(item) : undefined;
  if (time === undefined || mayBeDays(time, span)) return undefined;
  return anonymousBlock(time, busyOf(statusOf(item.status)));
}

/** As asked for: in any other zone the hour that comes twice would be told apart by nothing. */
function isInUtc(time: unknown): boolean {
  return objectAt(time).timeZone === 'UTC';
}

/** From midnight to midnight, as far as the edges of what was asked for let it be seen. */
function mayBeDays({ start, end }: Interval, asked: Interval): boolean {
  const isMidnight = (at: Date) => at.getTime() % dayMs === 0;
  return (isMidnight(start) || start <= asked.start) && (isMidnight(end) || end >= asked.end) && start < end;
}

const statuses = ['free', 'tentative', 'busy', 'oof', 'workingElsewhere'];

/** The documents write it in small letters, and their samples not always. */
function statusOf(status: unknown): string | undefined {
  return statuses.find((one) => one.toLowerCase() === textAt(status)?.toLowerCase());
}
