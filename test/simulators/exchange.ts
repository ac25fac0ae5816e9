import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Hono } from 'hono';

import type { Contract, Exchange } from './contract.ts';
import type { FaultQueue } from './faults.ts';
import { misbehave, obey, restate } from './misbehaviour.ts';
import type { RecordedRequest } from './simulator.ts';

export interface ExchangeDependencies {
  app: Hono;
  contracts: readonly Contract[];
  faults: FaultQueue;
  now: () => Date;
  /** What the provider takes for the time: its Date header. As `now` unless given. */
  providerNow?: () => Date;
  record: (request: RecordedRequest) => void;
  report: (finding: string) => void;
  /** Ends artificial delays when the simulator closes. */
  closing: AbortSignal;
}

/** Runs one request through faults, the provider's routes, the recording and the contracts. */
export function createExchangeHandler(dependencies: ExchangeDependencies) {
  return async (incoming: Request, bindings: HttpBindings | Http2Bindings): Promise<Response> => {
    const url = new URL(incoming.url);
    const body = await incoming.text();
    const recorded = describeRequest(incoming, url, body, dependencies.now());
    dependencies.record(recorded);
    const execute = async () => dependencies.app.fetch(rebuild(incoming, body), bindings);

    const { faults, closing, providerNow = dependencies.now } = dependencies;
    const action = faults.take(incoming.method, url.pathname, url.searchParams);
    const abandoned = () => abandonment(bindings, closing);
    const outcome = await (action
      ? misbehave(action, { execute, now: providerNow, closing, abandoned })
      : obey(execute));
    if (!outcome) {
      judge(dependencies, { recorded, url, status: 0, responseText: undefined });
      bindings.incoming.socket?.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    recorded.status = outcome.response.status;
    const responseText = await outcome.response.text();
    const status = outcome.asExecuted ? recorded.status : 0;
    judge(dependencies, { recorded, url, status, responseText });
    const spoil = (outcome.asExecuted ? outcome.spoil : undefined) ?? restate;
    const answer = spoil(outcome.response, responseText);
    answer.headers.set('date', providerNow().toUTCString());
    return answer;
  };
}

/** Keep-alive sockets outlive their requests, so whoever waits for the end of one also looks at the simulator's. */
function abandonment({ incoming }: HttpBindings | Http2Bindings, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closing.aborted || incoming.socket.destroyed) return resolve();
    const end = () => {
      incoming.socket.off('close', end);
      closing.removeEventListener('abort', end);
      resolve();
    };
    incoming.socket.on('close', end);
    closing.addEventListener('abort', end);
  });
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
