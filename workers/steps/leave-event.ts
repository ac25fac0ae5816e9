import { followed } from '../../src/domain/interview-changes.ts';
import type { InterviewEvents } from '../../src/providers/interview-events.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { InterviewPlace } from '../../src/store/store.ts';
import { lostWriting } from './book-event.ts';
import { followEvent, followReading, hasBeenRemoved } from './follow-event.ts';
import { attempt, type InterviewRun, type Settled } from './interview-run.ts';

interface Leaving {
  readonly events: InterviewEvents;
  readonly access: Access;
  readonly place: InterviewPlace;
  readonly now: Date;
}

/**
 * The last look at an event that the interview is about to leave for another calendar: what people have done to it, also
 * where its creation had no answer, so that nobody knows yet whether it is there. Writes nothing.
 */
export async function leaveEvent(run: InterviewRun, leaving: Leaving): Promise<Settled> {
  const { applied } = run.interview;
  if (applied !== undefined) return followEvent(run, { ...leaving, applied, writes: false });
  const { events, access, place, now } = leaving;
  const finding = await attempt(run, 'find', () => events.findEvent(access, place));
  if (finding.type === 'gone') return hasBeenRemoved;
  if (finding.type === 'none') return {};
  const { reading } = finding;
  const lost = lostWriting(reading, [place.triedWith ?? run.interview.desired], now);
  const its = { ...place, providerEventId: reading.providerEventId };
  const seen = await followReading(run, { ...leaving, place: its, applied: lost, writes: false }, reading);
  return { ...seen, news: [{ type: 'interview.booked', data: {} }, ...(seen.news ?? [])] };
}

/** The wish as it goes along: whoever organized it before is an attendee now, where the main app says so. */
export function wishToTakeAlong(
  { interview }: InterviewRun,
  { followed: plan }: Settled,
): Settled['followed'] {
  return plan && { ...plan, desired: followed(interview.desired, plan.followed) };
}
