import { ProviderError } from '../../domain/failure.ts';
import type { FailureCode, ProviderErrorDetail, ProviderErrorKind } from '../../domain/failure.ts';
import { retryAfterMs } from '../../domain/retry-after.ts';
import { whyDead, type TokenError } from './dead-grants.ts';
import { isObject, listAt, objectAt, textAt, type JsonObject } from './json.ts';

/**
 * What Microsoft's answers mean for us: the one place that knows its status codes. Messages are made of our own words
 * and of Microsoft's short codes only; its texts quote addresses, names and sometimes what was sent.
 */

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly empty: boolean;
  /** Undefined where the body is no JSON, or that of a success which says it is something else. */
  readonly json: unknown;
}

interface Meaning {
  readonly kind: ProviderErrorKind;
  readonly code: FailureCode;
}

const unavailable: Meaning = { kind: 'unavailable', code: 'provider_unavailable' };
const throttled: Meaning = { kind: 'throttled', code: 'throttled' };
const malformed: Meaning = { kind: 'malformed', code: 'malformed_answer' };
const refused: Meaning = { kind: 'refused', code: 'provider_refused' };
const grantDead: Meaning = { kind: 'reconnect_needed', code: 'grant_revoked' };
const cursorExpired: Meaning = { kind: 'cursor_expired', code: 'provider_refused' };
const noMailbox: Meaning = { kind: 'refused', code: 'account_without_mailbox' };
const unreachable: Meaning = { kind: 'refused', code: 'calendar_unreachable' };
const addressRefused: Meaning = { kind: 'misconfigured', code: 'push_address_refused' };

/** Graph answered something else than success. `now` is when the answer came. */
export function graphFailure(answer: Answer, operation: string, now: Date): ProviderError {
  const codes = graphCodes(answer.json);
  return failureOf(answer, operation, now, graphMeaning(answer, codes, operation), {
    vendorCode: codes.at(-1),
    vendorRequestId: graphRequestId(answer),
  });
}

function graphMeaning(answer: Answer, codes: readonly string[], operation: string): Meaning {
  const { status } = answer;
  const has = (known: ReadonlySet<string>) => codes.some((code) => known.has(code.toLowerCase()));
  if (status === 429 || has(throttlingCodes)) return throttled;
  if (isFault(status)) return unavailable;
  if (isUnreadable(answer)) return malformed;
  if (status === 410 || has(lostCursorCodes)) return cursorExpired;
  if (status === 401) return grantDead;
  if (status === 404) return notFoundMeaning(has(mailboxCodes), operation);
  if (status === 403 && operation === 'events.list') return unreachable;
  if (status === 400 && operation === 'subscriptions.create' && blamesAddress(answer, has))
    return addressRefused;
  return status >= 400 ? refused : malformed;
}

/** 507 says that the mailbox is full, which no waiting mends. */
function isFault(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 507);
}

function notFoundMeaning(saysMailbox: boolean, operation: string): Meaning {
  // Of a subscription the words are the same, and mean it rather than the mailbox.
  if (operation === 'subscriptions.renew' || operation === 'subscriptions.delete') return refused;
  if (saysMailbox || operation === 'account.get' || operation === 'calendars.list') return noMailbox;
  return operation === 'events.list' ? unreachable : refused;
}

/**
 * Whether Graph could not shake hands with the notification address, or would not try. `InvalidRequest` is said of much
 * else, so there its sentence decides; it is read and never repeated.
 */
function blamesAddress(answer: Answer, has: (known: ReadonlySet<string>) => boolean): boolean {
  const sentence = textAt(objectAt(objectAt(answer.json).error).message) ?? '';
  return has(handshakeCodes) || /validation request|notification ?url/i.test(sentence);
}

/** Compared without case: documents and answers differ in it. */
const handshakeCodes = new Set(['validationerror']);
const throttlingCodes = new Set(['toomanyrequests', 'applicationthrottled']);
const lostCursorCodes = new Set(['syncstatenotfound', 'syncstateinvalid', 'resyncrequired']);
const mailboxCodes = new Set([
  'mailboxnotenabledforrestapi',
  'errorinvaliduser',
  'resourcenotfound',
  'request_resourcenotfound',
]);

/**
 * Whether Graph itself says that the item asked for does not exist, and not its mailbox, nor something on the way that
 * knows no such address: on this, entries are removed.
 */
export function isItemGone(error: unknown): boolean {
  if (!isRefusal(error, 404)) return false;
  return error.detail.code !== 'account_without_mailbox' && error.detail.vendorCode !== undefined;
}

/** Whether Graph itself says that it does not know a subscription (any more). */
export function isSubscriptionGone(error: unknown): boolean {
  return isRefusal(error, 404) && error.detail.vendorCode !== undefined;
}

export function isBadRequest(error: unknown): boolean {
  return isRefusal(error, 400);
}

function isRefusal(error: unknown, status: number): error is ProviderError {
  return error instanceof ProviderError && error.kind === 'refused' && error.detail.status === status;
}

/** Outermost first; the deepest is the most exact. Inner errors nest, and are written in two ways. */
function graphCodes(body: unknown): string[] {
  const codes: string[] = [];
  let error: unknown = objectAt(body).error;
  for (let depth = 0; isObject(error) && depth < 10; depth += 1) {
    const code = shortCode(error.code);
    if (code !== undefined) codes.push(code);
    error = error.innerError ?? error.innererror;
  }
  return codes;
}

function graphRequestId(answer: Answer): string | undefined {
  const error = objectAt(objectAt(answer.json).error);
  const inner = objectAt(error.innerError ?? error.innererror);
  return shortCode(answer.header('request-id')) ?? shortCode(inner['request-id']);
}

export type TokenRequest =
  | { readonly operation: 'token.exchange'; readonly redirectUri: string }
  | { readonly operation: 'token.refresh' };

/** The token endpoint answered something else than success. */
export function tokenFailure(answer: Answer, request: TokenRequest, now: Date): ProviderError {
  const body = objectAt(answer.json);
  const said = { error: shortCode(body.error), suberror: shortCode(body.suberror), number: stsNumber(body) };
  const { error, number } = said;
  const meaning = tokenMeaning(answer, said, request);
  return failureOf(answer, request.operation, now, meaning, {
    vendorCode: number === undefined ? error : `AADSTS${number}`,
    vendorRequestId: shortCode(body.trace_id) ?? shortCode(answer.header('x-ms-request-id')),
    saying: [error, meaning.code === 'redirect_uri_mismatch' ? redirectUriSent(request) : undefined],
    why: whyDead(meaning.code, said),
  });
}

/**
 * Microsoft wants programs to branch on `error` and keeps the right to change the numbers: the numbers only choose a
 * finer code among those that mark no account, and every one of them may be missing.
 */
function tokenMeaning(
  answer: Answer,
  { error, suberror, number }: TokenError,
  request: TokenRequest,
): Meaning {
  if (answer.status === 429) return throttled;
  if (isFault(answer.status) || error === 'temporarily_unavailable' || error === 'server_error') {
    return unavailable;
  }
  if (error === undefined) return malformed;
  const exact = number === undefined ? undefined : registrationNumbers[number];
  if (exact !== undefined) return exact;
  if (error === 'invalid_client' || error === 'unauthorized_client')
    return { kind: 'misconfigured', code: 'invalid_client' };
  if (!userErrors.has(error)) return refused;
  if (request.operation === 'token.refresh')
    return isPolicy(number) ? { ...grantDead, code: 'admin_policy' } : grantDead;
  if (isPolicy(number)) return { kind: 'refused', code: 'admin_policy' };
  return needsUser(error, suberror, number) ? grantDead : { kind: 'refused', code: 'code_expired' };
}

/** Faults of our own registration, or of the way we address the tenant. */
const registrationNumbers: Readonly<Record<number, Meaning>> = {
  50011: { kind: 'misconfigured', code: 'redirect_uri_mismatch' },
  500112: { kind: 'misconfigured', code: 'redirect_uri_mismatch' },
  7000215: { kind: 'misconfigured', code: 'invalid_client' },
  7000218: { kind: 'misconfigured', code: 'invalid_client' },
  7000222: { kind: 'misconfigured', code: 'client_secret_expired' },
  50194: { kind: 'misconfigured', code: 'tenant_unknown' },
  700016: { kind: 'misconfigured', code: 'tenant_unknown' },
  90002: { kind: 'misconfigured', code: 'tenant_unknown' },
  // Hits this one account and not everybody: it does not belong into the configured tenant.
  50020: { kind: 'refused', code: 'tenant_unknown' },
};

const userErrors = new Set(['invalid_grant', 'interaction_required', 'consent_required', 'login_required']);

/** Not assigned to the app; device or place not allowed; an administrator has to consent. */
function isPolicy(number: number | undefined): boolean {
  return number !== undefined && [50105, 53000, 53001, 53002, 53003, 90094].includes(number);
}

/** On the exchange of a code: whether signing in again in the same way mends it, rather than a fresh code. */
function needsUser(error: string, suberror: string | undefined, number: number | undefined): boolean {
  return (
    error !== 'invalid_grant' ||
    suberror === 'consent_required' ||
    suberror === 'basic_action' ||
    suberror === 'additional_action' ||
    (number !== undefined && [50076, 50079, 65001].includes(number))
  );
}

function stsNumber(body: JsonObject): number | undefined {
  const listed = listAt(body.error_codes).find((code) => typeof code === 'number');
  if (listed !== undefined) return listed;
  const described = /\bAADSTS(\d{4,9})\b/.exec(String(body.error_description ?? ''))?.[1];
  return described === undefined ? undefined : Number(described);
}

function redirectUriSent(request: TokenRequest): string | undefined {
  return request.operation === 'token.exchange'
    ? `the redirect URI sent was ${request.redirectUri}`
    : undefined;
}

interface Said {
  readonly vendorCode: string | undefined;
  readonly vendorRequestId: string | undefined;
  readonly saying?: readonly (string | undefined)[];
  readonly why?: string | undefined;
}

function failureOf(
  answer: Answer,
  operation: string,
  now: Date,
  meaning: Meaning,
  { saying = [], why, ...vendor }: Said,
): ProviderError {
  const unreadable = isUnreadable(answer) ? 'a body that is no JSON' : undefined;
  const words = [`status ${answer.status}`, vendor.vendorCode, ...saying, unreadable];
  const said = words.filter((word, index) => word !== undefined && words.indexOf(word) === index).join(', ');
  return providerError(
    meaning,
    `Microsoft answered ${operation} with ${said}${why === undefined ? '' : `. ${why}`}`,
    {
      operation,
      status: answer.status,
      retryAfterMs: retryAfterMs(answer.header, now),
      ...vendor,
    },
  );
}

/** No answer at all, or none within the time limit. */
export function networkFailure(error: unknown, operation: string): ProviderError {
  const cause = systemError(error);
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const how = timedOut ? 'within the time limit' : `(${cause?.code ?? 'network failure'})`;
  return providerError(unavailable, `Microsoft did not answer ${operation} ${how}`, { operation, cause });
}

/** Success that makes no sense. `what` is our description of it, never a quotation. */
export function malformedAnswer(operation: string, what: string): ProviderError {
  return providerError(malformed, `Microsoft answered ${operation} with ${what}`, { operation });
}

/** `why` is ours; nothing of the cursor is in it. */
export function cursorFailure(why: string): ProviderError {
  const message = `the cursor of a Microsoft calendar cannot be continued: ${why}`;
  return providerError(cursorExpired, message, { operation: 'events.list' });
}

function providerError(
  { kind, code }: Meaning,
  message: string,
  detail: Omit<ProviderErrorDetail, 'provider' | 'code'>,
): ProviderError {
  return new ProviderError(kind, message, { provider: 'microsoft', code, ...detail });
}

/**
 * `fetch` wraps what went wrong with the socket. Its other errors quote headers and addresses, the token among them,
 * and are left behind.
 */
function systemError(error: unknown): (Error & { code: string }) | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? (cause as Error & { code: string })
    : undefined;
}

/** A page of a proxy, or rubbish. No body at all is not unusual for an error. */
function isUnreadable(answer: Answer): boolean {
  return !answer.empty && !isObject(answer.json);
}

/** Codes and ids as Microsoft gives them; anything longer or stranger is a text and stays out of messages. */
function shortCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
}
