import type { Context, ErrorHandler, Hook } from './environment.ts';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import type { Logger } from '../log.ts';
import { isOutage } from '../outage.ts';
import { Problem, answerProblem, type FieldError, type ProblemCode } from './problem.ts';

/** Whatever is thrown becomes a problem; only what is nobody's mistake but ours becomes a 500, and is logged whole. */
export function answerErrors(log: Logger): ErrorHandler {
  return (error, c) => {
    const problem = problemOf(error);
    if (problem.code === 'internal') {
      log.error({ err: error, requestId: c.get('requestId') }, 'a request met a defect');
    } else if (problem.code === 'unavailable' || problem.code === 'timeout') {
      log.warn({ err: error, requestId: c.get('requestId') }, 'a request could not be answered');
    }
    return answerProblem(c, problem);
  };
}

/** What a route's schema found, all of it at once. */
export const refuseInvalid: Hook = (result, c: Context) => {
  if (result.success) return undefined;
  return answerProblem(c, invalid(result.error.issues.flatMap(fieldErrors)));
};

/** A request that has the right form and still cannot be meant. */
export function invalid(errors: readonly FieldError[]): Problem {
  const named = errors
    .slice(0, 3)
    .map(({ field, message }) => `${field}: ${message}`)
    .join('; ');
  return new Problem('invalid_request', { detail: named, errors: errors.slice(0, 50) });
}

const whole = '(request)';

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: shortened(path === '' ? key : `${path}.${key}`),
      message: 'is not a field of this request',
    }));
  }
  return [{ field: path === '' ? whole : shortened(path), message: issue.message }];
}

/** A field's name may come from the request. */
function shortened(field: string): string {
  return field.length <= 100 ? field : `${field.slice(0, 100)}…`;
}

export const retrySoon = { 'Retry-After': '5' };

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return problemOfHttp(error);
  if (isOutage(error)) return new Problem('unavailable', { headers: retrySoon, cause: error });
  return new Problem('internal', { cause: error });
}

/** Hono's own refusals: its validator's, its timeout's. */
function problemOfHttp(error: HTTPException): Problem {
  const codes: Readonly<Record<number, ProblemCode>> = {
    400: 'malformed_json',
    413: 'payload_too_large',
    415: 'unsupported_media_type',
    504: 'timeout',
  };
  const code = codes[error.status] ?? (error.status < 500 ? 'invalid_request' : 'internal');
  return new Problem(code, { cause: error, ...(code === 'timeout' ? { headers: retrySoon } : {}) });
}
