import { describe, expect, it } from 'vitest';
import { apiKey, fakeIntake, otherKey } from './fake-intake.ts';

const withKey = (value: string) => ({ headers: { Authorization: value } });

describe('API keys', () => {
  const intake = fakeIntake();
  const path = '/v1/users/ada/connections';

  it.each([apiKey, otherKey])('every key of the list opens the door (%#)', async (key) => {
    expect((await intake.call(path, withKey(`Bearer ${key}`))).status).toBe(200);
  });

  it.each([
    ['nothing', undefined],
    ['a wrong key', `Bearer ${apiKey}x`],
    ['an empty key', 'Bearer '],
    ['the key with another scheme', `Basic ${apiKey}`],
    ['the key alone', apiKey],
    ['both keys', `Bearer ${apiKey}, Bearer ${otherKey}`],
  ])('%s is answered with 401, a challenge and no word about the keys', async (_, header) => {
    const answer = await intake.call(path, header === undefined ? {} : withKey(header));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer /);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'unauthorized', status: 401 });
    expect(text).not.toContain(apiKey);
  });

  it.each(['/metrics', '/v1/no-such-route', '/v1/attempts/x'])('%s is behind the key', async (guarded) => {
    expect((await intake.call(guarded)).status).toBe(401);
  });

  it.each(['/healthz', '/readyz', '/docs', '/openapi.json'])('%s is for everybody', async (open) => {
    expect((await intake.call(open)).status).toBe(200);
  });
});
