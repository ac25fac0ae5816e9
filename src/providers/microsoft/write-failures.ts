import { ProviderError, type FailureCode } from '../../domain/failure.ts';
import { isRefusal, providerError } from './failures.ts';

// What failures mean to somebody who writes events.

/**
 * Whether an event was not made because its transaction has been used. By the status: which code goes with it is nowhere
 * documented, and the one of a conflict between two writers is `stale`.
 */
export function isRepeated(error: unknown): boolean {
  return isRefusal(error, 409);
}

/** Whether Graph does not know the zone in which a time was written. */
export function isZoneUnknown(error: unknown): boolean {
  return isRefusal(error, 400) && error.detail.vendorCode?.toLowerCase() === 'timezonenotsupportedexception';
}

/** Whether the calendar that was asked for is none of this mailbox (any more). */
export function isCalendarGone(error: unknown): boolean {
  return isRefusal(error, 404) && error.detail.code === 'calendar_unreachable';
}

export function isRefused(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'refused';
}

/** What was to be changed is gone, or not any more as it was read: whoever reads it again sees that. */
export function eventChanged(operation: string, why: string, cause?: unknown): ProviderError {
  const message = `${operation} was not done at Microsoft: ${why}`;
  return providerError({ kind: 'stale', code: 'event_changed' }, message, { operation, cause });
}

/** What Graph cannot do or would do otherwise than it is wanted, so that it was not asked to. */
export function refusedUnasked(operation: string, code: FailureCode, why: string): ProviderError {
  const message = `${operation} was not done at Microsoft: ${why}`;
  return providerError({ kind: 'refused', code }, message, { operation });
}
