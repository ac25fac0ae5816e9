import { failure } from '../../src/domain/failure.ts';
import { isTried } from '../../src/domain/interview-tried.ts';
import type { InterviewState } from '../../src/domain/interview.ts';
import type {
  AppliedRevision,
  Facts,
  InterviewPlace,
  InterviewRecord,
  WritableCalendar,
} from '../../src/store/store.ts';
import { bookEvent, type BookEventDependencies } from './book-event.ts';
import { clearFormer } from './clear-former.ts';
import { clearPlace } from './clear-place.ts';
import { findClash, type ConflictCheckDependencies } from './conflict-check.ts';
import { followEvent, type Known } from './follow-event.ts';
import { ObstructedError, obstructedMs, reach, useEvents } from './interview-events-of.ts';
import { calendarFor, nextPlace, type InterviewPlaceDependencies } from './interview-place.ts';
import { atAccount, settle, type InterviewRun, type Settled } from './interview-run.ts';
import { leaveEvent, wishToTakeAlong } from './leave-event.ts';
import { takeAlong } from './take-along.ts';

export interface BringInterviewDependencies extends ConflictCheckDependencies, BookEventDependencies {
  readonly reads: ConflictCheckDependencies['reads'] & InterviewPlaceDependencies['reads'];
  readonly facts: ConflictCheckDependencies['facts'] &
    BookEventDependencies['facts'] &
    Pick<Facts, 'settleInterview'>;
}

/** The states in which the calendar is to say what is wanted. In the others people's changes are seen, and nothing is written. */
const writingStates: ReadonlySet<InterviewState> = new Set(['pending', 'waiting', 'booked']);
/** Nothing of it is to stand anywhere. */
const givenUpStates: ReadonlySet<InterviewState> = new Set(['removed_by_user', 'cancelled']);

/**
 * Brings the calendar to what is wanted of an interview, and says how that went. Safe to repeat from any point at which it
 * broke off: what may be there is looked for before it is made, and what is read is compared anew. Throws
 * `ObstructedError`, `ProviderError`, `LostTurnError`.
 */
export async function bringInterview(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
): Promise<Settled> {
  if (run.interview.withdrawn !== undefined) return withdraw(dependencies, run);
  const whole = await withoutHalfGone(dependencies, run);
  const rest = givenUpStates.has(run.interview.state) ? whole : await takeAlong(dependencies, whole);
  const settled = writingStates.has(rest.interview.state)
    ? await write(dependencies, rest)
    : await watch(dependencies, rest);
  const former = formerAfter(rest.interview, settled);
  if (former.length === 0) return settled;
  await settle(dependencies, run, { ...settled, keepTurn: true });
  const { cleared, isFollowed, obstacle } = await clearFormer(dependencies, run, former);
  const now = dependencies.now();
  const lookAt = obstacle === undefined ? settled.dueAt : new Date(now.getTime() + obstructedMs);
  return {
    reason: settled.reason ?? obstacle,
    clash: settled.clash,
    clearedPlaces: cleared,
    dueAt: isFollowed ? now : lookAt,
  };
}

async function withdraw(dependencies: BringInterviewDependencies, run: InterviewRun): Promise<Settled> {
  const { place, formerPlaces, state } = run.interview;
  if (place !== undefined) await noteClearing(dependencies, run, place);
  await clearAll(dependencies, run, place === undefined ? formerPlaces : [place, ...formerPlaces]);
  return {
    happening: 'cleared',
    placeGone: true,
    clearedPlaces: formerPlaces.map(({ number }) => number),
    news: state === 'cancelling' ? [{ type: 'interview.cancelled', data: { by: 'main_app' } }] : [],
  };
}

/** Before it goes: the main app may want it again before anybody has written down that it is gone. */
async function noteClearing(
  dependencies: BringInterviewDependencies,
  { turn, interview, now }: InterviewRun,
  place: InterviewPlace,
): Promise<void> {
  if (place.clearing !== undefined || !mayHold(interview, place)) return;
  await reach(dependencies, place.connectionId);
  await dependencies.facts.placeInterview(turn, { ...place, clearing: true }, now());
}

/** Whether its event may be there. */
function mayHold({ applied }: InterviewRecord, place: InterviewPlace): boolean {
  return applied !== undefined || isTried(place);
}

/** It is wanted again, and the event that it had was being taken out: that is brought to its end first. */
async function withoutHalfGone(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
): Promise<InterviewRun> {
  const { place, reason, clash } = run.interview;
  if (place?.clearing === undefined) return run;
  await clearPlace(dependencies, run, place);
  await settle(dependencies, run, { reason, clash, placeGone: true, keepTurn: true });
  return { ...run, interview: { ...run.interview, place: undefined, applied: undefined } };
}

async function clearAll(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
  places: readonly InterviewPlace[],
): Promise<void> {
  for (const place of places) await clearPlace(dependencies, run, place);
}

/** Not before the interview is in its new place: where that fails, the old one stands, unless it was given up before. */
function formerAfter(
  { place, formerPlaces, state }: InterviewRecord,
  settled: Settled,
): readonly InterviewPlace[] {
  if (settled.happening === 'removed' || givenUpStates.has(state)) return formerPlaces;
  if (settled.happening !== 'applied') return formerPlaces.filter(({ clearing }) => clearing);
  const hasLeft = place !== undefined && settled.place !== undefined && settled.place !== place.number;
  return hasLeft ? [settled.left ?? place, ...formerPlaces] : formerPlaces;
}

/** Nothing is wanted of the calendar now, but what people do to an event that is there is still told. */
async function watch(dependencies: BringInterviewDependencies, run: InterviewRun): Promise<Settled> {
  const { place, applied, reason, clash } = run.interview;
  if (place === undefined || applied === undefined) return { reason, clash };
  const seen = await inConnection(dependencies, run, place, (its, at) =>
    followEvent(its, { ...at, place, applied, now: dependencies.now(), writes: false }),
  );
  return seen.happening === 'removed' ? seen : { ...seen, reason, clash };
}

async function write(dependencies: BringInterviewDependencies, run: InterviewRun): Promise<Settled> {
  const { interview, turn } = run;
  const { place, applied, desired } = interview;
  const isOpen = applied === undefined || applied.revision < turn.revision;
  if (isOpen && desired.end <= dependencies.now()) return tooLate();
  const calendar = await calendarFor(dependencies, interview);
  const isThere = place !== undefined && place.calendarId === calendar.calendarId;
  if (isThere && applied !== undefined) return follow(dependencies, run, place, applied);
  const mayBeElsewhere = place !== undefined && !isThere && mayHold(interview, place);
  if (!mayBeElsewhere) return book(dependencies, run, calendar, isThere ? place : undefined);
  const left = await leave(dependencies, run, place);
  if (!('interview' in left)) return left;
  return { ...(await book(dependencies, left, calendar, undefined)), left: left.interview.place };
}

/**
 * Before it moves to another calendar: what people have done to it in the old one goes along, or ends it there. Gives the
 * run as it goes on, or how it ended. A calendar that cannot be asked any more keeps nobody.
 */
async function leave(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
  place: InterviewPlace,
): Promise<InterviewRun | Settled> {
  try {
    const seen = await inConnection(dependencies, run, place, (its, at) =>
      leaveEvent(its, { ...at, place, now: dependencies.now() }),
    );
    if (seen.happening === 'removed') return seen;
    const followed = wishToTakeAlong(run, seen);
    await settle(dependencies, run, { ...seen, followed, keepTurn: true });
    const { desired } = followed ?? run.interview;
    const { tries, iCalUID, snapshot: leftAs } = seen.applied ?? {};
    const left = { ...place, ...tries, iCalUID, leftAs };
    return { ...run, interview: { ...run.interview, desired, place: left } };
  } catch (error) {
    if (error instanceof ObstructedError) return run;
    throw error;
  }
}

async function follow(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
  place: InterviewPlace,
  applied: AppliedRevision,
): Promise<Settled> {
  let known: Known | undefined;
  return inConnection(dependencies, run, place, (its, at) => {
    // An access token that was refused half-way: it goes on from what is written down by then.
    if (known !== undefined) return followEvent(known.run, { ...known.following, ...at });
    return followEvent(its, {
      ...at,
      place,
      applied,
      now: dependencies.now(),
      writes: true,
      note: async (next, seen) => {
        await note(dependencies, its, next, seen);
        known = next;
      },
      findClash: (asking) => clashOf(dependencies, asking),
    });
  });
}

async function note(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
  { following: { place } }: Known,
  seen: Settled | undefined,
): Promise<void> {
  const { reason, clash } = run.interview;
  if (seen === undefined) await dependencies.facts.placeInterview(run.turn, place, dependencies.now());
  else await settle(dependencies, run, { ...seen, reason, clash, keepTurn: true });
}

async function book(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
  calendar: WritableCalendar,
  tried: InterviewPlace | undefined,
): Promise<Settled> {
  const reached = await reach(dependencies, calendar.connectionId);
  const place =
    tried ?? nextPlace(run.interview, calendar, (key) => reached.provider.interviews.eventIdOf(key));
  const booked = await useEvents(dependencies, reached, run.context, (events, access) =>
    bookEvent(dependencies, atAccount(run, reached.connection), {
      events,
      access,
      place,
      findClash: (asking) => clashOf(dependencies, asking),
    }),
  );
  if (!('takenUp' in booked)) return booked;
  const { takenUp } = booked;
  const interview = { ...run.interview, place: booked.place, applied: takenUp };
  return {
    ...(await follow(dependencies, { ...run, interview }, booked.place, takenUp)),
    place: place.number,
  };
}

type At = Parameters<Parameters<typeof useEvents<Settled>>[3]>;

async function inConnection(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
  { connectionId }: InterviewPlace,
  use: (its: InterviewRun, at: { readonly events: At[0]; readonly access: At[1] }) => Promise<Settled>,
): Promise<Settled> {
  const reached = await reach(dependencies, connectionId);
  const its = atAccount(run, reached.connection);
  return useEvents(dependencies, reached, run.context, (events, access) => use(its, { events, access }));
}

async function clashOf(
  dependencies: BringInterviewDependencies,
  run: InterviewRun,
): Promise<Settled | undefined> {
  if (!run.interview.desired.checkConflicts) return undefined;
  const clash = await findClash(dependencies, run.turn, run);
  if (clash === undefined) return undefined;
  const { start, end } = clash;
  return {
    happening: 'clashed',
    clash,
    reason: failure(
      'slot_taken',
      `Somebody who takes part is busy from ${start.toISOString()} to ${end.toISOString()}.`,
    ),
    news: [{ type: 'interview.conflict', data: { clash: { start, end } } }],
  };
}

function tooLate(): Settled {
  const reason = failure(
    'time_passed',
    'The time of the interview is over, and the calendar does not hold it so.',
  );
  return { happening: 'refused', reason, news: [{ type: 'interview.failed', data: { reason } }] };
}
