import { Hono } from 'hono';
import { z } from 'zod';

import type { FaultQueue } from './faults.ts';
import type { Fault, RecordedRequest } from './simulator.ts';

export interface ControlState {
  requests: RecordedRequest[];
  faults: FaultQueue;
  findings: ReadonlySet<string>;
}

/**
 * The part of `/_control` that both simulators share, so that another process can drive them:
 *
 * - `POST /faults` a `Fault` → 204; 400 `{error}` when it does not fit
 * - `GET /faults` those still waiting; `DELETE /faults` → 204
 * - `GET /requests` those recorded (`?path=` a regular expression on the pathname); `DELETE /requests` forgets them → 204
 * - `GET /violations` what did not fit the provider's contract
 */
export function controlRoutes({ requests, faults, findings }: ControlState): Hono {
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
    .get('/requests', (c) => {
      const path = new RegExp(c.req.query('path') ?? '');
      return c.json(requests.filter((request) => path.test(request.path)));
    })
    .delete('/requests', (c) => {
      requests.length = 0;
      return c.body(null, 204);
    })
    .get('/violations', (c) => c.json([...findings]));
}

const count = z.int().nonnegative();

const faultSchema = z.strictObject({
  match: z.strictObject({
    method: z.string().optional(),
    path: z.string().refine(isPattern, 'not a regular expression'),
  }),
  times: count.positive().optional(),
  skip: count.optional(),
  action: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('status'),
      status: z.int().min(200).max(599),
      body: z.unknown().optional(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
    z.strictObject({ type: z.literal('delay'), ms: count }),
    z.strictObject({ type: z.literal('cut') }),
    z.strictObject({ type: z.literal('cut-after') }),
    z.strictObject({ type: z.literal('truncate') }),
    z.strictObject({ type: z.literal('invalid-json') }),
    z.strictObject({ type: z.literal('html') }),
  ]),
});

function isPattern(source: string): boolean {
  try {
    return Boolean(new RegExp(source));
  } catch {
    return false;
  }
}
