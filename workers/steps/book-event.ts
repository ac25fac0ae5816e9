import { peoplesChanges } from '../../src/domain/interview-changes.ts';
import { lostSnapshot } from '../../src/domain/interview-plan.ts';
import type { InterviewWish } from '../../src/domain/interview.ts';
import type { EventReading, InterviewEvents } from '../../src/providers/interview-events.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { Facts, InterviewPlace } from '../../src/store/store.ts';
import { followReading, hasBeenRemoved, lookAgainAt } from './follow-event.ts';
import { attempt, type InterviewRun, type Settled } from './interview-run.ts';

export interface BookEventDependencies {
  readonly facts: Pick<Facts, 'placeInterview'>;
  readonly now: () => Date;
}

interface Booking {
  readonly events: InterviewEvents;
  readonly access: Access;
  readonly place: InterviewPlace;
}

/**
 * Makes the event of a place, once (I8): that it is about to be made is stored before it is made, with what it will say,
 * and what may have been made before is looked for first.
 */
export async function bookEvent(
  { facts, now }: BookEventDependencies,
  run: InterviewRun,
  { events, access, place }: Booking,
): Promise<Settled> {
  const { desired } = run.interview;
  const booking = { events, access, place };
  const earlier = place.triedWith;
  if (earlier !== undefined) {
    const finding = await attempt(run, 'find', () => events.findEvent(access, place));
    if (finding.type === 'gone') return hasBeenRemoved;
    if (finding.type === 'event') return adopt(run, booking, finding.reading, [earlier], now());
  }
  await facts.placeInterview(run.turn, { ...place, triedWith: desired }, now());
  const telling = { notify: desired.sendInvitations };
  const creation = await attempt(run, 'create', () => events.createEvent(access, place, desired, telling));
  if (creation.type === 'gone') return hasBeenRemoved;
  const { reading } = creation;
  run.made.push({ ...place, triedWith: desired, providerEventId: reading.providerEventId });
  if (creation.type === 'found')
    return adopt(run, booking, reading, [...(earlier === undefined ? [] : [earlier]), desired], now());
  const { snapshot, providerEventId, iCalUID, webLink } = reading;
  return {
    happening: 'applied',
    place: place.number,
    applied: { wish: desired, snapshot, providerEventId, iCalUID, webLink, written: true },
    dueAt: lookAgainAt(snapshot, now(), now()),
    news: [{ type: 'interview.booked', data: {} }],
  };
}

/**
 * Takes up an event that an earlier try has made without an answer. It says what that try wanted, where it does; whatever
 * it says otherwise, people have changed since.
 */
async function adopt(
  run: InterviewRun,
  { events, access, place }: Booking,
  reading: EventReading,
  wishes: readonly InterviewWish[],
  now: Date,
): Promise<Settled> {
  const { snapshot } = reading;
  const isUntouched = (wish: InterviewWish): boolean =>
    peoplesChanges(lostSnapshot(wish, snapshot), snapshot).fields.length === 0;
  const wish = wishes.find(isUntouched) ?? wishes.at(-1) ?? run.interview.desired;
  const applied = { wish, snapshot: lostSnapshot(wish, snapshot), revision: 0, at: now };
  const { providerEventId } = reading;
  const settled = await followReading(
    run,
    { events, access, place: { ...place, providerEventId }, applied, now, writes: true },
    reading,
  );
  const isBooked = settled.happening === 'applied';
  const news = (settled.news ?? []).filter(({ type }) => type !== 'interview.updated');
  return isBooked
    ? { ...settled, place: place.number, news: [{ type: 'interview.booked', data: {} }, ...news] }
    : settled;
}
