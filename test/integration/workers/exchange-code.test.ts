import { describe, expect, it } from 'vitest';
import { createCipher } from '../../../src/cipher.ts';
import { done, type Outcome } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import {
  authorize,
  connect,
  connectionOf,
  everythingOf,
  jobsOf,
  newAccount,
  newUser,
  requestsDuring,
  type ConnectedUser,
  type VendorAccount,
} from '../../support/connected-user.ts';
import { after, hour, minute, newCipherKey, ownWorkers, second, start } from '../../support/own-workers.ts';
import type { FaultAction } from '../../simulators/simulator.ts';

const workers = ownWorkers();
/** As the driver has it. */
const away = (): Error => Object.assign(new Error('MongoDB is away'), { name: 'MongoNetworkError' });

describe.each(providerIds)('the exchange of a code of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const someone = () => newAccount(vendorOf());
  const attempt = async (attemptId: string) => (await workers.store.reads.attempt(attemptId))!;
  const credentialsOf = async ({ connectionId }: ConnectedUser) =>
    (await workers.store.facts.credentials(connectionId))!;
  const connectionsOf = ({ userId }: VendorAccount) => workers.store.reads.connectionsOf(userId);
  const faultOnToken = (action: FaultAction, times = 1): void =>
    vendorOf().simulator.fault({ match: { path: vendorOf().paths.token }, times, action });
  const withoutLastingAccess = { through: (url: string) => vendorOf().withoutLastingAccess(url) };
  /** Given up, with the code on the attempt for the main app to read, and the secrets of it forgotten. */
  const expectFailed = async (attemptId: string, outcome: Outcome, code: string): Promise<void> => {
    expect(outcome).toMatchObject({ type: 'giveUp', failure: { code } });
    const failure = { code, message: expect.any(String), hint: expect.any(String) };
    expect(await attempt(attemptId)).toMatchObject({ status: 'failed', failure });
    const document = await workers.database.attempts.findById(attemptId).lean();
    expect(document).not.toHaveProperty('code');
    expect(document).not.toHaveProperty('codeVerifier');
  };

  describe('that goes well', () => {
    it('makes a connection with sealed credentials, due at once, and queues its first sync', async () => {
      const account = someone();
      const attemptId = await authorize(workers, account);
      workers.clock = after(second);
      const outcome = await workers.exchange(attemptId);
      const [connection] = await connectionsOf(account);
      expect(outcome).toEqual(done({ attemptId, connectionId: connection?.id }));
      expect(connection).toMatchObject({
        provider: id,
        email: account.email,
        status: 'active',
        nextSyncAt: workers.clock,
      });
      expect(await attempt(attemptId)).toMatchObject({ status: 'connected', connectionId: connection?.id });
      expect(await jobsOf(workers, 'sync', connection!.id)).toHaveLength(1);
    });

    it('is kept through an outage of MongoDB, because a code works once', async () => {
      const account = someone();
      const attemptId = await authorize(workers, account);
      const back = after(minute, workers.clock);
      const completeAttempt: typeof workers.store.facts.completeAttempt = async (...given) => {
        if (workers.clock < back) throw away();
        return workers.store.facts.completeAttempt(...given);
      };
      const wait = async (ms: number): Promise<void> => void (workers.clock = after(ms, workers.clock));
      const requests = await requestsDuring(vendorOf(), () =>
        workers.exchange(attemptId, { facts: { completeAttempt }, wait }),
      );
      expect(requests.filter(({ path }) => new RegExp(vendorOf().paths.token).test(path))).toHaveLength(1);
      expect(await attempt(attemptId)).toMatchObject({ status: 'connected' });
      expect(await connectionsOf(account)).toHaveLength(1);
    });

    it('of an account that is connected already replaces the credentials and clears the failure', async () => {
      const user = await newUser(workers, vendorOf());
      const before = await credentialsOf(user);
      const reason = { code: 'grant_revoked', message: 'revoked', at: start } as const;
      await workers.store.facts.markReauthRequired(user.connectionId, before.version, reason);
      expect(await connect(workers, user)).toBe(user.connectionId);
      const now = await credentialsOf(user);
      expect(now.version).toBe(before.version + 1);
      expect(workers.cipher.open(now.refreshToken)).not.toBe(workers.cipher.open(before.refreshToken));
      const connection = await connectionOf(workers, user);
      expect(connection).toMatchObject({ status: 'active' });
      expect(connection.statusReason).toBeUndefined();
      expect(await connectionsOf(user)).toHaveLength(1);
    });

    it('without a refresh token keeps the one that is stored, which goes on working', async () => {
      const user = await newUser(workers, vendorOf());
      const before = await credentialsOf(user);
      expect(await connect(workers, user, withoutLastingAccess)).toBe(user.connectionId);
      const now = await credentialsOf(user);
      expect(now.refreshToken).toBe(before.refreshToken);
      expect(now.accessToken).not.toBe(before.accessToken);
      workers.clock = after(2 * hour);
      expect(await workers.accessToken(user)).toMatchObject({ version: 3 });
    });

    it('may run again: it asks nobody, and changes nothing', async () => {
      const account = someone();
      const attemptId = await authorize(workers, account);
      await workers.exchange(attemptId);
      const [connection] = await connectionsOf(account);
      const user = { ...account, connectionId: connection!.id };
      const before = await everythingOf(workers, user);
      const requests = await requestsDuring(vendorOf(), async () => {
        const skipped = 'not waiting for an exchange';
        expect(await workers.exchange(attemptId)).toEqual(done({ attemptId, skipped }));
      });
      expect(requests).toEqual([]);
      expect(await everythingOf(workers, user)).toEqual(before);
    });

    it('and whose worker dies before it queues the sync leaves the connection due', async () => {
      const account = someone();
      const attemptId = await authorize(workers, account);
      await workers.exchange(attemptId);
      const [connection] = await connectionsOf(account);
      const queued = await jobsOf(workers, 'sync', connection!.id);
      await Promise.all(queued.map((job) => job.remove()));
      await workers.tick();
      expect(await jobsOf(workers, 'sync', connection!.id)).toHaveLength(1);
    });
  });

  describe('that is not good enough', () => {
    it('fails without a refresh token where none is stored', async () => {
      const account = someone();
      const attemptId = await authorize(workers, account, withoutLastingAccess);
      await expectFailed(attemptId, await workers.exchange(attemptId), 'refresh_token_missing');
      expect(await connectionsOf(account)).toEqual([]);
    });

    it('fails without a permission that is needed, and names it', async () => {
      const account = someone();
      const grant = vendorOf().scopesWithoutCalendars;
      const attemptId = await authorize(workers, account, { grant });
      await expectFailed(attemptId, await workers.exchange(attemptId), 'scope_missing');
      expect((await attempt(attemptId)).failure?.message).toMatch(/calendar/i);
      expect(await connectionsOf(account)).toEqual([]);
    });

    it('with another account than the one to be re-authorized changes nothing, and names the right one', async () => {
      const user = await newUser(workers, vendorOf());
      const stranger = someone();
      const { accountId, email, id: connectionId } = await connectionOf(workers, user);
      const before = await everythingOf(workers, user);
      const attemptId = await authorize(workers, user, {
        as: stranger.email,
        reauthorizes: { connectionId, accountId, email },
      });
      await expectFailed(attemptId, await workers.exchange(attemptId), 'account_mismatch');
      expect((await attempt(attemptId)).failure?.message).toContain(email);
      expect(await everythingOf(workers, user)).toEqual(before);
      expect(await connectionsOf(user)).toHaveLength(1);
    });

    it('with the account to be re-authorized mends the connection', async () => {
      const user = await newUser(workers, vendorOf());
      const { accountId, email, id: connectionId } = await connectionOf(workers, user);
      expect(await connect(workers, user, { reauthorizes: { connectionId, accountId, email } })).toBe(
        connectionId,
      );
    });

    it('fails where its secrets cannot be opened, and asks nobody', async () => {
      const attemptId = await authorize(workers, someone());
      const cipher = createCipher([newCipherKey()]);
      const requests = await requestsDuring(vendorOf(), async () =>
        expectFailed(attemptId, await workers.exchange(attemptId, { cipher }), 'unreadable_credentials'),
      );
      expect(requests).toEqual([]);
    });

    it('fails where the provider is off', async () => {
      const attemptId = await authorize(workers, someone());
      const outcome = await workers.exchange(attemptId, { provider: undefined });
      await expectFailed(attemptId, outcome, 'invalid_client');
    });

    it('of an attempt that nobody knows is skipped', async () => {
      const attemptId = '65f0c0ffee65f0c0ffee65f0';
      expect(await workers.exchange(attemptId)).toMatchObject({ type: 'done', result: { attemptId } });
    });
  });

  describe('that meets trouble', () => {
    it('fails with code_expired where a worker died with the tokens in its hands: the code is used up', async () => {
      const account = someone();
      const attemptId = await authorize(workers, account);
      const facts = { completeAttempt: () => Promise.reject(new Error('killed')) };
      await expect(workers.exchange(attemptId, { facts })).rejects.toThrow('killed');
      expect(await attempt(attemptId)).toMatchObject({ status: 'exchanging' });
      await expectFailed(attemptId, await workers.exchange(attemptId), 'code_expired');
      expect(await connectionsOf(account)).toEqual([]);
    });

    it('fails with code_expired where the code is too old', async () => {
      const attemptId = await authorize(workers, someone());
      workers.clock = after(11 * minute);
      await expectFailed(attemptId, await workers.exchange(attemptId), 'code_expired');
    });

    it('comes back when a throttling vendor says so, with the code unused', async () => {
      const account = someone();
      const attemptId = await authorize(workers, account);
      faultOnToken({ type: 'status', status: 429, headers: { 'retry-after': '9' } });
      await expect(workers.exchange(attemptId)).rejects.toMatchObject({
        kind: 'throttled',
        detail: { retryAfterMs: 9 * second },
      });
      expect(await attempt(attemptId)).toMatchObject({ status: 'exchanging' });
      workers.clock = after(9 * second);
      expect(await workers.exchange(attemptId)).toMatchObject({ type: 'done' });
      expect(await connectionsOf(account)).toHaveLength(1);
    });

    it('that nothing could end in the life of a code ends without asking anybody', async () => {
      const attemptId = await authorize(workers, someone());
      workers.clock = after(21 * minute);
      const requests = await requestsDuring(vendorOf(), async () => {
        await expectFailed(attemptId, await workers.exchange(attemptId), 'attempt_expired');
      });
      expect(requests).toEqual([]);
    });

    it('does not wait for longer than a code can live', async () => {
      const attemptId = await authorize(workers, someone());
      faultOnToken({ type: 'status', status: 429, headers: { 'retry-after': '3600' } });
      await expectFailed(attemptId, await workers.exchange(attemptId), 'throttled');
    });

    it.each<[string, FaultAction, string]>([
      ['that is down', { type: 'status', status: 503 }, 'provider_unavailable'],
      ['that does not answer', { type: 'cut' }, 'provider_unavailable'],
      ['that answers rubbish', { type: 'invalid-json' }, 'malformed_answer'],
    ])('is retried with a vendor %s, and fails with the last attempt', async (_, action, code) => {
      const attemptId = await authorize(workers, someone());
      faultOnToken(action, 2);
      await expect(workers.exchange(attemptId)).rejects.toMatchObject({ detail: { code } });
      expect(await attempt(attemptId)).toMatchObject({ status: 'exchanging' });
      await expectFailed(attemptId, await workers.exchange(attemptId, { lastAttempt: true }), code);
    });

    it('fails at once where our own client secret is wrong', async () => {
      const attemptId = await authorize(workers, someone());
      faultOnToken({ type: 'status', status: 401, body: { error: 'invalid_client' } });
      await expectFailed(attemptId, await workers.exchange(attemptId), 'invalid_client');
    });
  });
});
