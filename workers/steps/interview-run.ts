import { ProviderError } from '../../src/domain/failure.ts';
import type {
  Facts,
  InterviewAttempt,
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
  attempts: InterviewAttempt[];
}

/** How a run went, in what a settlement says of it beside the time and the attempts. */
export type Settled = Partial<Omit<InterviewSettlement, 'now' | 'attempts'>> & {
  /** The number of the place where the interview is now, if it is not the one it was in. */
  readonly place?: number | undefined;
};

/** Writes it down, with the attempts so far. */
export async function settle(
  { facts }: { readonly facts: Pick<Facts, 'settleInterview'> },
  run: InterviewRun,
  { place: _place, news = [], ...settled }: Settled,
): Promise<{ readonly again: boolean }> {
  const { attempts } = run;
  run.attempts = [];
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
