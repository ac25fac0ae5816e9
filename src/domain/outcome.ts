import type { Failure } from './failure.ts';

/**
 * What a job answers. Anything that it throws instead is retried with back-off by the executor:
 * a `ProviderError` as the vendor's fault, anything else as a defect of ours.
 */
export type Outcome =
  | { readonly type: 'done'; readonly result?: Readonly<Record<string, unknown>> }
  /** Run again at `until`, without using up an attempt. The job's own record bounds how often. */
  | { readonly type: 'snooze'; readonly until: Date; readonly reason: string }
  /** No retry mends this. The job fails at once and keeps the reason. */
  | { readonly type: 'giveUp'; readonly failure: Failure };

export const done = (result?: Readonly<Record<string, unknown>>): Outcome =>
  result === undefined ? { type: 'done' } : { type: 'done', result };

export const snooze = (until: Date, reason: string): Outcome => ({ type: 'snooze', until, reason });

export const giveUp = (failure: Failure): Outcome => ({ type: 'giveUp', failure });
