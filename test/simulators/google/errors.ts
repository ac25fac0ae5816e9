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
