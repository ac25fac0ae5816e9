import type { HoldSlot, HoldState, HoldWish } from '../domain/hold.ts';
import type { Interval } from '../domain/interval.ts';
import type { InterviewClash } from './interview-records.ts';

/** Time that is kept free until somebody has chosen. */
export interface HoldRecord {
  /** The main app's. */
  readonly id: string;
  /** The organizer's. */
  readonly userId: string;
  /** The main app's last body. */
  readonly requested: HoldWish;
  /** As it was written down; what it is at a time, `holdAt` says. */
  readonly state: HoldState;
  readonly slots: readonly HoldSlot[];
  readonly expiresAt: Date;
  /** In state `confirmed`: the interview that has taken a slot. */
  readonly confirmedBy?: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The answer to a PUT. */
export type HoldPutAnswer =
  | { readonly type: 'created' | 'revised' | 'unchanged'; readonly hold: HoldRecord }
  /** With `checkConflicts`: we have promised some of this slot already. Nothing was written. */
  | { readonly type: 'taken'; readonly slot: Interval; readonly clash: InterviewClash };

/** The answer to a DELETE. `isNew`: it was held until then. */
export interface HoldRelease {
  readonly hold: HoldRecord;
  readonly isNew: boolean;
}
