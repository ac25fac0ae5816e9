import type { InterviewDocument } from '../../../src/store/interviews.ts';
import type { Database } from '../../../src/store/mongodb.ts';
import { objectId } from '../../../src/store/object-id.ts';
import { minutesLater, sha256, testNow } from '../../support/builders.ts';
import { aSnapshot, aWish } from './interviews-world.ts';

/** When they are, unless a test says otherwise. */
export const anHour = { start: minutesLater(60), end: minutesLater(120) };

export interface Whereabouts {
  readonly userId: string;
  readonly connectionId: string;
  readonly calendarId: string;
}

/** Undefined: without it. */
export type InterviewFields = {
  readonly [Name in keyof InterviewDocument]?: InterviewDocument[Name] | undefined;
};

/** One that lies in that calendar as wanted; `fields` replace what a test is about. */
export async function bookedInterview(
  { interviews }: Database,
  id: string,
  at: Whereabouts,
  fields: InterviewFields = {},
): Promise<InterviewDocument> {
  const wish = fields.desired ?? aWish(at.userId, anHour);
  const snapshot = aSnapshot(wish);
  const document: InterviewFields = {
    _id: id,
    userId: at.userId,
    revision: 1,
    requested: wish,
    desired: wish,
    state: 'booked',
    place: aPlace(id, at),
    lastPlaceNumber: 1,
    formerPlaces: [],
    applied: { revision: 1, wish, snapshot, iCalUID: `${id}@ical`, at: testNow, observedAt: testNow },
    attempts: [],
    turn: { run: 1, leaseUntil: null, dirty: false },
    expiresAt: minutesLater(600_000),
    createdAt: testNow,
    updatedAt: testNow,
    ...fields,
  };
  const given = Object.entries(document).filter(([, value]) => value !== undefined);
  const [created] = await interviews.create([Object.fromEntries(given) as unknown as InterviewDocument]);
  if (created === undefined) throw new Error('the interview was not created');
  return created.toObject();
}

/** `number`: of the events that the interview had, one after another. */
export function aPlace(id: string, { connectionId, calendarId }: Whereabouts, number = 1) {
  const [connection, calendar] = [objectId(connectionId), objectId(calendarId)];
  if (connection === undefined || calendar === undefined) throw new Error('no place without ids');
  return {
    number,
    key: sha256(`${id} ${number}`).slice(0, 40),
    connectionId: connection,
    calendarId: calendar,
    providerCalendarId: `calendar of ${id}`,
    providerEventId: `event ${number} of ${id}`,
  };
}
