import { addressKey } from '../domain/interview.ts';
import type { InterviewCountQuery } from './availability-contract.ts';
import { anyCase, livingStatuses, type ConnectionDocument } from './connections.ts';
import { busyStates } from './interview-blocks.ts';
import type { ClaimPart, InterviewDocument } from './interviews.ts';
import type { Database } from './mongodb.ts';

/** As far as it is read. */
interface CountedInterview extends Pick<InterviewDocument, '_id' | 'userId'> {
  readonly desired: { readonly attendees: readonly { readonly email: string }[] };
  readonly claim?: Pick<ClaimPart, 'userIds'>;
}

type Counted = Pick<InterviewCountQuery, 'span' | 'except'>;

const counted = { userId: 1, 'claim.userIds': 1, 'desired.attendees.email': 1 } as const;

/** Each half has an index of its own. */
export function interviewsOfUsersQuery(
  { interviews }: Database,
  userIds: readonly string[],
  { span, except }: Counted,
) {
  const whose = { $in: [...userIds] };
  const within = { 'desired.start': { $gte: span.start, $lt: span.end } };
  return interviews.find(
    {
      $or: [
        { userId: whose, ...within },
        { 'claim.userIds': whose, ...within },
      ],
      ...standing(except),
    },
    counted,
  );
}

/** Apart from the others, because only addresses are compared without regard to case. */
export function interviewsOfAddressesQuery(
  { interviews }: Database,
  addresses: readonly string[],
  { span, except }: Counted,
) {
  return interviews
    .find(
      {
        'desired.attendees.email': { $in: [...addresses] },
        'desired.start': { $gte: span.start, $lt: span.end },
        ...standing(except),
      },
      counted,
    )
    .collation(anyCase);
}

function standing(except: readonly string[]) {
  return { _id: { $nin: [...except] }, state: { $in: [...busyStates] }, ofHold: { $exists: false } };
}

export async function interviewCounts(
  database: Database,
  { userIds, ...query }: InterviewCountQuery,
): Promise<Map<string, number>> {
  const [addressed, ofUsers] = await Promise.all([
    usersByAddress(database, userIds),
    interviewsOfUsersQuery(database, userIds, query).lean<CountedInterview[]>(),
  ]);
  const addresses = [...addressed.keys()];
  const ofAddresses =
    addresses.length === 0
      ? []
      : await interviewsOfAddressesQuery(database, addresses, query).lean<CountedInterview[]>();
  const counts = new Map(userIds.map((userId) => [userId, 0]));
  const interviews = new Map([...ofUsers, ...ofAddresses].map((interview) => [interview._id, interview]));
  for (const interview of interviews.values()) {
    for (const userId of takingPart(interview, addressed)) {
      const count = counts.get(userId);
      if (count !== undefined) counts.set(userId, count + 1);
    }
  }
  return counts;
}

/** One account can be connected by several users. */
async function usersByAddress(
  { connections }: Database,
  userIds: readonly string[],
): Promise<Map<string, string[]>> {
  const found = await connections
    .find({ userId: { $in: [...userIds] }, status: { $in: livingStatuses } }, { userId: 1, email: 1 })
    .lean<Pick<ConnectionDocument, 'userId' | 'email'>[]>();
  const named = found.filter(({ email }) => email !== '');
  const grouped = Map.groupBy(named, ({ email }) => addressKey(email));
  return new Map([...grouped].map(([address, users]) => [address, users.map(({ userId }) => userId)]));
}

function takingPart(
  { userId, claim, desired }: CountedInterview,
  addressed: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const attending = desired.attendees.flatMap(({ email }) => addressed.get(addressKey(email)) ?? []);
  return new Set([userId, ...(claim?.userIds ?? []), ...attending]);
}
