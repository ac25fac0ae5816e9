import { ProviderError, type FailureCode, type ProviderErrorKind } from '../../domain/failure.ts';
import { whyDead } from './dead-grants.ts';
import { isObject, listOf, objectOf, parseObject, textOf, type JsonObject } from './wire.ts';

// This and write-failures.ts are the places that know Google's status codes and reasons. Messages hold those and nothing else of an answer:
// Google's own sentences can repeat what was sent. Calendar gives no id for a request that could be quoted.

/** What came back, before anybody judged it. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

/** What was tried, in words for messages. */
export interface Attempt {
  /** E.g. `events.list`. */
  readonly operation: string;
  /** The id of the calendar that it was tried on. */
  readonly calendarId?: string | undefined;
  /** The id of the event in it, where it was about one. */
  readonly eventId?: string | undefined;
  /** As sent to the token endpoint. */
  readonly redirectUri?: string | undefined;
}

type Verdict = readonly [ProviderErrorKind, FailureCode];
type Judge = (attempt: Attempt, answer: Answer) => ProviderError;

/** The JSON object of an answer that succeeded. Throws what `judge` makes of any other, or `malformed`. */
export function bodyOf(attempt: Attempt, answer: Answer, judge: Judge): JsonObject {
  if (answer.status < 200 || answer.status > 299) throw judge(attempt, answer);
  // A page of HTML comes from a proxy or a sign-in portal on the way, whatever it contains.
  if (answer.contentType !== undefined && !answer.contentType.toLowerCase().includes('json')) {
    throw malformed(attempt, 'an answer that is not JSON', answer.status);
  }
  const body = parseObject(answer.text);
  if (body === undefined) throw malformed(attempt, 'JSON that cannot be read', answer.status);
  return body;
}

/**
 * For calls that have no answer but their success: 204, or another with JSON. One with a page of HTML or with nothing at
 * all was hardly said by whoever was to do it: taken for done, it would leave something behind that nobody knows of.
 */
export function insistOnSuccess(attempt: Attempt, answer: Answer, judge: Judge): void {
  if (answer.status !== 204) bodyOf(attempt, answer, judge);
}

const throttled: Verdict = ['throttled', 'throttled'];
const unavailable: Verdict = ['unavailable', 'provider_unavailable'];
const refused: Verdict = ['refused', 'provider_refused'];
const stale: Verdict = ['stale', 'event_changed'];
const outOfReach: Verdict = ['refused', 'calendar_unreachable'];
const cursorExpired: Verdict = ['cursor_expired', 'provider_refused'];
const scopeMissing: Verdict = ['reconnect_needed', 'scope_missing'];
const wrongClient: Verdict = ['misconfigured', 'invalid_client'];
const apiSwitchedOff: Verdict = ['misconfigured', 'api_disabled'];
const addressRefused: Verdict = ['misconfigured', 'push_address_refused'];

/** developers.google.com/workspace/calendar/api/guides/errors; upper case is the newer form (google.aip.dev/193). */
const apiReasons: Readonly<Record<string, Verdict>> = {
  rateLimitExceeded: throttled,
  userRateLimitExceeded: throttled,
  quotaExceeded: throttled,
  dailyLimitExceeded: throttled,
  RATE_LIMIT_EXCEEDED: throttled,
  RESOURCE_EXHAUSTED: throttled,
  insufficientPermissions: scopeMissing,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: scopeMissing,
  accessNotConfigured: apiSwitchedOff,
  SERVICE_DISABLED: apiSwitchedOff,
  domainPolicy: ['refused', 'admin_policy'],
  fullSyncRequired: cursorExpired,
  updatedMinTooLongAgo: cursorExpired,
  deleted: refused,
  conditionNotMet: stale,
  // Somebody writes to the same calendar at this moment.
  conflict: unavailable,
  requiredAccessLevel: outOfReach,
  pushNotSupportedForRequestedResource: ['refused', 'push_unsupported'],
  'push.webhookUrlNotHttps': addressRefused,
  'push.webhookUrlUnauthorized': addressRefused,
  // The id is ours and new for each call, so something on the way repeated the call and the answer that counted is
  // lost: like any lost answer, and the next try brings another id.
  channelIdNotUnique: unavailable,
};

/** What an answer of the Calendar or identity API means that is no success. */
export function apiFailure(attempt: Attempt, answer: Answer): ProviderError {
  const reasons = reasonsIn(answer.text);
  const verdict = transportVerdict(answer) ?? apiVerdict(attempt, answer, reasons);
  return failed(verdict, attempt, withLongPause(attempt, answer, reasons), reasons[0]);
}

/** Of writing, unlike of reading, this limit is one of days: of invitations and of guests from outside. */
function withLongPause(attempt: Attempt, answer: Answer, reasons: readonly string[]): Answer {
  const isWrite = ['events.insert', 'events.patch', 'events.delete'].includes(attempt.operation);
  if (!isWrite || !reasons.includes('quotaExceeded')) return answer;
  return { ...answer, retryAfterMs: answer.retryAfterMs ?? longPauseMs };
}

const longPauseMs = 3_600_000;

function apiVerdict(attempt: Attempt, answer: Answer, reasons: readonly string[]): Verdict {
  // Before the 401: Google refuses a notification address with that status, too.
  const known = reasons.map((reason) => apiReasons[reason]).find((verdict) => verdict !== undefined);
  if (known !== undefined) return known;
  // Once more with a fresh token is the caller's business: an adapter holds no retry policy.
  if (answer.status === 401) return ['reconnect_needed', 'grant_revoked'];
  if (answer.status === 412) return stale;
  // Of an event it says that the event is gone, and of a listing that its token is.
  if (answer.status === 410) return attempt.eventId === undefined ? cursorExpired : refused;
  if (blamesToken(answer.text)) return cursorExpired;
  const aboutCalendar = attempt.calendarId !== undefined;
  if (aboutCalendar && (answer.status === 404 || reasons.includes('forbidden'))) {
    return outOfReach;
  }
  return refused;
}

/** A page or sync token that is broken rather than old is a 400 that names the parameter. */
function blamesToken(text: string): boolean {
  const errors = listOf(objectOf(parseObject(text)?.['error'])['errors']) ?? [];
  return errors.some((error) =>
    ['pageToken', 'syncToken'].includes(textOf(objectOf(error)['location']) ?? ''),
  );
}

/** RFC 6749 5.2 and what Google adds to it. `invalid_grant` depends on what was tried. */
const tokenErrors: Readonly<Record<string, Verdict>> = {
  invalid_client: wrongClient,
  unauthorized_client: wrongClient,
  deleted_client: wrongClient,
  disabled_client: wrongClient,
  redirect_uri_mismatch: ['misconfigured', 'redirect_uri_mismatch'],
  rate_limit_exceeded: throttled,
  rateLimitExceeded: throttled,
  temporarily_unavailable: unavailable,
};

/** What an answer of the token endpoint means that is no success. */
export function tokenFailure(attempt: Attempt, answer: Answer): ProviderError {
  const reason = reasonsIn(answer.text)[0];
  const verdict = transportVerdict(answer) ?? tokenVerdict(attempt, reason);
  return failed(verdict, attempt, answer, reason, whyDead(verdict[1], answer.text));
}

function tokenVerdict(attempt: Attempt, reason: string | undefined): Verdict {
  const refreshing = attempt.operation === 'token.refresh';
  if (reason === 'invalid_grant') {
    return refreshing ? ['reconnect_needed', 'grant_revoked'] : ['refused', 'code_expired'];
  }
  if (reason === 'admin_policy_enforced') {
    return [refreshing ? 'reconnect_needed' : 'refused', 'admin_policy'];
  }
  return tokenErrors[reason ?? ''] ?? refused;
}

/** Whether a token that was to be revoked is dead already: then the goal is reached. */
export function isAlreadyRevoked(answer: Answer): boolean {
  return answer.status === 400 && reasonsIn(answer.text)[0] === 'invalid_token';
}

/**
 * Whether Google itself says that it does not know a channel (any more), and not something on the way that knows no such
 * address. It says the same to another user and to another OAuth client than those that opened it.
 */
export function isChannelGone(error: unknown): boolean {
  if (!(error instanceof ProviderError) || error.detail.operation !== 'channels.stop') return false;
  return error.detail.status === 404 && error.detail.vendorCode !== undefined;
}

/** No answer, or not all of it. Only the socket's own error is kept: others can quote the headers that were sent. */
export function networkFailure(attempt: Attempt, error: unknown): ProviderError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const why = timedOut ? 'in time' : `(${textOf(objectOf(cause)['code']) ?? 'connection lost'})`;
  return new ProviderError('unavailable', `Google did not answer ${described(attempt)} ${why}`, {
    provider: 'google',
    operation: attempt.operation,
    code: 'provider_unavailable',
    cause,
  });
}

export function malformed(attempt: Attempt, what: string, status?: number): ProviderError {
  return new ProviderError('malformed', `Google answered ${described(attempt)} with ${what}`, {
    provider: 'google',
    operation: attempt.operation,
    code: 'malformed_answer',
    status,
  });
}

/** The user let the app see who they are, and not the address that everything else is tied to. */
export function addressWithheld(attempt: Attempt): ProviderError {
  return new ProviderError('reconnect_needed', `Google answered ${described(attempt)} without an address`, {
    provider: 'google',
    operation: attempt.operation,
    code: 'scope_missing',
  });
}

/** A cursor that this version of the query did not make: nobody needs to be asked. */
export function outdatedCursor(attempt: Attempt, why: string): ProviderError {
  return new ProviderError('cursor_expired', `the cursor for ${described(attempt)} is outdated: ${why}`, {
    provider: 'google',
    operation: attempt.operation,
    code: 'provider_refused',
  });
}

/** What the status says whoever was asked: the front of the house answers before Google's APIs do. */
function transportVerdict({ status, text }: Answer): Verdict | undefined {
  if (status >= 500 || status === 408) return unavailable;
  if (status === 429) return throttled;
  const unreadable = text.trim() !== '' && parseObject(text) === undefined;
  return unreadable || status < 400 ? ['malformed', 'malformed_answer'] : undefined;
}

function failed(
  verdict: Verdict,
  attempt: Attempt,
  answer: Answer,
  reason?: string,
  why?: string,
): ProviderError {
  const [kind, code] = verdict;
  const said = reason === undefined ? `${answer.status}` : `${answer.status} ${reason}`;
  const sent =
    code === 'redirect_uri_mismatch' ? `; the redirect URI that was sent is ${attempt.redirectUri}` : '';
  return new ProviderError(
    kind,
    `Google answered ${described(attempt)} with ${said}${sent}${why === undefined ? '' : `. ${why}`}`,
    {
      provider: 'google',
      operation: attempt.operation,
      code,
      status: answer.status,
      retryAfterMs: answer.retryAfterMs,
      vendorCode: reason,
    },
  );
}

export function described({ operation, calendarId, eventId }: Attempt): string {
  if (calendarId === undefined) return operation;
  const what = eventId === undefined ? operation : `${operation} of event ${eventId}`;
  return eventId === undefined ? `${what} of calendar ${calendarId}` : `${what} in calendar ${calendarId}`;
}

/**
 * The reasons in an error body, the telling one first. Three shapes: `{error: "invalid_grant"}` (RFC 6749),
 * `{error: {errors: [{reason}]}}` and `{error: {status, details: [{reason}]}}`.
 */
function reasonsIn(text: string): string[] {
  const error = parseObject(text)?.['error'];
  if (!isObject(error)) return [error].filter(isReason);
  const named = [...(listOf(error['details']) ?? []), ...(listOf(error['errors']) ?? [])];
  return [...named.map((entry) => objectOf(entry)['reason']), error['status']].filter(isReason);
}

/** Letters only: a token or a code that is sent back to us in this place never gets into a message. */
function isReason(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z_.]{1,49}$/.test(value);
}
