import { inspect } from 'node:util';

import { describe, expect } from 'vitest';

import { missingScopes } from '../../src/domain/credential.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import {
  challengeOf,
  connect,
  connected,
  never,
  now,
  verifier,
  type ProviderTest,
  type ProviderWorld,
} from './provider-harness.ts';

/** Consents and gives the exchange that a well-behaved caller would make of it. */
async function consented({ provider, redirectUri, consent }: ProviderWorld) {
  const request = { state: 'state-1', codeChallenge: challengeOf(verifier), redirectUri };
  const returned = await consent(provider.getAuthUrl(request));
  return {
    returned,
    exchange: { code: returned.searchParams.get('code') ?? '', codeVerifier: verifier, redirectUri },
  };
}

export function describeSignIn(id: ProviderId, test: ProviderTest): void {
  describe(`signing in with ${id}`, () => {
    test('leads from the authorization URL over consent to tokens and the account', async ({ world }) => {
      const { returned, exchange } = await consented(world);
      expect(returned.href.startsWith(world.redirectUri)).toBe(true);
      expect(returned.searchParams.get('state')).toBe('state-1');

      const { tokens, account } = await world.provider.exchangeCode(exchange, never);
      expect(account).toEqual({ id: world.user.accountId, email: world.user.email });
      expect(tokens.accessToken).not.toBe('');
      expect(tokens.refreshToken).toEqual(expect.any(String));
      expect(tokens.expiresAt.getTime()).toBeGreaterThan(now.getTime());
      const { neededScopes, scopesImpliedBy } = world.provider;
      expect(missingScopes(tokens.scopes, neededScopes, scopesImpliedBy)).toEqual([]);
    });

    test('fills in the address of a login hint', async ({ world }) => {
      const { provider, redirectUri, user } = world;
      const url = provider.getAuthUrl({ state: 's', codeChallenge: 'c', redirectUri, loginHint: user.email });
      expect(new URL(url).searchParams.get('login_hint')).toBe(user.email);
    });

    test('with a verifier that does not answer the challenge is refused', async ({ world }) => {
      const { exchange } = await consented(world);
      const wrong = { ...exchange, codeVerifier: `${verifier}-another` };
      await expect(world.provider.exchangeCode(wrong, never)).rejects.toMatchObject({
        kind: 'refused',
        detail: { code: 'code_expired' },
      });
    });

    test('with a code that was used before is refused, and the error holds no secret', async ({ world }) => {
      const { exchange } = await consented(world);
      await world.provider.exchangeCode(exchange, never);
      const error: unknown = await world.provider.exchangeCode(exchange, never).catch((e: unknown) => e);
      expect(error).toMatchObject({ kind: 'refused', detail: { code: 'code_expired' } });
      const shown = inspect(error, { depth: 20, showHidden: true });
      expect(shown).not.toContain(exchange.code);
      expect(shown).not.toContain(exchange.codeVerifier);
    });

    test('with a redirect URI that is not registered names that URI', async ({ world }) => {
      const { exchange } = await consented(world);
      const redirectUri = 'http://localhost:3000/unregistered';
      await expect(world.provider.exchangeCode({ ...exchange, redirectUri }, never)).rejects.toMatchObject({
        kind: 'misconfigured',
        message: expect.stringContaining(redirectUri) as string,
        detail: { code: 'redirect_uri_mismatch' },
      });
    });

    test('with a wrong client secret blames our registration and nobody’s grant', async ({ world }) => {
      const { exchange } = await consented(world);
      const provider = world.providerWith({ clientSecret: 'not-the-client-secret' });
      const error: unknown = await provider.exchangeCode(exchange, never).catch((e: unknown) => e);
      await provider.close();
      expect(error).toMatchObject({ kind: 'misconfigured', detail: { code: 'invalid_client' } });
      expect(inspect(error, { depth: 20 })).not.toContain('not-the-client-secret');
    });
  });

  describe(`a grant of ${id}`, () => {
    test('gives access tokens that work', async ({ world }) => {
      const { tokens, account } = await connect(world);
      world.expireAccessTokens();
      const fresh = await world.provider.refresh(tokens.refreshToken ?? '', never);
      expect(fresh.accessToken).not.toBe(tokens.accessToken);
      expect(fresh.expiresAt.getTime()).toBeGreaterThan(now.getTime());
      const { email, id: accountId } = account;
      const access = { ...fresh, email, accountId, urgency: 'background', signal: never } as const;
      await expect(world.provider.listCalendars(access)).resolves.not.toEqual([]);
    });

    test('whose access token has expired wants a new one', async ({ world }) => {
      const access = await connected(world);
      world.expireAccessTokens();
      await expect(world.provider.listCalendars(access)).rejects.toMatchObject({
        kind: 'reconnect_needed',
        detail: { code: 'grant_revoked' },
      });
    });

    test('that the user withdrew is dead, and the error does not hold the token', async ({ world }) => {
      const refreshToken = (await connect(world)).tokens.refreshToken ?? '';
      world.revokeGrant();
      const error: unknown = await world.provider.refresh(refreshToken, never).catch((e: unknown) => e);
      expect(error).toMatchObject({ kind: 'reconnect_needed', detail: { code: 'grant_revoked' } });
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(refreshToken);
    });

    test('can be revoked twice, and is dead afterwards where the vendor can revoke at all', async ({
      world,
    }) => {
      const refreshToken = (await connect(world)).tokens.refreshToken ?? '';
      const first = await world.provider.revoke(refreshToken, never);
      expect(await world.provider.revoke(refreshToken, never)).toBe(first);
      const outlived = await world.provider.refresh(refreshToken, never).then(
        () => 'unsupported',
        () => 'revoked',
      );
      expect(outlived).toBe(first);
    });
  });
}
