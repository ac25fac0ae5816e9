import type { Failure } from '../../src/domain/failure.ts';
import type { Facts, InterviewPlace } from '../../src/store/store.ts';
import { clearPlace, type LookAt } from './clear-place.ts';
import { ObstructedError, type InterviewEventsDependencies } from './interview-events-of.ts';
import { settle, type InterviewRun } from './interview-run.ts';
import { doneSinceLeft, placeAfter } from './leave-event.ts';

export interface ClearFormerDependencies extends InterviewEventsDependencies {
  readonly facts: InterviewEventsDependencies['facts'] & Pick<Facts, 'settleInterview'>;
}

export interface Cleared {
  /** The numbers of the places. */
  readonly cleared: readonly number[];
  /** People had done something there by then that the interview follows: another run has to write it. */
  readonly isFollowed: boolean;
  /** Why an event is still where the interview has been. */
  readonly obstacle?: Failure | undefined;
}

/**
 * Takes the event out of the places that the interview has left, and takes along, or tells, what people have done there
 * since. Where one cannot be reached, the interview is where it is wanted all the same, and the others are cleared.
 */
export async function clearFormer(
  dependencies: ClearFormerDependencies,
  run: InterviewRun,
  places: readonly InterviewPlace[],
): Promise<Cleared> {
  const cleared: number[] = [];
  let isFollowed = false;
  let obstacle: Failure | undefined;
  const lookAt: LookAt = async (leaving, reading) => {
    const done = await doneSinceLeft(run, leaving, reading);
    if (done === undefined) return leaving.place;
    await settle(dependencies, run, { ...done, keepTurn: true });
    isFollowed ||= done.followed !== undefined;
    return placeAfter(leaving.place, done);
  };
  for (const place of places) {
    const standing = await unlessObstructed(clearPlace(dependencies, run, place, lookAt));
    if (standing === undefined) cleared.push(place.number);
    else obstacle = standing;
  }
  return { cleared, isFollowed, obstacle };
}

/** Gives what is in the way. */
async function unlessObstructed(work: Promise<void>): Promise<Failure | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof ObstructedError) return error.reason;
    throw error;
  }
}
