import type { ProviderId } from './provider-id.ts';

/** Why something did not work, in a form that the main app can branch on (`code`) and a person can act on. */
export interface Failure {
  readonly code: FailureCode;
  /** Who speaks, what was tried, what came back; and what that means, in a sentence, where the vendor tells. No secret. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly hint: string;
}

/** Stable codes, with the advice that goes with each. The table is the documentation of the codes. */
export const failureHints = {
  redirect_uri_mismatch:
    'Register the redirect URI named in the message, letter by letter, with the OAuth client at the provider, and keep it in OAUTH_REDIRECT_URIS.',
  invalid_client:
    'The client id or client secret is wrong. Correct it in the configuration and restart; no user has to do anything.',
  client_secret_expired:
    'The client secret has expired at the provider. Create a new one, put it into the configuration and restart; no user has to do anything.',
  api_disabled:
    'The Google Calendar API is switched off in the Google Cloud project whose number GOOGLE_CLIENT_ID begins with. Enable it there, under APIs & Services, Library, Google Calendar API; no user has to do anything.',
  consent_denied: 'The user declined. Offer the connection again when they want it.',
  scope_missing:
    'The user left out a permission that is needed. Send them through the authorization again and ask them to tick every box.',
  code_expired: 'The authorization code was already used or is too old. Start a new authorization.',
  attempt_expired: 'The authorization took too long. Start a new one.',
  refresh_token_missing:
    'The provider gave no refresh token. Have the user remove the app in their account settings and connect again.',
  account_mismatch:
    'The user signed in with another account than the one to be re-authorized. Ask them to choose the account named in the message.',
  tenant_unknown:
    'The Microsoft tenant does not exist or does not allow this account. Check MICROSOFT_TENANT_ID; `common` admits work and personal accounts.',
  account_without_mailbox:
    'This account has no calendar that can be reached (no licence, on-premises mailbox or inactive). Connect another account.',
  admin_policy: 'An administrator of the organization restricts this app. Ask them to allow it.',
  grant_revoked:
    'The permission was withdrawn or has run out. Send the user through the authorization again.',
  testing_grant_expired:
    'The Google project is in publishing status "Testing", where permissions end after seven days. Publish it, then send the user through the authorization again.',
  push_unsupported:
    'The provider sends no notifications for this calendar. It is polled; nothing needs to be done.',
  push_address_refused:
    'The provider does not accept PUBLIC_URL as an address for notifications: it has to be https with a valid certificate and reachable from the internet. Until then calendars are polled.',
  provider_unavailable: 'The provider has a fault. It is tried again by itself; nothing needs to be done.',
  not_answered_in_time:
    'The provider did not answer within the time that the request allows. Ask again, or allow more time; what is stored is synced by itself.',
  throttled: 'The provider asks for fewer requests. It is tried again by itself at the time it named.',
  calendar_unreachable:
    'The calendar is gone or no longer shared with this user. It leaves the list at the next sync if so.',
  provider_refused: 'The provider refused the request. See the message; report it if it happens again.',
  malformed_answer:
    'The provider sent something that could not be understood. It is tried again; report it if it lasts.',
  event_changed:
    'Somebody changes the event in the calendar at the same time. It is tried again by itself; nothing needs to be done.',
  organizer_not_connected:
    'The organizer has no connected calendar that can be written to. Have them connect one; the interview goes out by itself then.',
  conference_unavailable:
    'This calendar cannot make such a meeting link. Ask for `provider_default` or `none`, or for an organizer whose account can.',
  invitations_unavoidable:
    'Microsoft mails the attendees of every event. Ask for sendInvitations, or leave the attendees out.',
  slot_taken:
    'Somebody who takes part is busy at that time. Choose another, or leave checkConflicts out to book all the same.',
  time_passed:
    'The interview could not be written before its time was over. Ask for another time if it is still to take place.',
  organizer_disconnected:
    'The organizer has disconnected the calendar in which it was. Its event stays there as it is; ask for it anew, with other words or another time, to have it in the calendar that they have connected since.',
  unreadable_credentials:
    'The stored credentials cannot be opened with any key in CREDENTIAL_KEYS. Put the missing key back into the list, or have the user connect again.',
  invalid_payload: 'Correct the field named in the message; see docs/job-contract.md.',
  unknown_record: 'The record that the job names does not exist (any more). Nothing needs to be done.',
  internal: 'This is a defect in the service. The log holds the details under the same job id.',
} as const;

export type FailureCode = keyof typeof failureHints;

/** Who has to act before it works again; `itself` is retried, or is of no consequence. */
export type MendedBy = 'user' | 'operator' | 'itself';

export const whoMends = {
  redirect_uri_mismatch: 'operator',
  invalid_client: 'operator',
  client_secret_expired: 'operator',
  api_disabled: 'operator',
  consent_denied: 'user',
  scope_missing: 'user',
  code_expired: 'user',
  attempt_expired: 'user',
  refresh_token_missing: 'user',
  account_mismatch: 'user',
  tenant_unknown: 'operator',
  account_without_mailbox: 'user',
  admin_policy: 'user',
  grant_revoked: 'user',
  testing_grant_expired: 'user',
  push_unsupported: 'itself',
  push_address_refused: 'operator',
  provider_unavailable: 'itself',
  not_answered_in_time: 'itself',
  throttled: 'itself',
  calendar_unreachable: 'itself',
  provider_refused: 'itself',
  malformed_answer: 'itself',
  event_changed: 'itself',
  organizer_not_connected: 'user',
  conference_unavailable: 'user',
  invitations_unavoidable: 'user',
  slot_taken: 'user',
  time_passed: 'user',
  organizer_disconnected: 'user',
  unreadable_credentials: 'operator',
  invalid_payload: 'operator',
  unknown_record: 'itself',
  internal: 'operator',
} as const satisfies Record<FailureCode, MendedBy>;

/** Of these the service's own registration or configuration is the cause: whoever is connected, it is not their fault. */
export const misconfigurationCodes = [
  'invalid_client',
  'client_secret_expired',
  'api_disabled',
  'tenant_unknown',
  'unreadable_credentials',
  'push_address_refused',
] as const satisfies FailureCode[];

export function isMisconfiguration(code: FailureCode): boolean {
  const codes: readonly FailureCode[] = misconfigurationCodes;
  return codes.includes(code);
}

export function failure(code: FailureCode, message: string): Failure {
  return { code, message, hint: failureHints[code] };
}

/**
 * What a vendor's answer means for us. The switch over it has no default, so a new kind shows every place to think.
 * - `reconnect_needed`: the user's grant is dead; only the user can mend it.
 * - `misconfigured`: our own registration is wrong (client secret, redirect URI, an API that is off); hits everybody and marks nobody.
 * - `throttled`: asked to wait, for `retryAfterMs` if the vendor said so; or held back by our own budget (`heldBack`).
 * - `cursor_expired`: the listing must start afresh.
 * - `unavailable`: the vendor's fault or the network's; retried.
 * - `stale`: what was to be changed has changed since it was read; read again and decide anew.
 * - `refused`: the vendor will not do this, however often it is asked.
 * - `malformed`: the answer makes no sense; retried, and loud.
 */
export const providerErrorKinds = [
  'reconnect_needed',
  'misconfigured',
  'throttled',
  'cursor_expired',
  'unavailable',
  'stale',
  'refused',
  'malformed',
] as const;

export type ProviderErrorKind = (typeof providerErrorKinds)[number];

export interface ProviderErrorDetail {
  readonly provider: ProviderId;
  /** What was tried, e.g. `events.list` or `token.refresh`. */
  readonly operation: string;
  readonly code: FailureCode;
  /**
   * How long the vendor asked us to wait, in milliseconds, rounded up; or how long the adapter knows to wait where a limit
   * lasts for hours. Absent where neither is, or where the vendor named a wait of nothing.
   */
  readonly retryAfterMs?: number | undefined;
  /** The vendor was not asked: our own budget of requests has no room, for `retryAfterMs`. Nothing failed. */
  readonly heldBack?: true | undefined;
  readonly status?: number | undefined;
  /** The vendor's own code, for diagnosis (e.g. `AADSTS7000222`, `fullSyncRequired`). */
  readonly vendorCode?: string | undefined;
  /** The vendor's id for the request, to quote to their support. */
  readonly vendorRequestId?: string | undefined;
  readonly cause?: unknown;
}

/** The one error that adapters throw. Its message never holds a token, a code or a body. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  readonly detail: ProviderErrorDetail;

  constructor(kind: ProviderErrorKind, message: string, detail: ProviderErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ProviderError';
    this.kind = kind;
    this.detail = detail;
  }

  toFailure(): Failure {
    return failure(this.detail.code, this.message);
  }
}
