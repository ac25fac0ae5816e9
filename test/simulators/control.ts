import { Hono } from 'hono';
import { z } from 'zod';

import type { FaultQueue } from './faults.ts';
import { isFaultKind } from './fault-kinds.ts';
import type { Skew } from './provider-clock.ts';
import type { SeededFaults } from './seeded-faults.ts';
import type { Fault, RecordedRequest } from './simulator.ts';

export interface ControlState {
  requests: RecordedRequest[];
  faults: FaultQueue;
  findings: ReadonlySet<string>;
  skew: Skew;
}

/**
 * The part of `/_control` that both simulators share, so that another process can drive them:
 *
 * - `POST /faults` a `Fault` → 204; 400 `{error}` when it does not fit
 * - `GET /faults` those still waiting; `DELETE /faults` ends those and the seeded ones → 204
 * - `POST /faults/seeded` a `SeededFaults` → 204; 400 as above
 * - `GET /faults/counts` how many requests were hit so far, by kind
 * - `GET /requests` those recorded (`?path=` a regular expression on the pathname); `DELETE /requests` forgets them → 204
 * - `GET /violations` what did not fit the provider's contract
 * - `PATCH /skew` members of `Skew` → all of it
 *
 * `docs/simulators.md` shows each of them; a test compares.
 */
export function controlRoutes({ requests, faults, findings, skew }: ControlState): Hono {
  return new Hono()
    .post('/faults', async (c) => {
      const parsed = faultSchema.safeParse(await c.req.json().catch(() => undefined));
      if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400);
      faults.add(parsed.data as Fault);
      return c.body(null, 204);
    })
    .get('/faults', (c) => c.json(faults.waiting()))
    .delete('/faults', (c) => {
      faults.clear();
      return c.body(null, 204);
    })
    .post('/faults/seeded', async (c) => {
      const parsed = seededSchema.safeParse(await c.req.json().catch(() => undefined));
      if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400);
      faults.addStream(parsed.data as SeededFaults);
      return c.body(null, 204);
    })
    .get('/faults/counts', (c) => c.json(faults.counts()))
    .get('/requests', (c) => {
      const path = new RegExp(c.req.query('path') ?? '');
      return c.json(requests.filter((request) => path.test(request.path)));
    })
    .delete('/requests', (c) => {
      requests.length = 0;
      return c.body(null, 204);
    })
    .get('/violations', (c) => c.json([...findings]))
    .patch('/skew', async (c) => {
      const parsed = skewSchema.safeParse(await c.req.json().catch(() => undefined));
      if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400);
      return c.json(Object.assign(skew, parsed.data));
    });
}

const count = z.int().nonnegative();

const pattern = z.string().refine(isPattern, 'not a regular expression');

const matchSchema = z.strictObject({
  method: z.string().optional(),
  path: pattern,
  query: pattern.optional(),
});

const bare = <Type extends string>(type: Type) => z.strictObject({ type: z.literal(type) });
const status = z.int().min(200).max(599);

const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('status'),
    status,
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    type: z.literal('throttle'),
    status: status.optional(),
    retryAfterSeconds: z.number().optional(),
    asDate: z.boolean().optional(),
    body: z.unknown().optional(),
  }),
  z.strictObject({ type: z.literal('delay'), ms: count }),
  z.strictObject({ type: z.literal('withhold'), ms: count.optional() }),
  z.strictObject({ type: z.literal('content-type'), value: z.string().optional() }),
  z.strictObject({ type: z.literal('pad'), bytes: count.optional() }),
  bare('cut'),
  bare('cut-after'),
  bare('stall'),
  bare('stall-body'),
  bare('truncate'),
  bare('invalid-json'),
  bare('html'),
  bare('empty'),
]);

const faultSchema = z.strictObject({
  match: matchSchema,
  times: count.positive().optional(),
  skip: count.optional(),
  action: actionSchema,
});

const seededSchema = z.strictObject({
  seed: z.int(),
  rate: z.number().min(0).max(1),
  kinds: z.array(z.union([z.string().refine(isFaultKind, 'no kind of fault'), actionSchema])).nonempty(),
  match: matchSchema.optional(),
  limit: count.optional(),
});

const skewSchema = z.strictObject({ clockMs: z.int(), tokenLifetimeMs: z.int() }).partial();

function isPattern(source: string): boolean {
  try {
    return Boolean(new RegExp(source));
  } catch {
    return false;
  }
}
