import { randomUUID } from 'node:crypto';
import type { Cipher } from '../cipher.ts';
import type { Haste } from '../domain/budget.ts';
import { needsRefresh } from '../domain/credential.ts';
import { ProviderError } from '../domain/failure.ts';
import type { Access, Provider, Urgency } from '../providers/provider.ts';
import type {
  ConnectionRecord,
  Facts,
  RefreshTurn,
  SealedCredentials,
  SealedTokens,
} from '../store/store.ts';
import { deathOf } from './dead-grant.ts';
import { insist } from './insist.ts';
import { sealTokens } from './seal-tokens.ts';

export interface AccessTokenDependencies {
  readonly facts: Pick<
    Facts,
    'credentials' | 'takeRefreshTurn' | 'saveRefreshed' | 'dropRefreshTurn' | 'markReauthRequired'
  >;
  readonly cipher: Cipher;
  readonly now: () => Date;
  /** Resolves after `ms`; rejects with the signal's reason where it is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Longer than a refresh can take: whoever held the turn that long is dead. */
  readonly refreshTurnMs?: number | undefined;
}

/** An access token with the version of the credentials that it belongs to. */
export interface VersionedAccess extends Access {
  readonly version: number;
}

/** What the token is wanted for. */
export interface AccessUse {
  readonly urgency: Urgency;
  /** For how many requests the urgency holds; for all where absent. */
  readonly haste?: Haste | undefined;
  readonly underway?: boolean | undefined;
  readonly signal: AbortSignal;
  /** For the last things that are done at the vendor, also of a connection that is about to go. */
  readonly leaving?: boolean | undefined;
  /** How long the token has to last at least; unless given, as long as a listing may take. */
  readonly lastsMs?: number | undefined;
}

const usualTurnMs = 60_000;
const pollMs = 100;
/** On top of the turn of somebody who died. */
const patienceMs = 30_000;

/**
 * A valid access token for a connection. However many workers ask at once, one of them refreshes and the others wait
 * for what it stores (I6); a rotated refresh token is stored before the new access token is used, also where the store has
 * to be waited for.
 * `rejectedVersion`: the vendor refused the token of this version, so that one is refreshed although it looks valid.
 * Throws `ProviderError`; for a dead grant (`reconnect_needed`) the connection is marked before that. Undefined where
 * the connection is gone or about to go (see `leaving`).
 */
export async function accessToken(
  { facts, cipher, now, wait, refreshTurnMs: turnMs = usualTurnMs }: AccessTokenDependencies,
  provider: Provider,
  connectionId: string,
  use: AccessUse,
  rejectedVersion?: number,
): Promise<VersionedAccess | undefined> {
  const { signal, leaving = false, lastsMs } = use;
  const deadline = now().getTime() + turnMs + patienceMs;
  let firstVersion: number | undefined;
  while (now().getTime() < deadline) {
    const credentials = await facts.credentials(connectionId);
    if (credentials === undefined) return undefined;
    if (credentials.connection.status === 'disconnecting' && !leaving) return undefined;
    // Whoever marked it has asked the vendor with these credentials: asking again would only be refused again.
    if (credentials.connection.status === 'reauth_required') throw deadGrant(credentials.connection);
    firstVersion ??= credentials.version;
    // What was refreshed while we looked on is as good as it gets, even where the vendor's tokens are short-lived.
    const isNew = credentials.version !== firstVersion;
    if (
      isNew ||
      (credentials.version !== rejectedVersion && !needsRefresh(credentials.expiresAt, now(), lastsMs))
    ) {
      return accessOf(credentials, cipher.open(credentials.accessToken), use);
    }
    const turn = turnFor(credentials, new Date(now().getTime() + turnMs));
    if (await facts.takeRefreshTurn(turn, now())) await refresh(credentials, turn);
    else await wait(pollMs, signal);
  }
  throw new ProviderError(
    'unavailable',
    `another worker has been refreshing connection ${connectionId} for too long`,
    {
      provider: provider.id,
      operation: 'token.refresh',
      code: 'provider_unavailable',
    },
  );

  /**
   * What the vendor gave once it may not give again, so a store that is away is asked for as long as somebody would wait
   * for the turn. Where only its answer was lost, the version is another by then and nothing is saved twice.
   */
  async function save(turn: RefreshTurn, tokens: SealedTokens): Promise<void> {
    const patience = { now, wait, signal, patienceMs: turnMs + patienceMs };
    await insist(() => facts.saveRefreshed(turn, tokens, now()), patience);
  }

  async function refresh(credentials: SealedCredentials, turn: RefreshTurn): Promise<void> {
    try {
      const tokens = await provider.refresh(cipher.open(credentials.refreshToken), signal);
      await save(turn, sealTokens(cipher, tokens));
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'reconnect_needed') {
        // False: somebody stored other credentials meanwhile, so this refusal speaks of dead ones; or the connection is
        // marked or leaving already. Read again.
        const death = deathOf(error, credentials.connection, now());
        const reason = { code: death.detail.code, message: death.message, at: now() };
        if (!(await facts.markReauthRequired(connectionId, turn.version, reason)) && !leaving) return;
        throw death;
      }
      throw error;
    } finally {
      await facts.dropRefreshTurn(turn);
    }
  }
}

function deadGrant({ id, provider, statusReason }: ConnectionRecord): ProviderError {
  return new ProviderError('reconnect_needed', `connection ${id} waits for its user to authorize it again`, {
    provider,
    operation: 'token.refresh',
    code: statusReason?.code ?? 'grant_revoked',
  });
}

function turnFor({ connection, version }: SealedCredentials, until: Date): RefreshTurn {
  return { connectionId: connection.id, version, owner: randomUUID(), until };
}

function accessOf(credentials: SealedCredentials, token: string, use: AccessUse): VersionedAccess {
  const { scopes, version, connection } = credentials;
  const { email, accountId } = connection;
  const { urgency, haste, underway, signal } = use;
  return { accessToken: token, scopes, email, accountId, urgency, haste, underway, signal, version };
}
