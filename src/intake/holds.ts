import { z } from '@hono/zod-openapi';
import { isSameHold, type HoldWish } from '../domain/hold.ts';
import type { HoldPutAnswer, HoldRecord, Intents, Reads } from '../store/store.ts';
import { limitBody } from './body-limit.ts';
import { ownerQuery } from './fields.ts';
import { holdId, holdRequest, holdWishOf, refuseOver } from './hold-fields.ts';
import { holdSchema, holdView } from './hold-views.ts';
import { notWritable } from './interview-checks.ts';
import { clashView, span } from './interview-views.ts';
import { createRoutes, json, jsonBody, operation, type Routes } from './operation.ts';
import { owned } from './ownership.ts';
import { Problem } from './problem.ts';

export interface HoldDeps {
  readonly reads: Pick<Reads, 'hold' | 'interviewsOfHold' | 'writableCalendar'>;
  readonly intents: Pick<Intents, 'putHold' | 'releaseHold'>;
  readonly now: () => Date;
}

export const holdPath = '/v1/holds/:holdId';
/** Room for the longest description and as many participants as may be named. */
const bodyBytes = 256 * 1024;

/** What is to be kept free is recorded here. The store makes due what the calendar is to show of it. */
export function holdRoutes(deps: HoldDeps): Routes {
  const { reads, intents, now } = deps;
  const viewOf = async (hold: HoldRecord) => holdView(hold, await reads.interviewsOfHold(hold.id), now());

  const routes = createRoutes();
  routes.use(holdPath, limitBody(bodyBytes));
  return routes
    .openapi(putHold, async (c) => {
      const id = c.req.valid('param').holdId;
      const wish = holdWishOf(c.req.valid('json'));
      const known = await reads.hold(id);
      if (known !== undefined) owned('hold', id, known, c.req.valid('query').userId);
      refuseOver(wish, known?.requested, now());
      await refuseCalendar(deps, wish, known);
      const stillAwaited = c.get('stillAwaited');
      const { type, hold } = recorded(await intents.putHold(id, wish, now(), { stillAwaited }));
      return c.json(await viewOf(hold), type === 'created' ? 201 : 200);
    })
    .openapi(showHold, async (c) => {
      const id = c.req.valid('param').holdId;
      const hold = owned('hold', id, await reads.hold(id), c.req.valid('query').userId);
      return c.json(await viewOf(hold), 200);
    })
    .openapi(releaseHold, async (c) => {
      const id = c.req.valid('param').holdId;
      owned('hold', id, await reads.hold(id), c.req.valid('query').userId);
      const release = await intents.releaseHold(id, now(), { stillAwaited: c.get('stillAwaited') });
      const hold = owned('hold', id, release?.hold, undefined);
      return c.json(await viewOf(hold), release?.isNew === true ? 202 : 200);
    });
}

/** One that is named has to be the organizer's own. Without a calendar at all the time is held all the same. */
async function refuseCalendar(
  { reads }: HoldDeps,
  wish: HoldWish,
  known: HoldRecord | undefined,
): Promise<void> {
  const { calendarId } = wish.organizer;
  if (calendarId === undefined || (known !== undefined && isSameHold(known.requested, wish))) return;
  if ((await reads.writableCalendar(wish.organizer)) === undefined) throw notWritable(calendarId);
}

function recorded(answer: HoldPutAnswer): Exclude<HoldPutAnswer, { type: 'taken' }> {
  if (answer.type !== 'taken') return answer;
  const slot = span(answer.slot);
  throw new Problem('slot_taken', {
    detail: `Of the slot that begins at ${slot.start} something is promised already.`,
    members: { slot, clash: clashView(answer.clash) },
  });
}

const common = { tags: ['Interviews'] as ['Interviews'], path: '/v1/holds/{holdId}' } as const;
const named = { params: z.object({ holdId }), query: ownerQuery };

const putHold = operation(
  {
    ...common,
    method: 'put',
    operationId: 'putHold',
    summary: 'Hold slots to choose from, or change them',
    description:
      'Keeps the time free until `expiresAt`, or until an interview that names the hold (`holdId`) takes one of the slots: it ' +
      'counts as busy in `POST /v1/availability` from this answer on, for the organizer and the participants. The same body ' +
      'again is nothing new. Another body takes its place: slots that stay keep their entry in the calendar. One that is ' +
      'over begins anew by it. More: docs/interviews.md.',
    request: { ...named, body: jsonBody(holdRequest) },
    responses: {
      200: json(holdSchema, 'Recorded, or as it was.'),
      201: json(holdSchema, 'Recorded for the first time.'),
    },
  },
  'unknown_record',
  'slot_taken',
  'calendar_not_writable',
);

const showHold = operation(
  {
    ...common,
    method: 'get',
    operationId: 'showHold',
    summary: 'Show a hold',
    description:
      'Whether it still holds, who has taken a slot, and what the calendar shows of it. From the store.',
    request: named,
    responses: { 200: json(holdSchema, 'The hold.') },
  },
  'unknown_record',
);

const releaseHold = operation(
  {
    ...common,
    method: 'delete',
    operationId: 'releaseHold',
    summary: 'Release a hold',
    description:
      'Nothing is promised of the time any more, and the entries are taken out of the calendar. May be repeated; one that was confirmed or has ' +
      'expired stays as it ended. Another body by PUT holds anew.',
    request: named,
    responses: {
      200: json(holdSchema, 'It was over already.'),
      202: json(holdSchema, 'It is released; its entries are being taken out.'),
    },
  },
  'unknown_record',
);
