import { OpenAPIHono, createRoute, z, type RouteConfig } from '@hono/zod-openapi';
import type { IntakeEnv, Middleware } from './environment.ts';
import { refuseInvalid } from './failures.ts';
import { problemTable, type ProblemCode } from './problem.ts';

/** A group of routes of which each is its own documentation: validation and OpenAPI document have one source. */
export type Routes = OpenAPIHono<IntakeEnv>;

export function createRoutes(): Routes {
  return new OpenAPIHono<IntakeEnv>({ defaultHook: refuseInvalid });
}

type Described = RouteConfig & {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: [Tag];
};

export const tags = {
  Connecting: 'From the authorization URL to a connected calendar account.',
  Connections: 'Connected accounts and their calendars.',
  Reading: 'Stored events, and who is busy when.',
  Interviews: 'What is to be in the calendars, and what became of it.',
  Changes: 'What happened, in order: for a main app that keeps up by reading.',
  Push: 'Where the providers tell that something has changed. Not for the main app.',
  Operating: 'For operators and their monitoring.',
} as const;

type Tag = keyof typeof tags;

/** An operation behind the API key. `problems` are those of its own; the ones that every operation has are added. */
export function operation<const R extends Described>(route: R, ...problems: ProblemCode[]) {
  const common: ProblemCode[] = ['unauthorized', 'rate_limited', 'internal', 'unavailable', 'timeout'];
  const validated: ProblemCode[] = route.request === undefined ? [] : ['invalid_request', 'malformed_url'];
  const body: ProblemCode[] =
    route.request?.body === undefined
      ? []
      : ['malformed_json', 'payload_too_large', 'unsupported_media_type'];
  return createRoute({
    ...route,
    security: [{ apiKey: [] }],
    responses: { ...route.responses, ...problemAnswers([...problems, ...validated, ...body, ...common]) },
  });
}

/** An operation that anybody may call. */
export function publicOperation<const R extends Described>(route: R, ...problems: ProblemCode[]) {
  return createRoute({ ...route, responses: { ...route.responses, ...problemAnswers(problems) } });
}

export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** Required, and JSON only. */
export const jsonBody = <S extends z.ZodType>(schema: S) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

/** None at all counts as an empty object; what comes is JSON only. With `takeEmptyBody` as the middleware of the operation. */
export const optionalJsonBody = <S extends z.ZodType>(schema: S) => ({
  required: false as const,
  content: { 'application/json': { schema } },
});

/** For clients that declare every body as JSON, also one that is not there. */
export const takeEmptyBody: Middleware = async (c, next) => {
  if ((await c.req.text()) === '') c.req.raw.headers.delete('Content-Type');
  await next();
};

const problemSchema = z
  .object({
    type: z.string().openapi({ description: 'Leads to the code’s row in the docs.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional().openapi({ description: 'About this occurrence.' }),
    code: z.enum(Object.keys(problemTable) as [ProblemCode, ...ProblemCode[]]).openapi({
      description: 'Stable: branch on this.',
    }),
    hint: z.string().openapi({ description: 'What to do about it.' }),
    instance: z.string().openapi({ description: 'The path that was called.' }),
    requestId: z.string().openapi({ description: 'Also in the X-Request-Id header and in the log.' }),
    revision: z
      .int()
      .optional()
      .openapi({ description: 'Of `revision_stale`: the current one. Absent where there is no interview.' }),
    slot: z
      .object({ start: z.string(), end: z.string() })
      .optional()
      .openapi({ description: 'Of `slot_taken`: which slot of the body.' }),
    clash: z
      .object({
        start: z.string(),
        end: z.string(),
        userId: z.string().optional(),
        interviewId: z.string().optional(),
        holdId: z.string().optional(),
      })
      .optional()
      .openapi({ description: 'Of `slot_taken`: whose time is promised, and to what.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'Of `invalid_request`: everything that is wrong, field by field.' }),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details.' });

/** Answers by status, each with an example for every code that has that status. */
function problemAnswers(codes: readonly ProblemCode[]): Record<never, never> {
  const byStatus = Object.groupBy(new Set(codes), (code) => problemTable[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, sameStatus]) => [status, problemAnswer(sameStatus)]),
  );
}

function problemAnswer(codes: readonly ProblemCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${problemTable[code].title}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: problemSchema,
        examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
      },
    },
  };
}

function problemExample(code: ProblemCode) {
  const { status, title, hint } = problemTable[code];
  return {
    type: `/docs#problem-${code}`,
    title,
    status,
    code,
    hint,
    instance: '/v1/…',
    requestId: '0f8b7c1e-5a3d-4f7e-9c55-7d1e2a1b3c4d',
    ...(code === 'invalid_request' ? { errors: [{ field: 'userId', message: 'is required' }] } : {}),
    ...(code === 'revision_stale' ? { revision: 4 } : {}),
  };
}
