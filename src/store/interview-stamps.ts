import type { ClientSession, Types } from 'mongoose';
import { addressKey } from '../domain/interview.ts';
import { anyCase, livingStatuses } from './connections.ts';
import type { InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';

interface Known {
  readonly place?: InterviewDocument['place'] | undefined;
  readonly applied?: InterviewDocument['applied'] | undefined;
}

/**
 * Stamps what a page has stored before the vendor's ids were known here: the event, where the vendor does not tell our
 * own name of it, and the copies at those who are asked. Told already as anybody's, so what becomes of it is told once
 * more. Asks nothing where the ids are what they were.
 */
export async function stampStored(
  database: Database,
  session: ClientSession,
  interviewId: string,
  before: Known,
  { place, applied }: Known,
): Promise<void> {
  if (place === undefined || applied === undefined) return;
  const { events } = database;
  const { calendarId, providerEventId } = place;
  const stamp = { $set: { interviewId, interviewApart: true } };
  if (providerEventId !== undefined && providerEventId !== before.place?.providerEventId) {
    await events.updateOne({ calendarId, providerEventId, ...unstamped }, stamp, { session });
  }
  const { iCalUID, snapshot } = applied;
  if (iCalUID === undefined || iCalUID === before.applied?.iCalUID) return;
  const emails = snapshot.attendees.map(({ email }) => addressKey(email));
  const calendarIds = await calendarsOf(database, session, emails);
  if (calendarIds.length === 0) return;
  // By the time, because that is what there is an index of.
  const { start } = snapshot;
  const copies = { calendarId: { $in: calendarIds }, start, iCalUID, ...unstamped };
  await events.updateMany(copies, stamp, { session });
}

const unstamped = { interviewId: { $exists: false } } as const;

/** Of those who have these addresses here. */
async function calendarsOf(
  { connections, calendars }: Database,
  session: ClientSession,
  emails: readonly string[],
): Promise<Types.ObjectId[]> {
  if (emails.length === 0) return [];
  const found = await connections
    .find({ email: { $in: [...emails] }, status: { $in: livingStatuses } }, { _id: 1 }, { session })
    .collation(anyCase)
    .lean();
  if (found.length === 0) return [];
  const theirs = { connectionId: { $in: found.map(({ _id }) => _id) } };
  return (await calendars.find(theirs, { _id: 1 }, { session }).lean()).map(({ _id }) => _id);
}
