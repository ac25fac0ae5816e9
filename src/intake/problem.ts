import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/**
 * Every way in which a request can be answered with less than success: RFC 9457 problem details. `code` is stable and
 * what a client branches on; the table is the documentation of the codes and is printed in /docs.
 */
export const problemTable = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    hint: 'Correct what `errors` names, field by field. The contract is at /docs.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    hint: 'Send one JSON object in UTF-8.',
  },
  malformed_url: {
    status: 400,
    title: 'The address is not valid',
    hint: 'Percent-encode every path segment and query value (RFC 3986 2.1); a bare % is written %25.',
  },
  redirect_uri_not_allowed: {
    status: 400,
    title: 'The redirect URI is not one of those configured',
    hint: 'Use one of the addresses named in `detail`, letter by letter, or add this one to OAUTH_REDIRECT_URIS and at the provider.',
  },
  unauthorized: {
    status: 401,
    title: 'The API key is missing or wrong',
    hint: 'Send "Authorization: Bearer <key>" with one of the keys in INTAKE_API_KEYS.',
  },
  admin_unauthorized: {
    status: 401,
    title: 'This page needs the operators’ login',
    hint: 'Sign in with ADMIN_USER and ADMIN_PASSWORD.',
  },
  state_foreign: {
    status: 403,
    title: 'The authorization was started for another user',
    hint: 'Somebody may be trying to attach a calendar to a stranger’s account: do not retry. Start a new authorization for the user who is signed in.',
  },
  cross_site: {
    status: 403,
    title: 'A change was asked for from another site',
    hint: 'Changes are accepted from the board’s own pages only; a script has to send an Origin header that names this host.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    hint: 'Compare the path with the ones in /docs.',
  },
  unknown_record: {
    status: 404,
    title: 'No such record',
    hint: 'Compare the id; with `userId` given, the record must belong to that user. It may also have been removed.',
  },
  state_unknown: {
    status: 404,
    title: 'No authorization with this state',
    hint: 'Start a new authorization. States are kept for a short time after they expire, and belong to one provider.',
  },
  admin_off: {
    status: 404,
    title: 'The operators’ board is off',
    hint: 'Set ADMIN_PASSWORD and restart.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    hint: 'Use one of the methods in the Allow header.',
  },
  provider_off: {
    status: 409,
    title: 'This provider is not configured',
    hint: 'Set its client id and client secret in the configuration and restart, or offer the other provider.',
  },
  reauth_required: {
    status: 409,
    title: 'The user has to authorize again',
    hint: 'Call POST /v1/connect/{provider} with this connectionId and send the user to the answer’s authorizationUrl.',
  },
  disconnecting: {
    status: 409,
    title: 'The connection is being removed',
    hint: 'Start a new authorization if the user wants it back.',
  },
  state_used: {
    status: 409,
    title: 'This state was used already',
    hint: 'Ask GET /v1/attempts/{id} how it went, or start a new authorization.',
  },
  slot_taken: {
    status: 409,
    title: 'The time of a slot is promised already',
    hint: 'Leave out the slot that `slot` names, or choose another time for it; or put the hold without checkConflicts.',
  },
  hold_not_available: {
    status: 409,
    title: 'The hold has no such slot to take',
    hint: 'Read GET /v1/holds/{holdId}: take `start` and `end` of a slot that is `held`, put the hold anew, or book without holdId.',
  },
  state_expired: {
    status: 410,
    title: 'The authorization took too long',
    hint: 'Start a new authorization.',
  },
  changes_lost: {
    status: 410,
    title: 'Changes after this cursor may be lost',
    hint: 'Go through the feed once without `after`; at its end read connections and events anew, and go on with the last `nextCursor`. It happens to a cursor older than CHANGES_RETENTION_DAYS, and after the database was restored.',
  },
  revision_stale: {
    status: 412,
    title: 'The interview is at another revision',
    hint: 'Read GET /v1/interviews/{interviewId}, decide anew, and send If-Match with the revision that it shows; or leave If-Match out, and what your body does not change stays as people have moved it.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    hint: 'Send at most 64 kB, unless the operation names another limit.',
  },
  uri_too_long: {
    status: 414,
    title: 'The address is too long',
    hint: 'Send at most 8,192 characters; use POST where there is one.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not declared as JSON',
    hint: 'Send "Content-Type: application/json".',
  },
  calendar_not_writable: {
    status: 422,
    title: 'The organizer has no such calendar to write to',
    hint: 'Take the id of one with `canWrite` from GET /v1/connections/{id}/calendars of the organizer’s connections; or leave calendarId out for their primary one.',
  },
  interview_over: {
    status: 422,
    title: 'The time of the interview is over already',
    hint: 'Ask for a time whose end lies ahead. If the time is right, compare the clocks, and the offset in `start` and `end`.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait for the seconds in Retry-After. The limit is set by RATE_LIMIT_PER_MINUTE, for each API key.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong in here',
    hint: 'This is a defect. Report it with the requestId; the log holds the details under it.',
  },
  unavailable: {
    status: 503,
    title: 'A store does not answer',
    hint: 'Try again after the seconds in Retry-After; /readyz says which one it is.',
  },
  timeout: {
    status: 503,
    title: 'The answer took too long',
    hint: 'Try again after the seconds in Retry-After; a smaller range is answered sooner. A change may have been recorded, unless `detail` says that it was not: say again what you want by then.',
  },
} as const satisfies Record<
  string,
  { readonly status: ContentfulStatusCode; readonly title: string; readonly hint: string }
>;

export type ProblemCode = keyof typeof problemTable;

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** One sentence about this occurrence. Never a secret, never a value out of the request that may be one. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beside the standard ones (RFC 9457 3.2). */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Thrown by a handler, answered by the app's error handler. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(
      options.detail ?? problemTable[code].title,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'Problem';
    this.code = code;
    this.options = options;
  }
}

/** The answer to one problem. `type` leads to the row of the table in the docs. */
export function answerProblem(c: Context, problem: Problem): Response {
  const { status, title, hint } = problemTable[problem.code];
  const { detail, errors, headers, members } = problem.options;
  const body = {
    type: `/docs#problem-${problem.code}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    code: problem.code,
    hint,
    instance: c.req.path,
    requestId: c.get('requestId'),
    ...(errors === undefined ? {} : { errors }),
    ...members,
  };
  return c.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...headers,
  });
}
