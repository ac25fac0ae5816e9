import { until } from './until.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look into answers of many shapes and fail where something is not there.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** The main app's side of the HTTP contract. */
export interface ApiClient {
  readonly url: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  /** Consents as `consent` does at the provider, calls back with what came, and waits for the end of the attempt. */
  connect(
    provider: string,
    userId: string,
    consent: Consent,
    more?: Record<string, unknown>,
  ): Promise<Answer>;
  /** Resolves when a sync of the connection has ended after this call began, having asked for one. */
  sync(connectionId: string): Promise<void>;
  /** Every stored event of the user in the range, over all pages. */
  events(userId: string, from: string, to: string): Promise<Record<string, unknown>[]>;
}

/** Takes the authorization URL as a browser would, and gives where the provider sends it back to. */
export type Consent = (authorizationUrl: string) => Promise<URL>;

/** Far beyond what intake takes for an answer: one that never comes is a failure, and no hanging test. */
const answerWithinMs = 60_000;

export function apiClient(url: string, apiKey: string): ApiClient {
  const call: ApiClient['call'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(answerWithinMs),
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
  const get: ApiClient['get'] = (path) => call('GET', path);
  const post: ApiClient['post'] = (path, body) => call('POST', path, body);

  return {
    url,
    call,
    get,
    post,
    async connect(provider, userId, consent, more = {}) {
      const started = await post(`/v1/connect/${provider}`, { userId, ...more });
      if (started.status !== 200) return started;
      const landed = await consent(String(started.body.authorizationUrl));
      const back = Object.fromEntries(landed.searchParams);
      const answer = back['error'] === undefined ? { code: back['code'] } : { error: back['error'] };
      const accepted = await post(`/v1/callback/${provider}`, { userId, state: back['state'], ...answer });
      if (accepted.status !== 202) return accepted;
      return until(async () => {
        const attempt = await get(`/v1/attempts/${String(started.body.attemptId)}`);
        return ['connected', 'failed'].includes(attempt.body.status) && attempt;
      });
    },
    async sync(connectionId) {
      const before = await get(`/v1/connections/${connectionId}`);
      const asked = await post(`/v1/connections/${connectionId}/sync`, {});
      if (asked.status !== 202)
        throw new Error(`sync answered ${asked.status}: ${JSON.stringify(asked.body)}`);
      await until(async () => {
        const { body } = await get(`/v1/connections/${connectionId}`);
        return (
          body.lastSyncedAt !== undefined &&
          body.lastSyncedAt !== null &&
          body.lastSyncedAt !== before.body.lastSyncedAt
        );
      });
    },
    async events(userId, from, to) {
      const events: Record<string, unknown>[] = [];
      let cursor: string | undefined;
      do {
        const query = new URLSearchParams({
          from,
          to,
          limit: '500',
          ...(cursor === undefined ? {} : { cursor }),
        });
        const { status, body } = await get(`/v1/users/${userId}/events?${query}`);
        if (status !== 200) throw new Error(`events answered ${status}: ${JSON.stringify(body)}`);
        events.push(...body.events);
        cursor = body.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return events;
    },
  };
}
