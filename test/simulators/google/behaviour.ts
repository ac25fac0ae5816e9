import { ACCESS_TOKEN_LIFETIME_S, type TokenBehaviour } from './grants.ts';
import type { WriteBehaviour } from './event-writer.ts';
import type { ListingBehaviour } from './list-events.ts';

/** Permitted but unusual answers of the Calendar API and of the token endpoint; may be changed at any time. */
export type GoogleBehaviour = ListingBehaviour & WriteBehaviour & TokenBehaviour;

export const PLAIN_BEHAVIOUR: GoogleBehaviour = {
  ignoreWindow: false,
  forgetCancelledBeyondDays: Infinity,
  pageSizeLimit: 2500,
  emptyFirstPage: false,
  meetOutcome: 'success',
  meetPendingReads: 0,
  missedCollisions: 0,
  accessTokenLifetimeS: ACCESS_TOKEN_LIFETIME_S,
  refreshTokenLifetimeS: Infinity,
};
