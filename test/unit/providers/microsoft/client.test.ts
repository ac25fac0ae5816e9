import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { createGraph } from '../../../../src/providers/microsoft/client.ts';
import { noBudget } from '../../../support/no-budget.ts';
import { fakeHttp } from './fake-http.ts';

const now = (): Date => new Date('2026-03-02T09:00:00Z');
const never = new AbortController().signal;
const access = { accessToken: 'the-access-token', urgency: 'background', signal: never } as const;

describe.each([
  'https://graph.example/v1.0',
  'http://127.0.0.1:4711/some/root/v1.0',
  'https://localhost:8443',
])('Graph at %s', (graphUrl) => {
  const { pathname } = new URL(graphUrl);
  const at = (path: string): string => `${pathname === '/' ? '' : pathname}${path}`;

  it('is sent the token, the preferences and nothing of the library’s own', async () => {
    const http = fakeHttp({ [at('/me')]: { json: { id: '1' } } });
    const graph = createGraph({ graphUrl, http, now, budget: noBudget }, access);
    expect(await graph.get('account.get', '/me?$select=id')).toEqual({ id: '1' });
    expect(http.sent).toEqual([
      {
        url: `${graphUrl}/me?$select=id`,
        method: 'GET',
        body: '',
        headers: {
          accept: 'application/json',
          authorization: 'Bearer the-access-token',
          prefer:
            'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text", odata.maxpagesize=100',
        },
      },
    ]);
  });

  it('has its links followed letter by letter', async () => {
    const link = `${graphUrl}/delta?b=2&$skiptoken=x%2By%3D&a=https://z&a=again&$select=c&flag`;
    const http = fakeHttp({ [at('/delta')]: { json: {} } });
    await createGraph({ graphUrl, http, now, budget: noBudget }, access).get('events.list', link);
    expect(http.sent[0]?.url).toBe(link);
  });
});

describe('a link of Graph', () => {
  const graphUrl = 'https://graph.example/v1.0';

  it.each([
    'https://graph.example.evil/v1.0/x',
    'http://graph.example/v1.0/x',
    'https://graph.example:444/v1.0/x',
    'https://graph.example@evil.example/x',
    'not a link',
  ])('to %s is malformed, and nobody is asked', async (link) => {
    const http = fakeHttp({});
    const graph = createGraph({ graphUrl, http, now, budget: noBudget }, access);
    expect(graph.isOwn(link)).toBe(false);
    await expect(graph.get('events.list', link)).rejects.toMatchObject({ kind: 'malformed' });
    expect(http.sent).toEqual([]);
  });
});

describe('a request to Graph that writes', () => {
  const graphUrl = 'https://graph.example/v1.0';
  const graphWith = (replies: Parameters<typeof fakeHttp>[0]) => {
    const http = fakeHttp(replies);
    return { http, graph: createGraph({ graphUrl, http, now, budget: noBudget }, access) };
  };

  it.each(['POST', 'PATCH'] as const)(
    '(%s) carries the token, the preferences and its body',
    async (method) => {
      const { http, graph } = graphWith({ '/v1.0/subscriptions': { json: { id: '1' } } });
      const given = graph.send('subscriptions.create', method, '/subscriptions', {
        body: { a: ['ü'] },
      });
      expect(await given).toEqual({ id: '1' });
      expect(http.sent).toMatchObject([
        {
          url: `${graphUrl}/subscriptions`,
          method,
          body: '{"a":["ü"]}',
          headers: {
            authorization: 'Bearer the-access-token',
            'content-type': 'application/json',
            prefer: expect.stringContaining('IdType="ImmutableId"') as string,
          },
        },
      ]);
    },
  );

  it('and ends something sends no body, and needs none back', async () => {
    const { http, graph } = graphWith({ '/v1.0/subscriptions/1': { status: 204, json: undefined } });
    expect(await graph.send('subscriptions.delete', 'DELETE', '/subscriptions/1')).toEqual({});
    expect(http.sent).toMatchObject([{ method: 'DELETE', body: '' }]);
  });

  it.each([
    [202, undefined],
    [204, undefined],
  ])('and is answered %d has nothing more to say', async (status, json) => {
    const { graph } = graphWith({ '/v1.0/me/events/1/cancel': { status, json } });
    const given = graph.send('events.cancel', 'POST', '/me/events/1/cancel', { body: { Comment: 'x' } });
    expect(await given).toEqual({});
  });

  it('and is answered 200 with nothing is malformed', async () => {
    const { graph } = graphWith({ '/v1.0/me/events/1': { json: undefined } });
    const given = graph.send('events.update', 'PATCH', '/me/events/1', { body: {} });
    await expect(given).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('names the version that it is meant for, and none where none is given', async () => {
    const { http, graph } = graphWith({ '/v1.0/me/events/1': { json: { id: '1' } } });
    const ifMatch = 'W/"abc"';
    await graph.send('events.update', 'PATCH', '/me/events/1', { body: {}, ifMatch });
    await graph.send('events.delete', 'DELETE', '/me/events/1');
    expect(http.sent.map(({ headers }) => headers['if-match'])).toEqual([ifMatch, undefined]);
  });

  it('and is answered with a list is malformed; with a refusal, that', async () => {
    const { graph } = graphWith({ '/v1.0/a': { json: [] }, '/v1.0/b': { status: 429, json: {} } });
    await expect(graph.send('subscriptions.create', 'POST', '/a')).rejects.toMatchObject({
      kind: 'malformed',
    });
    await expect(graph.send('subscriptions.create', 'POST', '/b')).rejects.toMatchObject({
      kind: 'throttled',
    });
  });

  it('keeps its token from a path that leads elsewhere', async () => {
    const { http, graph } = graphWith({});
    await graph.send('subscriptions.delete', 'DELETE', '//evil.example/x').catch(() => undefined);
    expect(http.sent.every(({ url }) => url.startsWith('https://graph.example/'))).toBe(true);
  });
});

describe('a request to Graph', () => {
  const graphUrl = 'https://graph.example/v1.0';

  it('that wants a body as it is stored says so, and keeps every other preference', async () => {
    const http = fakeHttp({ '/v1.0/me/events/1': { json: { id: '1' } } });
    const graph = createGraph({ graphUrl, http, now, budget: noBudget }, access);
    await graph.get('events.get', '/me/events/1', { htmlBody: true });
    expect(http.sent[0]?.headers['prefer']).toBe(
      'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="html", odata.maxpagesize=100',
    );
  });

  it('that the network fails keeps the socket’s error as its cause', async () => {
    const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const http = fakeHttp({ '/v1.0/me': new TypeError('fetch failed', { cause }) });
    const error: unknown = await createGraph({ graphUrl, http, now, budget: noBudget }, access)
      .get('account.get', '/me')
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ kind: 'unavailable', cause });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('the-access-token');
  });

  it('that was aborted throws the reason', async () => {
    const reason = new Error('the worker stops');
    const http = fakeHttp({ '/v1.0/me': new DOMException('aborted', 'AbortError') });
    const graph = createGraph(
      { graphUrl, http, now, budget: noBudget },
      { ...access, signal: AbortSignal.abort(reason) },
    );
    await expect(graph.get('account.get', '/me')).rejects.toBe(reason);
  });

  it('that takes too long is unavailable', async () => {
    const http = fakeHttp({ '/v1.0/me': new DOMException('too long', 'TimeoutError') });
    const given = createGraph({ graphUrl, http, now, budget: noBudget }, access).get('account.get', '/me');
    await expect(given).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'Microsoft did not answer account.get within the time limit',
    });
  });

  it('that is answered with a list instead of an object is malformed', async () => {
    const graph = createGraph(
      { graphUrl, http: fakeHttp({ '/v1.0/me': { json: [] } }), now, budget: noBudget },
      access,
    );
    await expect(graph.get('account.get', '/me')).rejects.toMatchObject({ kind: 'malformed' });
  });
});
