import { isTried } from '../../src/domain/interview-tried.ts';
import type { EventReading } from '../../src/providers/interview-events.ts';
import type { InterviewPlace } from '../../src/store/store.ts';
import { reach, useEvents, type InterviewEventsDependencies } from './interview-events-of.ts';
import type { Leaving } from './leave-event.ts';
import { attempt, type InterviewRun } from './interview-run.ts';

/**
 * Takes the event of a place out of its calendar, if it is there. Idempotent. Unless it is known that it is the only one,
 * it is looked for first: of several that a vendor has made, the others go then. What is found so is given to `lookAt` before
 * it is taken out.
 */
export async function clearPlace(
  dependencies: InterviewEventsDependencies,
  run: InterviewRun,
  place: InterviewPlace,
  lookAt?: (leaving: Leaving, reading: EventReading) => Promise<void>,
): Promise<void> {
  const { withdrawn, desired, applied, place: current } = run.interview;
  const telling = { notify: desired.sendInvitations, message: withdrawn?.message };
  const isCurrent = place.number === current?.number;
  const isApplied = isCurrent && applied !== undefined;
  if (isCurrent && !isApplied && !isTried(place) && place.leftAs === undefined) return;
  const reached = await reach(dependencies, place.connectionId);
  await useEvents(dependencies, reached, run.context, async (events, access) => {
    const isKnown = isApplied && lookAt === undefined;
    const finding = isKnown ? undefined : await attempt(run, 'find', () => events.findEvent(access, place));
    const providerEventId =
      finding?.type === 'event' ? finding.reading.providerEventId : place.providerEventId;
    if (providerEventId === undefined) return;
    if (finding?.type === 'event') await lookAt?.({ events, access, place, now: run.now() }, finding.reading);
    await attempt(run, 'cancel', () => events.cancelEvent(access, { ...place, providerEventId }, telling));
  });
}
