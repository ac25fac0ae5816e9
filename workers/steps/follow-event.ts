import { ProviderError } from '../../src/domain/failure.ts';
import { followed, type EventPatch } from '../../src/domain/interview-changes.ts';
import {
  keptAfter,
  planInterview,
  type InterviewPlan,
  type InterviewPlanInput,
} from '../../src/domain/interview-plan.ts';
import type { EventSnapshot } from '../../src/domain/interview.ts';
import type { EventPlace, EventReading, InterviewEvents } from '../../src/providers/interview-events.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { AppliedRevision, InterviewNewsBody, InterviewPlace } from '../../src/store/store.ts';
import { toldNews } from './interview-news.ts';
import { attempt, type InterviewRun, type Settled } from './interview-run.ts';

/** An event that is there, and what was written into it last. */
export interface Following {
  readonly events: InterviewEvents;
  readonly access: Access;
  readonly place: InterviewPlace;
  readonly applied: Pick<AppliedRevision, 'wish' | 'snapshot' | 'revision' | 'at'>;
  readonly now: Date;
  /** Whether the calendar is to say what is wanted; else it is only read. */
  readonly writes: boolean;
  /** Stores that the wish is about to be written: of what has no answer it is not people who have made it so. */
  readonly noteTry?: (() => Promise<void>) | undefined;
  /** Stores and tells what people have done: once it is written over, nobody may see it any more. */
  readonly noteSeen?: ((seen: Settled, known: Known) => Promise<void>) | undefined;
  /** Asks whether somebody is busy at the time that is about to be written. */
  readonly findClash?: ((run: InterviewRun) => Promise<Settled | undefined>) | undefined;
}

/** From where on a run goes on that has written down what people did. */
export interface Known {
  readonly run: InterviewRun;
  readonly following: Following;
}

/** Somebody who changes the event at the same moment, again and again. */
const maxReadings = 5;

export const hasBeenRemoved: Settled = {
  happening: 'removed',
  placeGone: true,
  news: [{ type: 'interview.cancelled', data: { by: 'user' } }],
};

/** Reads the event, sees what people have done to it, and writes what is missing. */
export async function followEvent(run: InterviewRun, following: Following): Promise<Settled> {
  const { events, access } = following;
  const finding = await attempt(run, 'read', () => events.readEvent(access, knownPlace(following.place)));
  return finding.type === 'event' ? followReading(run, following, finding.reading) : hasBeenRemoved;
}

/** The same from a reading on. Where the event has changed since, it is read and decided anew, and nothing was overwritten. */
export async function followReading(
  run: InterviewRun,
  following: Following,
  first: EventReading,
): Promise<Settled> {
  const { events, access, noteSeen } = following;
  const place = knownPlace(following.place);
  let reading = first;
  for (let readings = 1; ; readings += 1) {
    const plan = planOf(run, following, reading.snapshot);
    const { patch } = plan;
    if (patch === undefined) return seen(run, following, plan, reading);
    const clash = await clashBefore(run, following, patch);
    if (clash !== undefined) return bothOf(seenOnly(run, following, reading), clash);
    if (readings === 1) await following.noteTry?.();
    if (noteSeen !== undefined && hasNews(following, plan)) {
      const known = onceKnown(run, following, plan);
      await noteSeen({ ...readOnly(run, following, plan, reading), putBack: plan.putsBack }, known);
      return followReading(known.run, known.following, reading);
    }
    const telling = { notify: run.interview.desired.sendInvitations };
    try {
      const update = { reading, patch };
      const after = await attempt(run, 'update', () => events.updateEvent(access, place, update, telling));
      return written(run, following, plan, after);
    } catch (error) {
      if (!isStale(error) || readings === maxReadings) throw error;
    }
    const finding = await attempt(run, 'read', () => events.readEvent(access, place));
    if (finding.type !== 'event') return hasBeenRemoved;
    reading = finding.reading;
  }
}

/** What people did to an event that is only being taken up is told after that. */
function hasNews({ applied }: Following, { news }: InterviewPlan): boolean {
  return news.length > 0 && applied.revision > 0;
}

/** As a run would find it that begins now: what was read is known, and what is to be written is tried already. */
function onceKnown(
  run: InterviewRun,
  following: Following,
  { desired, snapshot, followed: people, putsBack }: InterviewPlan,
): Known {
  const { turn, interview } = run;
  const { place, applied } = following;
  const putBackRevision = putsBack ? turn.revision : interview.putBackRevision;
  return {
    run: { ...run, interview: { ...interview, desired, putBackRevision } },
    following: {
      ...following,
      place: { ...place, triedWith: interview.desired },
      applied: { ...applied, wish: followed(applied.wish, people), snapshot },
      noteTry: undefined,
      findClash: undefined,
    },
  };
}

/** What is only put back has its time already, whatever has come into it since. */
async function clashBefore(
  run: InterviewRun,
  { applied, findClash }: Following,
  { time }: EventPatch,
): Promise<Settled | undefined> {
  return time === undefined || applied.revision === run.turn.revision ? undefined : findClash?.(run);
}

function seenOnly(run: InterviewRun, following: Following, reading: EventReading): Settled {
  const plan = planOf(run, { ...following, writes: false }, reading.snapshot);
  return readOnly(run, following, plan, reading);
}

function readOnly(
  run: InterviewRun,
  following: Following,
  plan: InterviewPlan,
  reading: EventReading,
): Settled {
  return seen(run, { ...following, writes: false }, plan, reading);
}

function planOf(run: InterviewRun, following: Following, now: EventSnapshot): InterviewPlan {
  return planInterview(inputOf(run, following), now);
}

function inputOf(
  { interview, turn }: InterviewRun,
  { applied, place, writes }: Following,
): InterviewPlanInput {
  const { desired, requested, putBackRevision } = interview;
  const requestedVisibility = requested.visibility;
  const { revision } = turn;
  return { revision, desired, requestedVisibility, applied, tried: place.triedWith, putBackRevision, writes };
}

function knownPlace(place: InterviewPlace): EventPlace {
  const { providerEventId } = place;
  if (providerEventId === undefined)
    throw new Error(`the event of place ${place.number} was applied and has no id`);
  return { ...place, providerEventId };
}

function isStale(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'stale';
}

/** Nothing was written: what people did is taken over, and what the calendar says is as wanted, where that is asked for. */
function seen(run: InterviewRun, following: Following, plan: InterviewPlan, reading: EventReading): Settled {
  const { applied, writes } = following;
  const wish = writes ? plan.desired : followed(applied.wish, plan.followed);
  return {
    ...outcomeOf(run, following, plan, reading, plan.snapshot),
    ...(writes && { happening: 'applied' }),
    applied: { ...linksOf(reading), wish, snapshot: plan.snapshot, written: false },
  };
}

function written(run: InterviewRun, following: Following, plan: InterviewPlan, after: EventReading): Settled {
  const snapshot = keptAfter(inputOf(run, following), plan, after.snapshot);
  return {
    ...outcomeOf(run, following, plan, after, snapshot),
    happening: 'applied',
    applied: { ...linksOf(after), wish: plan.desired, snapshot, written: true },
    putBack: plan.putsBack,
  };
}

function linksOf({ providerEventId, iCalUID, webLink }: EventReading) {
  return { providerEventId, iCalUID, webLink };
}

function outcomeOf(
  run: InterviewRun,
  { applied, writes, now }: Following,
  plan: InterviewPlan,
  reading: EventReading,
  snapshot: EventSnapshot,
): Settled {
  const isUpdate = writes && applied.revision < run.turn.revision;
  const told = toldNews(plan.news, run.interview.requested);
  const own: InterviewNewsBody[] = isUpdate ? [writtenNews(applied)] : [];
  const news = [
    ...(applied.revision === 0 ? [...own, ...told] : [...told, ...own]),
    ...conferenceNews(applied.snapshot, reading.snapshot),
  ];
  return {
    news,
    ...(plan.followed.fields.length > 0 && { followed: plan }),
    dueAt: lookAgainAt(snapshot, applied.at, now),
  };
}

/** One that was taken up after its answer was lost has not been told of yet. */
function writtenNews({ revision }: Following['applied']): InterviewNewsBody {
  return { type: revision === 0 ? 'interview.booked' : 'interview.updated', data: {} };
}

function conferenceNews(before: EventSnapshot, now: EventSnapshot): InterviewNewsBody[] {
  const { state } = now.conference;
  const isSettled = before.conference.state === 'pending' && (state === 'ready' || state === 'failed');
  return isSettled ? [{ type: 'interview.conference', data: { state } }] : [];
}

function bothOf(observed: Settled, clash: Settled): Settled {
  return { ...observed, ...clash, news: [...(observed.news ?? []), ...(clash.news ?? [])] };
}

/** Google makes a link to a meeting in its own time, and notifies of it like of any change, where there is push. */
export function lookAgainAt({ conference }: EventSnapshot, appliedAt: Date, now: Date): Date | undefined {
  if (conference.state !== 'pending') return undefined;
  const age = now.getTime() - appliedAt.getTime();
  const step = conferenceLooks.find(({ untilMs }) => age < untilMs);
  return step && new Date(now.getTime() + step.everyMs);
}

const conferenceLooks = [
  { untilMs: 10_000, everyMs: 2_000 },
  { untilMs: 60_000, everyMs: 10_000 },
  { untilMs: 3_600_000, everyMs: 120_000 },
] as const;
