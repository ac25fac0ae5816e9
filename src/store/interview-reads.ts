import { addressKey, type InterviewWish } from '../domain/interview.ts';
import { anyCase, livingStatuses } from './connections.ts';
import type { InterviewFacts, InterviewReads } from './interview-contract.ts';
import { interviewsOf } from './interview-touches.ts';
import { interviewRecord } from './interviews.ts';
import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { WritableCalendar } from './store.ts';

/** Interviews, and what they need to know of calendars. */
export function interviewReads(database: Database): InterviewReads {
  return {
    interview: async (id) => {
      const found = await database.interviews.findById(id).lean();
      return found === null ? undefined : interviewRecord(found);
    },
    writableCalendar: (organizer) => writableCalendar(database, organizer),
    interviewsOf: (calendar, entries) => interviewsOf(database, calendar, entries),
  };
}

export function userAddressFacts({ connections }: Database): Pick<InterviewFacts, 'usersWithAddress'> {
  return {
    usersWithAddress: async (emails) => {
      const found = await connections
        .find(
          { email: { $in: emails.map(addressKey) }, status: { $in: livingStatuses } },
          { userId: 1, email: 1 },
        )
        .collation(anyCase)
        .lean();
      return new Map(found.map(({ userId, email }) => [addressKey(email), userId]));
    },
  };
}

/** One that is named has to be the organizer's own. */
async function writableCalendar(
  { connections, calendars }: Database,
  { userId, calendarId }: InterviewWish['organizer'],
): Promise<WritableCalendar | undefined> {
  const living = await connections
    .find({ userId, status: { $in: livingStatuses } }, { status: 1 })
    .sort({ createdAt: 1, _id: 1 })
    .lean();
  const inOrder = living.toSorted(
    (one, other) => Number(other.status === 'active') - Number(one.status === 'active'),
  );
  const which = calendarId === undefined ? { primary: true } : { _id: objectId(calendarId) ?? null };
  const found = await calendars
    .find(
      { connectionId: { $in: inOrder.map(({ _id }) => _id) }, canWrite: true, ...which },
      { connectionId: 1, providerCalendarId: 1 },
    )
    .lean();
  const byConnection = new Map(found.map((calendar) => [calendar.connectionId.toHexString(), calendar]));
  const first = inOrder.flatMap(({ _id }) => byConnection.get(_id.toHexString()) ?? [])[0];
  return (
    first && {
      connectionId: first.connectionId.toHexString(),
      calendarId: first._id.toHexString(),
      providerCalendarId: first.providerCalendarId,
    }
  );
}
