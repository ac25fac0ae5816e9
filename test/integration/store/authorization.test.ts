import { describe, expect, test } from 'vitest';
import { failure } from '../../../src/domain/failure.ts';
import {
  aCallback,
  aCode,
  aGrant,
  aNewAttempt,
  connectedAccount,
  exchangingAttempt,
  minutesLater,
  sealedText,
  sha256,
  someTokens,
  testNow,
} from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

/** A pending attempt of a new user, and the callback that belongs to it. */
async function pendingAttempt() {
  const userId = newUser();
  const stateHash = sha256(`state of ${userId}`);
  const attempt = await own.store.intents.createAttempt(aNewAttempt({ userId, stateHash }));
  return { attempt, callback: aCallback({ userId, stateHash }) };
}

const stored = (id: string) => own.database.attempts.findById(id).lean();

describe('the callback', () => {
  test('takes a pending attempt to exchanging, with what the exchange needs', async () => {
    const { attempt, callback } = await pendingAttempt();
    expect(await own.store.facts.exchange(attempt.id)).toBeUndefined();
    const verdict = await own.store.intents.acceptCallback(callback);
    expect(verdict).toMatchObject({ type: 'accepted', attempt: { id: attempt.id, status: 'exchanging' } });
    expect(await own.store.facts.exchange(attempt.id)).toMatchObject({
      attempt: { id: attempt.id, redirectUri: attempt.redirectUri },
      code: sealedText('code-1'),
      codeVerifier: sealedText('verifier-1'),
    });
  });

  test('of ten that come at once with two codes, one code is taken and all that carry it are accepted', async () => {
    const { attempt, callback } = await pendingAttempt();
    const callbacks = Array.from({ length: 10 }, (_, n) => ({ ...callback, result: aCode(`code ${n % 2}`) }));
    const verdicts = await Promise.all(callbacks.map((each) => own.store.intents.acceptCallback(each)));
    const document = await stored(attempt.id);
    expect(verdicts.map(({ type }) => type)).toEqual(
      callbacks.map(({ result }) => (result.codeHash === document?.codeHash ? 'accepted' : 'used')),
    );
    expect(verdicts.filter(({ type }) => type === 'accepted')).toHaveLength(5);
  });

  test('the same code again is accepted also when the exchange is over, another code is used', async () => {
    const { attempt, callback } = await pendingAttempt();
    await own.store.intents.acceptCallback(callback);
    await own.store.facts.completeAttempt(attempt.id, aGrant({ accountId: attempt.id }), testNow);
    const later = { ...callback, now: minutesLater(60) };
    expect(await own.store.intents.acceptCallback(later)).toMatchObject({
      type: 'accepted',
      attempt: { status: 'connected' },
    });
    expect(await own.store.intents.acceptCallback({ ...later, result: aCode('other') })).toMatchObject({
      type: 'used',
    });
  });

  test('a failure that the redirect carried fails the attempt; told again, it is accepted again', async () => {
    const { attempt, callback } = await pendingAttempt();
    const denied = { ...callback, result: { failure: failure('consent_denied', 'the user declined') } };
    expect(await own.store.intents.acceptCallback(denied)).toMatchObject({
      type: 'accepted',
      attempt: { status: 'failed', failure: { code: 'consent_denied' } },
    });
    expect(await own.store.intents.acceptCallback(denied)).toMatchObject({ type: 'accepted' });
    expect(await own.store.intents.acceptCallback(callback)).toMatchObject({ type: 'used' });
    expect(await stored(attempt.id)).not.toHaveProperty('codeVerifier');
  });

  test('an unknown state, or one of another provider, is unknown', async () => {
    const { callback } = await pendingAttempt();
    const { acceptCallback } = own.store.intents;
    expect(await acceptCallback({ ...callback, stateHash: sha256('never made') })).toEqual({
      type: 'unknown',
    });
    expect(await acceptCallback({ ...callback, provider: 'microsoft' })).toEqual({ type: 'unknown' });
    expect(await acceptCallback(callback)).toMatchObject({ type: 'accepted' });
  });

  test('I10: a state that belongs to another user is foreign and stays usable for its owner', async () => {
    const { callback } = await pendingAttempt();
    expect(await own.store.intents.acceptCallback({ ...callback, userId: 'somebody else' })).toEqual({
      type: 'foreign',
    });
    expect(await own.store.intents.acceptCallback(callback)).toMatchObject({ type: 'accepted' });
  });

  test('one that comes too late is expired, marks the attempt failed, and stays expired', async () => {
    const { attempt, callback } = await pendingAttempt();
    const late = { ...callback, now: attempt.expiresAt };
    for (const repeated of [late, late]) {
      expect(await own.store.intents.acceptCallback(repeated)).toMatchObject({
        type: 'expired',
        attempt: { status: 'failed', failure: { code: 'attempt_expired' } },
      });
    }
    expect(await stored(attempt.id)).not.toHaveProperty('codeVerifier');
  });
});

describe('an exchange', () => {
  test('that fails leaves the reason and forgets code and verifier; failing again changes nothing', async () => {
    const { facts, reads } = own.store;
    const id = await exchangingAttempt(own.store, { userId: newUser() });
    await facts.failAttempt(id, failure('code_expired', 'too old'), testNow);
    await facts.failAttempt(id, failure('internal', 'later'), testNow);
    expect(await reads.attempt(id)).toMatchObject({ status: 'failed', failure: { code: 'code_expired' } });
    expect(Object.keys((await stored(id)) ?? {})).not.toContain('code');
    expect(await facts.completeAttempt(id, aGrant({ accountId: id }), testNow)).toBeUndefined();
    expect(await own.database.connections.countDocuments({ accountId: id })).toBe(0);
  });

  test('that succeeds makes a connection which is due at once, and forgets code and verifier', async () => {
    const userId = newUser();
    const id = await exchangingAttempt(own.store, { userId });
    const connection = await own.store.facts.completeAttempt(id, aGrant(), minutesLater(1));
    expect(connection).toMatchObject({ userId, status: 'active', nextSyncAt: minutesLater(1) });
    expect(await own.store.reads.attempt(id)).toMatchObject({
      status: 'connected',
      connectionId: connection?.id,
    });
    expect(await own.store.facts.exchange(id)).toBeUndefined();
    const document = await stored(id);
    expect(document).not.toHaveProperty('code');
    expect(document).not.toHaveProperty('codeVerifier');
  });

  test('that is completed many times at once makes one connection with the first tokens', async () => {
    const userId = newUser();
    const id = await exchangingAttempt(own.store, { userId });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => own.store.facts.completeAttempt(id, aGrant(), testNow)),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
    const [connection, ...others] = await own.store.reads.connectionsOf(userId);
    expect(others).toEqual([]);
    expect(await own.store.facts.credentials(connection!.id)).toMatchObject({ version: 1 });
  });

  test('several of one account at once make one connection, and every attempt names it', async () => {
    const userId = newUser();
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push(await exchangingAttempt(own.store, { userId }));
    const connections = await Promise.all(
      ids.map((id) => own.store.facts.completeAttempt(id, aGrant(), testNow)),
    );
    expect(new Set(connections.map((connection) => connection?.id)).size).toBe(1);
    expect(await own.store.facts.credentials(connections[0]!.id)).toMatchObject({ version: 4 });
  });

  test('without a refresh token keeps the stored one; a first connection needs one', async () => {
    const userId = newUser();
    const { facts } = own.store;
    const withoutRefresh = aGrant({ tokens: someTokens('second', { refreshToken: undefined }) });
    expect(await facts.hasRefreshToken(userId, 'google', 'account-1')).toBe(false);
    const first = await exchangingAttempt(own.store, { userId });
    await expect(facts.completeAttempt(first, withoutRefresh, testNow)).rejects.toThrow('refresh token');
    expect(await own.store.reads.attempt(first)).toMatchObject({ status: 'exchanging' });

    const { id } = await connectedAccount(own.store, { userId });
    expect(await facts.hasRefreshToken(userId, 'google', 'account-1')).toBe(true);
    await facts.completeAttempt(first, withoutRefresh, testNow);
    expect(await facts.credentials(id)).toMatchObject({
      accessToken: sealedText('access second'),
      refreshToken: sealedText('refresh 1'),
      version: 2,
    });
  });

  test('the same account of another user, or another account, is another connection', async () => {
    const userId = newUser();
    const ids = new Set<string>();
    for (const account of [
      { userId },
      { userId: newUser() },
      { userId, provider: 'microsoft' as const },
      { userId, grant: { accountId: 'account-2' } },
    ]) {
      ids.add((await connectedAccount(own.store, account)).id);
    }
    expect(ids.size).toBe(4);
    expect(await own.store.reads.connectionsOf(userId)).toHaveLength(3);
  });

  test('reconnecting clears reauth_required and the failures, and makes the connection due', async () => {
    const userId = newUser();
    const { facts } = own.store;
    const { id } = await connectedAccount(own.store, { userId });
    const reason = { code: 'grant_revoked', message: 'withdrawn', at: testNow } as const;
    await facts.markReauthRequired(id, 1, reason);
    expect(await own.store.reads.connection(id)).toMatchObject({
      status: 'reauth_required',
      statusReason: reason,
    });
    const again = await connectedAccount(own.store, { userId, now: minutesLater(5) });
    expect(again).toMatchObject({
      id,
      status: 'active',
      nextSyncAt: minutesLater(5),
      consecutiveFailures: 0,
    });
    expect(again.statusReason).toBeUndefined();
  });

  test('stranded ones are found, the oldest first', async () => {
    const old = await exchangingAttempt(own.store, { userId: newUser(), now: minutesLater(-50) });
    const older = await exchangingAttempt(own.store, { userId: newUser(), now: minutesLater(-60) });
    expect(await own.store.facts.strandedAttempts(minutesLater(-49), 10)).toEqual([older, old]);
    expect(await own.store.facts.strandedAttempts(minutesLater(-49), 1)).toEqual([older]);
    expect(await own.store.facts.strandedAttempts(minutesLater(-50), 10)).toEqual([older]);
  });

  test('ids of another form find nothing', async () => {
    for (const id of ['', 'x', '0'.repeat(23), 'g'.repeat(24), '$where', '0'.repeat(24)]) {
      expect(await own.store.reads.attempt(id)).toBeUndefined();
      expect(await own.store.facts.exchange(id)).toBeUndefined();
      expect(await own.store.facts.completeAttempt(id, aGrant(), testNow)).toBeUndefined();
      await own.store.facts.failAttempt(id, failure('internal', ''), testNow);
    }
  });
});
