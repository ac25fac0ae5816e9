import { describe, expect, it } from 'vitest';

import { inMicrosoftWorld, pageSize, startMicrosoftWorld } from './microsoft-world.ts';
import { connect, never } from './provider-harness.ts';
import { readerOf } from './provider-listing-suite.ts';
import { describeProvider } from './provider-suite.ts';

describeProvider({
  id: 'microsoft',
  renewsWatches: true,
  meets: 'teams',
  canBeSilent: false,
  start: startMicrosoftWorld,
});

const standup = { title: 'Stand-up', start: '2026-03-16T08:00:00Z', end: '2026-03-16T08:15:00Z', daily: 5 };

describe('the adapter’s requests to Graph', () => {
  it('ask for immutable ids every time', () =>
    inMicrosoftWorld({ delta: { masters: 'omitted' } }, async (world) => {
      const series = world.put(standup);
      const { read } = await readerOf(world);
      const { cursor } = await read(null);
      world.cancelOccurrence(series, '2026-03-18T08:00:00Z');
      await read(cursor);
      const toGraph = world.simulator.requests.filter(({ path }) => path.startsWith('/v1.0/'));
      expect(toGraph.length).toBeGreaterThanOrEqual(6);
      for (const { headers } of toGraph) {
        expect(headers['prefer']).toContain('IdType="ImmutableId"');
        expect(headers['prefer']).toContain('outlook.timezone="UTC"');
        expect(headers['prefer']).toContain(`odata.maxpagesize=${pageSize}`);
      }
    }));
});

describe('a Microsoft grant', () => {
  it('gets a new refresh token from every refresh', () =>
    inMicrosoftWorld({}, async (world) => {
      const { tokens } = await connect(world);
      const seen = new Set([tokens.refreshToken]);
      let { refreshToken } = tokens;
      for (let round = 0; round < 3; round += 1) {
        ({ refreshToken } = await world.provider.refresh(refreshToken ?? '', never));
        seen.add(refreshToken);
      }
      expect(seen.size).toBe(4);
      expect(seen.has(undefined)).toBe(false);
    }));

  it('is not to blame for a client secret that has expired', () =>
    inMicrosoftWorld({}, async (world) => {
      const { tokens } = await connect(world);
      world.simulator.setClientSecretExpired(true);
      const refreshed = world.provider.refresh(tokens.refreshToken ?? '', never);
      await expect(refreshed).rejects.toMatchObject({
        kind: 'misconfigured',
        detail: { code: 'client_secret_expired', vendorCode: 'AADSTS7000222' },
      });
    }));

  it.each([503, 429])(
    'goes by the id token where the profile cannot be asked for (%s): the code is spent',
    (status) =>
      inMicrosoftWorld({}, async (world) => {
        world.simulator.fault({ match: { path: '/me$' }, action: { type: 'status', status } });
        const { account } = await connect(world);
        expect(account).toEqual({ id: world.user.accountId, email: world.user.email });
      }),
  );

  it('of an account without a mailbox is refused while the user is there', () =>
    inMicrosoftWorld({}, async (world) => {
      const body = { error: { code: 'MailboxNotEnabledForRESTAPI', message: 'not yet supported' } };
      world.simulator.fault({
        match: { path: '/me/calendars$' },
        action: { type: 'status', status: 404, body },
      });
      await expect(connect(world)).rejects.toMatchObject({
        kind: 'refused',
        detail: { code: 'account_without_mailbox' },
      });
    }));
});
