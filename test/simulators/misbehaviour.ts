import { retryAfterDate, retryAfterSeconds } from './retry-after.ts';
import type { FaultAction } from './simulator.ts';

/** What the client is about to see; `undefined` stands for a destroyed socket. */
export type Outcome = ExecutedOutcome | StatedOutcome | undefined;

interface ExecutedOutcome {
  response: Response;
  /** The provider's own answer, which its contract may judge. */
  asExecuted: true;
  /** How that answer is spoilt on its way. */
  spoil?: (response: Response, text: string) => Response;
}

interface StatedOutcome {
  response: Response;
  asExecuted: false;
}

export interface Circumstances {
  execute: () => Promise<Response>;
  /** What the provider takes for the time. */
  now: () => Date;
  /** Ends everything that waits when the simulator closes. */
  closing: AbortSignal;
  /** Resolves when the client hangs up or the simulator closes. */
  abandoned: () => Promise<void>;
}

const HUGE_BYTES = 50 * 1024 * 1024;
const PAD = new Uint8Array(64 * 1024).fill(0x20);

export async function obey(execute: () => Promise<Response>): Promise<Outcome> {
  return { response: await execute(), asExecuted: true };
}

/** Does to one request what the fault says. */
export async function misbehave(action: FaultAction, circumstances: Circumstances): Promise<Outcome> {
  const { execute, closing, abandoned } = circumstances;
  switch (action.type) {
    case 'status':
      return stated(statedResponse(action));
    case 'throttle':
      return stated(throttledResponse(action, circumstances.now()));
    case 'delay':
      await pause(action.ms, closing);
      return obey(execute);
    case 'cut':
      return undefined;
    case 'cut-after':
      await execute();
      return undefined;
    case 'stall':
      return void (await abandoned());
    case 'withhold': {
      const response = await execute();
      if (action.ms === undefined) return void (await abandoned());
      await pause(action.ms, closing);
      return { response, asExecuted: true };
    }
    case 'invalid-json':
      return stated(rubbish('{"items": [{"id": ', 'application/json; charset=UTF-8'));
    case 'html':
      return stated(
        rubbish('<!doctype html><title>Sorry</title><p>We are sorry.', 'text/html; charset=UTF-8'),
      );
    case 'empty':
      return stated(rubbish('', 'application/json; charset=UTF-8'));
    case 'truncate':
    case 'stall-body':
    case 'content-type':
    case 'pad':
      return { response: await execute(), asExecuted: true, spoil: spoilerOf(action) };
  }
}

function stated(response: Response): Outcome {
  return { response, asExecuted: false };
}

type Spoiling = FaultAction & { type: 'truncate' | 'stall-body' | 'content-type' | 'pad' };

function spoilerOf(action: Spoiling): (response: Response, text: string) => Response {
  switch (action.type) {
    case 'truncate':
      return (response, text) => restate(response, firstHalf(text));
    case 'stall-body':
      return (response, text) => restate(response, silentAfter(firstHalf(text)));
    case 'content-type':
      return (response, text) => {
        const changed = restate(response, text);
        changed.headers.set('content-type', action.value ?? 'text/plain; charset=UTF-8');
        return changed;
      };
    case 'pad':
      return (response, text) => restate(response, padded(text, action.bytes ?? HUGE_BYTES));
  }
}

function statedResponse(action: FaultAction & { type: 'status' }): Response {
  if (action.body === undefined)
    return new Response(null, { status: action.status, headers: action.headers ?? {} });
  const text = typeof action.body === 'string' ? action.body : JSON.stringify(action.body);
  const headers = { 'content-type': 'application/json; charset=UTF-8', ...action.headers };
  return new Response(text, { status: action.status, headers });
}

function throttledResponse(action: FaultAction & { type: 'throttle' }, now: Date): Response {
  const { status = 429, retryAfterSeconds: seconds, asDate = false, body } = action;
  const header = asDate
    ? retryAfterDate(new Date(now.getTime() + (seconds ?? 0) * 1000))
    : retryAfterSeconds(seconds ?? 0);
  return statedResponse({
    type: 'status',
    status,
    body,
    ...(seconds === undefined ? {} : { headers: header }),
  });
}

function rubbish(text: string, contentType: string): Response {
  return new Response(text, { status: 200, headers: { 'content-type': contentType } });
}

function firstHalf(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}

/** The text, and then nothing until one side ends the connection. */
function silentAfter(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
  });
}

/** Blanks come first, so that a reader cannot stop early; made as they are read, so that they cost no memory here. */
function padded(text: string, bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull: (controller) => {
      if (left > 0) {
        controller.enqueue(PAD.subarray(0, Math.min(left, PAD.length)));
        left -= PAD.length;
        return;
      }
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
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

/** The same answer with another body; none where the status allows none. */
export function restate(response: Response, body: string | ReadableStream<Uint8Array>): Response {
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  const bodyless = [204, 205, 304].includes(response.status);
  return new Response(bodyless ? null : body, { status: response.status, headers });
}
