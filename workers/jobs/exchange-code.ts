import { CipherError, type Cipher } from '../../src/cipher.ts';
import { missingScopes } from '../../src/domain/credential.ts';
import { failure, ProviderError, type Failure } from '../../src/domain/failure.ts';
import { done, giveUp, type Outcome } from '../../src/domain/outcome.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { Grant, Provider } from '../../src/providers/provider.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { Facts, PendingExchange } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';
import { insist } from '../../src/access/insist.ts';
import { sealTokens } from '../../src/access/seal-tokens.ts';

export interface ExchangeCodeDependencies {
  readonly facts: Pick<Facts, 'exchange' | 'failAttempt' | 'completeAttempt' | 'hasRefreshToken'>;
  readonly provider: (id: ProviderId) => Provider | undefined;
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly cipher: Cipher;
  readonly now: () => Date;
  /** Resolves after `ms`; rejects with the signal's reason where it is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A code that could not be exchanged for this long after its attempt ran out is dead at both vendors. */
const codeLifeMs = 10 * 60_000;

/** A code works once, so what it gave is kept through an outage of the store that lasts no longer than this. */
const patienceMs = 90_000;

/**
 * Exchanges the code of an attempt for tokens, makes or mends the connection and queues its first sync. Whatever goes
 * wrong for good is written on the attempt, with what to do about it. An attempt that is already settled is left alone.
 */
export function exchangeCode(dependencies: ExchangeCodeDependencies) {
  const { facts, producer, cipher, now, wait } = dependencies;

  return async (context: JobContext<Payload<'connect', 'exchange-code'>>): Promise<Outcome> => {
    const { attemptId } = context.payload;
    const pending = await facts.exchange(attemptId);
    if (pending === undefined) return done({ attemptId, skipped: 'not waiting for an exchange' });
    if (now().getTime() > pending.attempt.expiresAt.getTime() + codeLifeMs) {
      return fail(attemptId, failure('attempt_expired', 'The code could not be exchanged in time.'));
    }
    try {
      const grant = await redeem(pending, context.signal);
      const patience = { now, wait, signal: context.signal, patienceMs };
      const refusal = await insist(() => objectionTo(pending, grant), patience);
      return refusal === undefined
        ? await connect(pending, grant, context)
        : await insist(() => fail(attemptId, refusal), patience);
    } catch (error) {
      const verdict = finalFailure(error, pending, context.lastAttempt);
      if (verdict === undefined) throw error;
      context.log.warn({ err: error, code: verdict.code }, 'the code could not be exchanged');
      return fail(attemptId, verdict);
    }
  };

  async function redeem(pending: PendingExchange, signal: AbortSignal): Promise<Grant> {
    const provider = providerOf(pending);
    return provider.exchangeCode(
      {
        code: cipher.open(pending.code),
        codeVerifier: cipher.open(pending.codeVerifier),
        redirectUri: pending.attempt.redirectUri,
      },
      signal,
    );
  }

  /** Why a grant is not good enough, although the vendor gave it. */
  async function objectionTo(
    { attempt, reauthorizes }: PendingExchange,
    grant: Grant,
  ): Promise<Failure | undefined> {
    const { provider: providerId, userId } = attempt;
    const provider = providerOf({ attempt });
    const missing = missingScopes(grant.tokens.scopes, provider.neededScopes, provider.scopesImpliedBy);
    if (missing.length > 0) {
      return failure('scope_missing', `${providerId} granted everything but: ${missing.join(', ')}.`);
    }
    if (reauthorizes !== undefined && reauthorizes.accountId !== grant.account.id) {
      const message = `The authorization was for ${reauthorizes.email}, but another ${providerId} account signed in; nothing was changed.`;
      return failure('account_mismatch', message);
    }
    const keepsOne = grant.tokens.refreshToken !== undefined;
    if (!keepsOne && !(await facts.hasRefreshToken(userId, providerId, grant.account.id))) {
      return failure(
        'refresh_token_missing',
        `${providerId} gave access for an hour only: no refresh token.`,
      );
    }
    return undefined;
  }

  async function connect(
    { attempt }: PendingExchange,
    { tokens, account }: Grant,
    { payload, log, signal }: JobContext<Payload<'connect', 'exchange-code'>>,
  ): Promise<Outcome> {
    const grant = { tokens: sealTokens(cipher, tokens), accountId: account.id, email: account.email };
    const patience = { now, wait, signal, patienceMs };
    const connection = await insist(() => facts.completeAttempt(attempt.id, grant, now()), patience);
    if (connection === undefined) return done({ attemptId: attempt.id, skipped: 'settled meanwhile' });
    log.info({ connectionId: connection.id, provider: connection.provider }, 'connected');
    const sync = { v: 1, connectionId: connection.id, requestId: payload.requestId } as const;
    await producer.enqueue('sync', 'sync-connection', sync, {
      deduplicate: 'keep-last',
      urgency: 'interactive',
    });
    return done({ attemptId: attempt.id, connectionId: connection.id });
  }

  async function fail(attemptId: string, reason: Failure): Promise<Outcome> {
    await facts.failAttempt(attemptId, reason, now());
    return giveUp(reason);
  }

  function providerOf({ attempt }: Pick<PendingExchange, 'attempt'>): Provider {
    const provider = dependencies.provider(attempt.provider);
    if (provider !== undefined) return provider;
    throw new ProviderError(
      'misconfigured',
      `${attempt.provider} has no client id in this process's configuration.`,
      {
        provider: attempt.provider,
        operation: 'token.exchange',
        code: 'invalid_client',
      },
    );
  }

  /** Undefined where trying again may help. */
  function finalFailure(
    error: unknown,
    { attempt }: PendingExchange,
    lastAttempt: boolean,
  ): Failure | undefined {
    if (error instanceof CipherError) return failure('unreadable_credentials', error.message);
    if (!(error instanceof ProviderError)) return undefined;
    switch (error.kind) {
      case 'reconnect_needed':
      case 'misconfigured':
      case 'refused':
      case 'cursor_expired':
        return error.toFailure();
      case 'malformed':
        return lastAttempt ? error.toFailure() : undefined;
      case 'unavailable':
      case 'stale':
      case 'throttled': {
        const tooLate =
          now().getTime() + (error.detail.retryAfterMs ?? 0) > attempt.expiresAt.getTime() + codeLifeMs;
        return lastAttempt || tooLate ? error.toFailure() : undefined;
      }
    }
  }
}
