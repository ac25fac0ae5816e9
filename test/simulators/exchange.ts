import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Hono } from 'hono';

import type { Contract, Exchange } from './contract.ts';
import type { FaultQueue } from './faults.ts';
import type { FaultAction, RecordedRequest } from './simulator.ts';

export interface ExchangeDependencies {
  app: Hono;
  contracts: readonly Contract[];
  faults: FaultQueue;
  now: () => Date;
  record: (request: RecordedRequest) => void;
  report: (finding: string) => void;
  /** Ends artificial delays when the simulator closes. */
  closing: AbortSignal;
}

/** What the client is about to see; `undefined` stands for a destroyed socket. */
type Outcome = { response: Response; asExecuted: boolean } | undefined;

/** Runs one request through faults, the provider's routes, the recording and the contracts. */
export function createExchangeHandler(dependencies: ExchangeDependencies) {
  return async (incoming: Request, bindings: HttpBindings | Http2Bindings): Promise<Response> => {
    const url = new URL(incoming.url);
    const body = await incoming.text();
    const recorded = describeRequest(incoming, url, body, dependencies.now());
    dependencies.record(recorded);
    const execute = async () => dependencies.app.fetch(rebuild(incoming, body), bindings);

    const action = dependencies.faults.take(incoming.method, url.pathname);
    const outcome = await (action ? misbehave(action, execute, dependencies.closing) : obey(execute));
    if (!outcome) {
      judge(dependencies, { recorded, url, status: 0, responseText: undefined });
      bindings.incoming.socket?.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    recorded.status = outcome.response.status;
    const responseText = await outcome.response.text();
    const status = outcome.asExecuted ? recorded.status : 0;
    judge(dependencies, { recorded, url, status, responseText });
    return restate(outcome.response, responseText);
  };
}

async function obey(execute: () => Promise<Response>): Promise<Outcome> {
  return { response: await execute(), asExecuted: true };
}

async function misbehave(
  action: FaultAction,
  execute: () => Promise<Response>,
  closing: AbortSignal,
): Promise<Outcome> {
  switch (action.type) {
    case 'status':
      return { response: statedResponse(action), asExecuted: false };
    case 'delay':
      await pause(action.ms, closing);
      return obey(execute);
    case 'cut':
      return undefined;
    case 'cut-after':
      await execute();
      return undefined;
    case 'truncate':
      return { response: await halve(await execute()), asExecuted: false };
    case 'invalid-json':
      return {
        response: rubbish('{"items": [{"id": ', 'application/json; charset=UTF-8'),
        asExecuted: false,
      };
    case 'html':
      return {
        response: rubbish('<!doctype html><title>Sorry</title><p>We are sorry.', 'text/html; charset=UTF-8'),
        asExecuted: false,
      };
  }
}

function statedResponse(action: FaultAction & { type: 'status' }): Response {
  if (action.body === undefined)
    return new Response(null, { status: action.status, headers: action.headers ?? {} });
  const text = typeof action.body === 'string' ? action.body : JSON.stringify(action.body);
  const headers = { 'content-type': 'application/json; charset=UTF-8', ...action.headers };
  return new Response(text, { status: action.status, headers });
}

async function halve(response: Response): Promise<Response> {
  const text = await response.text();
  return restate(response, text.slice(0, Math.floor(text.length / 2)));
}

function rubbish(text: string, contentType: string): Response {
  return new Response(text, { status: 200, headers: { 'content-type': contentType } });
}

function pause(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    closing.addEventListener('abort', end);
  });
}

function restate(response: Response, text: string): Response {
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  const bodyless = [204, 205, 304].includes(response.status);
  return new Response(bodyless ? null : text, { status: response.status, headers });
}

function rebuild(incoming: Request, body: string): Request {
  const carriesBody = incoming.method !== 'GET' && incoming.method !== 'HEAD';
  return new Request(incoming.url, {
    method: incoming.method,
    headers: incoming.headers,
    ...(carriesBody ? { body } : {}),
  });
}

function describeRequest(incoming: Request, url: URL, body: string, at: Date): RecordedRequest {
  return {
    at,
    method: incoming.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(incoming.headers),
    body,
    status: 0,
  };
}

interface Evidence {
  recorded: RecordedRequest;
  url: URL;
  /** 0 where the answer is not ours to answer for: only the request is judged. */
  status: number;
  responseText: string | undefined;
}

function judge(dependencies: ExchangeDependencies, { recorded, url, status, responseText }: Evidence): void {
  if (dependencies.contracts.length === 0) return;
  const exchange: Exchange = {
    method: recorded.method,
    path: recorded.path,
    query: url.searchParams,
    requestBody: parseJson(recorded.body),
    status,
    responseBody: status === 0 ? undefined : parseJson(responseText),
  };
  for (const contract of dependencies.contracts)
    for (const finding of contract.check(exchange))
      dependencies.report(`${recorded.method} ${recorded.path}: ${finding}`);
}

/** Text that is no JSON is judged as the string that it is. */
function parseJson(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
