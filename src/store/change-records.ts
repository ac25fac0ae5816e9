import type { Change } from '../domain/change.ts';
import type { DeliveryState } from '../domain/delivery.ts';

// What is read of the change feed, and how changes are delivered.

export interface ChangesQuery {
  /** The position of the last change that was read; 0 for the oldest that is kept. */
  readonly after: number;
  readonly limit: number;
  readonly now: Date;
}

export type ChangePage =
  | {
      readonly type: 'page';
      readonly changes: readonly Change[];
      /** Of the last one; where there is none, as in the query. */
      readonly position: number;
      readonly more: boolean;
      /** Until then at least, nothing that comes after this page has reached the end of its retention. */
      readonly completeUntil: Date;
    }
  /** No change has such a position yet: the database was taken back to an earlier state since. */
  | { readonly type: 'unknown_position' };

/** A change that is still to be told to the main app. */
export interface PendingDelivery {
  readonly change: Change;
  /** Those that have begun. */
  readonly attempts: number;
  readonly since: Date;
  readonly nextAt: Date;
}

export type DeliveryResult =
  | { readonly type: 'delivered'; readonly at: Date }
  | {
      readonly type: 'failed';
      /** This one included. */
      readonly attempts: number;
      readonly failure: { readonly message: string; readonly at: Date };
      /** Absent: it is given up. */
      readonly nextAt?: Date | undefined;
    };

/** Which changes are to be told again. */
export interface Replay {
  /** All of them, where it is absent. */
  readonly connectionId?: string | undefined;
  readonly since: Date;
  readonly states: readonly DeliveryState[];
}
