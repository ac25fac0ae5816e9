import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAlarms } from '../../src/alarms.ts';
import { CipherError, createCipher } from '../../src/cipher.ts';
import {
  failure,
  ProviderError,
  type FailureCode,
  type ProviderErrorKind,
} from '../../src/domain/failure.ts';
import { createLog } from '../../src/log.ts';
import { observedCipher } from '../../src/observed-cipher.ts';
import { observedProvider } from '../../src/observed-provider.ts';
import type { FreeBusyAnswers, FreeBusyQuery } from '../../src/providers/free-busy.ts';
import type { Access, EventQuery, Provider, WatchRequest } from '../../src/providers/provider.ts';

const { signal } = new AbortController();

const newKey = (): string => `${randomBytes(32).toString('base64url')}=`;

function loggedAlarms() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'debug',
    role: 'test',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { lines, alarms: createAlarms(log) };
}

/** A provider whose next answers a test decides; only what is observed is ever called. */
function observed() {
  const { lines, alarms } = loggedAlarms();
  const refreshes: string[] = [];
  let next: ProviderError | undefined;
  let told: FreeBusyAnswers = new Map();
  const answer = async () => {
    if (next !== undefined) throw next;
    return {};
  };
  const provider = observedProvider(
    {
      id: 'google',
      exchangeCode: answer,
      refresh: answer,
      listCalendars: answer,
      async *listEvents() {
        yield await answer();
        yield await answer();
      },
      push: { scope: 'calendar', watch: answer },
      freeBusy: async () => {
        await answer();
        return told;
      },
      interviews: {
        createEvent: answer,
        findEvent: answer,
        readEvent: answer,
        updateEvent: answer,
        cancelEvent: answer,
      },
    } as unknown as Provider,
    {
      alarms,
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
    list: () => provider.listCalendars({} as Access).catch((error: unknown) => error),
    pages: () => provider.listEvents({} as Access, {} as EventQuery)[Symbol.asyncIterator](),
    interviews: provider.interviews,
    busyTimes: (answers: FreeBusyAnswers = new Map()) => {
      told = answers;
      return provider.freeBusy({} as Access, {} as FreeBusyQuery).catch((error: unknown) => error);
    },
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

  it('about an API that is switched off is raised by whichever listing meets it, and ended by the next answer', async () => {
    const { fails, works, refresh, list, pages, alarms } = observed();
    const events = pages();
    await events.next();
    fails('misconfigured', 'api_disabled');
    await expect(events.next()).rejects.toBeInstanceOf(ProviderError);
    expect(alarms()).toEqual([['error', true, 'api_disabled']]);
    works();
    await refresh();
    expect(alarms()).toHaveLength(1);
    await list();
    expect(alarms().slice(1)).toEqual([['info', 'the alarm is over', 'api_disabled']]);
    fails('misconfigured', 'api_disabled');
    await list();
    expect(alarms().slice(2)).toEqual([['error', true, 'api_disabled']]);
    works();
    await pages().next();
    expect(alarms().slice(3)).toEqual([['info', 'the alarm is over', 'api_disabled']]);
  });

  it('does not keep a listing open that somebody stops reading', async () => {
    let closed = false;
    const listing = async function* () {
      try {
        yield {};
        yield {};
      } finally {
        closed = true;
      }
    };
    const { alarms } = loggedAlarms();
    const provider = observedProvider(
      { id: 'google', listEvents: listing, push: {} } as unknown as Provider,
      {
        alarms,
        metrics: { observeRefresh: () => undefined },
      },
    );
    for await (const page of provider.listEvents({} as Access, {} as EventQuery)) {
      expect(page).toBeDefined();
      break;
    }
    expect(closed).toBe(true);
  });

  it('is raised by asking for busy times, and ended by some of them: a calendar that failed ends nothing', async () => {
    const { fails, works, alarms, busyTimes } = observed();
    fails('misconfigured', 'api_disabled');
    await busyTimes();
    works();
    await busyTimes(new Map([['calendar', { failure: failure('provider_unavailable', 'a bad day') }]]));
    expect(alarms()).toEqual([['error', true, 'api_disabled']]);
    await busyTimes(new Map([['calendar', { blocks: [] }]]));
    expect(alarms().slice(1)).toEqual([['info', 'the alarm is over', 'api_disabled']]);
  });

  it.each(['createEvent', 'findEvent', 'readEvent', 'updateEvent', 'cancelEvent'] as const)(
    'is raised and ended by what is done about interviews as well (%s)',
    async (method) => {
      const { fails, works, alarms, interviews } = observed();
      const call = interviews[method] as () => Promise<unknown>;
      fails('misconfigured', 'api_disabled');
      await expect(call()).rejects.toThrow('api_disabled');
      works();
      await call();
      expect(alarms()).toEqual([
        ['error', true, 'api_disabled'],
        ['info', 'the alarm is over', 'api_disabled'],
      ]);
    },
  );

  it('about what no key opens names no provider, and is not over because something else opens', () => {
    const { alarms, lines } = loggedAlarms();
    const ours = createCipher([newKey()]);
    const cipher = observedCipher(ours, alarms);
    const lost = createCipher([newKey()]).seal('a token');
    const fresh = { maxAgeSeconds: 60 };
    expect(() => cipher.open(lost, fresh)).toThrow(CipherError);
    expect(lines).toEqual([]);
    expect(() => cipher.open(lost)).toThrow(CipherError);
    expect(cipher.open(ours.seal('another'))).toBe('another');
    expect(() => cipher.open(lost)).toThrow(CipherError);
    expect(lines).toMatchObject([
      {
        level: 'error',
        alarm: true,
        failureCode: 'unreadable_credentials',
        reason: expect.stringContaining('no key'),
      },
    ]);
    expect(lines[0]).not.toHaveProperty('provider');
  });
});
