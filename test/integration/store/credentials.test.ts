import { describe, expect, test } from 'vitest';
import type { RefreshTurn } from '../../../src/store/store.ts';
import { connectedAccount, minutesLater, sealedText, someTokens, testNow } from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();

async function turnsOfNewConnection() {
  const connection = await connectedAccount(own.store, { userId: newUser() });
  const turn = (owner: string, fields: Partial<RefreshTurn> = {}): RefreshTurn => ({
    connectionId: connection.id,
    version: 1,
    owner,
    until: minutesLater(1),
    ...fields,
  });
  return { id: connection.id, connection, turn };
}

const lost = { code: 'grant_revoked', message: 'the grant was withdrawn', at: testNow } as const;

describe('credentials', () => {
  test('are given with their version and connection', async () => {
    const { id, connection } = await turnsOfNewConnection();
    expect(await own.store.facts.credentials(id)).toEqual({
      connection,
      accessToken: sealedText('access 1'),
      refreshToken: sealedText('refresh 1'),
      expiresAt: minutesLater(60),
      scopes: connection.scopes,
      version: 1,
    });
    expect(await own.store.facts.credentials('nonsense')).toBeUndefined();
  });

  test('I6: of twenty workers that want to refresh at once one gets the turn', async () => {
    const { turn } = await turnsOfNewConnection();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => own.store.facts.takeRefreshTurn(turn(`worker ${n}`), testNow)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  test('I6: a turn is free again when it is dropped by its owner or has run out', async () => {
    const { turn } = await turnsOfNewConnection();
    const { takeRefreshTurn, dropRefreshTurn } = own.store.facts;
    expect(await takeRefreshTurn(turn('a'), testNow)).toBe(true);
    await dropRefreshTurn(turn('b'));
    expect(await takeRefreshTurn(turn('b'), testNow)).toBe(false);
    await dropRefreshTurn(turn('a'));
    await dropRefreshTurn(turn('a'));
    expect(await takeRefreshTurn(turn('b'), testNow)).toBe(true);
    expect(await takeRefreshTurn(turn('c', { until: minutesLater(2) }), minutesLater(1))).toBe(true);
  });

  test('I6: a turn for a version that has been replaced is not given', async () => {
    const { id, turn } = await turnsOfNewConnection();
    const { takeRefreshTurn, saveRefreshed, credentials } = own.store.facts;
    await takeRefreshTurn(turn('a'), testNow);
    expect(await saveRefreshed(turn('a'), someTokens('2'), testNow)).toBe(true);
    expect(await takeRefreshTurn(turn('b'), testNow)).toBe(false);
    expect(await takeRefreshTurn(turn('b', { version: 2 }), testNow)).toBe(true);
    expect(await credentials(id)).toMatchObject({ accessToken: sealedText('access 2'), version: 2 });
  });

  test('I5: of two workers that refreshed the same version one stores its tokens', async () => {
    const { id, turn } = await turnsOfNewConnection();
    const { saveRefreshed, credentials } = own.store.facts;
    const saved = await Promise.all(
      ['a', 'b'].map((owner) => saveRefreshed(turn(owner), someTokens(owner), testNow)),
    );
    expect(saved.toSorted()).toEqual([false, true]);
    const winner = saved[0] ? 'a' : 'b';
    expect(await credentials(id)).toMatchObject({
      accessToken: sealedText(`access ${winner}`),
      refreshToken: sealedText(`refresh ${winner}`),
      version: 2,
    });
  });

  test('I5: a worker that slept through a reconnection does not overwrite the fresh grant', async () => {
    const { id, connection, turn } = await turnsOfNewConnection();
    const { takeRefreshTurn, saveRefreshed, markReauthRequired, credentials } = own.store.facts;
    await takeRefreshTurn(turn('sleeper'), testNow);
    await connectedAccount(own.store, {
      userId: connection.userId,
      grant: { tokens: someTokens('fresh') },
    });
    expect(await saveRefreshed(turn('sleeper'), someTokens('stale'), testNow)).toBe(false);
    expect(await markReauthRequired(id, 1, lost)).toBe(false);
    expect(await credentials(id)).toMatchObject({
      accessToken: sealedText('access fresh'),
      version: 2,
      connection: { status: 'active' },
    });
  });

  test('keep their refresh token where the vendor sent no new one', async () => {
    const { id, turn } = await turnsOfNewConnection();
    await own.store.facts.saveRefreshed(
      turn('a'),
      someTokens('2', { refreshToken: undefined, expiresAt: minutesLater(120) }),
      testNow,
    );
    expect(await own.store.facts.credentials(id)).toMatchObject({
      accessToken: sealedText('access 2'),
      refreshToken: sealedText('refresh 1'),
      expiresAt: minutesLater(120),
    });
  });

  test('that were revoked mark the connection once, with the reason', async () => {
    const { id } = await turnsOfNewConnection();
    expect(await own.store.facts.markReauthRequired(id, 1, lost)).toBe(true);
    expect(await own.store.facts.markReauthRequired(id, 1, lost)).toBe(false);
    expect(await own.store.reads.connection(id)).toMatchObject({
      status: 'reauth_required',
      statusReason: lost,
    });
  });

  test('of a connection that is being disconnected are not marked', async () => {
    const { id } = await turnsOfNewConnection();
    await own.store.intents.requestDisconnect(id, testNow);
    expect(await own.store.facts.markReauthRequired(id, 1, lost)).toBe(false);
    expect(await own.store.reads.connection(id)).toMatchObject({ status: 'disconnecting' });
  });
});
