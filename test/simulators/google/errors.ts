/** An answer in the error envelope of the Calendar API (guide "Handle API errors"). */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: ErrorDetail;

  constructor(status: number, detail: ErrorDetail, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.detail = detail;
  }

  toResponse(): Response {
    const { status, message } = this;
    return Response.json(
      { error: { errors: [{ ...this.detail, message }], code: status, message } },
      { status },
    );
  }
}

export interface ErrorDetail {
  domain: 'global' | 'calendar' | 'usageLimits';
  reason: string;
  locationType?: 'parameter' | 'header';
  location?: string;
}

const inHeader = { locationType: 'header', location: 'Authorization' } as const;

export const loginRequired = () =>
  new ApiError(401, { domain: 'global', reason: 'required', ...inHeader }, 'Login Required');

export const invalidCredentials = () =>
  new ApiError(401, { domain: 'global', reason: 'authError', ...inHeader }, 'Invalid Credentials');

export const insufficientPermissions = () =>
  new ApiError(403, { domain: 'global', reason: 'insufficientPermissions' }, 'Insufficient Permission');

export const notFound = () => new ApiError(404, { domain: 'global', reason: 'notFound' }, 'Not Found');

export const invalidParameter = (location: string, message: string) =>
  new ApiError(400, { domain: 'global', reason: 'invalid', locationType: 'parameter', location }, message);

export const timeRangeEmpty = () =>
  new ApiError(
    400,
    { domain: 'calendar', reason: 'timeRangeEmpty', locationType: 'parameter', location: 'timeMax' },
    'The specified time range is empty.',
  );

export const fullSyncRequired = () =>
  new ApiError(
    410,
    { domain: 'calendar', reason: 'fullSyncRequired', locationType: 'parameter', location: 'syncToken' },
    'Sync token is no longer valid, a full sync is required.',
  );

export const updatedMinTooLongAgo = () =>
  new ApiError(
    410,
    { domain: 'calendar', reason: 'updatedMinTooLongAgo', locationType: 'parameter', location: 'updatedMin' },
    'The requested minimum modification time lies too far in the past.',
  );

export const invalid = (message: string) =>
  new ApiError(400, { domain: 'global', reason: 'invalid' }, message);

export const required = (message: string) =>
  new ApiError(400, { domain: 'global', reason: 'required' }, message);

export const duplicate = () =>
  new ApiError(409, { domain: 'global', reason: 'duplicate' }, 'The requested identifier already exists.');

/** The third meaning of 410, beside those of sync tokens and of `updatedMin`. */
export const alreadyDeleted = () =>
  new ApiError(410, { domain: 'global', reason: 'deleted' }, 'Resource has been deleted');

export const conditionNotMet = () =>
  new ApiError(
    412,
    { domain: 'global', reason: 'conditionNotMet', locationType: 'header', location: 'If-Match' },
    'Precondition Failed',
  );

export const forbiddenForNonOrganizer = () =>
  new ApiError(
    403,
    { domain: 'calendar', reason: 'forbiddenForNonOrganizer' },
    'Shared properties can only be changed by the organizer of the event.',
  );

export const writerAccessRequired = () =>
  new ApiError(
    403,
    { domain: 'calendar', reason: 'requiredAccessLevel' },
    'You need to have writer access to this calendar.',
  );

export const timeRangeTooLong = () =>
  new ApiError(
    400,
    { domain: 'calendar', reason: 'timeRangeTooLong' },
    'The requested time range is too long.',
  );

export const channelIdNotUnique = (id: string) =>
  new ApiError(400, { domain: 'global', reason: 'channelIdNotUnique' }, `Channel id ${id} not unique`);

export const webhookUrlNotHttps = (address: string) =>
  new ApiError(
    400,
    { domain: 'global', reason: 'push.webhookUrlNotHttps' },
    `WebHook callback must be HTTPS: ${address}`,
  );

export const pushNotSupported = () =>
  new ApiError(
    400,
    { domain: 'calendar', reason: 'pushNotSupportedForRequestedResource' },
    'Push notifications are not supported by this resource.',
  );

export const channelNotFound = (id: string) =>
  new ApiError(404, { domain: 'global', reason: 'notFound' }, `Channel '${id}' not found for project`);

export const userRateLimitExceeded = () =>
  new ApiError(403, { domain: 'usageLimits', reason: 'userRateLimitExceeded' }, 'User Rate Limit Exceeded');

export const rateLimitExceeded = (status: 403 | 429) =>
  new ApiError(status, { domain: 'usageLimits', reason: 'rateLimitExceeded' }, 'Rate Limit Exceeded');
