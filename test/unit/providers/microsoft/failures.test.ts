import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import {
  graphFailure,
  isItemGone,
  isSubscriptionGone,
  networkFailure,
  type Answer,
} from '../../../../src/providers/microsoft/failures.ts';
import { tokenFailure, type TokenRequest } from '../../../../src/providers/microsoft/token-failures.ts';
import {
  isCalendarGone,
  isRepeated,
  isZoneUnknown,
} from '../../../../src/providers/microsoft/write-failures.ts';

const now = new Date('2026-03-02T09:00:00Z');
const secret = 'M.C123_the-code-that-was-sent';

function answer(status: number, json?: unknown, headers: Record<string, string> = {}, empty = false): Answer {
  return { status, json, empty: empty || json === undefined, header: (name) => headers[name] };
}

const page = (status: number): Answer => ({ status, json: undefined, empty: false, header: () => undefined });

const graphError = (code: string, innerError: unknown = {}) => ({
  error: { code, message: `The text speaks of ada@contoso.example and of ${secret}`, innerError },
});

describe('what Graph’s answers mean', () => {
  it.each([
    [401, 'InvalidAuthenticationToken', 'events.list', 'reconnect_needed', 'grant_revoked'],
    [403, 'ErrorAccessDenied', 'events.list', 'refused', 'calendar_unreachable'],
    [403, 'ErrorAccessDenied', 'calendars.list', 'refused', 'provider_refused'],
    [404, 'ErrorItemNotFound', 'events.list', 'refused', 'calendar_unreachable'],
    [404, 'ErrorItemNotFound', 'events.get', 'refused', 'provider_refused'],
    [404, 'ResourceNotFound', 'events.list', 'refused', 'account_without_mailbox'],
    [404, 'ErrorInvalidUser', 'calendars.list', 'refused', 'account_without_mailbox'],
    [404, 'MailboxNotEnabledForRESTAPI', 'account.get', 'refused', 'account_without_mailbox'],
    [404, 'SomethingElse', 'account.get', 'refused', 'account_without_mailbox'],
    [400, 'ErrorInvalidRequest', 'events.list', 'refused', 'provider_refused'],
    [400, 'syncStateInvalid', 'events.list', 'cursor_expired', 'provider_refused'],
    [409, 'ErrorIrresolvableConflict', 'events.get', 'refused', 'provider_refused'],
    [410, 'SyncStateNotFound', 'events.list', 'cursor_expired', 'provider_refused'],
    [410, 'RESYNCREQUIRED', 'events.list', 'cursor_expired', 'provider_refused'],
    [429, 'TooManyRequests', 'events.list', 'throttled', 'throttled'],
    [503, 'ApplicationThrottled', 'events.list', 'throttled', 'throttled'],
    [408, 'RequestTimeout', 'events.list', 'unavailable', 'provider_unavailable'],
    [500, 'InternalServerError', 'events.list', 'unavailable', 'provider_unavailable'],
    [504, 'UnknownError', 'events.list', 'unavailable', 'provider_unavailable'],
    [507, 'ErrorQuotaExceeded', 'events.list', 'refused', 'provider_refused'],
    [400, 'ValidationError', 'subscriptions.create', 'misconfigured', 'push_address_refused'],
    [400, 'InvalidRequest', 'subscriptions.create', 'refused', 'provider_refused'],
    [400, 'ValidationError', 'subscriptions.renew', 'refused', 'provider_refused'],
    [401, 'InvalidAuthenticationToken', 'subscriptions.create', 'reconnect_needed', 'grant_revoked'],
    [403, 'ExtensionError', 'subscriptions.create', 'refused', 'provider_refused'],
    [404, 'MailboxNotEnabledForRESTAPI', 'subscriptions.create', 'refused', 'account_without_mailbox'],
    [404, 'ResourceNotFound', 'subscriptions.renew', 'refused', 'provider_refused'],
    [404, 'ResourceNotFound', 'subscriptions.delete', 'refused', 'provider_refused'],
    [429, 'TooManyRequests', 'subscriptions.create', 'throttled', 'throttled'],
    [412, 'ErrorIrresolvableConflict', 'events.update', 'stale', 'event_changed'],
    [412, 'AnyOtherName', 'events.delete', 'stale', 'event_changed'],
    [409, 'ErrorIrresolvableConflict', 'events.update', 'stale', 'event_changed'],
    [409, 'errorirresolvableconflict', 'events.create', 'stale', 'event_changed'],
    [409, 'ErrorDuplicateTransactionId', 'events.create', 'refused', 'provider_refused'],
    [412, 'ErrorIrresolvableConflict', 'events.get', 'refused', 'provider_refused'],
    [404, 'ErrorItemNotFound', 'events.create', 'refused', 'calendar_unreachable'],
    [404, 'ErrorItemNotFound', 'events.find', 'refused', 'calendar_unreachable'],
    [404, 'ErrorItemNotFound', 'events.update', 'refused', 'provider_refused'],
    [404, 'MailboxNotEnabledForRESTAPI', 'events.update', 'refused', 'account_without_mailbox'],
    [403, 'ErrorAccessDenied', 'events.create', 'refused', 'calendar_unreachable'],
    [403, 'ErrorAccessDenied', 'events.cancel', 'refused', 'calendar_unreachable'],
    [403, 'ErrorQuotaExceeded', 'events.create', 'refused', 'provider_refused'],
    [507, 'ErrorQuotaExceeded', 'events.create', 'refused', 'provider_refused'],
    [400, 'TimeZoneNotSupportedException', 'events.create', 'refused', 'provider_refused'],
  ])('%d %s to %s is %s (%s)', (status, vendorCode, operation, kind, code) => {
    const error = graphFailure(answer(status, graphError(vendorCode)), operation, now);
    expect(error).toMatchObject({
      kind,
      detail: { provider: 'microsoft', code, status, vendorCode, operation },
    });
    expect(inspect(error, { depth: 9 })).not.toContain(secret);
    expect(inspect(error, { depth: 9 })).not.toContain('ada@');
  });

  it.each([
    [page(400), 'malformed'],
    [page(401), 'malformed'],
    [page(404), 'malformed'],
    [page(429), 'throttled'],
    [page(502), 'unavailable'],
    [answer(401), 'reconnect_needed'],
    [answer(302), 'malformed'],
  ])('%# without a body that is JSON is judged by what can be known', (given, kind) => {
    expect(graphFailure(given, 'events.list', now).kind).toBe(kind);
  });

  it('the deepest code is named, however the inner errors are written', () => {
    const body = graphError('UnknownError', { code: 'outer', innererror: { code: 'syncStateNotFound' } });
    expect(graphFailure(answer(400, body), 'events.list', now)).toMatchObject({
      kind: 'cursor_expired',
      detail: { vendorCode: 'syncStateNotFound' },
    });
  });

  it.each([
    ['2.128', 2128],
    ['30', 30_000],
    ['Mon, 02 Mar 2026 09:00:05 GMT', 5000],
    ['soon', undefined],
    ['0', undefined],
    ['Mon, 02 Mar 2026 08:59:55 GMT', undefined],
  ])('Retry-After %j asks to wait for %s ms', (header, retryAfterMs) => {
    for (const status of [429, 503, 504]) {
      const error = graphFailure(answer(status, {}, { 'retry-after': header }), 'events.list', now);
      expect(error.detail.retryAfterMs).toBe(retryAfterMs);
    }
  });

  it('the request id is kept, from the header or from the body', () => {
    const fromHeader = answer(500, {}, { 'request-id': 'id-1' });
    const fromBody = answer(500, graphError('x', { 'request-id': 'id-2' }));
    expect(graphFailure(fromHeader, 'me', now).detail.vendorRequestId).toBe('id-1');
    expect(graphFailure(fromBody, 'me', now).detail.vendorRequestId).toBe('id-2');
  });

  it.each([
    'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.',
    'Subscription validation request timed out.',
    'The notificationUrl must be an https address.',
    'The lifecycleNotificationUrl is not valid.',
  ])('an invalid request to subscribe that says “%s” is about our address', (message) => {
    const given = answer(400, { error: { code: 'InvalidRequest', message } });
    const error = graphFailure(given, 'subscriptions.create', now);
    expect(error).toMatchObject({ kind: 'misconfigured', detail: { code: 'push_address_refused' } });
    expect(error.message).not.toContain(message);
  });

  it('a subscription is gone only where Graph itself says so', () => {
    const gone = (given: Answer) => isSubscriptionGone(graphFailure(given, 'subscriptions.renew', now));
    expect(gone(answer(404, graphError('ResourceNotFound')))).toBe(true);
    expect(gone(answer(404))).toBe(false);
    expect(gone(page(404))).toBe(false);
    expect(gone(answer(403, graphError('ErrorAccessDenied')))).toBe(false);
    expect(isSubscriptionGone(new Error('404'))).toBe(false);
  });

  it('an item is gone only where Graph itself says so', () => {
    const gone = (given: Answer) => isItemGone(graphFailure(given, 'events.instances', now));
    expect(gone(answer(404, graphError('ErrorItemNotFound')))).toBe(true);
    expect(gone(answer(404, graphError('MailboxNotEnabledForRESTAPI')))).toBe(false);
    expect(gone(answer(404))).toBe(false);
    expect(gone(page(404))).toBe(false);
    expect(gone(answer(400, graphError('ErrorInvalidRequest')))).toBe(false);
    expect(isItemGone(new Error('404'))).toBe(false);
  });

  it('a used transaction, an unknown zone and a calendar that is gone are told from everything else', () => {
    const of = (status: number, code: string, operation = 'events.create') =>
      graphFailure(answer(status, graphError(code)), operation, now);
    expect(isRepeated(of(409, 'ErrorDuplicateTransactionId'))).toBe(true);
    expect(isRepeated(of(409, 'AnyOtherName'))).toBe(true);
    expect(isRepeated(of(409, 'ErrorIrresolvableConflict'))).toBe(false);
    expect(isZoneUnknown(of(400, 'timeZoneNotSupportedException'))).toBe(true);
    expect(isZoneUnknown(of(400, 'ErrorInvalidRequest'))).toBe(false);
    expect(isCalendarGone(of(404, 'ErrorItemNotFound', 'calendars.get'))).toBe(true);
    expect(isCalendarGone(of(403, 'ErrorAccessDenied', 'calendars.get'))).toBe(false);
    for (const judge of [isRepeated, isZoneUnknown, isCalendarGone])
      expect(judge(new Error('409'))).toBe(false);
  });
});

const exchange: TokenRequest = { operation: 'token.exchange', redirectUri: 'https://app.example/settings' };
const refresh: TokenRequest = { operation: 'token.refresh' };

const stsError = (error: string, number: number, more: object = {}) => ({
  error,
  error_description: `AADSTS${number}: User account ada@contoso.example sent ${secret}.`,
  error_codes: [number],
  trace_id: 'trace-1',
  ...more,
});

describe('what the token endpoint’s answers mean', () => {
  it.each([
    [exchange, 'invalid_client', 7000215, 'misconfigured', 'invalid_client'],
    [exchange, 'invalid_client', 7000218, 'misconfigured', 'invalid_client'],
    [refresh, 'invalid_client', 7000222, 'misconfigured', 'client_secret_expired'],
    [refresh, 'invalid_client', 1, 'misconfigured', 'invalid_client'],
    [exchange, 'unauthorized_client', 700016, 'misconfigured', 'tenant_unknown'],
    [exchange, 'unauthorized_client', 1, 'misconfigured', 'invalid_client'],
    [exchange, 'invalid_request', 90002, 'misconfigured', 'tenant_unknown'],
    [exchange, 'invalid_request', 50194, 'misconfigured', 'tenant_unknown'],
    [exchange, 'invalid_grant', 50020, 'refused', 'tenant_unknown'],
    [exchange, 'invalid_request', 50011, 'misconfigured', 'redirect_uri_mismatch'],
    [exchange, 'invalid_grant', 500112, 'misconfigured', 'redirect_uri_mismatch'],
    [exchange, 'invalid_grant', 54005, 'refused', 'code_expired'],
    [exchange, 'invalid_grant', 70008, 'refused', 'code_expired'],
    [exchange, 'invalid_grant', 501481, 'refused', 'code_expired'],
    [exchange, 'invalid_grant', 65001, 'reconnect_needed', 'grant_revoked'],
    [exchange, 'interaction_required', 50076, 'reconnect_needed', 'grant_revoked'],
    [exchange, 'invalid_grant', 53003, 'refused', 'admin_policy'],
    [exchange, 'invalid_scope', 70011, 'refused', 'provider_refused'],
    [refresh, 'invalid_grant', 50173, 'reconnect_needed', 'grant_revoked'],
    [refresh, 'invalid_grant', 70008, 'reconnect_needed', 'grant_revoked'],
    [refresh, 'invalid_grant', 700082, 'reconnect_needed', 'grant_revoked'],
    [refresh, 'invalid_grant', 65001, 'reconnect_needed', 'grant_revoked'],
    [refresh, 'interaction_required', 50079, 'reconnect_needed', 'grant_revoked'],
    [refresh, 'consent_required', 65001, 'reconnect_needed', 'grant_revoked'],
    [refresh, 'login_required', 1, 'reconnect_needed', 'grant_revoked'],
    [refresh, 'invalid_grant', 53003, 'reconnect_needed', 'admin_policy'],
    [refresh, 'invalid_request', 1, 'refused', 'provider_refused'],
    [refresh, 'temporarily_unavailable', 1, 'unavailable', 'provider_unavailable'],
  ] as const)('%o: %s %d is %s (%s)', (request, error, number, kind, code) => {
    const failure = tokenFailure(answer(400, stsError(error, number)), request, now);
    expect(failure).toMatchObject({
      kind,
      detail: {
        code,
        vendorCode: `AADSTS${number}`,
        vendorRequestId: 'trace-1',
        operation: request.operation,
      },
    });
    expect(inspect(failure, { depth: 9 })).not.toContain(secret);
    expect(inspect(failure, { depth: 9 })).not.toContain('ada@');
  });

  it.each([
    [50034, 'The account does not exist'],
    [50053, 'The account is locked'],
    [50055, 'The user’s password has expired'],
    [50057, 'The account is disabled'],
    [50076, 'The organization asks for a second factor, which the user has to show'],
    [50078, 'The user’s second factor has to be shown again'],
    [50079, 'The organization asks for a second factor, which the user has to set up'],
    [50105, 'The organization admits only users who were assigned to the app'],
    [50133, 'The user’s password has expired or was changed'],
    [50173, 'The user’s sessions were revoked'],
    [53000, 'The organization admits only devices that it manages.'],
    [53003, 'A conditional access policy'],
    [53011, 'Microsoft holds the account to be at risk'],
    [65001, 'The consent to the app was withdrawn'],
    [70008, 'The permission has run out'],
    [70043, 'The organization wants its users to sign in again'],
    [70044, 'The organization wants its users to sign in again'],
    [90094, 'An administrator of the organization has to consent'],
    [700082, 'The permission was not used for 90 days and has run out.'],
    [700084, 'The redirect URI is registered for a single-page application'],
  ])('a dead grant with number %d has its reason in words', (number, why) => {
    const { message, kind } = tokenFailure(answer(400, stsError('invalid_grant', number)), refresh, now);
    expect(kind).toBe('reconnect_needed');
    const said = `Microsoft answered token.refresh with status 400, AADSTS${number}, invalid_grant`;
    expect(message.startsWith(`${said}. ${why}`)).toBe(true);
    expect(message).toMatch(/\.$/);
  });

  it.each([
    [{ error: 'invalid_grant', suberror: 'consent_required' }, 'The consent to the app was withdrawn'],
    [{ error: 'invalid_grant', suberror: 'user_password_expired' }, 'The user’s password has expired'],
    [{ error: 'invalid_grant', suberror: 'protection_policy_required' }, 'The organization admits only apps'],
    [{ error: 'consent_required' }, 'The consent to the app was withdrawn'],
    [stsError('invalid_grant', 123456, { suberror: 'consent_required' }), 'The consent to the app'],
  ])('a dead grant without a number that is known has the reason of its words: %o', (body, why) => {
    expect(tokenFailure(answer(400, body), refresh, now).message).toContain(`. ${why}`);
  });

  it('a dead grant of which nothing is known is told as it always was', () => {
    const { message } = tokenFailure(answer(400, stsError('invalid_grant', 123456)), refresh, now);
    expect(message).toBe('Microsoft answered token.refresh with status 400, AADSTS123456, invalid_grant');
    const { message: plain } = tokenFailure(answer(400, { error: 'invalid_grant' }), refresh, now);
    expect(plain).toBe('Microsoft answered token.refresh with status 400, invalid_grant');
  });

  it('an old code has nothing to do with why grants die', () => {
    const { message } = tokenFailure(answer(400, stsError('invalid_grant', 70008)), exchange, now);
    expect(message).toMatch(/AADSTS70008, invalid_grant$/);
  });

  it('a redirect URI that is not registered is named', () => {
    const failure = tokenFailure(answer(400, stsError('invalid_request', 50011)), exchange, now);
    expect(failure.message).toContain('https://app.example/settings');
  });

  it('the number is found in the description where the list is missing, and is not needed', () => {
    const described = stsError('invalid_client', 7000222, { error_codes: undefined });
    expect(tokenFailure(answer(401, described), refresh, now).detail.code).toBe('client_secret_expired');
    const plain = tokenFailure(answer(401, { error: 'invalid_client' }), refresh, now);
    expect(plain.detail).toMatchObject({ code: 'invalid_client', vendorCode: 'invalid_client' });
  });

  it('a suberror tells a missing consent from an old code', () => {
    const body = { error: 'invalid_grant', suberror: 'consent_required' };
    expect(tokenFailure(answer(400, body), exchange, now).kind).toBe('reconnect_needed');
    expect(tokenFailure(answer(400, { error: 'invalid_grant' }), exchange, now).detail.code).toBe(
      'code_expired',
    );
  });

  it.each([
    [page(400), 'malformed'],
    [answer(400), 'malformed'],
    [answer(400, { error: { code: 'x' } }), 'malformed'],
    [page(503), 'unavailable'],
    [answer(500, stsError('invalid_grant', 50173)), 'unavailable'],
    [answer(429, {}, { 'retry-after': '3' }), 'throttled'],
  ])('%# that says nothing of the kind marks no account', (given, kind) => {
    expect(tokenFailure(given, refresh, now).kind).toBe(kind);
  });
});

describe('a network that fails', () => {
  it('is named by the code of the socket, and keeps its error as the cause', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = networkFailure(new TypeError('fetch failed', { cause }), 'events.list');
    expect(error).toMatchObject({ kind: 'unavailable', detail: { code: 'provider_unavailable' } });
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.cause).toBe(cause);
  });

  it('leaves behind what quotes the request', () => {
    const error = networkFailure(
      new TypeError(`"Bearer ${secret}" is an invalid header value`),
      'events.list',
    );
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
  });
});
