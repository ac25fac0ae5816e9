import { describe, expect, it } from 'vitest';
import { CipherError, createCipher } from '../../../src/cipher.ts';
import { failure, type ProviderErrorKind } from '../../../src/domain/failure.ts';
import { giveUp } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import {
  connect,
  connectionOf,
  newUser,
  requestsDuring,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, hour, minute, newCipherKey, ownWorkers, second } from '../../support/own-workers.ts';

const workers = ownWorkers();
/** As the driver has it. */
const away = (): Error => Object.assign(new Error('MongoDB is away'), { name: 'MongoNetworkError' });

const kindOf = (kind: ProviderErrorKind) => expect.objectContaining({ kind });
const credentialsOf = async ({ connectionId }: ConnectedUser) =>
  (await workers.store.facts.credentials(connectionId))!;
/** The clock moves on while somebody waits; ten times as fast, for a look at the store takes no time on it. */
const wait = async (ms: number): Promise<void> => {
  workers.clock = after(10 * ms, workers.clock);
};

describe.each(providerIds)('an access token of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const ours = (): Provider => workers.provider(id);
  const connected = () => newUser(workers, vendorOf());
  /** A user whose access token has run out. */
  const expired = async (): Promise<ConnectedUser> => {
    const user = await connected();
    workers.clock = after(2 * hour);
    return user;
  };
  const refreshesDuring = async (doing: () => Promise<unknown>) =>
    (await requestsDuring(vendorOf(), doing)).filter(vendorOf().isRefresh);
  const refuseTokens = (status: number, body: unknown): void => {
    const match = { path: vendorOf().paths.token };
    vendorOf().simulator.fault({ match, action: { type: 'status', status, body } });
  };
  const opens = (token: string): Promise<number> =>
    ours()
      .listCalendars({
        accessToken: token,
        scopes: [],
        email: '',
        accountId: '',
        urgency: 'background',
        signal: new AbortController().signal,
      })
      .then(({ length }) => length);

  it('is given as it is stored while it lasts, and refreshed five minutes before it runs out', async () => {
    const user = await connected();
    const first = await workers.accessToken(user);
    workers.clock = after(54 * minute);
    expect(await refreshesDuring(() => workers.accessToken(user))).toHaveLength(0);
    workers.clock = after(56 * minute);
    let next: typeof first;
    const requests = await refreshesDuring(async () => {
      next = await workers.accessToken(user);
    });
    expect(requests).toHaveLength(1);
    expect(next!.version).toBe(first!.version + 1);
    expect(await opens(next!.accessToken)).toBe(1);
  });

  it('I6: fifty who need it at once cause one refresh and are given the same', async () => {
    const user = await expired();
    let given: Awaited<ReturnType<typeof workers.accessToken>>[] = [];
    const requests = await refreshesDuring(async () => {
      given = await Promise.all(Array.from({ length: 50 }, () => workers.accessToken(user)));
    });
    expect(requests).toHaveLength(1);
    expect(new Set(given.map((access) => access?.accessToken)).size).toBe(1);
    expect(new Set(given.map((access) => access?.version))).toEqual(new Set([2]));
    expect(await opens(given[0]!.accessToken)).toBe(1);
  });

  it('I6: a rotated refresh token is stored before the new access token is used', async () => {
    const user = await expired();
    const before = workers.cipher.open((await credentialsOf(user)).refreshToken);
    let storedAtUse: string | undefined;
    const provider: Provider = {
      ...ours(),
      listCalendars: async (access) => {
        const credentials = await credentialsOf(user);
        expect(workers.cipher.open(credentials.accessToken)).toBe(access.accessToken);
        storedAtUse = workers.cipher.open(credentials.refreshToken);
        return ours().listCalendars(access);
      },
    };
    expect(await workers.sync(user.connectionId, { provider })).toMatchObject({ type: 'done' });
    // Google keeps the one that it gave; Microsoft gives a new one with every answer.
    expect(storedAtUse === before).toBe(id === 'google');
    workers.clock = after(4 * hour);
    const [request] = await refreshesDuring(() => workers.accessToken(user));
    expect(new URLSearchParams(request?.body).get('refresh_token')).toBe(storedAtUse);
  });

  it('I6: one that cannot be stored yet is kept until it can, and the vendor is asked once', async () => {
    const user = await expired();
    const back = after(minute, workers.clock);
    const saveRefreshed: typeof workers.store.facts.saveRefreshed = async (...given) => {
      if (workers.clock < back) throw away();
      return workers.store.facts.saveRefreshed(...given);
    };
    let access: Awaited<ReturnType<typeof workers.accessToken>>;
    const requests = await refreshesDuring(async () => {
      access = await workers.accessToken(user, { facts: { saveRefreshed }, wait });
    });
    expect(requests).toHaveLength(1);
    expect(access).toMatchObject({ version: 2 });
    expect(await opens(access!.accessToken)).toBe(1);
  });

  it('I6: one that could never be stored is not given out, and the next asks again', async () => {
    const user = await expired();
    const facts = { saveRefreshed: () => Promise.reject(away()) };
    await expect(workers.accessToken(user, { facts, wait })).rejects.toThrow('MongoDB is away');
    const access = await workers.accessToken(user);
    expect(access).toMatchObject({ version: 2 });
    expect(await opens(access!.accessToken)).toBe(1);
  });

  it('a worker that dies while it refreshes is followed by another after its turn, and nobody is marked', async () => {
    const user = await expired();
    const { version } = await credentialsOf(user);
    const until = after(minute, workers.clock);
    const turn = { connectionId: user.connectionId, version, owner: 'a dead worker', until };
    expect(await workers.store.facts.takeRefreshTurn(turn, workers.clock)).toBe(true);
    const requests = await refreshesDuring(() => workers.accessToken(user, { wait }));
    expect(requests.map(({ at }) => at)).toEqual([until]);
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
  });

  it('a turn that never ends exhausts the patience of those who wait, and nobody is marked', async () => {
    const user = await expired();
    const { version } = await credentialsOf(user);
    const until = after(hour, workers.clock);
    const turn = { connectionId: user.connectionId, version, owner: 'somebody', until };
    await workers.store.facts.takeRefreshTurn(turn, workers.clock);
    await expect(workers.accessToken(user, { wait })).rejects.toEqual(kindOf('unavailable'));
    expect(workers.clock).toEqual(after(2 * hour + 90 * second));
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
  });

  it('who waits for another worker’s refresh stops when the process has to end', async () => {
    const user = await expired();
    const { version } = await credentialsOf(user);
    const turn = { connectionId: user.connectionId, version, owner: 'somebody', until: after(3 * hour) };
    await workers.store.facts.takeRefreshTurn(turn, workers.clock);
    const stop = new AbortController();
    const asked = workers.accessToken(user, {
      signal: stop.signal,
      wait: async (_, signal) => {
        stop.abort(new Error('the process ends'));
        signal.throwIfAborted();
      },
    });
    await expect(asked).rejects.toThrow('the process ends');
  });

  it('I5: a worker that stalled with an answer in its hands does not overwrite newer tokens', async () => {
    const user = await expired();
    const answered = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const provider: Provider = {
      ...ours(),
      refresh: async (refreshToken, signal) => {
        const tokens = await ours().refresh(refreshToken, signal);
        answered.resolve();
        await released.promise;
        return tokens;
      },
    };
    const late = workers.accessToken(user, { provider });
    await answered.promise;
    workers.clock = after(61 * second, workers.clock);
    const newer = await workers.accessToken(user);
    const stored = await credentialsOf(user);
    released.resolve();
    expect(await late).toEqual({ ...newer, signal: expect.anything() });
    expect(await credentialsOf(user)).toEqual(stored);
  });

  it('an answer that got lost is asked for again without delay, and nobody is marked', async () => {
    const user = await expired();
    const match = { path: vendorOf().paths.token };
    vendorOf().simulator.fault({ match, action: { type: 'cut-after' } });
    await expect(workers.accessToken(user, { wait })).rejects.toEqual(kindOf('unavailable'));
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
    expect(await workers.accessToken(user, { wait })).toMatchObject({ version: 2 });
    expect(workers.clock).toEqual(after(2 * hour));
  });

  it('a dead grant marks the connection once, with the reason, however many ask', async () => {
    const user = await expired();
    vendorOf().revokeGrant(user.email);
    let refusals: unknown[] = [];
    const requests = await refreshesDuring(async () => {
      const asked = Array.from({ length: 20 }, () => workers.accessToken(user));
      refusals = (await Promise.allSettled(asked)).map((asking) => 'reason' in asking && asking.reason);
    });
    expect(refusals).toEqual(Array.from({ length: 20 }, () => kindOf('reconnect_needed')));
    expect(requests).toHaveLength(1);
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'reauth_required',
      statusReason: {
        code: 'grant_revoked',
        message: expect.stringContaining('token.refresh'),
        at: workers.clock,
      },
    });
  });

  it('a refusal that speaks of tokens which were replaced meanwhile marks nobody', async () => {
    const user = await expired();
    vendorOf().revokeGrant(user.email);
    const provider: Provider = {
      ...ours(),
      refresh: async (refreshToken, signal) => {
        await connect(workers, user);
        return ours().refresh(refreshToken, signal);
      },
    };
    const requests = await refreshesDuring(async () => {
      const access = await workers.accessToken(user, { provider });
      expect(await opens(access!.accessToken)).toBe(1);
    });
    expect(requests.map(({ status }) => status)).toEqual([400]);
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
  });

  it('a grant that died because the user disconnects is no news: the connection counts as gone', async () => {
    const user = await expired();
    vendorOf().revokeGrant(user.email);
    const provider: Provider = {
      ...ours(),
      refresh: async (refreshToken, signal) => {
        await workers.store.intents.requestDisconnect(user.connectionId, workers.clock);
        return ours().refresh(refreshToken, signal);
      },
    };
    const requests = await refreshesDuring(async () => {
      expect(await workers.accessToken(user, { provider, wait })).toBeUndefined();
    });
    expect(requests).toHaveLength(1);
  });

  it('a wrong client secret marks nobody and lets the next try at once', async () => {
    const user = await expired();
    refuseTokens(401, { error: 'invalid_client', error_description: 'Unauthorized' });
    await expect(workers.accessToken(user, { wait })).rejects.toEqual(kindOf('misconfigured'));
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active' });
    expect(await workers.accessToken(user, { wait })).toMatchObject({ version: 2 });
    expect(workers.clock).toEqual(after(2 * hour));
  });

  it('one that lives for a minute only is used all the same, after one refresh', async () => {
    const user = await expired();
    const { refreshToken } = await ours().refresh(
      workers.cipher.open((await credentialsOf(user)).refreshToken),
      new AbortController().signal,
    );
    refuseTokens(200, {
      access_token: 'short-lived',
      expires_in: 60,
      scope: (await credentialsOf(user)).scopes.join(' '),
      token_type: 'Bearer',
      ...(refreshToken && { refresh_token: refreshToken }),
    });
    const requests = await refreshesDuring(async () => {
      expect(await workers.accessToken(user)).toMatchObject({ accessToken: 'short-lived', version: 2 });
    });
    expect(requests).toHaveLength(1);
  });

  it('one that cannot be opened is an error of ours: the job gives up and nobody is marked', async () => {
    const user = await expired();
    const cipher = createCipher([newCipherKey()]);
    await expect(workers.accessToken(user, { cipher, wait })).rejects.toThrow(CipherError);
    const reason = failure('unreadable_credentials', expect.any(String) as unknown as string);
    expect(await workers.sync(user.connectionId, { cipher })).toEqual(giveUp(reason));
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'active',
      lastFailure: { code: 'unreadable_credentials' },
    });
    // With the key back in the list everything is as before, and nobody holds a turn.
    expect(await workers.sync(user.connectionId, { wait })).toMatchObject({ type: 'done' });
    expect(workers.clock).toEqual(after(2 * hour));
  });

  it('of a connection that does not exist is nothing', async () => {
    const user = { ...(await connected()), connectionId: '65f0c0ffee65f0c0ffee65f0' };
    expect(await workers.accessToken(user)).toBeUndefined();
  });
});
