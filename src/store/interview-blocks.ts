import type { Block } from '../domain/blocking.ts';
import type { Interval } from '../domain/interval.ts';
import type { InterviewState, InterviewWish } from '../domain/interview.ts';
import type { CalendarDocument } from './calendars.ts';
import type { InterviewReads } from './interview-contract.ts';
import type { PlacePart } from './interview-parts.ts';
import type { ClaimPart, InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';
import type { AppliedRevision } from './store.ts';

/** In these the calendar is to show what is wanted, if not now then soon. */
const busyStates = ['pending', 'waiting', 'booked'] as const satisfies InterviewState[];

/** As far as it is read. */
interface BlockingInterview extends Pick<InterviewDocument, 'userId' | 'state'> {
  readonly desired: Pick<InterviewWish, 'start' | 'end' | 'tentative'>;
  readonly applied?: Pick<AppliedRevision, 'at'>;
  readonly place?: Pick<PlacePart, 'calendarId'>;
  readonly claim?: Pick<ClaimPart, 'userIds'>;
}

/** Each half has an index of its own. */
export function blockingInterviewsQuery(
  interviews: Database['interviews'],
  userIds: readonly string[],
  { start, end }: Interval,
) {
  const overlapping = { 'desired.start': { $lt: end }, 'desired.end': { $gt: start } };
  const whose = { $in: [...userIds] };
  return interviews.find(
    {
      $or: [
        { userId: whose, ...overlapping },
        { 'claim.userIds': whose, ...overlapping },
      ],
      state: { $in: [...busyStates] },
      ofHold: { $exists: false },
    },
    {
      userId: 1,
      state: 1,
      'desired.start': 1,
      'desired.end': 1,
      'desired.tentative': 1,
      'applied.at': 1,
      'place.calendarId': 1,
      'claim.userIds': 1,
    },
  );
}

export async function interviewBlocks(
  database: Database,
  userIds: readonly string[],
  range: Interval,
): ReturnType<InterviewReads['interviewBlocks']> {
  const found = await blockingInterviewsQuery(database.interviews, userIds, range).lean<
    BlockingInterview[]
  >();
  const readings = await readingsOf(database, found);
  const byUser = new Map<string, Block[]>(userIds.map((userId) => [userId, []]));
  for (const interview of found) {
    for (const userId of takingPart(interview)) {
      if (!isShown(interview, readings(interview, userId)))
        byUser.get(userId)?.push(blockOf(interview, userId));
    }
  }
  return byUser;
}

function takingPart({ userId, claim }: BlockingInterview): ReadonlySet<string> {
  return new Set([userId, ...(claim?.userIds ?? [])]);
}

function blockOf({ userId: organizer, desired }: BlockingInterview, userId: string): Block {
  const { start, end, tentative } = desired;
  const busy = tentative ? 'tentative' : 'busy';
  return { start, end, busy, kind: 'default', response: userId === organizer ? 'organizer' : 'needs_action' };
}

type Reading = Pick<CalendarDocument, '_id' | 'userId' | 'sync'>;

/**
 * The calendars that are to show an interview to somebody who takes part: the one in which it is written, or of others all
 * that count, because nobody but the vendor knows where their copy is.
 */
async function readingsOf(
  { calendars }: Database,
  interviews: readonly BlockingInterview[],
): Promise<(interview: BlockingInterview, userId: string) => readonly Reading[]> {
  const booked = interviews.filter(({ state }) => state === 'booked');
  if (booked.length === 0) return () => [];
  const places = booked.flatMap(({ place }) => place?.calendarId ?? []);
  const guests = booked.flatMap(({ claim }) => claim?.userIds ?? []);
  const fields = { userId: 1, 'sync.readFrom': 1 } as const;
  const written = await calendars.find({ _id: { $in: places } }, fields).lean<Reading[]>();
  const counting = await calendars
    .find({ userId: { $in: guests }, selected: true }, fields)
    .lean<Reading[]>();
  const ofUser = Map.groupBy(counting, ({ userId }) => userId);
  return ({ userId: organizer, place }, userId) =>
    userId === organizer
      ? written.filter(({ _id }) => place !== undefined && _id.equals(place.calendarId))
      : (ofUser.get(userId) ?? []);
}

/** Since it was written, the calendars have been read. */
function isShown({ state, applied }: BlockingInterview, readings: readonly Reading[]): boolean {
  if (state !== 'booked' || applied === undefined || readings.length === 0) return false;
  return readings.every(({ sync: { readFrom } }) => readFrom !== undefined && readFrom > applied.at);
}
