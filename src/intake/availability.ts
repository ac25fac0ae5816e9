import type { Interval } from '../domain/interval.ts';
import type { AskLive } from '../domain/live-busy.ts';
import type { Reads } from '../store/store.ts';
import { readCursor, writeCursor } from './availability-cursor.ts';
import { exampleAnswers, exampleRequests } from './availability-example.ts';
import { availabilityRequest, policyOf, type AvailabilityRequest } from './availability-fields.ts';
import { slotsFor, widened, zoneOf, type Member } from './availability-slots.ts';
import {
  availabilitySchema,
  participantView,
  slotView,
  timeTexts,
  type Participant,
} from './availability-views.ts';
import { limitBody } from './body-limit.ts';
import { invalid } from './failures.ts';
import { knownTimes, type KnownTime, type KnownTimesDeps, type TimeQuestion } from './known-times.ts';
import { createRoutes, json, jsonBody, operation, type Routes } from './operation.ts';

export interface AvailabilityDeps extends KnownTimesDeps {
  readonly reads: Pick<Reads, 'availability' | 'interviewCounts'>;
  /** Unless the request names another age. */
  readonly maxAgeMs: number;
}

export const availabilityPath = '/v1/availability';

/** A hundred people may have working hours of their own. */
const bodyBytes = 256 * 1024;

export function availabilityRoutes(deps: AvailabilityDeps): Routes {
  const routes = createRoutes();
  routes.use(availabilityPath, limitBody(bodyBytes));
  return routes.openapi(readAvailability, async (c) => {
    const request = c.req.valid('json');
    const range = { start: request.from, end: request.to };
    const after = request.cursor === undefined ? undefined : readCursor(request.cursor, request);
    const question = questionOf(request, range, deps);
    const signal = question.liveWithinMs === undefined ? undefined : c.req.raw.signal;
    const [times, loads] = await Promise.all([
      knownTimes(deps, { ...question, signal }),
      loadsOf(deps.reads, request, question.userIds),
    ]);
    const textOf = timeTexts();
    const page = slotsFor(request, { times, loads }, deps.now(), after);
    return c.json(
      {
        from: range.start.toISOString(),
        to: range.end.toISOString(),
        participants: participantsOf(request, times).map((one) => participantView(one, range, textOf)),
        slots: page?.slots.map((slot) => slotView(slot, textOf)),
        nextCursor: page?.next && writeCursor(page.next, request),
      },
      200,
    );
  });
}

const answer = json(availabilitySchema, 'Who is busy when, and when all can meet.');

const readAvailability = operation({
  method: 'post',
  path: availabilityPath,
  operationId: 'readAvailability',
  tags: ['Reading'],
  summary: 'See when people are busy, and when they can meet',
  description:
    'The merged busy intervals of each person, how far they can be relied on, and, with `durationMinutes`, the slots in which ' +
    'every group is satisfied. An empty `busy` list of a person who is not `fresh` does not mean that they are free: their ' +
    'time is not known, and they make no slot unless `accept` says so. What counts as busy is a table in ' +
    'docs/availability.md, and `policy` changes it line by line. Interviews and the slots of holds count from the moment at ' +
    'which they are asked for, before any calendar shows them; slots also where `tentativeIsBusy` is false. Read from the ' +
    'store; with `live` the providers are asked for what is not fresh there.',
  request: { body: { ...jsonBody(availabilityRequest), content: requestContent() } },
  responses: {
    200: {
      ...answer,
      content: { 'application/json': { ...answer.content['application/json'], examples: exampleAnswers } },
    },
  },
});

function requestContent() {
  return { 'application/json': { schema: availabilityRequest, examples: exampleRequests } };
}

export const liveWithinMs = 3000;

function questionOf(
  request: AvailabilityRequest,
  range: Interval,
  { maxAgeMs, askLive }: Pick<AvailabilityDeps, 'maxAgeMs' | 'askLive'>,
): TimeQuestion {
  const { maxAgeSeconds, live } = request;
  if (live !== false) refuseUnasked(askLive);
  return {
    userIds: [...new Set(peopleOf(request).map(({ member }) => member.userId))],
    range: widened(range, request),
    policy: policyOf(request),
    excludedInterviews: new Set(request.excludeInterviewIds),
    excludedHolds: new Set(request.excludeHoldIds),
    maxAgeMs: maxAgeSeconds === undefined ? maxAgeMs : maxAgeSeconds * 1000,
    liveWithinMs: typeof live === 'object' ? live.withinSeconds * 1000 : live ? liveWithinMs : undefined,
  };
}

/** Whoever asks for a live answer must not take another one for it. */
export function refuseUnasked(askLive: AskLive | undefined): void {
  if (askLive !== undefined) return;
  throw invalid([{ field: 'live', message: 'is not possible here: no provider can be asked' }]);
}

function peopleOf({ groups, optional = [] }: AvailabilityRequest) {
  return [
    ...groups.flatMap(({ members }) => members.map((member) => ({ member, role: 'required' as const }))),
    ...optional.map((member) => ({ member, role: 'optional' as const })),
  ] satisfies { member: Member; role: Participant['role'] }[];
}

async function loadsOf(
  reads: AvailabilityDeps['reads'],
  { roundRobin, excludeInterviewIds = [] }: AvailabilityRequest,
  userIds: readonly string[],
): Promise<Map<string, number> | undefined> {
  if (roundRobin === undefined) return undefined;
  const span = { start: roundRobin.from, end: roundRobin.to };
  return reads.interviewCounts({ userIds, span, except: excludeInterviewIds });
}

function participantsOf(request: AvailabilityRequest, times: ReadonlyMap<string, KnownTime>): Participant[] {
  const byId = new Map<string, Participant>();
  for (const { member, role } of peopleOf(request)) {
    const { userId } = member;
    const known = times.get(userId);
    if (known === undefined || byId.has(userId)) continue;
    byId.set(userId, { userId, role, timeZone: zoneOf(member, request, known), known });
  }
  return [...byId.values()];
}
