import type { InterviewPlace } from '../../src/store/store.ts';
import type { ClearFormerDependencies } from './clear-former.ts';
import { ObstructedError, reach, useEvents } from './interview-events-of.ts';
import { atAccount, attempt, settle, type InterviewRun } from './interview-run.ts';
import { doneSinceLeft, placeAfter, wishToTakeAlong, type Done } from './leave-event.ts';

/**
 * An interview that has left a calendar, and could not be made in the next one yet, or could not be at all, stands in the
 * old one as it was: what people do to it there is told, and goes along. Gives the run as it goes on.
 */
export async function takeAlong(
  dependencies: ClearFormerDependencies,
  run: InterviewRun,
): Promise<InterviewRun> {
  const { applied, formerPlaces } = run.interview;
  if (applied !== undefined) return run;
  let its = run;
  for (const place of formerPlaces.filter(stands)) its = await takenAlong(dependencies, its, place);
  return its;
}

function stands({ leftAs, clearing }: InterviewPlace): boolean {
  return leftAs !== undefined && clearing === undefined;
}

async function takenAlong(
  dependencies: ClearFormerDependencies,
  run: InterviewRun,
  place: InterviewPlace,
): Promise<InterviewRun> {
  const done = await doneThere(dependencies, run, place);
  if (done === undefined) return run;
  const { interview } = run;
  const { reason, clash } = interview;
  const followed = wishToTakeAlong(run, done);
  await settle(dependencies, run, { reason, clash, ...done, followed, keepTurn: true });
  const { desired } = followed ?? interview;
  const formerPlaces = interview.formerPlaces.map((former) =>
    former.number === place.number ? placeAfter(former, done) : former,
  );
  return { ...run, interview: { ...interview, desired, formerPlaces } };
}

/** A calendar that cannot be asked any more keeps nobody. */
async function doneThere(
  dependencies: ClearFormerDependencies,
  run: InterviewRun,
  place: InterviewPlace,
): Promise<Done | undefined> {
  try {
    const reached = await reach(dependencies, place.connectionId);
    const its = atAccount(run, reached.connection);
    return await useEvents(dependencies, reached, run.context, async (events, access) => {
      const finding = await attempt(its, 'find', () => events.findEvent(access, place));
      if (finding.type !== 'event') return undefined;
      return doneSinceLeft(its, { events, access, place, now: run.now() }, finding.reading);
    });
  } catch (error) {
    if (error instanceof ObstructedError) return undefined;
    throw error;
  }
}
