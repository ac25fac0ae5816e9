import { ProviderError } from '../../domain/failure.ts';
import type { FailureCode, ProviderErrorDetail, ProviderErrorKind } from '../../domain/failure.ts';
import { retryAfterMs } from '../../domain/retry-after.ts';
import { isObject, objectAt, textAt } from './json.ts';

/**
 * What Microsoft's answers mean for us: with `token-failures.ts` and `write-failures.ts` the one place that knows its status
 * codes. Messages are made of our own words and of Microsoft's short codes only; its texts quote addresses, names and
 * sometimes what was sent.
 */

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly empty: boolean;
  /** Undefined where the body is no JSON, or that of a success which says it is something else. */
  readonly json: unknown;
}

export interface Meaning {
  readonly kind: ProviderErrorKind;
  readonly code: FailureCode;
}

export const unavailable: Meaning = { kind: 'unavailable', code: 'provider_unavailable' };
export const throttled: Meaning = { kind: 'throttled', code: 'throttled' };
export const malformed: Meaning = { kind: 'malformed', code: 'malformed_answer' };
export const refused: Meaning = { kind: 'refused', code: 'provider_refused' };
export const grantDead: Meaning = { kind: 'reconnect_needed', code: 'grant_revoked' };
const cursorExpired: Meaning = { kind: 'cursor_expired', code: 'provider_refused' };
const noMailbox: Meaning = { kind: 'refused', code: 'account_without_mailbox' };
const stale: Meaning = { kind: 'stale', code: 'event_changed' };
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
  if (writesEvent.has(operation) && (status === 412 || (status === 409 && has(conflictCodes)))) return stale;
  if (status === 404) return notFoundMeaning(has(mailboxCodes), operation);
  if (status === 403 && ofOneCalendar.has(operation) && !has(quotaCodes)) return unreachable;
  if (status === 400 && operation === 'subscriptions.create' && blamesAddress(answer, has))
    return addressRefused;
  return status >= 400 ? refused : malformed;
}

/** 507 says that the mailbox is full, which no waiting mends. */
export function isFault(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 507);
}

function notFoundMeaning(saysMailbox: boolean, operation: string): Meaning {
  // Of a subscription the words are the same, and mean it rather than the mailbox.
  if (operation === 'subscriptions.renew' || operation === 'subscriptions.delete') return refused;
  if (saysMailbox || operation === 'account.get' || operation === 'calendars.list') return noMailbox;
  return namesCalendar.has(operation) ? unreachable : refused;
}

/** Their address names a calendar and no event. */
const namesCalendar: ReadonlySet<string> = new Set([
  'events.list',
  'events.find',
  'events.create',
  'calendars.get',
]);
const writesEvent: ReadonlySet<string> = new Set([
  'events.create',
  'events.update',
  'events.cancel',
  'events.delete',
]);
/** Who may not do these may not use the calendar so (any more). */
const ofOneCalendar: ReadonlySet<string> = new Set([...namesCalendar, ...writesEvent]);

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
const conflictCodes = new Set(['errorirresolvableconflict']);
const quotaCodes = new Set(['errorquotaexceeded']);
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

export function isRefusal(error: unknown, status: number): error is ProviderError {
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

interface Said {
  readonly vendorCode: string | undefined;
  readonly vendorRequestId: string | undefined;
  readonly saying?: readonly (string | undefined)[];
  readonly why?: string | undefined;
}

export function failureOf(
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

export function providerError(
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
export function shortCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
}
