import { Agent, fetch, type RequestInit, type Response } from 'undici';

import { readAnswer, OversizedAnswerError } from '../read-answer.ts';
import { malformedAnswer, networkFailure, type Answer } from './failures.ts';

export interface Http {
  /**
   * One request, no redirects followed and nothing repeated: what to do about an answer is the caller's to decide.
   * The time limit covers the reading of the body. Rejects with whatever `fetch` says.
   */
  fetch(url: string, init: RequestInit, signal: AbortSignal): Promise<Response>;
  /** Waits for requests under way, then ends the kept-alive sockets. Idempotent. */
  close(): Promise<void>;
}

/** A pool of sockets of its own, because the process-wide one of `fetch` cannot be closed. */
export function createHttp(timeoutMs: number): Http {
  const agent = new Agent();
  let closing: Promise<void> | undefined;
  return {
    fetch: (url, init, signal) =>
      fetch(url, {
        ...init,
        dispatcher: agent,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      }),
    close: () => (closing ??= agent.close()),
  };
}

/**
 * Sends and reads the answer whole. Throws the signal's reason when aborted, `unavailable` when the network fails or the
 * time is up, and `malformed` when the answer is larger than any page.
 */
export async function answerOf(
  send: () => Promise<Response>,
  operation: string,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await send();
    const text = await readAnswer(response);
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      empty: text.trim() === '',
      json: response.ok && !claimsJson(response) ? undefined : parseJson(text),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OversizedAnswerError) throw malformedAnswer(operation, error.message);
    throw networkFailure(error, operation);
  }
}

/** A success that says it is HTML comes from a proxy or a sign-in portal on the way, whatever it contains. */
function claimsJson({ headers }: Response): boolean {
  return headers.get('content-type')?.toLowerCase().includes('json') ?? true;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body; that there was no JSON is all that may be told.
    return undefined;
  }
}
