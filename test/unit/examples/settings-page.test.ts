import { describe, expect, it } from 'vitest';
import { createApp } from '../../../examples/settings-page/app.ts';
import { Refused } from '../../../examples/settings-page/calendar-sync.ts';
import { readPeople } from '../../../examples/settings-page/people.ts';

const settingsUrl = 'https://hiring.example/settings';
const { origin } = new URL(settingsUrl);

/** The app over a Calendar Sync that answers with the given; `calls` is what it was asked. */
function page(answer: (path: string) => Record<string, unknown>) {
  const calls: { method: string; path: string; body?: object | undefined }[] = [];
  const app = createApp({
    settingsUrl,
    people: readPeople(new URL('../../../examples/settings-page/people.json', import.meta.url)),
    live: { listen: () => () => {}, close: async () => {}, closed: new AbortController().signal },
    calendarSync: {
      async call(method, path, body) {
        calls.push({ method, path, body });
        return answer(path);
      },
    },
  });
  const ask = (path: string, init: RequestInit = {}) => app.request(`${origin}${path}`, init);
  const signIn = async (userId = 'user-ada') => {
    const body = new URLSearchParams({ userId });
    const answered = await ask('/sign-in', { method: 'POST', headers: { origin }, body });
    return answered.headers.get('set-cookie') ?? '';
  };
  return { calls, ask, signIn };
}

const json = (cookie: string, from = origin) => ({
  origin: from,
  cookie: cookie.split(';')[0] ?? '',
  'content-type': 'application/json',
});

describe('the server of the settings page', () => {
  it('gives out a cookie that scripts cannot read and that goes over TLS alone', async () => {
    const cookie = await page(() => ({})).signIn();
    expect(cookie).toMatch(/^__Host-session=[\w-]{43};/);
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(part);
  });

  it('answers nobody who is not signed in', async () => {
    const { ask, calls } = page(() => ({}));
    expect((await ask('/api/connections')).status).toBe(401);
    expect((await ask('/settings')).headers.get('location')).toBe('/sign-in');
    expect(calls).toEqual([]);
  });

  it('takes no change that another site asks for, whatever cookie comes along', async () => {
    const { ask, signIn, calls } = page(() => ({}));
    const cookie = await signIn();
    const change = (headers: Record<string, string>) =>
      ask('/api/connect/google', { method: 'POST', headers, body: '{}' });
    expect((await change(json(cookie, 'https://evil.example'))).status).toBe(403);
    expect((await change({ cookie: json(cookie).cookie })).status).toBe(403);
    expect(calls).toEqual([]);
  });

  it('asks in the name of the session’s user, whomever the browser names', async () => {
    const { ask, signIn, calls } = page(() => ({
      state: 's',
      attemptId: 'a',
      authorizationUrl: 'https://p',
    }));
    const headers = json(await signIn('user-grace'));
    const named = JSON.stringify({ userId: 'user-ada' });
    expect((await ask('/api/connect/google', { method: 'POST', headers, body: named })).status).toBe(400);
    await ask('/api/connect/google', { method: 'POST', headers, body: '{}' });
    expect(calls.map(({ body }) => body)).toEqual([{ userId: 'user-grace', redirectUri: settingsUrl }]);
  });

  it('hands over the answer to what this session has started, and no other', async () => {
    const { ask, signIn, calls } = page(() => ({
      state: 'mine',
      attemptId: 'a',
      authorizationUrl: 'https://p',
    }));
    const [mine, other] = [json(await signIn()), json(await signIn('user-grace'))];
    await ask('/api/connect/google', { method: 'POST', headers: mine, body: '{}' });
    const back = (headers: Record<string, string>) => ask('/settings?state=mine&code=secret', { headers });
    const answers = [await back(other), await back(mine)];
    for (const answer of answers) expect(answer.headers.get('location')).toBe('/settings');
    expect(calls.slice(1)).toEqual([
      {
        method: 'POST',
        path: '/v1/callback/google',
        body: { userId: 'user-ada', state: 'mine', code: 'secret' },
      },
    ]);
  });

  it('does not take a key that Calendar Sync refuses for a user who is signed out', async () => {
    const { ask, signIn } = page(() => {
      throw new Refused(401, { code: 'unauthorized', title: 'The API key is missing or wrong' });
    });
    const answer = await ask('/api/connections', { headers: json(await signIn()) });
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 'unauthorized' });
  });

  it('lets scripts and styles come from its own files alone', async () => {
    const policy = (await page(() => ({})).ask('/sign-in')).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  });
});
