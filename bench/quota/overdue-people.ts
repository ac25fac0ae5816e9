import { createHash, randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import { createCipher, type Cipher } from '../../src/cipher.ts';
import { readConfig } from '../../src/config.ts';
import { createProviders } from '../../src/providers/index.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { openStore } from '../../src/store/index.ts';
import { noBudget } from '../../test/support/no-budget.ts';
import { sealTokens } from '../../src/access/seal-tokens.ts';
import { inParallel } from '../push/in-parallel.ts';
import { codeFromConsent } from '../vendors.ts';

export interface Seeding {
  readonly mongodbUri: string;
  readonly database: mongo.Db;
  readonly vendorEnv: Readonly<Record<string, string>>;
  readonly credentialKeys: string;
}

const dayMs = 86_400_000;
const redirectUri = 'http://localhost:3000/settings';

/**
 * Connections that were authorized just now and never synced, due in a day. Each has a grant of its own at the vendor; the
 * documents are copies of one that the store has made, because thousands of transactions would measure nothing.
 */
export async function seedConnections(seeding: Seeding, emails: readonly string[]): Promise<void> {
  const { cipher, provider } = open(seeding);
  try {
    const grants = await inParallel(emails, (email) => grantOf(provider, email));
    const template = await connectionMadeBy(seeding, cipher);
    const nextSyncAt = new Date(Date.now() + dayMs);
    const documents = grants.map(({ tokens, account }) => {
      const { accessToken, refreshToken, expiresAt, scopes } = sealTokens(cipher, tokens);
      return {
        ...template,
        _id: new mongo.ObjectId(),
        userId: account.email,
        accountId: account.id,
        email: account.email,
        credentials: { accessToken, refreshToken, expiresAt, scopes, version: 1 },
        sync: { run: 0, leaseUntil: null, dirty: false, writes: 0 },
        nextSyncAt,
      };
    });
    await seeding.database.collection('connections').insertMany(documents);
  } finally {
    await provider.close();
  }
}

function open({ vendorEnv, credentialKeys }: Seeding): { cipher: Cipher; provider: Provider } {
  const config = readConfig({
    ...vendorEnv,
    INTAKE_API_KEYS: randomBytes(24).toString('hex'),
    CREDENTIAL_KEYS: credentialKeys,
    // Required, and not used here.
    MONGODB_URI: 'mongodb://127.0.0.1/unused',
    REDIS_URL: 'redis://127.0.0.1',
  });
  const now = (): Date => new Date();
  const provider = createProviders({ google: config.google, microsoft: undefined }, now, noBudget).get(
    'google',
  );
  if (provider === undefined) throw new Error('google is off');
  return { cipher: createCipher(config.credentialKeys, now), provider };
}

async function grantOf(provider: Provider, email: string) {
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const url = provider.getAuthUrl({ state: 'bench', codeChallenge, redirectUri });
  const code = await codeFromConsent('google', url, email);
  return provider.exchangeCode({ code, codeVerifier, redirectUri }, AbortSignal.timeout(60_000));
}

/** What the store makes of an authorization, as a document; it is taken out again. */
async function connectionMadeBy({ mongodbUri, database }: Seeding, cipher: Cipher): Promise<mongo.Document> {
  const store = await openStore({ mongodbUri });
  try {
    const now = new Date();
    const hash = randomBytes(32).toString('hex');
    const callback = { provider: 'google', userId: 'template', stateHash: hash, now } as const;
    const expiresAt = new Date(now.getTime() + dayMs);
    await store.intents.createAttempt({
      ...callback,
      redirectUri,
      codeVerifier: cipher.seal('verifier'),
      expiresAt,
    });
    const result = { code: cipher.seal('code'), codeHash: hash };
    const verdict = await store.intents.acceptCallback({ ...callback, result });
    if (verdict.type !== 'accepted') throw new Error(`the callback was ${verdict.type}`);
    const tokens = { accessToken: 'a', refreshToken: 'r', expiresAt, scopes: [] };
    const grant = { tokens: sealTokens(cipher, tokens), accountId: 'template', email: 'template' };
    const made = await store.facts.completeAttempt(verdict.attempt.id, grant, now);
    if (made === undefined) throw new Error('the attempt could not be completed');
    const connections = database.collection('connections');
    const found = await connections.findOneAndDelete({ userId: 'template' });
    if (found === null) throw new Error('the connection that was made is not there');
    return found;
  } finally {
    await store.close();
  }
}
