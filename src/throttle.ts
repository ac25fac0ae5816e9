import { createHash, randomUUID } from 'node:crypto';
import { within } from './deadline.ts';
import { paceOf, type Pace, type RateLimit, type Urgency } from './domain/budget.ts';
import type { Random } from './domain/due.ts';
import { ProviderError } from './domain/failure.ts';
import type { ProviderId } from './domain/provider-id.ts';
import type { BudgetRequest, RequestBudget } from './providers/provider.ts';
import type { Redis } from './redis.ts';
import { createScript } from './redis-script.ts';
import { createRequestLeases } from './request-leases.ts';
import { admission, pausing } from './throttle-script.ts';

/** What a vendor allows our application, and within that each account. */
export interface ProviderLimits {
  readonly app: RateLimit;
  readonly account: RateLimit;
  /** Requests at the same time; any number where absent. */
  readonly accountConcurrency?: number | undefined;
}

export interface ThrottleOptions {
  /** Of the producer's profile: fails at once while Redis is away. */
  readonly redis: Pick<Redis, 'eval' | 'evalsha' | 'zrem'>;
  readonly prefix: string;
  readonly limits: Readonly<Record<ProviderId, ProviderLimits>>;
  /** The share of every limit that background work leaves free, from 0 to below 1. */
  readonly interactiveReserve: number;
  /** After that a slot is free whose holder says nothing more. */
  readonly leaseMs: number;
  /** Does the work again and again, every `ms`, until what it gives is called. */
  readonly every: (ms: number, work: () => void) => () => void;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => Date;
  readonly random: Random;
  readonly observer: ThrottleObserver;
}

/** Hears what happens, for metrics and logs. Never an id. */
export interface ThrottleObserver {
  onAdmitted(admitted: { provider: ProviderId; urgency: Urgency; waitedMs: number }): void;
  onRefused(refused: { provider: ProviderId; urgency: Urgency; retryAfterMs: number }): void;
  /** A vendor asked for a pause of one account. */
  onPaused(paused: { provider: ProviderId; ms: number }): void;
  /** Redis is away: requests go without being counted. Once for each outage. */
  onOpen(error: unknown): void;
  onKeptAgain(): void;
}

/** A request waits as long within its worker's slot, and no longer. */
const patienceMs = 2000;
/** What has been read would be read again: worth more patience, and then nobody starts anew for ever. */
const underwayPatienceMs = 10_000;
/** How long Redis may take to answer, and for how long it is left alone when it did not. */
const answerMs = 1000;
const busyPollMs = 50;
const busyAgainMs = 1000;
/** Longer than any vendor has asked for. */
const longestPauseMs = 86_400_000;

/**
 * The budgets of requests in Redis, shared by every process. In any span of a limit's window no more than its requests
 * go out; background work passes a slower pace before that, so that there is always room for a person's request. A
 * Redis that is away stops nobody: the vendors then say themselves when it is too much.
 */
export function createThrottle(options: ThrottleOptions): RequestBudget {
  const { redis, observer, random } = options;
  const plans = createPlans(options);
  const askAdmission = createScript(redis, admission);
  const askPause = createScript(redis, pausing);
  const { answered } = createGuard(options);
  const leases = createRequestLeases({ ...options, send: (ask) => void answered(ask) });

  async function admit(request: BudgetRequest): Promise<() => void> {
    const { provider, urgency, signal } = request;
    const plan = plans.planOf(request);
    const lease = randomUUID();
    let waitedMs = 0;
    for (let passed = 0; ;) {
      signal.throwIfAborted();
      const left = plan.patienceMs - waitedMs;
      const answer = await answered(() => askAdmission(...admissionCall(plan, passed, left, lease)));
      const verdict = verdictOf(answer);
      const ms = verdict.type === 'busy' ? busyPollMs * (1 + random()) : verdict.ms;
      if (verdict.type === 'refused' || (verdict.type === 'busy' && waitedMs + ms > plan.patienceMs)) {
        throw heldBack(request, verdict.type === 'refused' ? ms : busyAgainMs * (1 + random()));
      }
      if (verdict.type === 'go') {
        observer.onAdmitted({ provider, urgency, waitedMs });
        return plan.slots > 0 ? leases.keep(plan.leases, lease) : nothingHeld;
      }
      passed += verdict.passed;
      await waitFor(ms, signal);
      waitedMs += ms;
    }
  }

  async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await options.wait(Math.ceil(ms), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  function heldBack({ provider, operation, urgency }: BudgetRequest, ms: number): ProviderError {
    const retryAfterMs = Math.ceil(ms);
    observer.onRefused({ provider, urgency, retryAfterMs });
    const message = `the budget of requests to ${provider} has no room for ${operation} for another ${retryAfterMs} ms`;
    return new ProviderError('throttled', message, {
      provider,
      operation,
      code: 'throttled',
      retryAfterMs,
      heldBack: true,
    });
  }

  return {
    admit,
    pause: async ({ provider, accountId }, ms) => {
      if (accountId === undefined || !(ms > 0)) return;
      const pauseMs = Math.min(Math.ceil(ms), longestPauseMs);
      observer.onPaused({ provider, ms: pauseMs });
      await answered(() => askPause([plans.keyOf(provider, accountId, 'pause')], [pauseMs]));
    },
  };
}

const nothingHeld = (): void => undefined;

/** What a request has to pass. */
interface Plan {
  readonly pause: string;
  readonly leases: string;
  /** How many leases there may be beside this one and with it; 0 where they are not counted. */
  readonly slots: number;
  readonly leaseMs: number;
  readonly paces: readonly { readonly key: string; readonly pace: Pace }[];
  readonly patienceMs: number;
}

function createPlans({ prefix, limits, interactiveReserve, leaseMs }: ThrottleOptions) {
  const keyOf = (provider: ProviderId, accountId: string | undefined, name: string): string =>
    `${prefix}:budget:${provider}:${accountId === undefined ? 'app' : digest(accountId)}:${name}`;

  /** The slower paces first: a request that waits for them has not taken anything from those who need not. */
  function pacesOf({ provider, accountId, urgency }: BudgetRequest): Plan['paces'] {
    const { app, account } = limits[provider];
    const scopes = [...(accountId === undefined ? [] : [{ id: accountId, limit: account }]), { limit: app }];
    const keyed = (name: string, share: number) =>
      scopes.map(({ id, limit }) => ({ key: keyOf(provider, id, name), pace: paceOf(limit, share) }));
    const isReserved = urgency === 'background' && interactiveReserve > 0;
    return [...(isReserved ? keyed('background', 1 - interactiveReserve) : []), ...keyed('all', 1)];
  }

  function planOf(request: BudgetRequest): Plan {
    const { provider, accountId, urgency, underway = false } = request;
    const { accountConcurrency } = limits[provider];
    const paces = pacesOf(request);
    // Alone on a slow pace, what is under way waits one interval for each request: it must not be refused for that.
    const slowestMs = Math.max(...paces.map(({ pace }) => pace.intervalUs)) / 1000;
    return {
      pause: keyOf(provider, accountId, 'pause'),
      leases: keyOf(provider, accountId, 'leases'),
      slots: accountId === undefined ? 0 : slotsFor(urgency, accountConcurrency),
      leaseMs,
      paces,
      patienceMs: underway ? Math.max(underwayPatienceMs, 2 * slowestMs) : patienceMs,
    };
  }

  return { planOf, keyOf };
}

/** Background work leaves one slot free, where there are several: requests last too long for a person to wait for. */
function slotsFor(urgency: Urgency, concurrency = 0): number {
  return urgency === 'background' && concurrency > 1 ? concurrency - 1 : concurrency;
}

/** Ids of people have no business in the names of keys. */
function digest(accountId: string): string {
  return createHash('sha256').update(accountId).digest('base64url').slice(0, 22);
}

function admissionCall(
  plan: Plan,
  passed: number,
  leftMs: number,
  lease: string,
): [string[], (string | number)[]] {
  const paces = plan.paces.slice(passed);
  const microseconds = (ms: number): number => Math.max(0, Math.round(ms * 1000));
  return [
    [plan.pause, plan.leases, ...paces.map(({ key }) => key)],
    [
      microseconds(leftMs),
      plan.slots,
      microseconds(plan.leaseMs),
      lease,
      ...paces.flatMap(({ pace }) => [pace.intervalUs, pace.toleranceUs]),
    ],
  ];
}

type Verdict =
  | { readonly type: 'go'; readonly ms: 0 }
  | { readonly type: 'wait'; readonly ms: number; readonly passed: number }
  | { readonly type: 'busy'; readonly passed: 0 }
  | { readonly type: 'refused'; readonly ms: number };

/** No answer is an admission. */
function verdictOf(answer: unknown): Verdict {
  const [type, us, passed] = Array.isArray(answer) ? (answer as unknown[]) : ['go'];
  switch (type) {
    case 'wait':
      return { type, ms: Number(us) / 1000, passed: Number(passed) };
    case 'refused':
      return { type, ms: Number(us) / 1000 };
    case 'busy':
      return { type, passed: 0 };
    default:
      return { type: 'go', ms: 0 };
  }
}

/** Keeps an outage of Redis from being an outage of ours. */
function createGuard({ observer, now }: Pick<ThrottleOptions, 'observer' | 'now'>) {
  let isOpen = false;
  let askAgainAt = 0;

  /** Undefined where Redis gave no answer. */
  async function answered<T>(ask: () => Promise<T>): Promise<T | undefined> {
    if (now().getTime() < askAgainAt) return undefined;
    const startedAt = now().getTime();
    try {
      const answer = await within(answerMs, ask());
      if (isOpen) observer.onKeptAgain();
      isOpen = false;
      return answer;
    } catch (error) {
      if (!isOpen) observer.onOpen(error);
      isOpen = true;
      // One that is gone refuses at once; one that hangs would cost every request this long.
      const at = now().getTime();
      if (at - startedAt >= answerMs) askAgainAt = at + answerMs;
      return undefined;
    }
  }

  return { answered };
}
