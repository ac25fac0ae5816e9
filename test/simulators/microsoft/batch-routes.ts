import { Hono } from 'hono';

import type { Exchange } from '../contract.ts';
import { jsonBody } from './event-body.ts';
import { badRequest } from './graph-errors.ts';
import type { GraphContext, GraphEnv } from './graph-session.ts';

interface BatchItem {
  id: string;
  method: string;
  /** Relative to the version, with or without a leading slash. */
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
  dependsOn?: string[];
}

interface BatchAnswer {
  id: string;
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface BatchDependencies {
  /** Runs one request against Graph, as if it had come alone. */
  run: (request: Request) => Response | Promise<Response>;
  concurrency: () => number;
  /** Judges what was asked and answered within the batch. */
  onExchange: (exchange: Exchange) => void;
}

const MAX_ITEMS = 20;

/** `POST /$batch` (fact sheet, section 10): 200 around whatever happened to its items, 400 for what is no batch. */
export function batchRoutes(dependencies: BatchDependencies): Hono<GraphEnv> {
  return new Hono<GraphEnv>().post('/$batch', async (c) => {
    const items = batchItems((await jsonBody(c))['requests']);
    return c.json({ responses: await runAll(c, dependencies, items) });
  });
}

/** In waves: an item's turn comes when what it depends on has ended. */
async function runAll(
  c: GraphContext,
  dependencies: BatchDependencies,
  items: readonly BatchItem[],
): Promise<BatchAnswer[]> {
  const answers = new Map<string, BatchAnswer>();
  const isReady = ({ dependsOn = [] }: BatchItem) => dependsOn.every((id) => answers.has(id));
  const settle = async (item: BatchItem) => {
    const hasFailed = (item.dependsOn ?? []).some((id) => (answers.get(id)?.status ?? 0) >= 400);
    return hasFailed ? failedDependency(item) : runOne(c, dependencies, item);
  };
  let waiting = items;
  while (waiting.length > 0) {
    const wave = waiting.filter(isReady);
    waiting = waiting.filter((item) => !wave.includes(item));
    for (const answer of await inParallel(wave, dependencies.concurrency(), settle))
      answers.set(answer.id, answer);
  }
  return [...answers.values()];
}

/** So many at a time; the results in the order of their ends. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  places: number,
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const queue = [...items];
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await run(item));
  };
  await Promise.all(Array.from({ length: Math.max(1, places) }, work));
  return results;
}

async function runOne(
  c: GraphContext,
  dependencies: BatchDependencies,
  item: BatchItem,
): Promise<BatchAnswer> {
  const url = new URL(`${new URL(c.req.url).origin}/v1.0/${item.url.replace(/^\//, '')}`);
  if (decodeURIComponent(url.pathname).endsWith('/$batch'))
    return failure(item, 400, 'BadRequest', 'A batch cannot hold another batch.');
  const headers = new Headers({ authorization: c.req.header('authorization') ?? '', ...item.headers });
  const body = item.body === undefined ? {} : { body: JSON.stringify(item.body) };
  const method = item.method.toUpperCase();
  const response = await dependencies.run(new Request(url, { method, headers, ...body }));
  const text = await response.text();
  const responseBody: unknown = text === '' ? undefined : JSON.parse(text);
  dependencies.onExchange({
    method,
    path: url.pathname,
    query: url.searchParams,
    requestBody: item.body,
    status: response.status,
    responseBody,
  });
  return {
    id: item.id,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    ...(responseBody === undefined ? {} : { body: responseBody }),
  };
}

/** @throws GraphError 400 */
function batchItems(requests: unknown): BatchItem[] {
  if (!Array.isArray(requests) || requests.length === 0) throw malformed('The batch has no requests.');
  if (requests.length > MAX_ITEMS)
    throw malformed(`Number of batch request steps exceeds the maximum value of ${MAX_ITEMS}.`);
  const items = requests.map(batchItem);
  if (new Set(items.map(({ id }) => id)).size < items.length)
    throw malformed('The request ids must be unique.');
  requireKnownPattern(items);
  return items;
}

function batchItem(given: unknown): BatchItem {
  const { id, method, url, headers, body, dependsOn } = (given ?? {}) as Partial<BatchItem>;
  if (typeof id !== 'string' || id === '' || typeof method !== 'string' || typeof url !== 'string')
    throw malformed('Each request needs an id, a method and a url.');
  if (!/^(GET|POST|PATCH|PUT|DELETE)$/i.test(method))
    throw malformed(`The method ${method} is not supported.`);
  const hasContentType = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
  if (body !== undefined && !hasContentType)
    throw malformed(`Write request id : ${id} does not contain Content-Type header or body.`);
  return {
    id,
    method,
    url,
    ...(headers ? { headers } : {}),
    ...(body === undefined ? {} : { body }),
    ...(dependsOn?.length ? { dependsOn } : {}),
  };
}

/** All parallel, each after the one before it, or all after the same one. */
function requireKnownPattern(items: readonly BatchItem[]): void {
  const dependent = items.filter(({ dependsOn }) => dependsOn);
  if (dependent.length === 0) return;
  const targets = dependent.map(({ dependsOn = [] }) => (dependsOn.length === 1 ? dependsOn[0] : undefined));
  const isSerial =
    dependent.length === items.length - 1 &&
    items.every(({ dependsOn }, index) =>
      index === 0 ? !dependsOn : dependsOn?.[0] === items[index - 1]?.id,
    );
  const [first] = targets;
  const isFree = items.some(({ id, dependsOn }) => id === first && !dependsOn);
  const isSame = isFree && targets.every((target) => target === first);
  if (targets.includes(undefined) || !(isSerial || isSame))
    throw malformed('The dependsOn of a batch is either absent, serial, or the same request for all.');
}

function failedDependency(item: BatchItem): BatchAnswer {
  return failure(item, 424, 'FailedDependency', 'A request that this one depends on has failed.');
}

function failure({ id }: BatchItem, status: number, code: string, message: string): BatchAnswer {
  return { id, status, headers: { 'content-type': 'application/json' }, body: { error: { code, message } } };
}

function malformed(message: string) {
  return badRequest('BadRequest', message);
}
