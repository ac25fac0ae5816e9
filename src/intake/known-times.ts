import { blocksTime, usualPolicy, type BlockingPolicy } from '../domain/blocking.ts';
import type { Failure } from '../domain/failure.ts';
import {
  calendarsToAsk,
  freshnessOf,
  type ConnectionCoverage,
  type Freshness,
  type FreshnessQuery,
} from '../domain/freshness.ts';
import { holdOfSlot } from '../domain/hold.ts';
import { mergeIntervals, type Interval } from '../domain/interval.ts';
import type { AskLive, LiveAnswer, LiveSubject } from '../domain/live-busy.ts';
import type { EntryTraits, Reads, StoredTime } from '../store/store.ts';

export interface KnownTimesDeps {
  readonly reads: Pick<Reads, 'availability'>;
  /** Undefined: no vendor can be asked. */
  readonly askLive?: AskLive | undefined;
  readonly now: () => Date;
}

export interface TimeQuestion {
  readonly userIds: readonly string[];
  readonly range: Interval;
  readonly policy: BlockingPolicy;
  /** What counts as free for everybody. */
  readonly excludedInterviews: ReadonlySet<string>;
  readonly excludedHolds: ReadonlySet<string>;
  readonly maxAgeMs: number;
  /** How long to wait for the vendors; undefined: they are not asked. */
  readonly liveWithinMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is known of one person's time. */
export interface KnownTime {
  /** Sorted, disjoint, cut to the range. */
  readonly busy: readonly Interval[];
  readonly freshness: Freshness;
  /** Where vendors were asked: when the first was, or why one could not be. */
  readonly live?: { readonly askedAt: Date } | { readonly failure: Failure } | undefined;
  /** That of their primary calendar. */
  readonly timeZone?: string | undefined;
  /** As of when it is judged. */
  readonly now: Date;
}

/** Of each of these people, by user id: from the store, and from the vendors for what the store cannot answer. */
export async function knownTimes(
  { reads, askLive, now }: KnownTimesDeps,
  question: TimeQuestion,
): Promise<Map<string, KnownTime>> {
  const { userIds, range } = question;
  const counts = countsFor(question);
  const stored = await reads.availability({ userIds, range, now: now(), counts });
  const answers = await liveAnswers(askLive, stored, question, now());
  const judgedAt = { range, maxAgeMs: question.maxAgeMs, now: now() };
  return new Map(
    [...stored].map(([userId, time]) => [
      userId,
      knownTime(time, liveTime(answers, range, counts), judgedAt),
    ]),
  );
}

/** An interview is one wherever it shows: as a wish, as its event, and as the copies of those who are asked. */
function countsFor({ policy, excludedInterviews, excludedHolds }: TimeQuestion) {
  const isExcluded = (interviewId: string): boolean =>
    excludedInterviews.has(interviewId) || excludedHolds.has(holdOfSlot(interviewId) ?? '');
  return (entry: EntryTraits): boolean =>
    (entry.interviewId === undefined || !isExcluded(entry.interviewId)) && blocksTime(entry, policy);
}

type LiveAnswers = ReadonlyMap<string, LiveAnswer>;

async function liveAnswers(
  askLive: AskLive | undefined,
  stored: ReadonlyMap<string, StoredTime>,
  question: TimeQuestion,
  now: Date,
): Promise<LiveAnswers> {
  const { range, policy, maxAgeMs, liveWithinMs: withinMs, signal } = question;
  if (askLive === undefined || withinMs === undefined) return new Map();
  const subjects = [...stored.values()].flatMap((time) => subjectsOf(time, { range, maxAgeMs, now }));
  if (subjects.length === 0) return new Map();
  return askLive(subjects, { range, policy, needsDetail: needsDetail(question), withinMs, signal });
}

function subjectsOf({ connections }: StoredTime, query: FreshnessQuery): LiveSubject[] {
  return connections.flatMap((connection) =>
    calendarsToAsk(connection, query).map(({ calendarId, providerCalendarId, timeZone, primary }) => ({
      connectionId: connection.connectionId,
      provider: connection.provider,
      calendarId,
      providerCalendarId,
      timeZone,
      primary,
    })),
  );
}

/** Vendors tell busy times as they understand them, and do not say whose they are. */
function needsDetail({ policy, excludedInterviews, excludedHolds }: TimeQuestion): boolean {
  const isUsual = Object.entries(usualPolicy).every(
    ([line, says]) => policy[line as keyof BlockingPolicy] === says,
  );
  return !isUsual || excludedInterviews.size > 0 || excludedHolds.size > 0;
}

interface LiveTime {
  readonly busy: ReadonlyMap<string, readonly Interval[]>;
  readonly askedAt: ReadonlyMap<string, Date>;
  readonly failures: ReadonlyMap<string, Failure>;
  readonly range: Interval;
}

function liveTime(answers: LiveAnswers, range: Interval, counts: (entry: EntryTraits) => boolean): LiveTime {
  const busy = new Map<string, Interval[]>();
  const askedAt = new Map<string, Date>();
  const failures = new Map<string, Failure>();
  for (const [calendarId, answer] of answers) {
    if ('failure' in answer) failures.set(calendarId, answer.failure);
    else {
      busy.set(calendarId, mergeIntervals(answer.blocks.filter(counts), range));
      askedAt.set(calendarId, answer.askedAt);
    }
  }
  return { busy, askedAt, failures, range };
}

function knownTime(stored: StoredTime, live: LiveTime, query: FreshnessQuery): KnownTime {
  const calendarIds = stored.connections.flatMap(({ calendars }) =>
    calendars.map(({ calendarId }) => calendarId),
  );
  const busy = [...stored.busy].map(([calendarId, intervals]) => live.busy.get(calendarId) ?? intervals);
  const judged = stored.connections.map((connection) => asAsked(connection, live));
  const { lastSyncedAt } = freshnessOf(stored.connections, query);
  return {
    busy: merged([...busy, stored.promised], query.range),
    freshness: { ...freshnessOf(judged, query), lastSyncedAt },
    live: liveNote(calendarIds, live),
    timeZone: stored.timeZone,
    now: query.now,
  };
}

/** Each is merged and within the range already: where there is but one, that is all. */
function merged(parts: readonly (readonly Interval[])[], range: Interval): readonly Interval[] {
  const filled = parts.filter((part) => part.length > 0);
  return filled.length === 1 ? (filled[0] ?? []) : mergeIntervals(filled.flat(), range);
}

/** What a vendor has answered is known for the range, as of when it was asked. */
function asAsked(connection: ConnectionCoverage, { askedAt, range }: LiveTime): ConnectionCoverage {
  if (askedAt.size === 0) return connection;
  const calendars = connection.calendars.map((calendar) => {
    const asked = askedAt.get(calendar.calendarId);
    return asked === undefined ? calendar : { ...calendar, lastSyncedAt: asked, window: range };
  });
  return { ...connection, calendars };
}

function liveNote(calendarIds: readonly string[], { askedAt, failures }: LiveTime): KnownTime['live'] {
  const [failure] = calendarIds.flatMap((id) => failures.get(id) ?? []);
  if (failure !== undefined) return { failure };
  const asked = calendarIds.flatMap((id) => askedAt.get(id) ?? []);
  const [first] = asked.toSorted((one, other) => one.getTime() - other.getTime());
  return first && { askedAt: first };
}
