import { ProviderError } from '../../src/domain/failure.ts';
import { addressKey } from '../../src/domain/interview.ts';
import type {
  ConnectionRecord,
  Facts,
  InterviewAttempt,
  InterviewPlace,
  InterviewRecord,
  InterviewSettlement,
  InterviewTurn,
} from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';

/** One turn at one interview. */
export interface InterviewRun {
  readonly turn: InterviewTurn;
  readonly interview: InterviewRecord;
  readonly context: Pick<JobContext<unknown>, 'signal' | 'log'>;
  readonly now: () => Date;
  /** What was tried since the last settlement. */
  readonly attempts: InterviewAttempt[];
  /** Places whose events it has made. */
  readonly made: InterviewPlace[];
}

/**
 * The same run at this account. Its owner is no attendee of their own event, whatever the main app's list says: no vendor
 * would name them as one.
 */
export function atAccount<R extends InterviewRun>(run: R, { email }: Pick<ConnectionRecord, 'email'>): R {
  const { interview } = run;
  const attendees = interview.desired.attendees.filter((one) => addressKey(one.email) !== addressKey(email));
  return { ...run, interview: { ...interview, desired: { ...interview.desired, attendees } } };
}

/** How a run went, in what a settlement says of it beside the time and the attempts. */
export type Settled = Partial<Omit<InterviewSettlement, 'now' | 'attempts'>> & {
  /** The number of the place where the interview is now, if it is not the one it was in. */
  readonly place?: number | undefined;
  /** The place that it has left for that one, with what was known of it then. */
  readonly left?: InterviewPlace | undefined;
};

/** Writes it down, with the attempts so far. */
export async function settle(
  { facts }: { readonly facts: Pick<Facts, 'settleInterview'> },
  run: InterviewRun,
  { place: _place, left: _left, news = [], ...settled }: Settled,
): Promise<{ readonly again: boolean }> {
  const attempts = run.attempts.splice(0);
  return facts.settleInterview(run.turn, { now: run.now(), news, ...settled, attempts });
}

/** Does something at the provider and notes how it went. */
export async function attempt<T>(
  run: InterviewRun,
  action: InterviewAttempt['action'],
  work: () => Promise<T>,
): Promise<T> {
  const note = (outcome: string, message?: string): void => {
    run.attempts.push({ at: run.now(), revision: run.turn.revision, action, outcome, message });
  };
  try {
    const result = await work();
    note('done');
    return result;
  } catch (error) {
    if (error instanceof ProviderError) note(error.detail.code, error.message);
    throw error;
  }
}
