import type { Failure } from './failure.ts';

export const connectionStatuses = ['active', 'reauth_required', 'disconnecting'] as const;

export type ConnectionStatus = (typeof connectionStatuses)[number];

export interface StatusReason extends Pick<Failure, 'code' | 'message'> {
  readonly at: Date;
}

export const attemptStatuses = ['pending', 'exchanging', 'connected', 'failed'] as const;

/** One authorization round trip: `pending` until the callback, `exchanging` until the vendor answered. */
export type AttemptStatus = (typeof attemptStatuses)[number];
