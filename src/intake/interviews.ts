import { z } from '@hono/zod-openapi';
import type { HoldObstacle } from '../domain/hold.ts';
import type { InterviewPutAnswer, InterviewRecord, InterviewRevised } from '../store/store.ts';
import type { Intents, Reads } from '../store/store.ts';
import { limitBody } from './body-limit.ts';
import type { Context } from './environment.ts';
import { ownerQuery } from './fields.ts';
import type { HandOver } from './handing-over.ts';
import { refuseUnbookable } from './interview-checks.ts';
import { interviewId, interviewRequest, revisionHeader, wishOf, withdrawal } from './interview-fields.ts';
import { interviewSchema, interviewView } from './interview-views.ts';
import {
  createRoutes,
  json,
  jsonBody,
  operation,
  optionalJsonBody,
  takeEmptyBody,
  type Routes,
} from './operation.ts';
import { owned } from './ownership.ts';
import { Problem } from './problem.ts';

export interface InterviewDeps {
  readonly reads: Pick<Reads, 'interview' | 'writableCalendar' | 'connection'>;
  readonly intents: Pick<Intents, 'putInterview' | 'withdrawInterview'>;
  readonly handOver: HandOver;
  readonly now: () => Date;
}

export const interviewPath = '/v1/interviews/:interviewId';
/** Room for the longest description and as many attendees as may be named. */
const bodyBytes = 256 * 1024;

/** What the main app wants of interviews is recorded here; the job brings the calendar to it. */
export function interviewRoutes(deps: InterviewDeps): Routes {
  const { reads, intents, now } = deps;
  const find = async (id: string, user: string | undefined) =>
    owned('interview', id, await reads.interview(id), user);

  const routes = createRoutes();
  routes.use(interviewPath, limitBody(bodyBytes));
  return routes
    .openapi(putInterview, async (c) => {
      const id = c.req.valid('param').interviewId;
      const wish = wishOf(c.req.valid('json'));
      const known = await reads.interview(id);
      if (known !== undefined) owned('interview', id, known, c.req.valid('query').userId);
      await refuseUnbookable(deps, wish, known);
      const ifRevision = c.req.valid('header')['If-Match'];
      const options = { ifRevision, stillAwaited: c.get('stillAwaited') };
      const { type, interview } = revised(await intents.putInterview(id, wish, now(), options));
      await handOverIfDue(deps, c, interview);
      return c.json(await viewOf(deps, interview), type === 'created' ? 201 : 200, tagOf(interview));
    })
    .openapi(showInterview, async (c) => {
      const interview = await find(c.req.valid('param').interviewId, c.req.valid('query').userId);
      return c.json(await viewOf(deps, interview), 200, tagOf(interview));
    })
    .openapi(withdrawInterview, async (c) => {
      const { id } = await find(c.req.valid('param').interviewId, c.req.valid('query').userId);
      // A body that is not there, and one that says nothing, are the same.
      const message = c.req.valid('json').message || undefined;
      const withdrawn = await intents.withdrawInterview(id, now(), message, {
        stillAwaited: c.get('stillAwaited'),
      });
      const interview = owned('interview', id, withdrawn, undefined);
      await handOverIfDue(deps, c, interview);
      return c.json(await viewOf(deps, interview), 202, tagOf(interview));
    });
}

/** What is nothing new makes no work: then the calendar is not asked either. */
async function handOverIfDue(
  { handOver, now }: InterviewDeps,
  c: Context,
  { id, dueAt }: InterviewRecord,
): Promise<void> {
  if (dueAt === undefined || dueAt > now()) return;
  const payload = { v: 1, interviewId: id, requestId: c.get('requestId') } as const;
  await handOver('write', 'reconcile-interview', payload, {
    deduplicate: 'keep-last',
    urgency: 'interactive',
  });
}

function revised(answer: InterviewPutAnswer): InterviewRevised {
  switch (answer.type) {
    case 'created':
    case 'revised':
    case 'unchanged':
      return answer;
    case 'stale':
      throw stale(answer.interview);
    case 'hold_unavailable':
      throw new Problem('hold_not_available', { detail: holdObstacleWords[answer.why] });
  }
}

const holdObstacleWords: Readonly<Record<HoldObstacle, string>> = {
  unknown: 'holdId: There is no such hold of this organizer’s time.',
  confirmed: 'holdId: Another interview has taken a slot of it.',
  released: 'holdId: It was released.',
  expired: 'holdId: Its time has run out.',
  no_such_slot: 'start: It has no slot with this very start and end.',
  slot_removed_by_user: 'start: Somebody has deleted this slot in the calendar.',
};

function stale(interview: InterviewRecord | undefined): Problem {
  if (interview === undefined)
    return new Problem('revision_stale', { detail: 'There is no such interview: leave If-Match out.' });
  const { revision } = interview;
  return new Problem('revision_stale', {
    detail: `The interview is at revision ${revision}.`,
    members: { revision },
    headers: tagOf(interview),
  });
}

async function viewOf({ reads }: InterviewDeps, interview: InterviewRecord) {
  const { place } = interview;
  const connection = place && (await reads.connection(place.connectionId));
  return interviewView(interview, connection?.provider);
}

function tagOf({ revision }: InterviewRecord): { ETag: string } {
  return { ETag: `"${revision}"` };
}

const common = {
  tags: ['Interviews'] as ['Interviews'],
  path: '/v1/interviews/{interviewId}',
} as const;
const named = { params: z.object({ interviewId }), query: ownerQuery };
const withTag = <A extends object>(answer: A) => ({
  ...answer,
  headers: z.object({ ETag: z.string().openapi({ description: 'The revision.', example: '"3"' }) }),
});

const putInterview = operation(
  {
    ...common,
    method: 'put',
    operationId: 'putInterview',
    summary: 'Book an interview, or change it',
    description:
      'Records what is wanted and queues the work; `state` and the change feed tell how it goes. The same body again is ' +
      'nothing new, but that it has an interview tried again that is in conflict or has failed. Another body is a new ' +
      'revision: what it says otherwise than the body before counts; where it says the same, what people have changed in ' +
      'the calendar meanwhile stays (policy `follow`). With If-Match all of it counts. A time that is over is refused for ' +
      `a first booking. The body may have ${bodyBytes / 1024} kB. More: docs/interviews.md.`,
    request: { ...named, headers: revisionHeader, body: jsonBody(interviewRequest) },
    responses: {
      200: withTag(json(interviewSchema, 'Recorded under a new revision, or as it was.')),
      201: withTag(json(interviewSchema, 'Recorded for the first time.')),
    },
  },
  'unknown_record',
  'revision_stale',
  'hold_not_available',
  'calendar_not_writable',
  'interview_over',
);

const showInterview = operation(
  {
    ...common,
    method: 'get',
    operationId: 'showInterview',
    summary: 'Show an interview',
    description:
      'What is wanted of it, what was written, what the calendar says, and who has answered what. From the store: what ' +
      'people do in the calendar is here as soon as a sync has seen it.',
    request: named,
    responses: { 200: withTag(json(interviewSchema, 'The interview.')) },
  },
  'unknown_record',
);

const withdrawInterview = operation(
  {
    ...common,
    method: 'delete',
    middleware: takeEmptyBody,
    operationId: 'withdrawInterview',
    summary: 'Cancel an interview',
    description:
      'It is taken out of the calendar; the provider mails the attendees where `sendInvitations` says so, and Microsoft does in any case. May be repeated. ' +
      'Another body by PUT books it anew.',
    request: { ...named, body: optionalJsonBody(withdrawal) },
    responses: { 202: withTag(json(interviewSchema, 'Recorded; `state` becomes `cancelled`.')) },
  },
  'unknown_record',
);
