import { expect } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { InterviewWish } from '../../src/domain/interview.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { InterviewRecord } from '../../src/store/store.ts';
import { newUser, requestsDuring, type ConnectedUser } from './connected-user.ts';
import { meetingPeople } from './meeting-people.ts';
import { after, day, hour, type Workers } from './own-workers.ts';

export const guest = 'kim@else.example';

let interviews = 0;

/** Interviews at one vendor, on the jobs of a test file: what the main app asks for, and what comes of it. */
export function interviewDesk(workers: Workers, id: ProviderId) {
  const vendorOf = () => workers.vendors[id];
  const people = () => meetingPeople(workers.vendors)[id];
  const record = async (interviewId: string): Promise<InterviewRecord> =>
    (await workers.store.reads.interview(interviewId))!;

  /** Somebody whose calendars were read once. */
  async function organizer(): Promise<ConnectedUser> {
    const user = await newUser(workers, vendorOf());
    await workers.sync(user.connectionId);
    return user;
  }

  function wish(
    { userId }: Pick<ConnectedUser, 'userId'>,
    changes: Partial<InterviewWish> = {},
  ): InterviewWish {
    return {
      organizer: { userId },
      title: 'Interview with Kim',
      start: after(2 * day),
      end: after(2 * day + hour),
      timeZone: 'Europe/Berlin',
      attendees: [{ email: guest, optional: false, resource: false }],
      conference: 'none',
      visibility: 'default',
      tentative: false,
      sendInvitations: true,
      checkConflicts: false,
      policy: 'follow',
      ...changes,
    };
  }

  /** Gives the interview's id, a new one unless it is given. */
  async function put(wanted: InterviewWish, interviewId = `interview-${(interviews += 1)}`): Promise<string> {
    await workers.store.intents.putInterview(interviewId, wanted, workers.clock);
    return interviewId;
  }

  async function booked(user: ConnectedUser, changes: Partial<InterviewWish> = {}): Promise<string> {
    const interviewId = await put(wish(user, changes));
    expect(await workers.reconcile(interviewId)).toMatchObject({ type: 'done' });
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
    return interviewId;
  }

  async function allChanges(): Promise<readonly Change[]> {
    const page = await workers.store.reads.changes({ after: 0, limit: 10_000, now: workers.clock });
    return page.type === 'page' ? page.changes : [];
  }

  return {
    vendorOf,
    people,
    record,
    organizer,
    wish,
    put,
    booked,
    allChanges,
    eventIdOf: async (interviewId: string): Promise<string> =>
      (await record(interviewId)).place!.providerEventId!,
    /** What is told of this user's interviews, oldest first. */
    newsOf: async ({ userId }: ConnectedUser) => {
      const told = await allChanges();
      return told
        .filter((change) => change.userId === userId && change.type.startsWith('interview.'))
        .map(({ type, data }) => ({ type, data }));
    },
    /** What the guest was mailed by this vendor. */
    mailed: (): string[] => people().mails(guest),
    /** Requests of the vendor's that write something. */
    writesDuring: async (doing: () => Promise<unknown>) =>
      (await requestsDuring(vendorOf(), doing)).filter(
        ({ method, path }) => method !== 'GET' && !path.endsWith('/token'),
      ),
  };
}
