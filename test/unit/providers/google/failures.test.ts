import { describe, expect, test } from 'vitest';

import {
  apiFailure,
  bodyOf,
  insistOnSuccess,
  isAlreadyRevoked,
  isChannelGone,
  networkFailure,
  tokenFailure,
  type Answer,
  type Attempt,
} from '../../../../src/providers/google/failures.ts';
import { isBadRequest, isEventMissing, isIdTaken } from '../../../../src/providers/google/write-failures.ts';

const answer = (status: number, body: unknown, more: Partial<Answer> = {}): Answer => ({
  status,
  contentType: 'application/json; charset=UTF-8',
  retryAfterMs: undefined,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});

/** The envelope of Calendar's errors. */
const calendarError = (code: number, reason: string, domain = 'global', location?: string) => ({
  error: { errors: [{ domain, reason, message: 'Some words.', location }], code, message: 'Some words.' },
});

/** The newer envelope (google.aip.dev/193). */
const detailed = (code: number, status: string, reason: string) => ({
  error: { code, status, message: 'Some words.', details: [{ '@type': 'ErrorInfo', reason }] },
});

const watching = { operation: 'events.watch', calendarId: 'team@example.com' };

const html = '<!doctype html><title>Sorry</title>';
const listing = { operation: 'events.list', calendarId: 'team@example.com' };

describe('an answer to a watch', () => {
  test.each([
    [400, 'pushNotSupportedForRequestedResource', 'refused', 'push_unsupported'],
    [400, 'push.webhookUrlNotHttps', 'misconfigured', 'push_address_refused'],
    [401, 'push.webhookUrlUnauthorized', 'misconfigured', 'push_address_refused'],
    [400, 'channelIdNotUnique', 'unavailable', 'provider_unavailable'],
    [401, 'authError', 'reconnect_needed', 'grant_revoked'],
    [403, 'insufficientPermissions', 'reconnect_needed', 'scope_missing'],
    [403, 'quotaExceeded', 'throttled', 'throttled'],
    [404, 'notFound', 'refused', 'calendar_unreachable'],
    [400, 'invalid', 'refused', 'provider_refused'],
  ])('%d %s is %s (%s)', (status, reason, kind, code) => {
    const error = apiFailure(watching, answer(status, calendarError(status, reason)));
    expect(error).toMatchObject({ kind, detail: { code, status, vendorCode: reason } });
  });

  test('that only tells success is 204, or JSON', () => {
    const stopping = { operation: 'channels.stop' };
    const judged = (given: Answer) => () => insistOnSuccess(stopping, given, apiFailure);
    expect(judged(answer(204, '', { contentType: undefined }))).not.toThrow();
    expect(judged(answer(200, {}))).not.toThrow();
    expect(judged(answer(200, ''))).toThrow(/channels.stop with/);
    expect(judged(answer(200, html, { contentType: 'text/html' }))).toThrow(/not JSON/);
    expect(judged(answer(302, ''))).toThrow(/302/);
    expect(judged(answer(503, ''))).toThrow(/503/);
  });

  test('says that a channel is gone only where Google itself says so, and of a channel', () => {
    const gone = (operation: string, given: Answer) => isChannelGone(apiFailure({ operation }, given));
    const notFound = calendarError(404, 'notFound');
    expect(gone('channels.stop', answer(404, notFound))).toBe(true);
    expect(gone('channels.stop', answer(404, ''))).toBe(false);
    expect(gone('channels.stop', answer(404, html))).toBe(false);
    expect(gone('channels.stop', answer(403, calendarError(403, 'forbidden')))).toBe(false);
    expect(gone('events.list', answer(404, notFound))).toBe(false);
    expect(isChannelGone(new Error('404'))).toBe(false);
  });
});

describe('an answer to the writing of an event', () => {
  const eventId = 'abc0123';
  const inserting = { operation: 'events.insert', calendarId: 'team@example.com' };
  const patching = { operation: 'events.patch', calendarId: 'team@example.com', eventId };

  test.each([
    [409, 'duplicate', 'refused', 'provider_refused'],
    [409, 'conflict', 'unavailable', 'provider_unavailable'],
    [412, 'conditionNotMet', 'stale', 'event_changed'],
    [412, 'anyOtherName', 'stale', 'event_changed'],
    [410, 'deleted', 'refused', 'provider_refused'],
    [404, 'notFound', 'refused', 'calendar_unreachable'],
    [403, 'forbiddenForNonOrganizer', 'refused', 'provider_refused'],
    [403, 'requiredAccessLevel', 'refused', 'calendar_unreachable'],
    [403, 'quotaExceeded', 'throttled', 'throttled'],
    [403, 'rateLimitExceeded', 'throttled', 'throttled'],
    [400, 'invalid', 'refused', 'provider_refused'],
  ])('%d %s is %s (%s)', (status, reason, kind, code) => {
    const error = apiFailure(patching, answer(status, calendarError(status, reason)));
    expect(error).toMatchObject({ kind, detail: { code, status, vendorCode: reason } });
  });

  test.each([
    [412, 'stale', 'event_changed'],
    [410, 'refused', 'provider_refused'],
  ])('%d without words is %s', (status, kind, code) => {
    expect(apiFailure(patching, answer(status, ''))).toMatchObject({ kind, detail: { code } });
  });

  test('names the event beside the calendar', () => {
    expect(apiFailure(patching, answer(412, '')).message).toBe(
      'Google answered events.patch of event abc0123 in calendar team@example.com with 412',
    );
  });

  test('that speaks of a limit of days asks for an hour, unless it says how long itself', () => {
    const quota = calendarError(403, 'quotaExceeded', 'usageLimits');
    const pauseOf = (attempt: Attempt, more: Partial<Answer> = {}) =>
      apiFailure(attempt, answer(403, quota, more)).detail.retryAfterMs;
    expect(pauseOf(inserting)).toBe(3_600_000);
    expect(pauseOf(patching, { retryAfterMs: 7000 })).toBe(7000);
    expect(pauseOf(listing)).toBeUndefined();
    const rate = answer(403, calendarError(403, 'rateLimitExceeded', 'usageLimits'));
    expect(apiFailure(inserting, rate).detail.retryAfterMs).toBeUndefined();
  });

  test.each([
    ['events.delete', 410, calendarError(410, 'deleted'), true],
    ['events.delete', 410, '', true],
    ['events.patch', 404, calendarError(404, 'notFound'), true],
    ['events.get', 404, '', false],
    ['events.get', 404, html, false],
    ['events.get', 403, calendarError(403, 'forbidden'), false],
    ['events.insert', 404, calendarError(404, 'notFound'), false],
    ['calendars.get', 404, calendarError(404, 'notFound'), false],
  ])(
    '%s: %d says that the event is missing only where Google itself says so of one',
    (operation, status, body, is) => {
      expect(isEventMissing(apiFailure({ ...patching, operation }, answer(status, body)))).toBe(is);
    },
  );

  test('tells a taken id and a bad request from everything else', () => {
    const of = (status: number, reason: string) =>
      apiFailure(inserting, answer(status, calendarError(status, reason)));
    expect([isIdTaken(of(409, 'duplicate')), isIdTaken(of(409, 'conflict'))]).toEqual([true, false]);
    expect([isBadRequest(of(400, 'invalid')), isBadRequest(of(403, 'forbidden'))]).toEqual([true, false]);
    for (const judge of [isEventMissing, isIdTaken, isBadRequest])
      expect(judge(new Error('404'))).toBe(false);
  });
});

describe('an answer of the Calendar API', () => {
  test.each([
    [
      'an access token that is refused',
      answer(401, calendarError(401, 'authError')),
      'reconnect_needed',
      'grant_revoked',
    ],
    [
      'a scope that is missing',
      answer(403, calendarError(403, 'insufficientPermissions')),
      'reconnect_needed',
      'scope_missing',
    ],
    [
      'a scope that is missing, in the newer form',
      answer(403, detailed(403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')),
      'reconnect_needed',
      'scope_missing',
    ],
    [
      'an API that is not switched on',
      answer(403, calendarError(403, 'accessNotConfigured', 'usageLimits')),
      'misconfigured',
      'api_disabled',
    ],
    [
      'an API that is not switched on, in the newer form',
      answer(403, detailed(403, 'PERMISSION_DENIED', 'SERVICE_DISABLED')),
      'misconfigured',
      'api_disabled',
    ],
    ['an administrator’s veto', answer(403, calendarError(403, 'domainPolicy')), 'refused', 'admin_policy'],
    [
      'a user’s rate limit',
      answer(403, calendarError(403, 'userRateLimitExceeded', 'usageLimits')),
      'throttled',
      'throttled',
    ],
    [
      'a rate limit as 403',
      answer(403, calendarError(403, 'rateLimitExceeded', 'usageLimits')),
      'throttled',
      'throttled',
    ],
    [
      'a rate limit as 429',
      answer(429, calendarError(429, 'rateLimitExceeded', 'usageLimits')),
      'throttled',
      'throttled',
    ],
    ['a rate limit that HTML tells', answer(429, html), 'throttled', 'throttled'],
    ['a quota', answer(403, calendarError(403, 'quotaExceeded', 'usageLimits')), 'throttled', 'throttled'],
    [
      'a calendar that is no longer shared',
      answer(403, calendarError(403, 'forbidden')),
      'refused',
      'calendar_unreachable',
    ],
    [
      'a calendar that is gone',
      answer(404, calendarError(404, 'notFound')),
      'refused',
      'calendar_unreachable',
    ],
    [
      'a refusal of any other kind',
      answer(403, calendarError(403, 'forbiddenForNonOrganizer', 'calendar')),
      'refused',
      'provider_refused',
    ],
    [
      'a request that makes no sense',
      answer(400, calendarError(400, 'timeRangeEmpty', 'calendar')),
      'refused',
      'provider_refused',
    ],
    [
      'a sync token that is too old',
      answer(410, calendarError(410, 'fullSyncRequired', 'calendar', 'syncToken')),
      'cursor_expired',
      'provider_refused',
    ],
    [
      'an updatedMin that is too old',
      answer(410, calendarError(410, 'updatedMinTooLongAgo', 'calendar')),
      'cursor_expired',
      'provider_refused',
    ],
    ['a 410 without words', answer(410, ''), 'cursor_expired', 'provider_refused'],
    ['an event that is gone', answer(410, calendarError(410, 'deleted')), 'refused', 'provider_refused'],
    [
      'a page token that died',
      answer(400, calendarError(400, 'invalid', 'global', 'pageToken')),
      'cursor_expired',
      'provider_refused',
    ],
    [
      'a broken sync token',
      answer(400, calendarError(400, 'invalid', 'global', 'syncToken')),
      'cursor_expired',
      'provider_refused',
    ],
    [
      'a fault of Google’s',
      answer(500, calendarError(500, 'backendError')),
      'unavailable',
      'provider_unavailable',
    ],
    ['a fault that HTML tells', answer(503, html), 'unavailable', 'provider_unavailable'],
    ['a request that took too long', answer(408, ''), 'unavailable', 'provider_unavailable'],
    ['a sign-in page of a proxy', answer(403, html), 'malformed', 'malformed_answer'],
    ['a redirect', answer(302, ''), 'malformed', 'malformed_answer'],
  ])('that tells of %s has its kind and code', (_, given, kind, code) => {
    expect(apiFailure(listing, given)).toMatchObject({
      kind,
      detail: { provider: 'google', operation: 'events.list', code, status: given.status },
    });
  });

  test('names who speaks, what was tried on what, and what came back', () => {
    const failure = apiFailure(listing, answer(404, calendarError(404, 'notFound')));
    expect(failure.message).toBe(
      'Google answered events.list of calendar team@example.com with 404 notFound',
    );
    expect(failure.detail.vendorCode).toBe('notFound');
  });

  test.each([429, 503])('with status %d carries the wait that Google asked for', (status) => {
    const failure = apiFailure(listing, answer(status, '', { retryAfterMs: 7000 }));
    expect(failure.detail.retryAfterMs).toBe(7000);
  });

  test('that sends a secret back leaves no trace of it', () => {
    const secret = 'ya29.a0Secret-1';
    const bodies = [
      { error: secret, error_description: secret },
      calendarError(403, secret),
      { error: { code: 403, message: secret, status: secret } },
    ];
    for (const body of bodies) {
      const failure = apiFailure(listing, answer(403, body));
      expect(`${failure.message} ${JSON.stringify(failure)}`).not.toContain(secret);
    }
  });
});

describe('an answer of the token endpoint', () => {
  const exchange = { operation: 'token.exchange', redirectUri: 'https://app.example/settings' };
  const refresh = { operation: 'token.refresh' };

  test.each([
    ['a code that was used or is too old', exchange, 400, 'invalid_grant', 'refused', 'code_expired'],
    ['a dead refresh token', refresh, 400, 'invalid_grant', 'reconnect_needed', 'grant_revoked'],
    [
      'an administrator who steps in at connecting',
      exchange,
      400,
      'admin_policy_enforced',
      'refused',
      'admin_policy',
    ],
    [
      'an administrator who steps in later',
      refresh,
      400,
      'admin_policy_enforced',
      'reconnect_needed',
      'admin_policy',
    ],
    ['a wrong client', refresh, 401, 'invalid_client', 'misconfigured', 'invalid_client'],
    [
      'a client that may not do this',
      exchange,
      400,
      'unauthorized_client',
      'misconfigured',
      'invalid_client',
    ],
    ['a client that was deleted', refresh, 401, 'deleted_client', 'misconfigured', 'invalid_client'],
    [
      'a redirect URI that is not registered',
      exchange,
      400,
      'redirect_uri_mismatch',
      'misconfigured',
      'redirect_uri_mismatch',
    ],
    ['too many requests', refresh, 403, 'rate_limit_exceeded', 'throttled', 'throttled'],
    ['an overload', refresh, 400, 'temporarily_unavailable', 'unavailable', 'provider_unavailable'],
    ['a fault of Google’s', refresh, 500, 'internal_failure', 'unavailable', 'provider_unavailable'],
    ['a request that makes no sense', exchange, 400, 'invalid_request', 'refused', 'provider_refused'],
    ['an error that is not known', refresh, 400, 'something_new', 'refused', 'provider_refused'],
  ])('that tells of %s has its kind and code', (_, attempt, status, error, kind, code) => {
    const failure = tokenFailure(attempt, answer(status, { error, error_description: 'Some words.' }));
    expect(failure).toMatchObject({ kind, detail: { code, vendorCode: error } });
  });

  test.each([
    [
      { error_description: 'Token has been expired or revoked.' },
      /Google does not say why: the user removed/,
    ],
    [{ error_description: 'Token has been revoked.' }, /Google does not say why/],
    [
      { error_subtype: 'invalid_rapt', error_description: 'reauth related error (invalid_rapt)' },
      /The organization’s session policy/,
    ],
    [{ error_description: 'reauth related error (rapt_required)' }, /The organization’s session policy/],
    [{ error_description: 'Account has been deleted' }, /The Google account was deleted/],
    [{ error: 'admin_policy_enforced' }, /An administrator of the organization restricts/],
  ])('a dead grant of which is said %o has its reason in words', (said, why) => {
    const body = { error: 'invalid_grant', ...said };
    const { message } = tokenFailure(refresh, answer(400, body));
    expect(message).toMatch(
      new RegExp(`^Google answered token.refresh with 400 ${body.error}\\. ${why.source}.*\\.$`),
    );
    expect(message).not.toContain('error_description' in said ? said.error_description : '_description');
  });

  test.each([{}, { error_description: 'Bad Request' }, { error_description: { text: 'revoked' } }])(
    'a dead grant of which no more is said than %o is told as it always was',
    (said) => {
      const { message } = tokenFailure(refresh, answer(400, { error: 'invalid_grant', ...said }));
      expect(message).toBe('Google answered token.refresh with 400 invalid_grant');
    },
  );

  test('an old code has nothing to do with why grants die', () => {
    const body = { error: 'invalid_grant', error_description: 'Token has been revoked.' };
    expect(tokenFailure(exchange, answer(400, body)).message).toMatch(/with 400 invalid_grant$/);
  });

  test('a mismatch names the redirect URI that was sent', () => {
    const failure = tokenFailure(exchange, answer(400, { error: 'redirect_uri_mismatch' }));
    expect(failure.message).toContain('https://app.example/settings');
  });

  test('a token that was dead before is told from other refusals', () => {
    expect(isAlreadyRevoked(answer(400, { error: 'invalid_token' }))).toBe(true);
    expect(isAlreadyRevoked(answer(400, { error: 'invalid_request' }))).toBe(false);
    expect(isAlreadyRevoked(answer(503, { error: 'invalid_token' }))).toBe(false);
  });
});

describe('an answer that succeeded', () => {
  test('gives its JSON', () => {
    expect(bodyOf(listing, answer(200, { items: [] }), apiFailure)).toEqual({ items: [] });
  });

  test.each([
    ['HTML', answer(200, html, { contentType: 'text/html' })],
    ['JSON under another content type', answer(200, {}, { contentType: 'text/html' })],
    ['half of its JSON', answer(200, '{"items": [{"id": ')],
    ['a list instead of an object', answer(200, [])],
    ['nothing', answer(204, '')],
  ])('and holds %s is malformed', (_, given) => {
    expect(() => bodyOf(listing, given, apiFailure)).toThrow(
      expect.objectContaining({
        kind: 'malformed',
        detail: expect.objectContaining({ code: 'malformed_answer' }),
      }),
    );
  });
});

describe('no answer', () => {
  test('keeps the socket’s own error as its cause', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const failure = networkFailure(listing, new TypeError('fetch failed', { cause }));
    expect(failure).toMatchObject({ kind: 'unavailable', cause, detail: { code: 'provider_unavailable' } });
    expect(failure.message).toContain('(ECONNREFUSED)');
  });

  test('in time is said as such', () => {
    const failure = networkFailure(listing, new DOMException('The operation was aborted', 'TimeoutError'));
    expect(failure.kind).toBe('unavailable');
    expect(failure.message).toBe('Google did not answer events.list of calendar team@example.com in time');
  });

  test('because of a header that cannot be sent does not quote the header', () => {
    const failure = networkFailure(listing, new TypeError('invalid header value: Bearer secret\n'));
    expect(failure.message).not.toContain('secret');
    expect(failure.cause).toBeUndefined();
  });
});
