import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeOver } from '../../../src/store/index.ts';
import { openDatabase, type Database } from '../../../src/store/mongodb.ts';
import type { Store } from '../../../src/store/store.ts';
import { connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import { cli } from '../../support/cli.ts';
import { newCipherKey } from '../../support/own-workers.ts';
import { testServices } from '../../support/services.ts';
import { webhookSecret } from '../../support/standard-webhooks.ts';

let database: Database;
let store: Store;
let env: Record<string, string>;

beforeAll(async () => {
  const { mongodbUri, redisUrl, queuePrefix } = testServices();
  env = {
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: queuePrefix,
    INTAKE_API_KEYS: 'not-used-by-the-command-line',
    CREDENTIAL_KEYS: newCipherKey(),
    WEBHOOK_URL: 'https://app.example.com/hooks',
    WEBHOOK_SECRETS: webhookSecret(1),
  };
  database = await openDatabase({ mongodbUri, recording: { deliver: true } });
  store = storeOver(database);
});
afterAll(() => store.close());

async function changeIn(state: 'delivered' | 'failed', userId: string) {
  const { id } = await connectedAccount(store, { userId });
  await database.changes.updateMany({ connectionId: id }, { $set: { 'delivery.state': state } });
  const stateNow = async () => (await database.changes.findOne({ connectionId: id }).lean())?.delivery?.state;
  return { id, stateNow };
}

const replay = (...args: string[]) => cli(env, 'replay-changes', ...args);
const since = testNow.toISOString();

describe('replay-changes', () => {
  it('has what was given up delivered again, since a time', async () => {
    const [lost, taken] = [await changeIn('failed', 'lost'), await changeIn('delivered', 'taken')];
    expect(await replay('--since', minutesLater(1).toISOString())).toMatchObject({ status: 0, err: '' });
    expect(await lost.stateNow()).toBe('failed');
    const { status, out } = await replay('--since', since);
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/^1 change /) });
    expect(await lost.stateNow()).toBe('pending');
    expect(await taken.stateNow()).toBe('delivered');
  });

  it('has what was taken told again where that is asked for, of one connection', async () => {
    const [one, other] = [await changeIn('delivered', 'one'), await changeIn('delivered', 'other')];
    await replay('--since', since, '--states', 'failed,delivered', '--connection', one.id);
    expect(await one.stateNow()).toBe('pending');
    expect(await other.stateNow()).toBe('delivered');
  });

  it.each([
    [[]],
    [['--since', 'yesterday']],
    [['--since', '2026-11-23']],
    [['--since', since, '--states', 'lost']],
    [['--since', since, '--connection', 'x']],
  ])('does not understand %j, and changes nothing', async (args) => {
    const { stateNow } = await changeIn('failed', `user of ${args.join(' ')}`);
    expect(await replay(...args)).toMatchObject({ status: 2, out: '' });
    expect(await stateNow()).toBe('failed');
  });

  it('cannot be done where no webhook is configured', async () => {
    const { WEBHOOK_URL: _url, WEBHOOK_SECRETS: _secrets, ...without } = env;
    const { status, err } = await cli(without, 'replay-changes', '--since', since);
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining('WEBHOOK_URL') });
  });
});
