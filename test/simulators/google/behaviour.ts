import type { WriteBehaviour } from './event-writer.ts';
import type { ListingBehaviour } from './list-events.ts';

/** Permitted but unusual answers of the Calendar API; may be changed at any time. */
export type GoogleBehaviour = ListingBehaviour & WriteBehaviour;

export const PLAIN_BEHAVIOUR: GoogleBehaviour = {
  ignoreWindow: false,
  forgetCancelledBeyondDays: Infinity,
  pageSizeLimit: 2500,
  emptyFirstPage: false,
  meetOutcome: 'success',
  meetPendingReads: 0,
  missedCollisions: 0,
};
