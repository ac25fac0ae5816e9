import { describe, expect, it } from 'vitest';
import { apiKey, fakeIntake, someId } from './fake-intake.ts';

const intake = fakeIntake();
const authorized = { Authorization: `Bearer ${apiKey}` };
const asJson = { ...authorized, 'Content-Type': 'application/json' };
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = asJson) =>
  intake.call('/v1/connect/google', { method: 'POST', body, headers });

describe('a problem', () => {
  it('has the members of RFC 9457, a stable code, a hint and the request id', async () => {
    const answer = await intake.send('GET', '/v1/attempts/not-an-id');
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await answer.json()).toEqual({
      type: '/docs#problem-invalid_request',
      title: 'The request is not valid',
      status: 400,
      detail: 'id: must be 24 lower-case hexadecimal digits',
      code: 'invalid_request',
      hint: expect.any(String),
      instance: '/v1/attempts/not-an-id',
      requestId: answer.headers.get('X-Request-Id'),
      errors: [{ field: 'id', message: 'must be 24 lower-case hexadecimal digits' }],
    });
  });

  it('names every field that is wrong, at once', async () => {
    const answer = await intake.send('POST', '/v1/availability', {
      groups: [{ members: [{ userId: 5 }], required: 0 }],
      from: 'tomorrow',
      tentativeIsBusy: 'no',
      extra: 1,
    });
    const { errors } = (await answer.json()) as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).toSorted()).toEqual([
      'extra',
      'from',
      'groups.0.members.0.userId',
      'groups.0.required',
      'tentativeIsBusy',
      'to',
    ]);
  });

  it.each([
    ['half an object', '{"userId":', 400, 'malformed_json'],
    ['nothing', '', 400, 'malformed_json'],
    ['a list', '[]', 400, 'invalid_request'],
    ['null', 'null', 400, 'invalid_request'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe]), 400, 'malformed_json'],
    ['a NUL in an id', '{"userId":"a\\u0000b"}', 400, 'invalid_request'],
    ['half a surrogate pair', '{"userId":"\\ud800"}', 400, 'invalid_request'],
    ['more than 64 kB', JSON.stringify({ userId: 'x'.repeat(70_000) }), 413, 'payload_too_large'],
  ])('a body of %s', async (_, body, status, code) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code, status });
  });

  it('a body that is not declared as JSON is refused, so that no plain form of another site is read', async () => {
    const answer = await post('{"userId":"ada"}', { ...authorized, 'Content-Type': 'text/plain' });
    expect(await answer.json()).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it.each([
    ['/v1/users/%E0%A4%A/connections', 400, 'malformed_url'],
    ['/v1/users/a%00b/connections', 400, 'invalid_request'],
    ['/v1/users/ada/connections?cursor=%', 400, 'malformed_url'],
    [`/v1/users/ada/events?from=${'1'.repeat(9000)}`, 414, 'uri_too_long'],
    ['/v1/connect/google?userId=ada&userId=bob', 400, 'invalid_request'],
    ['/v1/connect/constructor?userId=ada', 400, 'invalid_request'],
    ['/v1/no-such-route', 404, 'not_found'],
    ['/v1/users/ada/events?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 400, 'invalid_request'],
    ['/v1/users/ada/events?from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z', 400, 'invalid_request'],
    ['/v1/users/ada/events?from=2026-02-30T00:00:00Z&to=2026-03-01T00:00:00Z', 400, 'invalid_request'],
    ['/v1/users/ada/events?from=2026-01-01T00:00:00&to=2026-01-02T00:00:00', 400, 'invalid_request'],
    [
      '/v1/users/ada/events?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&cursor=eA',
      400,
      'invalid_request',
    ],
    [
      '/v1/users/ada/events?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&limit=1e9',
      400,
      'invalid_request',
    ],
  ])('%s', async (path, status, code) => {
    const answer = await intake.send('GET', path);
    expect(await answer.json()).toMatchObject({ code, status });
  });

  it('a misspelt guard is refused and not ignored (I10)', async () => {
    const answer = await intake.send('GET', `/v1/attempts/${someId}?userID=ada`);
    expect(await answer.json()).toMatchObject({ status: 400, errors: [{ field: 'userID' }] });
  });

  it('a wrong method is answered with those that the path takes', async () => {
    const answer = await intake.send('PUT', `/v1/connections/${someId}`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('DELETE, GET, HEAD');
  });

  it('a redirect URI that is not configured is answered with those that are', async () => {
    const answer = await intake.send('POST', '/v1/connect/google', {
      userId: 'ada',
      redirectUri: 'https://evil.example/settings',
    });
    expect(answer.status).toBe(400);
    const { code, detail } = (await answer.json()) as { code: string; detail: string };
    expect(code).toBe('redirect_uri_not_allowed');
    expect(detail).toContain('http://localhost:3000/settings');
    expect(detail).not.toContain('evil');
  });

  it('a provider without a client id says that it is off, and which variables turn it on', async () => {
    const answer = await intake.send('POST', '/v1/connect/microsoft', { userId: 'ada' });
    expect(await answer.json()).toMatchObject({
      status: 409,
      code: 'provider_off',
      detail: expect.stringContaining('MICROSOFT_CLIENT_ID'),
    });
  });
});
