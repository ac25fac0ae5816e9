import { withAccess } from './access/with-access.ts';
import type { AccessTokenDependencies } from './access/access-token.ts';
import { CipherError } from './cipher.ts';
import type { Block } from './domain/blocking.ts';
import { failure, ProviderError, type Failure } from './domain/failure.ts';
import type { AskLive, LiveAnswer, LiveQuestion, LiveSubject } from './domain/live-busy.ts';
import type { ProviderId } from './domain/provider-id.ts';
import type { Logger } from './log.ts';
import { isOutage } from './outage.ts';
import type { CalendarFreeBusy, FreeBusyAnswers, LiveBlock } from './providers/free-busy.ts';
import type { Provider } from './providers/provider.ts';
import type { ConnectionRecord, Reads } from './store/store.ts';

export interface LiveBusyDependencies extends AccessTokenDependencies {
  readonly reads: Pick<Reads, 'connection' | 'interviewsOf'>;
  readonly provider: (id: ProviderId) => Provider | undefined;
  readonly log: Logger;
}

/** The same answer for calendars of one connection, or one for each. */
type ConnectionAnswer = (subject: LiveSubject) => LiveAnswer;

/**
 * Asks the vendors about exactly the calendars that are named, all connections side by side, as somebody who is waited
 * for. What has no answer within the time is a failure and is asked no further; a grant that turns out to be dead is
 * marked, as by the workers. Rejects where the store is away, and for nothing that a vendor does.
 */
export function createLiveBusy(dependencies: LiveBusyDependencies): AskLive {
  return async (subjects, question) => {
    const asked = [...Map.groupBy(subjects, ({ connectionId }) => connectionId).values()];
    const deadline = startDeadline(question);
    try {
      const answers = await Promise.all(
        asked.map(async (calendars) => {
          const answerFor = await deadline.race(
            askConnection(dependencies, calendars, question, deadline.signal),
          );
          return calendars.map((subject) => [subject.calendarId, answerFor(subject)] as const);
        }),
      );
      return new Map(answers.flat());
    } finally {
      deadline.end();
    }
  };
}

/** Ends what waits for a vendor, and does not wait for that: whatever hangs, the answer comes in time. */
function startDeadline({ withinMs, signal: given }: LiveQuestion) {
  const abort = new AbortController();
  const { promise: passed, resolve } = Promise.withResolvers<ConnectionAnswer>();
  const end = (): void => {
    const late = failure('not_answered_in_time', `the provider did not answer within ${withinMs} ms`);
    resolve(() => ({ failure: late }));
    abort.abort(new DeadlineError());
  };
  const timer = setTimeout(end, withinMs);
  given?.addEventListener('abort', end, { once: true });
  if (given?.aborted === true) end();
  return {
    signal: abort.signal,
    race: (answer: Promise<ConnectionAnswer>) => {
      // What comes too late is of no interest, and neither is how it failed.
      answer.catch(() => undefined);
      return Promise.race([answer, passed]);
    },
    end: () => {
      clearTimeout(timer);
      given?.removeEventListener('abort', end);
      // Where one has failed, the others are waited for by nobody.
      end();
    },
  };
}

class DeadlineError extends Error {
  constructor() {
    super('the time to ask the providers is over');
    this.name = 'DeadlineError';
  }
}

async function askConnection(
  dependencies: LiveBusyDependencies,
  subjects: readonly LiveSubject[],
  question: LiveQuestion,
  signal: AbortSignal,
): Promise<ConnectionAnswer> {
  const [{ connectionId }] = subjects as readonly [LiveSubject];
  try {
    const connection = await dependencies.reads.connection(connectionId);
    if (connection?.status === 'reauth_required') return failed(waitsForItsUser(connection));
    if (connection?.status !== 'active') throw new GoneError(connectionId);
    const provider = dependencies.provider(connection.provider);
    if (provider === undefined)
      return failed(
        failure('invalid_client', `${connection.provider} has no client id in this configuration`),
      );
    return await askProvider(dependencies, { subjects, question, connection, provider, signal });
  } catch (error) {
    return failed(failureOf(dependencies, connectionId, error));
  }
}

interface Asking {
  readonly subjects: readonly LiveSubject[];
  readonly question: LiveQuestion;
  readonly connection: ConnectionRecord;
  readonly provider: Provider;
  readonly signal: AbortSignal;
}

async function askProvider(dependencies: LiveBusyDependencies, asking: Asking): Promise<ConnectionAnswer> {
  const { subjects, question, connection, provider, signal } = asking;
  const { range, needsDetail, withinMs } = question;
  const { now, log } = dependencies;
  const gone = (): Error => new GoneError(connection.id);
  const use = { provider, connection, urgency: 'interactive', signal, log, gone } as const;
  const { askedAt, told } = await withAccess(
    dependencies,
    { ...use, lastsMs: withinMs + marginMs },
    async (access) => {
      const startedAt = now();
      const query = { calendars: subjects, range, detail: needsDetail ? 'events' : 'times' } as const;
      return { askedAt: startedAt, told: await provider.freeBusy(access, query) };
    },
  );
  const answers = new Map<string, LiveAnswer>();
  for (const subject of subjects) {
    const answer = answerIn(told, subject);
    answers.set(
      subject.calendarId,
      'failure' in answer
        ? answer
        : { blocks: await withInterviews(dependencies, subject, answer.blocks, needsDetail), askedAt },
    );
  }
  return ({ calendarId }) => answers.get(calendarId) ?? unanswered;
}

/** So much longer than the asking may take has a token to last, for clocks that differ. */
const marginMs = 10_000;

const unanswered = {
  failure: failure('malformed_answer', 'the provider gave no answer for a calendar that it was asked for'),
};

function answerIn(told: FreeBusyAnswers, { providerCalendarId }: LiveSubject): CalendarFreeBusy {
  return told.get(providerCalendarId) ?? unanswered;
}

/** Tells which entries are interviews of ours, where entries are told at all. */
async function withInterviews(
  { reads }: LiveBusyDependencies,
  subject: LiveSubject,
  told: readonly LiveBlock[],
  needsDetail: boolean,
): Promise<Block[]> {
  const entries = told.flatMap(({ providerEventId, ...block }) =>
    providerEventId === undefined ? [] : [{ ...block, providerEventId }],
  );
  const owners = needsDetail ? await reads.interviewsOf(subject, entries) : new Map<string, string>();
  return told.map(({ providerEventId = '', iCalUID: _uid, clientKey: _key, ...block }) => ({
    ...block,
    interviewId: owners.get(providerEventId),
  }));
}

function failed(reason: Failure): ConnectionAnswer {
  return () => ({ failure: reason });
}

function waitsForItsUser({ id, statusReason }: ConnectionRecord): Failure {
  const message = statusReason?.message ?? `connection ${id} waits for its user to authorize it again`;
  return failure(statusReason?.code ?? 'grant_revoked', message);
}

class GoneError extends Error {
  constructor(connectionId: string) {
    super(`the connection ${connectionId} is gone`);
    this.name = 'GoneError';
  }
}

/** Why a connection could not be asked. A store that is away is thrown: then nothing of the answer can be relied on. */
function failureOf({ log }: LiveBusyDependencies, connectionId: string, error: unknown): Failure {
  if (error instanceof ProviderError) {
    log.info({ err: error, connectionId }, 'a provider could not be asked for busy times');
    return error.toFailure();
  }
  if (error instanceof GoneError) return failure('unknown_record', error.message);
  if (error instanceof CipherError) return failure('unreadable_credentials', error.message);
  if (error instanceof DeadlineError) return failure('not_answered_in_time', error.message);
  if (isOutage(error)) throw error;
  log.error({ err: error, connectionId }, 'asking a provider for busy times failed');
  return failure('internal', 'the provider could not be asked because of a defect');
}
