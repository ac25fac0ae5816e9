import type { ProviderError } from '../../domain/failure.ts';
import { whyDead, type TokenError } from './dead-grants.ts';
import {
  failureOf,
  grantDead,
  isFault,
  malformed,
  refused,
  shortCode,
  throttled,
  unavailable,
  type Answer,
  type Meaning,
} from './failures.ts';
import { listAt, objectAt, type JsonObject } from './json.ts';

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
