import { doubtFrom } from '../../src/domain/interview-doubt.ts';
import { begun, createdBy, isTried } from '../../src/domain/interview-tried.ts';
import { ownFields } from '../../src/domain/interview.ts';
import type { EventReading, InterviewEvents } from '../../src/providers/interview-events.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { AppliedRevision, Facts, InterviewPlace } from '../../src/store/store.ts';
import { hasBeenRemoved, lookAgainAt } from './follow-event.ts';
import { attempt, settle, type InterviewRun, type Settled } from './interview-run.ts';

export interface BookEventDependencies {
  readonly facts: Pick<Facts, 'placeInterview' | 'settleInterview'>;
  readonly now: () => Date;
}

interface Booking {
  readonly events: InterviewEvents;
  readonly access: Access;
  readonly place: InterviewPlace;
  /** Asks whether somebody is busy at the time at which it is to be. */
  readonly findClash: (run: InterviewRun) => Promise<Settled | undefined>;
}

/** An event that an earlier try has made without an answer, as it is written down now: to be followed like any other. */
export interface TakenUp {
  readonly place: InterviewPlace;
  readonly takenUp: AppliedRevision;
}

/**
 * Makes the event of a place, once (I8): that it is about to be made is stored before it is made, with what it will say,
 * and what may have been made before is looked for first.
 */
export async function bookEvent(
  dependencies: BookEventDependencies,
  run: InterviewRun,
  booking: Booking,
): Promise<Settled | TakenUp> {
  const { facts, now } = dependencies;
  const { events, access, place, findClash } = booking;
  const { desired } = run.interview;
  if (isTried(place)) {
    const finding = await attempt(run, 'find', () => events.findEvent(access, place));
    if (finding.type === 'gone') return hasBeenRemoved;
    if (finding.type === 'event') return takeUp(dependencies, run, place, finding.reading);
  }
  // Not before it is known that it was not made: copies of it in others' calendars would be in its way.
  const clash = await findClash(run);
  if (clash !== undefined) return clash;
  const { mark, tries } = begun(place, { wish: desired, fields: ownFields });
  const tried = { ...place, ...tries, doubtUntil: doubtFrom(now()) };
  await facts.placeInterview(run.turn, tried, now());
  const telling = { notify: desired.sendInvitations };
  const draft = { draft: desired, mark };
  const creation = await attempt(run, 'create', () => events.createEvent(access, place, draft, telling));
  if (creation.type === 'gone') return hasBeenRemoved;
  const { snapshot, providerEventId, iCalUID, webLink } = creation.reading;
  run.made.push({ ...tried, providerEventId, iCalUID });
  if (creation.type === 'found') return takeUp(dependencies, run, tried, creation.reading);
  const sure = !isTried(place);
  return {
    happening: 'applied',
    place: place.number,
    applied: { wish: desired, snapshot, providerEventId, iCalUID, webLink, written: true, sure },
    dueAt: lookAgainAt(snapshot, now(), now()),
    news: [{ type: 'interview.booked', data: {} }],
  };
}

/** Writes down what is there before anything else is written into it. By its name the copies are known that guests have of it. */
async function takeUp(
  dependencies: BookEventDependencies,
  run: InterviewRun,
  { tries = [], doubtUntil, ...place }: InterviewPlace,
  reading: EventReading,
): Promise<TakenUp> {
  const { providerEventId, iCalUID, webLink } = reading;
  const { wish, snapshot } = createdBy({ tries }, reading, run.interview.desired);
  const applied = { wish, snapshot, providerEventId, iCalUID, webLink };
  const sure = tries.length <= 1;
  const { reason, clash } = run.interview;
  await settle(dependencies, run, {
    reason,
    clash,
    applied: { ...applied, written: true, sure },
    keepTurn: true,
  });
  const at = dependencies.now();
  return {
    place: { ...place, providerEventId, ...(!sure && { doubtUntil }) },
    takenUp: { ...applied, revision: 0, at, observedAt: at },
  };
}
