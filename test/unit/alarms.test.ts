import { describe, expect, it } from 'vitest';
import { createAlarms } from '../../src/alarms.ts';
import { ProviderError, type FailureCode, type ProviderErrorKind } from '../../src/domain/failure.ts';
import { createLog } from '../../src/log.ts';
import { observedProvider } from '../../src/observed-provider.ts';
import type { Access, Provider, WatchRequest } from '../../src/providers/provider.ts';

const { signal } = new AbortController();

/** A provider whose next answers a test decides; only what is observed is ever called. */
function observed() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'debug',
    role: 'test',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const refreshes: string[] = [];
  let next: ProviderError | undefined;
  const answer = async () => {
    if (next !== undefined) throw next;
    return {};
  };
  const provider = observedProvider(
    {
      id: 'google',
      exchangeCode: answer,
      refresh: answer,
      push: { scope: 'calendar', watch: answer },
    } as unknown as Provider,
    {
      alarms: createAlarms(log),
      metrics: { observeRefresh: ({ outcome }) => void refreshes.push(outcome) },
    },
  );
  return {
    refreshes,
    alarms: () => lines.map(({ level, alarm, failureCode, msg }) => [level, alarm ?? msg, failureCode]),
    fails: (kind: ProviderErrorKind, code: FailureCode) => {
      next = new ProviderError(kind, `google: no (${code}).`, { provider: 'google', operation: 'x', code });
    },
    works: () => {
      next = undefined;
    },
    refresh: () => provider.refresh('a token', signal).catch((error: unknown) => error),
    exchange: () =>
      provider
        .exchangeCode({ code: 'c', codeVerifier: 'v', redirectUri: 'r' }, signal)
        .catch((error: unknown) => error),
    watch: () => provider.push.watch({} as Access, {} as WatchRequest).catch((error: unknown) => error),
  };
}

describe('the operators’ alarm', () => {
  it('is raised once for each outage, however many jobs run into it, and its end is told', async () => {
    const { fails, works, refresh, alarms, refreshes } = observed();
    fails('misconfigured', 'client_secret_expired');
    for (let n = 0; n < 20; n += 1) expect(await refresh()).toBeInstanceOf(ProviderError);
    expect(alarms()).toEqual([['error', true, 'client_secret_expired']]);
    works();
    await refresh();
    await refresh();
    expect(alarms().slice(1)).toEqual([['info', 'the alarm is over', 'client_secret_expired']]);
    fails('misconfigured', 'client_secret_expired');
    await refresh();
    expect(alarms().slice(2)).toEqual([['error', true, 'client_secret_expired']]);
    expect(refreshes).toEqual([
      ...Array.from({ length: 20 }, () => 'misconfigured'),
      'refreshed',
      'refreshed',
      'misconfigured',
    ]);
  });

  it('is not raised for what is the user’s or the provider’s', async () => {
    const { fails, refresh, alarms, refreshes } = observed();
    fails('reconnect_needed', 'grant_revoked');
    await refresh();
    fails('unavailable', 'provider_unavailable');
    await refresh();
    expect(alarms()).toEqual([]);
    expect(refreshes).toEqual(['reconnect_needed', 'unavailable']);
  });

  it('about an address is not over because a token was refreshed', async () => {
    const { fails, works, refresh, exchange, watch, alarms } = observed();
    fails('misconfigured', 'push_address_refused');
    await watch();
    fails('misconfigured', 'redirect_uri_mismatch');
    await exchange();
    works();
    await refresh();
    expect(alarms()).toHaveLength(2);
    await exchange();
    await watch();
    expect(alarms().slice(2)).toEqual([
      ['info', 'the alarm is over', 'redirect_uri_mismatch'],
      ['info', 'the alarm is over', 'push_address_refused'],
    ]);
  });
});
