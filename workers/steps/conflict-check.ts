import { blocksTime, usualPolicy } from '../../src/domain/blocking.ts';
import type { CalendarEvent } from '../../src/domain/event.ts';
import { failure, ProviderError } from '../../src/domain/failure.ts';
import type { Interval } from '../../src/domain/interval.ts';
import type {
  CalendarRecord,
  ConnectionRecord,
  Facts,
  InterviewClash,
  InterviewRecord,
  InterviewTurn,
  Reads,
} from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import { ObstructedError, reach, type InterviewEventsDependencies } from './interview-events-of.ts';
import { withAccess } from '../../src/access/with-access.ts';

export interface ConflictCheckDependencies extends InterviewEventsDependencies {
  readonly reads: InterviewEventsDependencies['reads'] &
    Pick<Reads, 'connectionsOf' | 'calendarsOf' | 'interviewsOfHold'>;
  readonly facts: InterviewEventsDependencies['facts'] & Pick<Facts, 'claimTime' | 'usersWithAddress'>;
}

/** What is asked about: whoever is asked, the event of the interview itself is in nobody's way. */
interface Question {
  readonly interview: InterviewRecord;
  /** The slots of the hold that it names: they may be in the calendar still. */
  readonly slots: readonly InterviewRecord[];
  readonly context: Pick<JobContext<unknown>, 'signal' | 'log'>;
}

/** A tentative entry is somebody's plan. */
const policy = usualPolicy;

/**
 * Whether one of those who take part is busy at the time of the interview: by what we have promised to other interviews
 * and holds, and then by asking the calendars of the organizer and of all attendees who are connected, right now. Takes
 * the time for this interview where we have not promised it, so of several that race one is written. Who is not connected
 * cannot be asked, and neither can who has to authorize anew. Throws `ProviderError` where a vendor does not answer.
 */
export async function findClash(
  dependencies: ConflictCheckDependencies,
  turn: InterviewTurn,
  { interview, context }: Omit<Question, 'slots'>,
): Promise<InterviewClash | undefined> {
  const { facts, reads, now } = dependencies;
  const { start, end, organizer, attendees, holdId } = interview.desired;
  const known = await facts.usersWithAddress(attendees.map(({ email }) => email));
  const userIds = [...new Set([organizer.userId, ...known.values()])];
  const promised = await facts.claimTime(turn, { start, end, userIds, holdId }, now());
  if (promised !== undefined) return promised;
  const slots = holdId === undefined ? [] : await reads.interviewsOfHold(holdId);
  const question = { interview, slots, context };
  for (const userId of userIds) {
    const busy = await busyTime(dependencies, userId, question);
    if (busy !== undefined) return { ...busy, userId };
  }
  return undefined;
}

async function busyTime(
  dependencies: ConflictCheckDependencies,
  userId: string,
  question: Question,
): Promise<Interval | undefined> {
  const connections = await dependencies.reads.connectionsOf(userId);
  for (const connection of connections.filter(({ status }) => status === 'active')) {
    const busy = await busyInConnection(dependencies, connection, question);
    if (busy !== undefined) return busy;
  }
  return undefined;
}

/** A grant that turns out to be dead is marked by the asking; then there is nothing to be learned from it. */
async function busyInConnection(
  dependencies: ConflictCheckDependencies,
  { id }: ConnectionRecord,
  question: Question,
): Promise<Interval | undefined> {
  const calendars = await dependencies.reads.calendarsOf(id);
  for (const calendar of calendars.filter(({ selected }) => selected)) {
    try {
      const busy = await busyInCalendar(dependencies, calendar, question);
      if (busy !== undefined) return busy;
    } catch (error) {
      if (!cannotBeAsked(error)) throw error;
      return undefined;
    }
  }
  return undefined;
}

function cannotBeAsked(error: unknown): boolean {
  const isDead = error instanceof ProviderError && error.kind === 'reconnect_needed';
  return isDead || error instanceof ObstructedError;
}

async function busyInCalendar(
  dependencies: ConflictCheckDependencies,
  calendar: CalendarRecord,
  question: Question,
): Promise<Interval | undefined> {
  const { context, interview } = question;
  const { desired } = interview;
  const { connection, provider } = await reach(dependencies, calendar.connectionId);
  const query = { ...calendar, window: { start: desired.start, end: desired.end }, cursor: null };
  const use = { ...context, urgency: 'interactive' } as const;
  const gone = (): Error =>
    new ObstructedError(failure('organizer_disconnected', `The connection ${connection.id} is gone.`));
  return withAccess(dependencies, { ...use, provider, connection, gone }, async (access) => {
    for await (const { changes } of provider.listEvents(access, query)) {
      const events = changes.flatMap((change) =>
        change.type === 'upsert' ? [change.event] : change.type === 'series' ? change.events : [],
      );
      const clash = events.find((event) => clashes(event, question));
      if (clash !== undefined) return { start: clash.start, end: clash.end };
    }
    return undefined;
  });
}

function clashes(event: CalendarEvent, { interview, slots }: Question): boolean {
  const { start, end } = interview.desired;
  const overlaps = event.start < end && start < event.end;
  return overlaps && blocksTime(event, policy) && ![interview, ...slots].some((one) => isOf(event, one));
}

/** Its event, or the copy of it in an attendee's calendar. */
function isOf(event: CalendarEvent, { place, formerPlaces, applied }: InterviewRecord): boolean {
  const places = place === undefined ? formerPlaces : [place, ...formerPlaces];
  const meetings = [applied, ...places].map((one) => one?.iCalUID);
  return (
    places.some(
      ({ providerEventId, key }) => providerEventId === event.providerEventId || key === event.clientKey,
    ) ||
    (event.iCalUID !== undefined && meetings.includes(event.iCalUID))
  );
}
