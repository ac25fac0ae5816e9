/** What Calendar Sync answers when it will not: RFC 9457, with a code to branch on and a hint that says what to do. */
export interface ProblemBody {
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** Thrown for every answer that is not a success. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: ProblemBody;

  constructor(status: number, problem: ProblemBody) {
    super(`Calendar Sync: ${problem.title}`);
    this.name = 'Refused';
    this.status = status;
    this.problem = problem;
  }
}

export type Fields = Record<string, unknown>;

/** The HTTP contract of Calendar Sync, as this server sees it: a method, a path, a body. */
export interface CalendarSync {
  /** Throws `Refused` for any answer that is not 2xx, also where no answer came. */
  call(method: string, path: string, body?: object): Promise<Fields>;
}

const answerWithinMs = 20_000;

/** The API key is in here and goes nowhere else: the browser talks to this server, and only this server to the API. */
export function createCalendarSync({ url, apiKey }: { url: string; apiKey: string }): CalendarSync {
  return {
    async call(method, path, body) {
      const answer = await reach(`${url}${path}`, {
        method,
        signal: AbortSignal.timeout(answerWithinMs),
        headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const read: unknown = await answer.json().catch(() => undefined);
      if (answer.ok) return (read ?? {}) as Fields;
      throw new Refused(answer.status, problemIn(read, answer.status));
    },
  };
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    const problem = {
      code: 'unreachable',
      title: 'Calendar Sync does not answer',
      hint: 'It may be starting. Try again in a moment; if it stays like this, tell whoever runs it.',
    };
    throw Object.assign(new Refused(503, problem), { cause });
  }
}

function problemIn(read: unknown, status: number): ProblemBody {
  if (typeof read === 'object' && read !== null && 'code' in read && 'title' in read)
    return read as ProblemBody;
  return { code: 'unexpected_answer', title: `Calendar Sync answered ${status}` };
}
