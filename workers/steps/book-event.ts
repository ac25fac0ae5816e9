import { isSameWish, peoplesChanges } from '../../src/domain/interview-changes.ts';
import { lostSnapshot } from '../../src/domain/interview-plan.ts';
import type { InterviewWish } from '../../src/domain/interview.ts';
import type { EventReading, InterviewEvents } from '../../src/providers/interview-events.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { Facts, InterviewPlace } from '../../src/store/store.ts';
import { followReading, hasBeenRemoved, lookAgainAt, type Following } from './follow-event.ts';
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

/**
 * Makes the event of a place, once (I8): that it is about to be made is stored before it is made, with what it will say,
 * and what may have been made before is looked for first.
 */
export async function bookEvent(
  dependencies: BookEventDependencies,
  run: InterviewRun,
  booking: Booking,
): Promise<Settled> {
  const { facts, now } = dependencies;
  const { events, access, place, findClash } = booking;
  const { desired } = run.interview;
  const earlier = place.triedWith;
  if (earlier !== undefined) {
    const finding = await attempt(run, 'find', () => events.findEvent(access, place));
    if (finding.type === 'gone') return hasBeenRemoved;
    if (finding.type === 'event')
      return adopt(dependencies, run, booking, { reading: finding.reading, wishes: [earlier] });
  }
  // Not before it is known that it was not made: copies of it in others' calendars would be in its way.
  const clash = await findClash(run);
  if (clash !== undefined) return clash;
  await facts.placeInterview(run.turn, { ...place, triedWith: desired }, now());
  const telling = { notify: desired.sendInvitations };
  const creation = await attempt(run, 'create', () => events.createEvent(access, place, desired, telling));
  if (creation.type === 'gone') return hasBeenRemoved;
  const { reading } = creation;
  const { snapshot, providerEventId, iCalUID, webLink } = reading;
  run.made.push({ ...place, triedWith: desired, providerEventId, iCalUID });
  if (creation.type === 'found') {
    return adopt(dependencies, run, booking, {
      reading,
      wishes: earlier === undefined ? [desired] : [earlier, desired],
    });
  }
  return {
    happening: 'applied',
    place: place.number,
    applied: { wish: desired, snapshot, providerEventId, iCalUID, webLink, written: true },
    dueAt: lookAgainAt(snapshot, now(), now()),
    news: [{ type: 'interview.booked', data: {} }],
  };
}

/** Takes up an event that an earlier try has made without an answer; writes that down before it writes anything else into it. */
async function adopt(
  dependencies: BookEventDependencies,
  run: InterviewRun,
  { events, access, place: found, findClash }: Booking,
  {
    reading,
    wishes,
  }: { readonly reading: EventReading; readonly wishes: readonly [InterviewWish, ...InterviewWish[]] },
): Promise<Settled> {
  const { facts, now } = dependencies;
  const { desired } = run.interview;
  const { providerEventId, iCalUID, webLink } = reading;
  const applied = lostWriting(reading, wishes, now());
  const { wish } = applied;
  const place = { ...found, providerEventId };
  if (!isSameWish(wish, desired)) {
    const taken = { wish, snapshot: applied.snapshot, providerEventId, iCalUID, webLink, written: true };
    await settle(dependencies, run, { applied: taken, keepTurn: true });
  }
  const noteTry = () => facts.placeInterview(run.turn, { ...place, triedWith: desired }, now());
  const following = { events, access, place, applied, now: now(), writes: true, noteTry, findClash };
  // By its name the copies are known that guests have of it.
  const known = { ...run.interview, place, applied: { ...applied, iCalUID, observedAt: now() } };
  const settled = await followReading({ ...run, interview: known }, following, reading);
  return { ...settled, place: place.number };
}

/**
 * What a creation whose answer was lost has written, as it is told by the event that is found. It says what one of the
 * tries wanted, where it does; whatever it says otherwise, people have changed since.
 */
export function lostWriting(
  { snapshot }: EventReading,
  wishes: readonly [InterviewWish, ...InterviewWish[]],
  at: Date,
): Following['applied'] {
  const isUntouched = (wish: InterviewWish): boolean =>
    peoplesChanges(lostSnapshot(wish, snapshot), snapshot).fields.length === 0;
  const wish = wishes.find(isUntouched) ?? wishes.at(-1) ?? wishes[0];
  return { wish, snapshot: lostSnapshot(wish, snapshot), revision: 0, at };
}
