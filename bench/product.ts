import { createHash, randomBytes } from 'node:crypto';
import { createCipher } from '../src/cipher.ts';
import { readConfig, type Config } from '../src/config.ts';
import type { ProviderId } from '../src/domain/provider-id.ts';
import { createLog, type Logger } from '../src/log.ts';
import { createProviders } from '../src/providers/index.ts';
import type { Grant, Provider } from '../src/providers/provider.ts';
import { openStore } from '../src/store/index.ts';
import type { Store } from '../src/store/store.ts';
import { syncConnection } from '../workers/jobs/sync-connection.ts';
import { sealTokens } from '../src/access/seal-tokens.ts';
import { noBudget } from '../test/support/no-budget.ts';
import { benchNow, benchWindow } from './entries.ts';
import { codeFromConsent, type VendorAddresses } from './vendors.ts';

/** What a sync job reports. */
export interface SyncCounts {
  readonly written: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly unreadable: number;
}

/** The part of the product that syncs: the real adapters and the real job. Only Redis is left out. */
export interface Syncing {
  /** Goes through the vendor's consent, once; the grant serves any number of databases. */
  grantOf(vendor: ProviderId, email: string): Promise<Grant>;
  /** A connection in this store, as the connect job makes it. Gives its id. `userId`: one owner unless given. */
  connect(store: Store, vendor: ProviderId, grant: Grant, userId?: string): Promise<string>;
  /** One run of the sync job, from taking the turn to giving it back. */
  sync(store: Store, connectionId: string): Promise<SyncCounts>;
  close(): Promise<void>;
}

export function createSyncing({ env }: Pick<VendorAddresses, 'env'>): Syncing {
  const config = benchConfig(env);
  const log = createLog({ level: 'silent', role: 'bench' });
  const cipher = createCipher(config.credentialKeys, now);
  const providers = createProviders({ google: config.google, microsoft: config.microsoft }, now, noBudget);
  const providerOf = (vendor: ProviderId): Provider => {
    const provider = providers.get(vendor);
    if (provider === undefined) throw new Error(`${vendor} is off`);
    return provider;
  };
  return {
    grantOf: (vendor, email) => grantOf(providerOf(vendor), email, redirectUriOf(config)),
    connect: async (store, vendor, grant, userId = 'bench-owner') => {
      const attemptId = await acceptedAttempt(store, vendor, userId);
      const tokens = sealTokens(cipher, grant.tokens);
      const sealed = { tokens, accountId: grant.account.id, email: grant.account.email };
      const connection = await store.facts.completeAttempt(attemptId, sealed, benchNow);
      if (connection === undefined) throw new Error('the attempt could not be completed');
      return connection.id;
    },
    sync: async (store, connectionId) => {
      const job = syncConnection({
        reads: store.reads,
        facts: store.facts,
        provider: (id) => providers.get(id),
        producer: { enqueue: () => Promise.reject(new Error('nothing comes in during a measured sync')) },
        cipher,
        now,
        random: () => 0.5,
        wait: () => Promise.reject(new Error('nobody else refreshes during a measured sync')),
        every: () => () => undefined,
        ...config.sync,
      });
      return countsOf(await job(contextOf(connectionId, log)));
    },
    close: async () => void (await Promise.all([...providers.values()].map((provider) => provider.close()))),
  };

  async function acceptedAttempt(store: Store, provider: ProviderId, userId: string): Promise<string> {
    const callback = { provider, userId, stateHash: randomHash(), now: benchNow };
    await store.intents.createAttempt({
      ...callback,
      redirectUri: redirectUriOf(config),
      codeVerifier: cipher.seal('verifier'),
      expiresAt: new Date(benchNow.getTime() + 600_000),
    });
    const result = { code: cipher.seal('code'), codeHash: randomHash() };
    const verdict = await store.intents.acceptCallback({ ...callback, result });
    if (verdict.type !== 'accepted') throw new Error(`the callback was ${verdict.type}`);
    return verdict.attempt.id;
  }
}

/** A store on a database of its own, with its sockets open. */
export async function openWarmStore(mongodbUri: string): Promise<Store> {
  const store = await openStore({ mongodbUri });
  await store.ping(10_000);
  return store;
}

const now = (): Date => benchNow;

function benchConfig(env: Readonly<Record<string, string>>): Config {
  return readConfig({
    ...env,
    INTAKE_API_KEYS: randomBytes(24).toString('hex'),
    CREDENTIAL_KEYS: `${randomBytes(32).toString('base64url')}=`,
    // Required, and not used here: stores are opened by name, and there are no queues.
    MONGODB_URI: 'mongodb://127.0.0.1/unused',
    REDIS_URL: 'redis://127.0.0.1',
    SYNC_PAST_DAYS: String(benchWindow.pastDays),
    SYNC_FUTURE_DAYS: String(benchWindow.futureDays),
  });
}

function redirectUriOf({ redirectUris }: Config): string {
  return redirectUris[0] ?? '';
}

async function grantOf(provider: Provider, email: string, redirectUri: string): Promise<Grant> {
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const authUrl = provider.getAuthUrl({ state: 'bench', codeChallenge, redirectUri });
  const code = await codeFromConsent(provider.id, authUrl, email);
  return provider.exchangeCode({ code, codeVerifier, redirectUri }, AbortSignal.timeout(30_000));
}

function randomHash(): string {
  return randomBytes(32).toString('hex');
}

function contextOf(connectionId: string, log: Logger) {
  const payload = { v: 1, connectionId, requestId: 'bench' } as const;
  const { signal } = new AbortController();
  return { payload, log, signal, lastAttempt: true, urgency: 'background' as const, starts: 1 };
}

function countsOf(outcome: Awaited<ReturnType<ReturnType<typeof syncConnection>>>): SyncCounts {
  if (outcome.type !== 'done') throw new Error(`the sync ended with ${JSON.stringify(outcome)}`);
  const { written, deleted, unchanged, unreadable } = outcome.result as unknown as SyncCounts;
  return { written, deleted, unchanged, unreadable };
}
