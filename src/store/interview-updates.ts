import { nextState, type InterviewState, type InterviewWish } from '../domain/interview.ts';
import { interviewExpiry, somethingHappened, type InterviewDocument } from './interviews.ts';

/** One that was never asked for before. */
export function freshInterview(id: string, wish: InterviewWish, now: Date): InterviewDocument {
  return {
    _id: id,
    userId: wish.organizer.userId,
    revision: 1,
    requested: wish,
    desired: wish,
    state: nextState('waiting', 'requested'),
    lastPlaceNumber: 0,
    formerPlaces: [],
    attempts: [],
    dueAt: now,
    turn: { run: 0, leaseUntil: null, dirty: true },
    expiresAt: interviewExpiry(wish, now),
    createdAt: now,
    updatedAt: now,
  };
}

/** The update by which an interview is wanted. From every state a wish leads to the same one. */
export function wantedInterview(now: Date, fields: Partial<InterviewDocument>) {
  const { $set, $min } = somethingHappened(now);
  return {
    $set: { ...$set, ...fields, state: nextState('waiting', 'requested'), updatedAt: now },
    $min,
    $unset: { withdrawn: 1, reason: 1, clash: 1 },
  } as const;
}

/** The fields of another revision. */
export function revisedInterview(
  { revision }: Pick<InterviewDocument, 'revision'>,
  requested: InterviewWish,
  desired: InterviewWish,
  now: Date,
): Partial<InterviewDocument> {
  return {
    userId: requested.organizer.userId,
    revision: revision + 1,
    requested,
    desired,
    expiresAt: interviewExpiry(desired, now),
  };
}

/** The update by which one in this state is not wanted any more. Its time is free for others from here on. */
export function unwantedInterview(
  state: InterviewState,
  withdrawn: NonNullable<InterviewDocument['withdrawn']>,
  now: Date,
) {
  const { $set, $min } = somethingHappened(now);
  return {
    $set: { ...$set, withdrawn, state: nextState(state, 'withdrawn'), updatedAt: now },
    $min,
    $unset: { reason: 1, clash: 1, claim: 1 },
  } as const;
}
