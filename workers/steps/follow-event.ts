import { ProviderError } from '../../src/domain/failure.ts';
import { followed, type EventPatch } from '../../src/domain/interview-changes.ts';
import {
  keptAfter,
  planInterview,
  putBackIn,
  type InterviewPlan,
  type InterviewPlanInput,
} from '../../src/domain/interview-plan.ts';
import { begun, doneOf, promisedFields, withDone, type Tries } from '../../src/domain/interview-tried.ts';
import { ownFields, type EventSnapshot } from '../../src/domain/interview.ts';
import type {
  EventPlace,
  EventReading,
  Finding,
  InterviewEvents,
} from '../../src/providers/interview-events.ts';
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
  /**
   * Stores what is about to be written, and with it what people have done and is to be told: once it is written over,
   * nobody may see it any more.
   */
  readonly note?: ((known: Known, seen?: Settled) => Promise<void>) | undefined;
  /** Asks whether somebody is busy at the time that is about to be written. */
  readonly findClash?: ((run: InterviewRun) => Promise<Settled | undefined>) | undefined;
}

/** From where on a run goes on that has written down what it knows and is about to write. */
export interface Known {
  readonly run: InterviewRun;
  readonly following: Following;
}

/** Somebody who changes the event at the same moment, again and again. */
export const maxReadings = 5;

export const hasBeenRemoved: Settled = {
  happening: 'removed',
  placeGone: true,
  news: [{ type: 'interview.cancelled', data: { by: 'user' } }],
};

/** Reads the event, sees what people have done to it, and writes what is missing. */
export async function followEvent(run: InterviewRun, following: Following): Promise<Settled> {
  const { place } = following;
  const finding = await readOrFind(run, following);
  if (finding.type !== 'event') return hasBeenRemoved;
  const { reading } = finding;
  const its = { ...place, providerEventId: reading.providerEventId };
  return followReading(run, { ...following, place: its }, reading);
}

/** As long as another one may come about under the same key, it is looked for: then one is left. */
function readOrFind(run: InterviewRun, { events, access, place }: Following): Promise<Finding> {
  return place.doubtUntil === undefined
    ? attempt(run, 'read', () => events.readEvent(access, knownPlace(place)))
    : attempt(run, 'find', () => events.findEvent(access, place));
}

/** The same from a reading on. Where the event has changed since, it is read and decided anew, and nothing was overwritten. */
export async function followReading(
  run: InterviewRun,
  following: Following,
  first: EventReading,
): Promise<Settled> {
  const { events, access } = following;
  const place = knownPlace(following.place);
  let known: Known = { run, following };
  let reading = first;
  for (let readings = 1; ; readings += 1) {
    const found = decided(known, reading);
    const plan = planOf(found, reading.snapshot);
    const { patch } = plan;
    if (patch === undefined) return seen(found, plan, reading);
    const clash = await clashBefore(found, patch);
    if (clash !== undefined) return bothOf(seenOnly(found, reading), clash);
    const begins = await begin(found, { plan, patch, isDecided: found !== known }, reading);
    known = begins.known;
    const telling = { notify: known.run.interview.desired.sendInvitations };
    try {
      const update = { reading, patch, mark: begins.mark };
      const after = await attempt(run, 'update', () => events.updateEvent(access, place, update, telling));
      return written(known, planOf(known, reading.snapshot), after);
    } catch (error) {
      if (!isStale(error) || readings === maxReadings) throw error;
    }
    const finding = await attempt(run, 'read', () => events.readEvent(access, place));
    if (finding.type !== 'event') return hasBeenRemoved;
    reading = finding.reading;
  }
}

/** With what the event says of our writings that had no answer: the one whose mark it bears was done. */
function decided(known: Known, reading: EventReading): Known {
  const { following } = known;
  const { place, applied } = following;
  const done = doneOf(place, reading);
  if (done === undefined) return known;
  return {
    ...known,
    following: {
      ...following,
      place: { ...place, tries: undefined },
      applied: { ...applied, ...withDone(applied, done, reading) },
    },
  };
}

interface Beginning {
  readonly plan: InterviewPlan;
  readonly patch: EventPatch;
  /** The reading told that an earlier writing was done. */
  readonly isDecided: boolean;
}

/** Notes that the patch is about to be written, and gives its mark. */
async function begin(
  found: Known,
  { plan, patch, isDecided }: Beginning,
  reading: EventReading,
): Promise<{ readonly known: Known; readonly mark: string }> {
  const { following } = found;
  const fields = ownFields.filter((field) => patch[field] !== undefined);
  const writing = { wish: plan.desired, fields, back: putBackIn(plan.news) };
  const { mark, tries } = begun(following.place, writing);
  const isNews = isDecided || plan.news.length > 0;
  const known = withTries(isNews ? onceKnown(found, plan) : found, tries);
  await following.note?.(
    known,
    isNews ? { ...readOnly(withTries(found, tries), plan, reading), putBack: plan.putsBack } : undefined,
  );
  return { known, mark };
}

function withTries({ run, following }: Known, tries: Tries): Known {
  return { run, following: { ...following, place: { ...following.place, ...tries } } };
}

/** As a run would find it that begins now: what was read is known. */
function onceKnown(
  { run, following }: Known,
  { desired, snapshot, followed: people, putsBack }: InterviewPlan,
): Known {
  const { turn, interview } = run;
  const { applied } = following;
  const putBackRevision = putsBack ? turn.revision : interview.putBackRevision;
  return {
    run: { ...run, interview: { ...interview, desired, putBackRevision } },
    following: { ...following, applied: { ...applied, wish: followed(applied.wish, people), snapshot } },
  };
}

/** What is only put back has its time already, whatever has come into it since. */
async function clashBefore(
  { run, following: { applied, findClash } }: Known,
  { time }: EventPatch,
): Promise<Settled | undefined> {
  return time === undefined || applied.revision === run.turn.revision ? undefined : findClash?.(run);
}

function seenOnly(known: Known, reading: EventReading): Settled {
  const only = unwritten(known);
  return seen(only, planOf(only, reading.snapshot), reading);
}

function readOnly(known: Known, plan: InterviewPlan, reading: EventReading): Settled {
  return seen(unwritten(known), plan, reading);
}

function unwritten({ run, following }: Known): Known {
  return { run, following: { ...following, writes: false } };
}

function planOf(known: Known, now: EventSnapshot): InterviewPlan {
  return planInterview(inputOf(known), now);
}

function inputOf({ run, following }: Known): InterviewPlanInput {
  const { applied, place, writes } = following;
  const { desired, requested, putBackRevision } = run.interview;
  const requestedVisibility = requested.visibility;
  const { revision } = run.turn;
  return {
    revision,
    desired,
    requestedVisibility,
    applied,
    promised: promisedFields(place),
    putBackRevision,
    writes,
  };
}

function knownPlace(place: InterviewPlace): EventPlace {
  const { providerEventId } = place;
  if (providerEventId === undefined)
    throw new Error(`the event of place ${place.number} was applied and has no id`);
  return { ...place, providerEventId };
}

export function isStale(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'stale';
}

/** Nothing was written: what people did is taken over, and what the calendar says is as wanted, where that is asked for. */
function seen(known: Known, plan: InterviewPlan, reading: EventReading): Settled {
  const { applied, writes, place } = known.following;
  const { tries, tried } = place;
  const wish = writes ? plan.desired : followed(applied.wish, plan.followed);
  return {
    ...outcomeOf(known, plan, reading, plan.snapshot),
    ...(writes && { happening: 'applied' }),
    applied: {
      ...linksOf(reading),
      wish,
      snapshot: plan.snapshot,
      written: false,
      ...(!writes && { tries: { tries, tried } }),
    },
  };
}

function written(known: Known, plan: InterviewPlan, after: EventReading): Settled {
  const snapshot = keptAfter(inputOf(known), plan, after.snapshot);
  return {
    ...outcomeOf(known, plan, after, snapshot),
    happening: 'applied',
    applied: { ...linksOf(after), wish: plan.desired, snapshot, written: true },
    putBack: plan.putsBack,
  };
}

function linksOf({ providerEventId, iCalUID, webLink }: EventReading) {
  return { providerEventId, iCalUID, webLink };
}

function outcomeOf(
  { run, following: { applied, writes, now } }: Known,
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
