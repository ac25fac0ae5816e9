import type { InterviewPlace } from '../../src/store/store.ts';
import { reach, useEvents, type InterviewEventsDependencies } from './interview-events-of.ts';
import { attempt, type InterviewRun } from './interview-run.ts';

/** Takes the event of a place out of its calendar, if it is there. Idempotent. */
export async function clearPlace(
  dependencies: InterviewEventsDependencies,
  run: InterviewRun,
  place: InterviewPlace,
): Promise<void> {
  const { withdrawn, desired } = run.interview;
  const telling = { notify: desired.sendInvitations, message: withdrawn?.message };
  const reached = await reach(dependencies, place.connectionId);
  await useEvents(dependencies, reached, run.context, async (events, access) => {
    const { providerEventId } = place;
    if (providerEventId !== undefined)
      return attempt(run, 'cancel', () => events.cancelEvent(access, { ...place, providerEventId }, telling));
    const finding = await attempt(run, 'find', () => events.findEvent(access, place));
    if (finding.type !== 'event') return;
    const found = { ...place, providerEventId: finding.reading.providerEventId };
    await attempt(run, 'cancel', () => events.cancelEvent(access, found, telling));
  });
}
