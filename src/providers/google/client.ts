import { calendar, type calendar_v3 } from '@googleapis/calendar';
import { Agent, fetch } from 'undici';

import type { Access, BudgetRequest, RequestBudget } from '../provider.ts';
import { retryAfterMs } from '../../domain/retry-after.ts';
import { readAnswer, OversizedAnswerError } from '../read-answer.ts';
import { withinBudget } from '../request-within-budget.ts';
import {
  apiFailure,
  bodyOf,
  insistOnSuccess,
  malformed,
  networkFailure,
  type Answer,
  type Attempt,
} from './failures.ts';
import type { JsonObject } from './wire.ts';

export interface GoogleClientOptions {
  /** Root of the Calendar API, without a slash at its end. */
  readonly calendarUrl: string;
  /** For one request, its whole answer included. */
  readonly timeoutMs: number;
  readonly now: () => Date;
  readonly budget: RequestBudget;
}

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const;

export interface HttpRequest {
  readonly method: (typeof methods)[number];
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends requests to Google and gives whole answers. Retries nothing, follows no redirect, knows no refresh token. */
export interface GoogleClient {
  /**
   * Any answer, whatever its status. Throws `unavailable`, `malformed` where it is larger than any page, or the signal's
   * reason once that is aborted.
   */
  send(attempt: Attempt, request: HttpRequest, signal: AbortSignal): Promise<Answer>;
  /** The same for what has a budget, once that has room. Throws `throttled` where it has none. */
  sendWithin(attempt: Attempt, request: HttpRequest, caller: Caller): Promise<Answer>;
  /** One call of the generated Calendar client. Gives the JSON of a success, throws `ProviderError` for the rest. */
  call(attempt: Attempt, access: Access, method: CalendarMethod): Promise<JsonObject>;
  /** The same for a call that has no answer but its success. */
  command(attempt: Attempt, access: Access, method: CalendarMethod): Promise<void>;
  /** Waits for requests under way, then ends the sockets. Idempotent. */
  close(): Promise<void>;
}

/** Whose request it is; `accountId` where that is known. */
export type Caller = Pick<Access, 'urgency' | 'haste' | 'underway' | 'signal'> &
  Partial<Pick<Access, 'accountId'>>;

/** To be called with the given options, which carry the access token and the transport. */
export type CalendarMethod = (api: calendar_v3.Calendar, options: CallOptions) => Promise<unknown>;

type CallOptions = Pick<calendar_v3.Options, 'headers' | 'adapter'>;

export function createGoogleClient(options: GoogleClientOptions): GoogleClient {
  const agent = new Agent();
  // Named, so that GOOGLE_CLOUD_UNIVERSE_DOMAIN cannot move the requests behind our configuration.
  const api = calendar({ version: 'v3', universeDomain: 'googleapis.com', retry: false });
  let closed: Promise<void> | undefined;

  const send: GoogleClient['send'] = async (attempt, request, signal) => {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
      // A redirect would take the secrets along to an address that nobody configured.
      const response = await fetch(request.url, {
        ...request,
        redirect: 'manual',
        signal: limit,
        dispatcher: agent,
      });
      return {
        status: response.status,
        contentType: response.headers.get('content-type') ?? undefined,
        retryAfterMs: retryAfterMs((name) => response.headers.get(name) ?? undefined, options.now()),
        text: await readAnswer(response),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OversizedAnswerError) throw malformed(attempt, error.message);
      throw networkFailure(attempt, error);
    }
  };

  const sendWithin: GoogleClient['sendWithin'] = (attempt, request, caller) =>
    withinBudget(
      options.budget,
      budgetRequest(attempt, caller),
      () => send(attempt, request, caller.signal),
      (answer) => answer.retryAfterMs,
    );

  const ask = (attempt: Attempt, access: Access, method: CalendarMethod): Promise<Answer> =>
    throughSdk(api, method, access, (request) =>
      sendWithin(attempt, { ...request, url: rebased(request.url, options.calendarUrl) }, access),
    );

  return {
    send,
    sendWithin,
    call: async (attempt, access, method) => bodyOf(attempt, await ask(attempt, access, method), apiFailure),
    command: async (attempt, access, method) =>
      insistOnSuccess(attempt, await ask(attempt, access, method), apiFailure),
    close: () => (closed ??= agent.close()),
  };
}

function budgetRequest(
  { operation }: Attempt,
  { accountId, urgency, haste, underway, signal }: Caller,
): BudgetRequest & Pick<Caller, 'haste'> {
  return { provider: 'google', operation, accountId, urgency, haste, underway, signal };
}

/**
 * Lets the generated client build the request and nothing more. Its own transport would give broken JSON back as a
 * text and put the access token into its errors, and its `rootUrl` drops the path of a configured root.
 */
async function throughSdk(
  api: calendar_v3.Calendar,
  method: CalendarMethod,
  access: Access,
  transport: (request: HttpRequest) => Promise<Answer>,
): Promise<Answer> {
  let answer: Answer | undefined;
  let failure: { readonly error: unknown } | undefined;
  const adapter = async (prepared: PreparedRequest): Promise<never> => {
    try {
      answer = await transport(requestOf(prepared));
    } catch (error) {
      failure = { error };
    }
    // Judged by us from `answer`: the SDK only has to let it pass.
    return { status: 200, headers: {}, data: undefined } as never;
  };
  await method(api, { headers: { authorization: `Bearer ${access.accessToken}` }, adapter });
  if (failure !== undefined) throw failure.error;
  if (answer === undefined) throw new Error('the calendar client sent no request');
  return answer;
}

type PreparedRequest = Parameters<NonNullable<CallOptions['adapter']>>[0];

function requestOf({ url, method, headers, body }: PreparedRequest): HttpRequest {
  const known = methods.find((one) => one === (method ?? 'GET'));
  if (known === undefined) throw new Error('the calendar client uses a method that we do not know');
  return {
    method: known,
    url: url.href,
    headers: Object.fromEntries(headers),
    ...(typeof body === 'string' ? { body } : {}),
  };
}

const sdkRoot = 'https://www.googleapis.com/calendar/v3/';

function rebased(url: string, calendarUrl: string): string {
  if (!url.startsWith(sdkRoot)) throw new Error('the calendar client left its root');
  return `${calendarUrl}/${url.slice(sdkRoot.length)}`;
}
