import fc from 'fast-check';

/** Input of every wrong kind for every operation of the OpenAPI document. */

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  /** Of its body: any of them can be put out of place. */
  readonly examples: readonly unknown[];
}

export interface BadRequest {
  readonly path: string;
  readonly init: { readonly method: string; readonly body?: string };
}

export function badRequests(operation: Operation): fc.Arbitrary<BadRequest> {
  const query = fc.dictionary(fc.constantFrom(...names(operation)), text);
  return fc.tuple(segment, query, bodyOf(operation)).map(([id, parameters, body]) => ({
    path: `${operation.path.replaceAll(/\{\w+\}/g, id)}?${new URLSearchParams(parameters)}`,
    init: { method: operation.method, ...(operation.method === 'GET' ? {} : { body }) },
  }));
}

/** `answered`, or what is wrong with the answer: a 5xx, or an error that is no problem document. */
export async function verdictOn(answer: Response): Promise<string> {
  if (answer.status >= 500) return `${answer.status}: ${await answer.text()}`;
  if (answer.status < 400) return 'answered';
  const problem = (await answer.json()) as { status?: unknown; code?: unknown };
  const isProblem =
    answer.headers.get('Content-Type') === 'application/problem+json' &&
    problem.status === answer.status &&
    typeof problem.code === 'string';
  return isProblem ? 'answered' : `no problem details: ${JSON.stringify(problem)}`;
}

export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const { schema, examples = {} } = requestBody?.content['application/json'] ?? {};
      const ref = schema?.$ref?.split('/').at(-1) ?? '';
      const own = document.components.schemas[ref]?.example;
      return {
        method: method.toUpperCase(),
        path,
        query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
        examples: [own ?? {}, ...Object.values(examples).map(({ value }) => value)],
      };
    }),
  );
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly example?: unknown }>> };
}

interface DescribedOperation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': {
        readonly schema: { readonly $ref?: string };
        readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
      };
    };
  };
}

const nasty = [
  '',
  '\0',
  '../../etc/passwd',
  '{"$gt":""}',
  '$where',
  '__proto__',
  'constructor',
  '\u202e\ufeff',
  '😀'.repeat(200),
  '-1',
  '1e309',
  '9'.repeat(400),
  '2026-13-45T99:99:99Z',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  '66f1a2b3c4d5e6f708192a3b',
  'google',
  'true',
];

const text = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 40 }));

const segment = fc.oneof(
  fc.constantFrom(
    'google',
    '66f1a2b3c4d5e6f708192a3b',
    '%',
    '%00',
    '%E0%A4%A',
    '%2F..%2F',
    'a%20b',
    '%ud800',
  ),
  fc.constantFrom(...nasty.filter((value) => value !== '')).map(encodeURIComponent),
);

const names = ({ query }: Operation): string[] => [...query, 'userId', 'unknown', '__proto__', 'a[b]'];

/** Anything that is JSON, what is not, and the operation's own example with one value put out of place. */
function bodyOf({ examples }: Operation): fc.Arbitrary<string> {
  const json = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...nasty, 'half a pair \ud800'),
    fc.constantFrom(null, 1e308, -0, [], {}, [[]], { userId: {} }, { $gt: '' }),
  );
  const broken = fc.oneof(
    text,
    fc.constantFrom('['.repeat(30_000), '{"userId":1e999}', '{"__proto__":{}}', '{"a":1,"a":2}'),
  );
  const displaced = fc
    .tuple(fc.constantFrom(...examples), fc.nat(), json)
    .map(([example, at, value]) => displace(example, at, value));
  return fc.oneof(
    broken,
    fc.oneof(json, displaced).map((value) => JSON.stringify(value)),
  );
}

/** `at` chooses the way down: at each level one entry, or none. */
function displace(value: unknown, at: number, stranger: unknown): unknown {
  if (typeof value !== 'object' || value === null) return stranger;
  const entries = Object.entries(value);
  const choices = entries.length + 1;
  const changed = entries.map(([key, inner], index): [string, unknown] => [
    key,
    index === at % choices ? displace(inner, Math.floor(at / choices), stranger) : inner,
  ]);
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}
