import { isTried } from '../../src/domain/interview-tried.ts';
import type { EventReading, Finding } from '../../src/providers/interview-events.ts';
import type { InterviewPlace } from '../../src/store/store.ts';
import { isStale, maxReadings } from './follow-event.ts';
import { reach, useEvents, type InterviewEventsDependencies } from './interview-events-of.ts';
import type { Leaving } from './leave-event.ts';
import { attempt, type InterviewRun } from './interview-run.ts';

/** Looks at what is about to be taken out; gives the place as it is known then. */
export type LookAt = (leaving: Leaving, reading: EventReading) => Promise<InterviewPlace>;

/**
 * Takes the event of a place out of its calendar, if it is there. Idempotent. Unless it is known that it is the only one,
 * it is looked for first: of several that a vendor has made, the others go then. With `lookAt` it is taken out only as it
 * was looked at; where it has changed since, it is looked at again.
 */
export async function clearPlace(
  dependencies: InterviewEventsDependencies,
  run: InterviewRun,
  place: InterviewPlace,
  lookAt?: LookAt,
): Promise<void> {
  if (!mayHoldEvent(run, place)) return;
  const { desired, withdrawn } = run.interview;
  const telling = { notify: desired.sendInvitations, message: withdrawn?.message };
  const reached = await reach(dependencies, place.connectionId);
  let known = place;
  await useEvents(dependencies, reached, run.context, async (events, access) => {
    for (let looks = 1; ; looks += 1) {
      const finding = isOnlyEvent(run, known, lookAt)
        ? undefined
        : await attempt(run, 'find', () => events.findEvent(access, known));
      const providerEventId = idToTakeOut(known, finding);
      if (providerEventId === undefined) return;
      const reading = lookAt && readingIn(finding);
      if (lookAt && reading) known = await lookAt({ events, access, place: known, now: run.now() }, reading);
      const its = { ...known, providerEventId };
      try {
        await attempt(run, 'cancel', () => events.cancelEvent(access, its, telling, reading));
        return;
      } catch (error) {
        if (reading === undefined || !isStale(error) || looks === maxReadings) throw error;
      }
    }
  });
}

function mayHoldEvent({ interview: { applied, place: current } }: InterviewRun, place: InterviewPlace) {
  const isUntouched = place.number === current?.number && applied === undefined;
  return !isUntouched || isTried(place) || place.leftAs !== undefined;
}

function isOnlyEvent({ interview }: InterviewRun, place: InterviewPlace, lookAt: LookAt | undefined) {
  const isApplied = place.number === interview.place?.number && interview.applied !== undefined;
  return isApplied && lookAt === undefined && place.doubtUntil === undefined;
}

/** What was there once, and is not found by its key, is taken out by its id. */
function idToTakeOut(
  { providerEventId, iCalUID }: InterviewPlace,
  finding: Finding | undefined,
): string | undefined {
  switch (finding?.type) {
    case 'event':
      return finding.reading.providerEventId;
    case 'gone':
      return undefined;
    case 'none':
      return iCalUID === undefined ? undefined : providerEventId;
    case undefined:
      return providerEventId;
  }
}

function readingIn(finding: Finding | undefined): EventReading | undefined {
  return finding?.type === 'event' ? finding.reading : undefined;
}
