import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, Answer } from '../../support/api-client.ts';
import type { InterviewBody } from './body.ts';

/** What the main app asks of interviews. It asks again until it has an answer, as it would of any service. */
export interface InterviewsApi {
  /** Gives the interview as it is then. */
  put(id: string, body: InterviewBody): Promise<InterviewView>;
  /** Reads it, and sends the body with the revision that it has read; until nothing came in between. */
  putWhole(id: string, body: InterviewBody): Promise<InterviewView>;
  /** With a revision that there was once: true where it was refused. */
  isRefused(id: string, body: InterviewBody, revision: number): Promise<boolean>;
  withdraw(id: string, message?: string): Promise<void>;
  /** Undefined where there is none. */
  interview(id: string): Promise<InterviewView | undefined>;
}

/** What `GET` shows, as far as it is looked into. */
export interface InterviewView {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly reason?: { readonly code: string; readonly message: string };
  readonly upToDate: boolean;
  readonly requested: ShownWish;
  readonly desired: ShownWish;
  readonly observed?: Omit<ShownWish, 'attendees'> & {
    readonly allDay: boolean;
    readonly attendees: readonly { readonly email: string; readonly response: string }[];
  };
  readonly event?: {
    readonly provider?: string;
    readonly providerCalendarId: string;
    readonly providerEventId?: string;
    readonly iCalUID?: string;
  };
  readonly conferenceState?: string;
  readonly meetingUrl?: string;
  readonly attempts: readonly { readonly at: string; readonly action: string; readonly outcome: string }[];
}

export interface ShownWish {
  readonly title?: string;
  readonly description?: string;
  readonly location?: string;
  readonly start: string;
  readonly end: string;
  readonly visibility: string;
  readonly attendees: readonly { readonly email: string }[];
}

/** After that an answer is not late, but lost for good. */
const patienceMs = 120_000;
const pauseMs = 250;

export function createInterviewsApi(api: ApiClient): InterviewsApi {
  /** What is answered with something else than "try again". */
  async function asked(
    method: string,
    id: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    const deadline = Date.now() + patienceMs;
    let last: unknown;
    while (Date.now() < deadline) {
      try {
        const answer = await api.call(method, `/v1/interviews/${id}`, body, headers);
        if (answer.status < 500) return answer;
        last = `${answer.status} ${JSON.stringify(answer.body)}`;
      } catch (error) {
        last = error;
      }
      await sleep(pauseMs);
    }
    throw new Error(`${method} of interview ${id} has no answer within ${patienceMs} ms: ${String(last)}`);
  }

  async function interview(id: string): Promise<InterviewView | undefined> {
    const answer = await asked('GET', id);
    if (answer.status === 404) return undefined;
    return viewIn(answer, 'GET', id);
  }

  return {
    interview,
    put: async (id, body) => viewIn(await asked('PUT', id, body), 'PUT', id),
    putWhole: async (id, body) => {
      for (;;) {
        const before = await interview(id);
        if (before === undefined) throw new Error(`interview ${id} is not there`);
        const answer = await asked('PUT', id, body, ifMatch(before.revision));
        // Also where an earlier try has come through and its answer has not.
        if (answer.status !== 412) return viewIn(answer, 'PUT', id);
      }
    },
    isRefused: async (id, body, revision) => {
      const answer = await asked('PUT', id, body, ifMatch(revision));
      return answer.status === 412;
    },
    withdraw: async (id, message) => {
      const answer = await asked('DELETE', id, message === undefined ? undefined : { message });
      if (![200, 202, 204, 404].includes(answer.status)) throw unexpected('DELETE', id, answer);
    },
  };
}

function ifMatch(revision: number): Record<string, string> {
  return { 'if-match': `"${revision}"` };
}

function viewIn(answer: Answer, method: string, id: string): InterviewView {
  if (![200, 201, 202].includes(answer.status)) throw unexpected(method, id, answer);
  return answer.body as InterviewView;
}

function unexpected(method: string, id: string, { status, body }: Answer): Error {
  return new Error(`${method} of interview ${id} was answered ${status}: ${JSON.stringify(body)}`);
}
