import { Response } from 'undici';

import type { Http } from '../../../../src/providers/microsoft/http.ts';

export interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Reply = { readonly status?: number; readonly json: unknown } | Error;

/** A network that answers by the path; others are 404. */
export function fakeHttp(replies: Readonly<Record<string, Reply>>): Http & { readonly sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: (url, init) => {
      const headers = Object.fromEntries(new Headers(init.headers as Record<string, string>));
      sent.push({ url, method: init.method ?? 'GET', headers, body: String(init.body ?? '') });
      const reply = replies[new URL(url).pathname] ?? { status: 404, json: {} };
      if (reply instanceof Error) return Promise.reject(reply);
      const body = reply.json === undefined ? null : JSON.stringify(reply.json);
      const answered = { status: reply.status ?? 200, headers: { 'content-type': 'application/json' } };
      return Promise.resolve(new Response(body, answered));
    },
    close: () => Promise.resolve(),
  };
}
