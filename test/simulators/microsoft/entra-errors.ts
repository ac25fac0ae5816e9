import { randomUUID } from 'node:crypto';

/** An AADSTS error (fact sheet, section 2): answered by the token endpoint, or shown on Microsoft's own page. */
export class EntraError extends Error {
  override readonly name = 'EntraError';
  readonly status: 400 | 401;
  /** The OAuth code, `error` in the answer. */
  readonly error: string;
  /** The AADSTS number. */
  readonly code: number;
  readonly suberror: string | undefined;

  constructor(error: string, code: number, text: string, suberror?: string) {
    super(`AADSTS${code}: ${text}`);
    this.status = error === 'invalid_client' && code !== 500112 ? 401 : 400;
    this.error = error;
    this.code = code;
    this.suberror = suberror;
  }
}

export interface EntraErrorBody {
  error: string;
  error_description: string;
  error_codes: number[];
  timestamp: string;
  trace_id: string;
  correlation_id: string;
  error_uri: string;
  suberror?: string;
}

/** `correlationId` is the caller's `client-request-id` where there is one. */
export function entraErrorBody(
  failure: EntraError,
  now: Date,
  correlationId: string = randomUUID(),
): EntraErrorBody {
  const traceId = randomUUID();
  const timestamp = entraTimestamp(now);
  return {
    error: failure.error,
    error_description: `${failure.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [failure.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${failure.code}`,
    ...(failure.suberror ? { suberror: failure.suberror } : {}),
  };
}

/** `2016-01-09 02:02:12Z` */
export function entraTimestamp(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

export const entraErrors = {
  tenantNotFound: (tenant: string) =>
    new EntraError(
      'invalid_request',
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
    ),
  redirectNotRegistered: (redirectUri: string, clientId: string) =>
    new EntraError(
      'invalid_request',
      50011,
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.`,
    ),
  /** Seen with this `error` in the wild, although the client is not to blame: branch on more than `error` alone. */
  redirectDiffers: (given: string, requested: string) =>
    new EntraError(
      'invalid_client',
      500112,
      `The reply address '${given}' does not match the reply address '${requested}' provided when requesting Authorization code.`,
    ),
  unknownApplication: (clientId: string, tenant: string) =>
    new EntraError(
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    ),
  foreignAccount: (email: string, tenant: string) =>
    new EntraError(
      'invalid_request',
      50020,
      `User account '${email}' from identity provider 'live.com' does not exist in tenant '${tenant}' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.`,
    ),
  missingParameter: (name: string) =>
    new EntraError(
      'invalid_request',
      900144,
      `The request body must contain the following parameter: '${name}'.`,
    ),
  unsupportedChallengeMethod: () =>
    new EntraError('invalid_request', 50149, 'Invalid Code_Challenge_method parameter.'),
  unsupportedResponseType: (type: string) =>
    new EntraError(
      'unsupported_response_type',
      700054,
      `response_type '${type}' is not enabled for the application.`,
    ),
  loginRequired: () =>
    new EntraError('login_required', 50058, 'A silent sign-in request was sent but no user is signed in.'),
  declined: () => new EntraError('access_denied', 65004, 'User declined to consent to access the app.'),
  wrongSecret: (clientId: string) =>
    new EntraError(
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    ),
  expiredSecret: (clientId: string) =>
    new EntraError(
      'invalid_client',
      7000222,
      `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
    ),
  missingSecret: () =>
    new EntraError(
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
  unsupportedGrantType: (type: string) =>
    new EntraError('unsupported_grant_type', 70003, `The app requested an unsupported grant type '${type}'.`),
  malformedGrant: () =>
    new EntraError(
      'invalid_grant',
      9002313,
      'Invalid request. Request is malformed or invalid.',
      'bad_token',
    ),
  expiredGrant: () =>
    new EntraError(
      'invalid_grant',
      70008,
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    ),
  redeemedCode: () =>
    new EntraError(
      'invalid_grant',
      54005,
      'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    ),
  verifierMismatch: () =>
    new EntraError(
      'invalid_grant',
      501481,
      'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    ),
  inactiveRefreshToken: (issuedAt: Date, days: number) =>
    new EntraError(
      'invalid_grant',
      700082,
      `The refresh token has expired due to inactivity. The token was issued on ${issuedAt.toISOString()} and was inactive for ${days}.00:00:00.`,
      'token_expired',
    ),
  revokedGrant: (issuedAt: Date, validFrom: Date) =>
    new EntraError(
      'invalid_grant',
      50173,
      `The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '${issuedAt.toISOString()}' and the TokensValidFrom date (before which tokens are not valid) for this user is '${validFrom.toISOString()}'.`,
      'bad_token',
    ),
  consentMissing: (clientId: string) =>
    new EntraError(
      'invalid_grant',
      65001,
      `The user or administrator has not consented to use the application with ID '${clientId}' named 'Calendar Sync'. Send an interactive authorization request for this user and resource.`,
      'consent_required',
    ),
};
