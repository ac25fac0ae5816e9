import type { InterviewBody } from './body.ts';
import type { Ask, Booking } from './booking.ts';
import type { InterviewsApi } from './interviews-api.ts';

/** A request that the main app means to make. */
export type Request =
  | { readonly kind: 'put'; readonly body: InterviewBody; readonly whole?: boolean }
  | { readonly kind: 'withdrawal'; readonly message?: string | undefined };

/**
 * Sends what the main app asks of interviews and writes down how it was answered: what is asked of one interview one after
 * another, unless it is to be at the same time; of different ones in any order.
 */
export interface Secretary {
  /** All of these at the same time, after what was asked of this interview before. Resolves when they are answered. */
  ask(booking: Booking, requests: readonly Request[]): Promise<void>;
  /** An outdated revision is to be refused. Resolves when it was answered. */
  askStale(booking: Booking, body: InterviewBody): Promise<void>;
  /** Resolves when everything is answered; throws what went wrong. */
  answered(): Promise<void>;
  /** Interviews in which an outdated revision was taken. */
  readonly takenStale: string[];
}

export function createSecretary(api: InterviewsApi, now: () => number): Secretary {
  const chains = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const takenStale: string[] = [];
  let turns = 0;

  function after(booking: Booking, work: () => Promise<void>): Promise<void> {
    const done = (chains.get(booking.id) ?? Promise.resolve())
      .then(work)
      .catch((error: unknown) => void failures.push(error));
    chains.set(booking.id, done);
    return done;
  }

  async function send(booking: Booking, request: Request, turn: number): Promise<void> {
    const sentAt = now();
    booking.asks.push(await answeredBy(booking, request, { turn, sentAt }));
  }

  async function answeredBy(
    { id }: Booking,
    request: Request,
    common: { readonly turn: number; readonly sentAt: number },
  ): Promise<Ask> {
    if (request.kind === 'withdrawal') {
      await api.withdraw(id, request.message);
      return { kind: 'withdrawal', ...common, answeredAt: now() };
    }
    const { body, whole = false } = request;
    const { revision } = await (whole ? api.putWhole(id, body) : api.put(id, body));
    return { kind: 'put', body, whole, revision, ...common, answeredAt: now() };
  }

  return {
    takenStale,
    ask: (booking, requests) => {
      turns += 1;
      const turn = turns;
      return after(booking, async () => {
        await Promise.all(requests.map((request) => send(booking, request, turn)));
      });
    },
    askStale: (booking, body) =>
      after(booking, async () => {
        const revision = (await api.interview(booking.id))?.revision ?? 1;
        if (revision < 2) return;
        if (!(await api.isRefused(booking.id, body, revision - 1))) takenStale.push(booking.id);
      }),
    answered: async () => {
      await Promise.all(chains.values());
      const [failure] = failures;
      if (failure !== undefined)
        throw new Error(`the main app was not served: ${String(failure)}`, { cause: failure });
    },
  };
}
