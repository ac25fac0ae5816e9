import { differingFields, followed } from '../../src/domain/interview-changes.ts';
import { createdBy, doneOf, withDone } from '../../src/domain/interview-tried.ts';
import type { EventReading, InterviewEvents } from '../../src/providers/interview-events.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { InterviewPlace } from '../../src/store/store.ts';
import { followEvent, followReading, hasBeenRemoved } from './follow-event.ts';
import { attempt, type InterviewRun, type Settled } from './interview-run.ts';

export interface Leaving {
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
  const lost = createdBy(place, reading, run.interview.desired);
  const its = { ...place, providerEventId: reading.providerEventId, tries: undefined };
  const made = { ...lost, revision: 0, at: now };
  // That it is booked is told of its next place, under the same revision.
  return followReading(run, { ...leaving, place: its, applied: made, writes: false }, reading);
}

/** The wish as it goes along: whoever organized it before is an attendee now, where the main app says so. */
export function wishToTakeAlong(
  { interview }: InterviewRun,
  { followed: plan }: Settled,
): Settled['followed'] {
  return plan && { ...plan, desired: followed(interview.desired, plan.followed) };
}

/** What people have done there, and how it is known to be from then on. */
export type Done = Settled & { readonly formerSeen: NonNullable<Settled['formerSeen']> };

/**
 * What people have done to the event between that look and its being taken out, where it is known how it was; undefined
 * where that is nothing, or is followed already. The calendar where the interview is now does not say it yet.
 */
export async function doneSinceLeft(
  run: InterviewRun,
  leaving: Leaving,
  reading: EventReading,
): Promise<Done | undefined> {
  const { leftAs, number } = leaving.place;
  if (leftAs === undefined) return undefined;
  const { turn, interview } = run;
  const place = { ...leaving.place, providerEventId: reading.providerEventId, tries: undefined };
  // The link to a meeting is that of the new event.
  const left = { ...leftAs, conference: reading.snapshot.conference };
  const last = doneOf(leaving.place, reading);
  const { snapshot } = last
    ? withDone({ wish: last.wish, snapshot: left }, last, reading)
    : { snapshot: left };
  const applied = { wish: interview.desired, snapshot, revision: turn.revision, at: leaving.now };
  const seen = await followReading(run, { ...leaving, place, applied, writes: false }, reading);
  const { news = [], followed: plan, applied: known } = seen;
  const isKnown = plan !== undefined && differingFields(interview.desired, plan.desired).length === 0;
  if (news.length === 0 || isKnown) return undefined;
  return { news, followed: plan, formerSeen: { number, leftAs: known?.snapshot ?? leftAs } };
}

export function placeAfter(place: InterviewPlace, { formerSeen: { leftAs } }: Done): InterviewPlace {
  return { ...place, leftAs, tries: undefined };
}
