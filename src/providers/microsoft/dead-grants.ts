import type { FailureCode } from '../../domain/failure.ts';

/** What the token endpoint says of itself. */
export interface TokenError {
  readonly error: string | undefined;
  readonly suberror: string | undefined;
  readonly number: number | undefined;
}

/**
 * Why a grant died, or is kept from working, in a sentence for people; undefined where it is about something else, or not known. Microsoft keeps the right to change its numbers
 * (learn.microsoft.com/entra/identity-platform/reference-error-codes), so they choose words here and decide nothing.
 */
export function whyDead(code: FailureCode, { error, suberror, number }: TokenError): string | undefined {
  if (code !== 'grant_revoked' && code !== 'admin_policy') return undefined;
  return (
    (number === undefined ? undefined : byNumber.get(number)) ??
    byWord.get(suberror ?? '') ??
    byWord.get(error ?? '')
  );
}

const noConsent = 'The consent to the app was withdrawn, by the user or an administrator, or is incomplete.';
const passwordExpired = 'The user’s password has expired and has to be changed first.';
const passwordChanged = 'The user’s password has expired or was changed, which ended their sessions.';
const secondFactor = 'The organization asks for a second factor, which the user has to show at a sign-in.';
const secondFactorMissing = 'The organization asks for a second factor, which the user has to set up first.';
const signInFrequency =
  'The organization wants its users to sign in again after a certain time, and it is over.';
const deviceUnknown = 'The organization admits only devices that it manages.';
const atRisk =
  'Microsoft holds the account to be at risk and has blocked it; an administrator has to free it.';

const byNumber: ReadonlyMap<number, string> = new Map([
  [50034, 'The account does not exist (any more).'],
  [50053, 'The account is locked, after too many failed sign-ins or one from a suspicious place.'],
  [50055, passwordExpired],
  [50057, 'The account is disabled; an administrator has to enable it.'],
  [50072, secondFactorMissing],
  [50074, secondFactor],
  [50076, secondFactor],
  [50078, 'The user’s second factor has to be shown again: the organization lets it count for a time only.'],
  [50079, secondFactorMissing],
  [50097, deviceUnknown],
  [50105, 'The organization admits only users who were assigned to the app, and this one was not.'],
  [50132, passwordChanged],
  [50133, passwordChanged],
  [50144, passwordExpired],
  [50173, 'The user’s sessions were revoked, by the user or an administrator, or their password was reset.'],
  [53000, deviceUnknown],
  [53001, deviceUnknown],
  [53002, 'The organization admits only apps that it has approved.'],
  [53003, 'A conditional access policy of the organization blocks this app, user or place.'],
  [53004, atRisk],
  [53011, atRisk],
  [65001, noConsent],
  [70008, 'The permission has run out, as it does when it is not used for 90 days, or was withdrawn.'],
  [70043, signInFrequency],
  [70044, signInFrequency],
  [90094, 'An administrator of the organization has to consent to the app.'],
  [700082, 'The permission was not used for 90 days and has run out.'],
  [
    700084,
    'The redirect URI is registered for a single-page application, whose permissions end after a day: an operator has to register it for “Web”.',
  ],
]);

/** Errors and suberrors, for numbers that are missing or unknown. */
const byWord: ReadonlyMap<string, string> = new Map([
  ['consent_required', noConsent],
  ['user_password_expired', passwordExpired],
  ['protection_policy_required', 'The organization admits only apps that it protects by Intune.'],
]);
