import type { Block } from '../domain/blocking.ts';
import type { Interval } from '../domain/interval.ts';
import type { InterviewState, InterviewWish } from '../domain/interview.ts';
import type { CalendarDocument } from './calendars.ts';
import type { PlacePart } from './interview-parts.ts';
import type { ClaimPart, InterviewDocument } from './interviews.ts';
import type { AppliedRevision } from './store.ts';

/** In these the calendar is to show what is wanted, if not now then soon. */
export const busyStates = ['pending', 'waiting', 'booked'] as const satisfies InterviewState[];

/** As far as it is read. */
export interface BlockingInterview extends Pick<InterviewDocument, '_id' | 'userId' | 'state'> {
  readonly desired: Pick<InterviewWish, 'start' | 'end' | 'tentative' | 'visibility'>;
  readonly applied?: Pick<AppliedRevision, 'at'>;
  readonly place?: Pick<PlacePart, 'calendarId'>;
  readonly claim?: Pick<ClaimPart, 'userIds'>;
}

export const blockingInterviewFields = {
  userId: 1,
  state: 1,
  'desired.start': 1,
  'desired.end': 1,
  'desired.tentative': 1,
  'desired.visibility': 1,
  'applied.at': 1,
  'place.calendarId': 1,
  'claim.userIds': 1,
} as const;

/** Each half has an index of its own. */
export function blockingInterviews(userIds: readonly string[], { start, end }: Interval) {
  const overlapping = { 'desired.start': { $lt: end }, 'desired.end': { $gt: start } };
  const whose = { $in: [...userIds] };
  return {
    $or: [
      { userId: whose, ...overlapping },
      { 'claim.userIds': whose, ...overlapping },
    ],
    state: { $in: [...busyStates] },
    ofHold: { $exists: false },
  };
}

/** A calendar that counts. */
type Reading = Pick<CalendarDocument, '_id' | 'userId' | 'sync'>;

/** When each of these users is taken up by interviews that their calendars cannot show yet, as far as they are stored. */
export function interviewBlocks(
  found: readonly BlockingInterview[],
  userIds: readonly string[],
  counting: readonly Reading[],
): Map<string, Block[]> {
  const readings = Map.groupBy(counting, ({ userId }) => userId);
  const byUser = new Map<string, Block[]>(userIds.map((userId) => [userId, []]));
  for (const interview of found) {
    for (const userId of takingPart(interview)) {
      const showing = showingTo(userId, interview, readings.get(userId) ?? []);
      if (!isShown(interview, showing)) byUser.get(userId)?.push(blockOf(interview, userId));
    }
  }
  return byUser;
}

function takingPart({ userId, claim }: BlockingInterview): ReadonlySet<string> {
  return new Set([userId, ...(claim?.userIds ?? [])]);
}

function blockOf({ _id, userId: organizer, desired }: BlockingInterview, userId: string): Block {
  const { start, end, tentative, visibility } = desired;
  return {
    start,
    end,
    busy: tentative ? 'tentative' : 'busy',
    kind: 'default',
    response: userId === organizer ? 'organizer' : 'needs_action',
    allDay: false,
    visibility,
    interviewId: _id,
  };
}

/**
 * Which of somebody's calendars are to show an interview to them: the one in which it is written, or to others all,
 * because nobody but the vendor knows where their copy is.
 */
function showingTo(
  userId: string,
  { userId: organizer, place }: BlockingInterview,
  own: readonly Reading[],
): readonly Reading[] {
  if (userId !== organizer) return own;
  return own.filter(({ _id }) => place !== undefined && _id.equals(place.calendarId));
}

/** Since it was written, the calendars have been read. */
function isShown({ state, applied }: BlockingInterview, readings: readonly Reading[]): boolean {
  if (state !== 'booked' || applied === undefined || readings.length === 0) return false;
  return readings.every(({ sync: { readFrom } }) => readFrom !== undefined && readFrom > applied.at);
}
