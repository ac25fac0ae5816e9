import type { Interval } from '../../../src/domain/interval.ts';
import { planInterview } from '../../../src/domain/interview-plan.ts';
import { begun, type Tries } from '../../../src/domain/interview-tried.ts';
import { ownFields, type EventSnapshot, type InterviewWish } from '../../../src/domain/interview.ts';
import type {
  InterviewPlace,
  InterviewRecord,
  InterviewSettlement,
  InterviewTurn,
  Store,
} from '../../../src/store/store.ts';
import {
  aCalendar,
  connectedAccount,
  minutesLater,
  sha256,
  syncTurn,
  testNow,
  type Account,
} from '../../support/builders.ts';
import { newUser } from './own-store.ts';

/** An interview of an hour; `fields` replace what a test is about. */
export function aWish(userId: string, fields: Partial<InterviewWish> = {}): InterviewWish {
  return {
    start: minutesLater(600),
    end: minutesLater(660),
    title: 'Interview with Kim',
    timeZone: 'Europe/Berlin',
    attendees: [{ email: 'kim@example.com', optional: false, resource: false }],
    conference: 'none',
    visibility: 'default',
    tentative: false,
    organizer: { userId },
    sendInvitations: true,
    checkConflicts: false,
    policy: 'follow',
    ...fields,
  };
}

/** With a value in every field that has one. */
export function aFullWish(userId: string): InterviewWish {
  return aWish(userId, {
    description: 'Second round\nBring a pen',
    location: 'Room 4',
    attendees: [
      { email: 'Kim@example.com', name: 'Kim', optional: true, resource: false },
      { email: 'room-4@example.com', optional: false, resource: true },
    ],
    conference: 'google_meet',
    reminders: [10, 0],
    visibility: 'private',
    tentative: true,
    organizer: { userId, calendarId: '66f1a2c9c4d5e6f708192a3d' },
    checkConflicts: true,
    holdId: 'hold-1',
  });
}

export function aSnapshot(wish: InterviewWish, fields: Partial<EventSnapshot> = {}): EventSnapshot {
  const { start, end, title, description, location, visibility, attendees } = wish;
  return {
    etag: '"1"',
    start,
    end,
    allDay: false,
    title,
    description,
    location,
    visibility,
    attendees: attendees.map((attendee) => ({ ...attendee, response: 'needs_action' })),
    conference: { state: 'none' },
    ...fields,
  };
}

/** A connected user with one calendar that is written to. */
export async function organizer(store: Store, account: Account = {}) {
  const userId = account.userId ?? newUser();
  const { id: connectionId } = await connectedAccount(store, { ...account, userId });
  const turn = await syncTurn(store, connectionId);
  const [calendar] = await store.facts.replaceCalendars(
    turn,
    [aCalendar('main', { primary: true })],
    testNow,
  );
  await store.facts.finishSync(turn, { now: testNow, nextSyncAt: minutesLater(60) });
  return { userId, connectionId, calendarId: calendar!.id };
}

type Home = Pick<InterviewPlace, 'connectionId' | 'calendarId'>;

export function aPlace(
  id: string,
  { connectionId, calendarId }: Home,
  fields: Partial<InterviewPlace> = {},
): InterviewPlace {
  const number = fields.number ?? 1;
  const key = sha256(`${id} ${number}`).slice(0, 40);
  return { number, key, connectionId, calendarId, providerCalendarId: 'main', ...fields };
}

/** That an event is about to be made with it, the first try. */
export function triedWith(wish: InterviewWish): Tries {
  return begun({}, { wish, fields: ownFields }).tries;
}

/** Takes the turn for a minute. */
export async function interviewTurn(
  { facts }: Store,
  id: string,
  now = testNow,
): Promise<{ turn: InterviewTurn; interview: InterviewRecord }> {
  const answer = await facts.takeInterviewTurn(id, now, minutesLater(1, now));
  if (answer.type !== 'taken') throw new Error(`the turn was answered ${answer.type}`);
  return answer;
}

export function settlement(fields: Partial<InterviewSettlement> = {}): InterviewSettlement {
  return { now: testNow, attempts: [], news: [], ...fields };
}

/** That the calendar holds it as it is wanted. */
export function asWanted(
  wish: InterviewWish,
  fields: Partial<InterviewSettlement> = {},
  snapshot: Partial<EventSnapshot> = {},
): InterviewSettlement {
  const applied = {
    wish,
    snapshot: aSnapshot(wish, snapshot),
    iCalUID: 'uid@example.com',
    webLink: 'https://calendar.example/event',
    providerEventId: 'event-1',
    written: true,
  };
  return settlement({ happening: 'applied', applied, ...fields });
}

/** That people have changed in the calendar what was written there, and that the wish follows them. */
export function followedBy(wish: InterviewWish, change: Partial<EventSnapshot>) {
  const applied = { wish, snapshot: aSnapshot(wish) };
  const now = aSnapshot(wish, { etag: '"2"', ...change });
  const plan = planInterview(
    { revision: 1, desired: wish, requestedVisibility: wish.visibility, applied },
    now,
  );
  return { desired: plan.desired, followed: plan };
}

/** That people have moved it. */
export const movedTo = (wish: InterviewWish, { start, end }: Interval) => followedBy(wish, { start, end });

let interviews = 0;

/** An id that no other interview of the test file has. */
export function newInterview(): string {
  interviews += 1;
  return `interview-${interviews}`;
}

/** A wish that went into the organizer's calendar. */
export async function booked(
  store: Store,
  { userId, ...home }: Home & { readonly userId: string },
  fields: Partial<InterviewWish> = {},
  now = testNow,
): Promise<InterviewRecord> {
  const id = newInterview();
  const wish = aWish(userId, fields);
  await store.intents.putInterview(id, wish, now);
  const { turn } = await interviewTurn(store, id, now);
  await store.facts.placeInterview(turn, aPlace(id, home, triedWith(wish)), now);
  await store.facts.settleInterview(turn, asWanted(wish, { now }));
  return record(store, id);
}

export async function record({ reads }: Store, id: string): Promise<InterviewRecord> {
  const found = await reads.interview(id);
  if (found === undefined) throw new Error(`there is no interview ${id}`);
  return found;
}
