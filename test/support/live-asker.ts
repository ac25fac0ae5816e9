import { setTimeout as sleep } from 'node:timers/promises';
import { busyIntervals, usualPolicy } from '../../src/domain/blocking.ts';
import type { LiveAnswer, LiveQuestion, LiveSubject } from '../../src/domain/live-busy.ts';
import { createLiveBusy, type LiveBusyDependencies } from '../../src/live-busy.ts';
import { createLog } from '../../src/log.ts';
import { calendarOf, type ConnectedUser } from './connected-user.ts';
import { after, day, hour, start, type Workers } from './own-workers.ts';

/** Two days, from an hour before the tests begin. */
export const range = { start: after(-hour), end: after(2 * day, start) };

/** Asks about users of these workers, as intake would. */
export function liveAsker(workers: Workers) {
  const log = createLog({ level: 'debug', role: 'test', destination: { write: () => undefined } });
  const dependencies = (): LiveBusyDependencies => ({
    reads: workers.store.reads,
    facts: workers.store.facts,
    cipher: workers.cipher,
    provider: (id) => workers.provider(id),
    now: () => workers.clock,
    wait: async (ms, signal) => void (await sleep(ms, undefined, { signal })),
    log,
  });

  async function subjectOf(user: ConnectedUser, providerCalendarId = user.calendarId): Promise<LiveSubject> {
    const { id: calendarId, timeZone, primary } = await calendarOf(workers, user, providerCalendarId);
    const { connectionId, vendor } = user;
    return { connectionId, provider: vendor.id, calendarId, providerCalendarId, timeZone, primary };
  }

  const ask = (
    subjects: readonly LiveSubject[],
    question: Partial<LiveQuestion> = {},
    instead: Partial<LiveBusyDependencies> = {},
  ) =>
    createLiveBusy({ ...dependencies(), ...instead })(subjects, {
      range,
      policy: usualPolicy,
      needsDetail: false,
      withinMs: 10_000,
      ...question,
    });

  return { subjectOf, ask };
}

/** When the answer says busy; throws its failure. */
export function busyIn(answer: LiveAnswer | undefined): string[] {
  if (answer === undefined || 'failure' in answer) throw new Error(answer?.failure.message ?? 'no answer');
  return busyIntervals(answer.blocks, range, usualPolicy).map(
    (busy) => `${busy.start.toISOString()}/${busy.end.toISOString()}`,
  );
}

export function codeIn(answer: LiveAnswer | undefined): string | undefined {
  return answer !== undefined && 'failure' in answer ? answer.failure.code : undefined;
}
