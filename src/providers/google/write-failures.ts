import { ProviderError, type FailureCode } from '../../domain/failure.ts';
import { described, type Attempt } from './failures.ts';

// What failures mean to somebody who writes events.

/** Whether Google says that the event that was asked about is not there (any more), and not something on the way. */
export function isEventMissing(error: unknown): boolean {
  if (!(error instanceof ProviderError) || !aboutEvents.has(error.detail.operation)) return false;
  const { status, vendorCode } = error.detail;
  return status === 410 || (status === 404 && vendorCode === 'notFound');
}

const aboutEvents: ReadonlySet<string> = new Set(['events.get', 'events.patch', 'events.delete']);

/** Whether the id of a new event is taken; Google notices as well as it can, and promises nothing. */
export function isIdTaken(error: unknown): boolean {
  return (
    error instanceof ProviderError && error.detail.status === 409 && error.detail.vendorCode === 'duplicate'
  );
}

/** Whether Google finds fault with what was sent. */
export function isBadRequest(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'refused' && error.detail.status === 400;
}

/** What was to be changed is gone: whoever reads it again sees that. */
export function eventMissing(attempt: Attempt, cause: unknown): ProviderError {
  return new ProviderError('stale', `${described(attempt)} was not done: the event is not there any more`, {
    provider: 'google',
    operation: attempt.operation,
    code: 'event_changed',
    cause,
  });
}

/** What Google cannot do or would do wrongly, so that it was not asked to. */
export function refusedUnasked(attempt: Attempt, code: FailureCode, why: string): ProviderError {
  return new ProviderError('refused', `${described(attempt)} was not done: ${why}`, {
    provider: 'google',
    operation: attempt.operation,
    code,
  });
}
